BEGIN TRANSACTION;
CREATE TABLE accounts (
	id TEXT NOT NULL, 
	spent_microdollars BIGINT NOT NULL, 
	used_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE artifact_chunks (
	"key" TEXT NOT NULL, 
	version TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY ("key", version, number)
);
CREATE TABLE artifacts (
	"key" TEXT NOT NULL, 
	version TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	stored_at DOUBLE NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE bot_asks (
	repository_id BIGINT NOT NULL, 
	thread INTEGER NOT NULL, 
	said TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (repository_id, thread)
);
CREATE TABLE children (
	parent_job_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	repository TEXT NOT NULL, 
	task TEXT NOT NULL, 
	asked_at DOUBLE NOT NULL, 
	repository_id BIGINT, 
	issue INTEGER, 
	job_id TEXT, 
	refusal TEXT, 
	stop_by TEXT, 
	look_at DOUBLE NOT NULL, 
	failures INTEGER NOT NULL, 
	over_at DOUBLE, 
	PRIMARY KEY (parent_job_id, number), 
	UNIQUE (parent_job_id, digest), 
	FOREIGN KEY(parent_job_id) REFERENCES jobs (id)
);
CREATE TABLE evidence (
	job_id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	command TEXT NOT NULL, 
	code_of TEXT NOT NULL, 
	whole BOOLEAN NOT NULL, 
	began_at DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	renewed_at DOUBLE NOT NULL, 
	exit_code INTEGER, 
	tree TEXT NOT NULL, 
	tree_after TEXT NOT NULL, 
	failed JSON NOT NULL, 
	PRIMARY KEY (job_id, source, number), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE executors (
	id TEXT NOT NULL, 
	seen_at DOUBLE NOT NULL, alone BOOLEAN NOT NULL DEFAULT 0, 
	PRIMARY KEY (id)
);
CREATE TABLE findings (
	repository_id BIGINT NOT NULL, 
	pull INTEGER NOT NULL, 
	head_sha TEXT NOT NULL, 
	chore TEXT NOT NULL, 
	finding TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	found_at DOUBLE NOT NULL, settled BOOLEAN NOT NULL DEFAULT 0, 
	PRIMARY KEY (repository_id, pull, head_sha, chore, finding), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE github_paces (
	installation_id BIGINT NOT NULL, 
	content JSON NOT NULL, 
	written_at DOUBLE NOT NULL, 
	PRIMARY KEY (installation_id)
);
CREATE TABLE inbox (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	delivery_id TEXT NOT NULL, 
	domain_key TEXT, 
	event TEXT NOT NULL, 
	action TEXT, 
	received_at DOUBLE NOT NULL, 
	due_at DOUBLE NOT NULL, 
	attempts INTEGER NOT NULL, 
	error TEXT, 
	parked_at DOUBLE, 
	handled_at DOUBLE, 
	note TEXT, 
	body BLOB NOT NULL, 
	repository_id BIGINT NOT NULL, 
	thread INTEGER, 
	urgent BOOLEAN NOT NULL, 
	suspect BOOLEAN NOT NULL, 
	holder TEXT, 
	begun_at DOUBLE, 
	UNIQUE (delivery_id), 
	UNIQUE (domain_key)
);
CREATE TABLE issue_notes (
	session_id TEXT NOT NULL, 
	server TEXT NOT NULL, 
	issue TEXT NOT NULL, 
	moment TEXT NOT NULL, 
	pull INTEGER NOT NULL, 
	reference TEXT NOT NULL, 
	asked_by TEXT NOT NULL, 
	rank INTEGER NOT NULL, 
	made_at DOUBLE NOT NULL, 
	due_at DOUBLE NOT NULL, 
	tries INTEGER NOT NULL, 
	settled_at DOUBLE, 
	outcome TEXT, 
	PRIMARY KEY (session_id, server, issue, moment, pull), 
	FOREIGN KEY(session_id) REFERENCES sessions (id)
);
CREATE TABLE job_accounts (
	job_id TEXT NOT NULL, 
	account TEXT NOT NULL, 
	whose TEXT NOT NULL, 
	period TEXT NOT NULL, 
	limit_microdollars BIGINT, 
	set_by TEXT NOT NULL, 
	PRIMARY KEY (job_id, account), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE job_issues (
	job_id TEXT NOT NULL, 
	issue TEXT NOT NULL, 
	place INTEGER NOT NULL, 
	server TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	url TEXT NOT NULL, 
	text TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	pinned_at DOUBLE NOT NULL, 
	PRIMARY KEY (job_id, issue), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE job_queue (
	number INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	installation_id BIGINT NOT NULL, 
	holder TEXT, 
	step INTEGER, 
	attempts INTEGER NOT NULL, 
	begun_at DOUBLE, 
	PRIMARY KEY (number), 
	UNIQUE (job_id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "job_queue" VALUES(1,'rebase-2-acknowledge','2qbjt36xqruxstzp',10001,'harvest',1,1,1.79603601644599390023e+09);
CREATE TABLE job_steps (
	job_id TEXT NOT NULL, 
	step TEXT NOT NULL, 
	sandbox INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	started_at DOUBLE NOT NULL, 
	finished_at DOUBLE, 
	result JSON, 
	ending JSON, 
	PRIMARY KEY (job_id, step, sandbox), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "job_steps" VALUES('rebase-2-acknowledge','acknowledge',0,1,1.79603601645091509814e+09,NULL,NULL,NULL);
CREATE TABLE job_tools (
	job_id TEXT NOT NULL, 
	server TEXT NOT NULL, 
	tools JSON NOT NULL, 
	problem TEXT NOT NULL, 
	calls INTEGER NOT NULL, 
	given_at DOUBLE NOT NULL, 
	PRIMARY KEY (job_id, server), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE jobs (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	installation_id BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	recipe TEXT NOT NULL, 
	ask JSON NOT NULL, 
	state TEXT NOT NULL, 
	step TEXT, 
	outcome TEXT, 
	ending JSON, 
	report JSON, 
	head_sha TEXT, 
	gateway_token_sha256 TEXT, 
	deadline DOUBLE, 
	stop_by TEXT, 
	stop_why TEXT, 
	stop_at DOUBLE, 
	created_at DOUBLE NOT NULL, 
	started_at DOUBLE, 
	ended_at DOUBLE, settings JSON, models JSON, chore TEXT, pushed_sha TEXT, 
	UNIQUE (id), 
	FOREIGN KEY(session_id) REFERENCES sessions (id), 
	UNIQUE (gateway_token_sha256)
);
INSERT INTO "jobs" VALUES(1,'rebase-2-acknowledge','2qbjt36xqruxstzp',10001,'issue','rebase/2','{"command": {"verb": "rebase", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''rebase-2-acknowledge.txt'' && git add -- ''rebase-2-acknowledge.txt'' && git commit -q -m ''Add a line''\n```", "options": {}, "unclear": null}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false, "said_otherwise": false, "review": 0, "inline": 0, "commit": "", "thread": 0}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10002, "full_name": "tidewater-labs/rebase-2-acknowledge", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null, "locked": false, "comments": null}, "material": "", "then": [], "plan_job": "", "threads": null, "resumes": "", "answered": null, "spawned": null}','running','acknowledge',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79603601483589935296e+09,1.79603601646000623701e+09,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE leases (
	name TEXT NOT NULL, 
	holder TEXT, 
	held_until DOUBLE NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('look:ask_for_lost_deliveries',NULL,1.7960360703159952163e+09);
INSERT INTO "leases" VALUES('look:end_leftover_sandboxes',NULL,1.79603607032500743861e+09);
INSERT INTO "leases" VALUES('look:give_up_stranded_jobs',NULL,1.79603607033301377292e+09);
CREATE TABLE marks (
	name TEXT NOT NULL, 
	read_until TEXT NOT NULL, 
	etag TEXT, 
	PRIMARY KEY (name)
);
CREATE TABLE memory (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	installation_id BIGINT NOT NULL, 
	repository_id BIGINT NOT NULL, 
	repository TEXT NOT NULL, 
	private BOOLEAN NOT NULL, 
	everywhere BOOLEAN NOT NULL, 
	kind TEXT NOT NULL, 
	text TEXT NOT NULL, 
	text_sha256 TEXT NOT NULL, 
	standing TEXT NOT NULL, 
	said_by TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	thread INTEGER NOT NULL, 
	comment BIGINT NOT NULL, 
	path TEXT NOT NULL, 
	quote TEXT NOT NULL, 
	sha TEXT NOT NULL, 
	seen BOOLEAN NOT NULL, 
	decided_by TEXT NOT NULL, 
	proposed_at DOUBLE NOT NULL, 
	changed_at DOUBLE NOT NULL, 
	CONSTRAINT one_entry_a_text UNIQUE (installation_id, repository_id, text_sha256)
);
CREATE TABLE own_words (
	repository_id BIGINT NOT NULL, 
	label TEXT, 
	command TEXT, 
	PRIMARY KEY (repository_id)
);
CREATE TABLE posts (
	session_id TEXT NOT NULL, 
	surface TEXT NOT NULL, 
	place TEXT NOT NULL, 
	github_id BIGINT, 
	moment TEXT, 
	look TEXT, 
	written_at DOUBLE, 
	PRIMARY KEY (session_id, surface, place), 
	FOREIGN KEY(session_id) REFERENCES sessions (id)
);
INSERT INTO "posts" VALUES('2qbjt36xqruxstzp','comment','thread',NULL,NULL,NULL,NULL);
CREATE TABLE questions (
	job_id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	question TEXT NOT NULL, 
	options JSON NOT NULL, 
	default_answer TEXT NOT NULL, 
	asked_at DOUBLE NOT NULL, 
	due_at DOUBLE, 
	look_at DOUBLE, 
	failures INTEGER NOT NULL, 
	taken_by TEXT, 
	closed_at DOUBLE, 
	why TEXT, 
	PRIMARY KEY (job_id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id), 
	FOREIGN KEY(session_id) REFERENCES sessions (id)
);
CREATE TABLE repository_images (
	repository_id BIGINT NOT NULL, 
	installation_id BIGINT NOT NULL, 
	repository TEXT NOT NULL, 
	image_id TEXT, 
	replaced_image_id TEXT, 
	sha TEXT, 
	size_bytes BIGINT, 
	built_at DOUBLE, 
	build_seconds DOUBLE, 
	set_up JSON NOT NULL, 
	asked_at DOUBLE, 
	looked_at DOUBLE, 
	tried_at DOUBLE, 
	tried_sha TEXT, 
	failures INTEGER NOT NULL, 
	error TEXT, 
	builder TEXT, 
	builder_until DOUBLE, 
	PRIMARY KEY (repository_id), 
	UNIQUE (builder)
);
CREATE TABLE reservations (
	id TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	model TEXT NOT NULL, 
	most_microdollars BIGINT NOT NULL, 
	made_at DOUBLE NOT NULL, node TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE sandbox_times (
	sandbox_id TEXT NOT NULL, 
	job_id TEXT, 
	backend TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	cpu DOUBLE NOT NULL, 
	memory_mib INTEGER NOT NULL, 
	started_at DOUBLE NOT NULL, 
	ends_by DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	cost_microdollars BIGINT, 
	PRIMARY KEY (sandbox_id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('harvest',1,1.7960360147552132606e+09);
INSERT INTO "schema_versions" VALUES('harvest',2,1.79603601475600433345e+09);
INSERT INTO "schema_versions" VALUES('harvest',3,1.7960360147588489056e+09);
INSERT INTO "schema_versions" VALUES('harvest',4,1.79603601476082420356e+09);
INSERT INTO "schema_versions" VALUES('harvest',5,1.79603601476162648203e+09);
INSERT INTO "schema_versions" VALUES('harvest',6,1.79603601476268792151e+09);
INSERT INTO "schema_versions" VALUES('harvest',7,1.79603601476289129255e+09);
INSERT INTO "schema_versions" VALUES('harvest',8,1.7960360147658653259e+09);
INSERT INTO "schema_versions" VALUES('harvest',9,1.79603601476651215549e+09);
INSERT INTO "schema_versions" VALUES('harvest',10,1.79603601476693797113e+09);
INSERT INTO "schema_versions" VALUES('harvest',11,1.79603601476911211012e+09);
INSERT INTO "schema_versions" VALUES('harvest',12,1.79603601476956820483e+09);
INSERT INTO "schema_versions" VALUES('harvest',13,1.79603601476996207241e+09);
INSERT INTO "schema_versions" VALUES('harvest',14,1.79603601477128481866e+09);
INSERT INTO "schema_versions" VALUES('harvest',15,1.79603601477185249326e+09);
INSERT INTO "schema_versions" VALUES('harvest',16,1.79603601477340602877e+09);
INSERT INTO "schema_versions" VALUES('harvest',17,1.79603601477392625803e+09);
INSERT INTO "schema_versions" VALUES('harvest',18,1.79603601477507019042e+09);
INSERT INTO "schema_versions" VALUES('harvest',19,1.79603601477597975733e+09);
INSERT INTO "schema_versions" VALUES('harvest',20,1.79603601477650666237e+09);
INSERT INTO "schema_versions" VALUES('harvest',21,1.79603601477711963653e+09);
INSERT INTO "schema_versions" VALUES('harvest',22,1.79603601477820706364e+09);
INSERT INTO "schema_versions" VALUES('harvest',23,1.79603601477965378759e+09);
INSERT INTO "schema_versions" VALUES('harvest',24,1.79603601477992391591e+09);
CREATE TABLE sessions (
	id TEXT NOT NULL, 
	installation_id BIGINT NOT NULL, 
	repository_id BIGINT NOT NULL, 
	repository TEXT NOT NULL, 
	thread INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	branch TEXT, 
	base_branch TEXT, 
	pull_number INTEGER, 
	snapshot_id TEXT, 
	agent_session_id TEXT NOT NULL, 
	agent_model TEXT, 
	created_at DOUBLE NOT NULL, 
	updated_at DOUBLE NOT NULL, snapshot_expired_at DOUBLE, log_since DOUBLE, closed_at DOUBLE, plan_pull INTEGER, pull_edited_at DOUBLE, 
	PRIMARY KEY (id), 
	CONSTRAINT one_session_a_pull UNIQUE (repository_id, pull_number), 
	CONSTRAINT one_session_a_thread UNIQUE (repository_id, thread)
);
INSERT INTO "sessions" VALUES('2qbjt36xqruxstzp',10001,10002,'tidewater-labs/rebase-2-acknowledge',1,'issue',NULL,NULL,NULL,NULL,'b38e285d-2df2-468d-92fe-87468ae2104b',NULL,1.79603601483110094068e+09,1.79603601483820414543e+09,NULL,1.79603601483820414543e+09,NULL,NULL,NULL);
CREATE TABLE tool_writes (
	job_id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	begun_at DOUBLE NOT NULL, 
	tried_at DOUBLE NOT NULL, 
	written TEXT, 
	PRIMARY KEY (job_id, "key"), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE usage (
	job_id TEXT NOT NULL, 
	model TEXT NOT NULL, 
	requests BIGINT NOT NULL, 
	input_tokens BIGINT NOT NULL, 
	output_tokens BIGINT NOT NULL, 
	cache_read_tokens BIGINT NOT NULL, 
	cache_write_tokens BIGINT NOT NULL, 
	cost_microdollars BIGINT NOT NULL, 
	PRIMARY KEY (job_id, model), 
	FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE warm_sandboxes (
	sandbox_id TEXT NOT NULL, 
	repository_id BIGINT NOT NULL, 
	image_id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	claimed_by TEXT, 
	claimed_at DOUBLE, 
	PRIMARY KEY (sandbox_id), 
	UNIQUE (claimed_by)
);
CREATE TABLE watch_tries (
	watch_id TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	head_sha TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	findings JSON NOT NULL, 
	PRIMARY KEY (watch_id, job_id), 
	FOREIGN KEY(watch_id) REFERENCES watches (id)
);
CREATE TABLE watches (
	id TEXT NOT NULL, 
	installation_id BIGINT NOT NULL, 
	repository_id BIGINT NOT NULL, 
	repository TEXT NOT NULL, 
	pull_number INTEGER NOT NULL, 
	actor_id BIGINT NOT NULL, 
	actor_login TEXT NOT NULL, 
	actor_type TEXT NOT NULL, 
	inline BIGINT NOT NULL, 
	until TEXT NOT NULL, 
	budget_microdollars BIGINT NOT NULL, 
	settle_seconds DOUBLE NOT NULL, 
	model TEXT, 
	created_at DOUBLE NOT NULL, 
	branch TEXT NOT NULL, 
	base_branch TEXT NOT NULL, 
	head_sha TEXT NOT NULL, 
	head_since DOUBLE NOT NULL, 
	had_checks BOOLEAN NOT NULL, 
	told_tries INTEGER NOT NULL, 
	due_at DOUBLE NOT NULL, 
	stirred_at DOUBLE, 
	stirs INTEGER NOT NULL, 
	failures INTEGER NOT NULL, 
	ended_at DOUBLE, 
	why TEXT, 
	ended_by TEXT, 
	detail TEXT, 
	told_at DOUBLE, 
	PRIMARY KEY (id)
);
CREATE TABLE write_probe (
	id INTEGER NOT NULL, 
	written_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX inbox_handled ON inbox (handled_at) WHERE handled_at IS NOT NULL;
CREATE INDEX inbox_in_hand ON inbox (repository_id, thread) WHERE holder IS NOT NULL;
CREATE INDEX inbox_parked ON inbox (number) WHERE parked_at IS NOT NULL;
CREATE INDEX inbox_served ON inbox (repository_id, begun_at) WHERE begun_at IS NOT NULL;
CREATE INDEX ix_sessions_installation_id ON sessions (installation_id);
CREATE INDEX jobs_by_state ON jobs (state, number);
CREATE INDEX jobs_by_commit ON jobs (head_sha, number) WHERE head_sha IS NOT NULL;
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE INDEX jobs_of_a_session ON jobs (session_id, number);
CREATE INDEX queue_of_a_session ON job_queue (session_id, number);
CREATE INDEX queue_running ON job_queue (installation_id) WHERE holder IS NOT NULL;
CREATE INDEX reservations_of_a_job ON reservations (job_id);
CREATE INDEX ix_sandbox_times_job_id ON sandbox_times (job_id);
CREATE INDEX sandboxes_running ON sandbox_times (started_at) WHERE ended_at IS NULL;
CREATE INDEX inbox_undone ON inbox (number, due_at, attempts) WHERE handled_at IS NULL AND parked_at IS NULL;
CREATE INDEX inbox_in_line ON inbox (repository_id, number, thread) WHERE handled_at IS NULL AND parked_at IS NULL;
CREATE INDEX inbox_urgent ON inbox (repository_id, number) WHERE handled_at IS NULL AND parked_at IS NULL AND urgent = 1;
CREATE INDEX inbox_suspects ON inbox (attempts, number) WHERE handled_at IS NULL AND parked_at IS NULL AND suspect = 1;
CREATE INDEX sessions_with_snapshot ON sessions (updated_at) WHERE snapshot_id IS NOT NULL AND snapshot_expired_at IS NULL;
CREATE INDEX sessions_with_log ON sessions (log_since) WHERE log_since IS NOT NULL;
CREATE INDEX steps_by_time ON job_steps (started_at);
CREATE INDEX sandboxes_without_cost ON sandbox_times (ended_at) WHERE cost_microdollars IS NULL AND ended_at IS NOT NULL;
CREATE INDEX accounts_by_time ON accounts (used_at);
CREATE UNIQUE INDEX one_chore_of_a_kind ON jobs (session_id, chore) WHERE chore IS NOT NULL AND state <> 'ended' AND ending IS NULL AND stop_at IS NULL;
CREATE INDEX jobs_by_push ON jobs (pushed_sha) WHERE pushed_sha IS NOT NULL;
CREATE INDEX job_tools_by_time ON job_tools (given_at);
CREATE INDEX watches_to_look_after ON watches (due_at) WHERE told_at IS NULL;
CREATE UNIQUE INDEX one_watch_a_pull ON watches (repository_id, pull_number) WHERE ended_at IS NULL;
CREATE INDEX job_issues_by_time ON job_issues (pinned_at);
CREATE INDEX issue_notes_to_tell ON issue_notes (due_at) WHERE settled_at IS NULL;
CREATE INDEX issue_notes_by_time ON issue_notes (made_at);
CREATE UNIQUE INDEX sessions_by_plan_pull ON sessions (repository_id, plan_pull) WHERE plan_pull IS NOT NULL;
CREATE INDEX tool_writes_by_time ON tool_writes (begun_at);
CREATE INDEX evidence_by_time ON evidence (began_at);
CREATE INDEX memory_everywhere ON memory (installation_id) WHERE everywhere = 1;
CREATE INDEX memory_of_a_job ON memory (job_id);
CREATE INDEX memory_not_kept ON memory (changed_at) WHERE standing != 'approved';
CREATE INDEX questions_of_a_session ON questions (session_id);
CREATE INDEX questions_to_look_at ON questions (look_at) WHERE closed_at IS NULL;
CREATE INDEX children_by_job ON children (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX children_to_look_after ON children (look_at) WHERE over_at IS NULL;
CREATE INDEX questions_by_time ON questions (asked_at);
CREATE INDEX children_over ON children (over_at) WHERE over_at IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',1);
COMMIT;
