BEGIN TRANSACTION;
CREATE TABLE executors (
	id TEXT NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
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
	handled_version INTEGER, 
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
INSERT INTO "job_queue" VALUES(1,'change-1-acknowledge','it4rjprkg6ohwusw',10001,'harvest',1,1,1.79596399985594606398e+09);
INSERT INTO "job_queue" VALUES(2,'change-1-prepare-workspace','3mdqlzxcxg355tf2',10001,'harvest',4,1,1.79596400301761865612e+09);
INSERT INTO "job_queue" VALUES(3,'change-1-run-agent','kglfl2nmq5jo4sf5',10001,'harvest',6,1,1.7959640136219909191e+09);
INSERT INTO "job_queue" VALUES(4,'change-1-waiting','kglfl2nmq5jo4sf5',10001,NULL,NULL,0,NULL);
INSERT INTO "job_queue" VALUES(5,'change-1-push','isefkjaqa2kzqv5e',10001,'harvest',9,1,1.79596402596088719361e+09);
INSERT INTO "job_queue" VALUES(6,'change-1-show-pull-request','5r6s6uatp2254pp4',10001,'harvest',10,1,1.7959640261696109771e+09);
INSERT INTO "job_queue" VALUES(7,'change-1-report','7qus44wphw4dh7il',10001,'harvest',12,1,1.79596402937550163273e+09);
INSERT INTO "job_queue" VALUES(8,'answer-1-run-agent','tanwuz3z2qjwy4aj',10001,'harvest',6,1,1.79596401296866464616e+09);
INSERT INTO "job_queue" VALUES(9,'answer-1-report','etr4mjohk6ga3e3d',10001,'harvest',7,1,1.79596401843672585484e+09);
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
INSERT INTO "job_steps" VALUES('change-1-acknowledge','acknowledge',0,1,1.79596399990927410128e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('change-1-prepare-workspace','acknowledge',0,1,1.79596400001870155332e+09,1.79596400088206124305e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','acknowledge',0,1,1.79596400064955925941e+09,1.79596400100595450402e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-run-agent','acknowledge',0,1,1.79596400065282511705e+09,1.79596400101100564005e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','acknowledge',0,1,1.795964000655203104e+09,1795964001.00883,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-run-agent','acknowledge',0,1,1.79596400067017292973e+09,1.79596400113772892946e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-report','acknowledge',0,1,1.79596400067260646821e+09,1.79596400101311206819e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','acknowledge',0,1,1.7959640006754901409e+09,1.79596400115346217156e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-prepare-workspace','choose_branch',0,2,1.79596400102262210851e+09,1.79596400112681198113e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','choose_branch',0,2,1.79596400110529565812e+09,1.79596400142154049876e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','choose_branch',0,2,1.79596400114540886874e+09,1.79596400164126920699e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false}',NULL);
INSERT INTO "job_steps" VALUES('change-1-run-agent','choose_branch',0,2,1.7959640011872885227e+09,1.79596400175047278408e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-report','choose_branch',0,2,1.79596400121120190621e+09,1.79596400195953607558e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false}',NULL);
INSERT INTO "job_steps" VALUES('change-1-prepare-workspace','open_sandbox',1,3,1.79596400178643608096e+09,1.79596400251808762556e+09,'{"notes": [], "sandbox_id": "3mdqlzxcxg355tf2.e6d0c9034f141b9a", "started_from": "base", "snapshot": null, "ends_at": 1795971202.2317693, "attempts": [{"start": "base", "seconds": 0.294, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-run-agent','choose_branch',0,2,1.79596400183050131796e+09,1.79596400222514486315e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','choose_branch',0,2,1.79596400197367072107e+09,1.79596400242590236665e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','open_sandbox',1,3,1.79596400230976080891e+09,1.79596400339898633951e+09,'{"notes": [], "sandbox_id": "isefkjaqa2kzqv5e.7d4f71c71ef9dc5f", "started_from": "base", "snapshot": null, "ends_at": 1795971202.8200095, "attempts": [{"start": "base", "seconds": 0.606, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','open_sandbox',1,3,1.79596400235108017923e+09,1.79596400346068453784e+09,'{"notes": [], "sandbox_id": "5r6s6uatp2254pp4.47db7dc61d65764e", "started_from": "base", "snapshot": null, "ends_at": 1795971202.920058, "attempts": [{"start": "base", "seconds": 0.561, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-run-agent','open_sandbox',1,3,1.79596400237761235239e+09,1.79596400390994977947e+09,'{"notes": [], "sandbox_id": "kglfl2nmq5jo4sf5.e5908534e3d54e6e", "started_from": "base", "snapshot": null, "ends_at": 1795971203.1104066, "attempts": [{"start": "base", "seconds": 0.844, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-report','open_sandbox',1,3,1.79596400246914839745e+09,1.79596400417086100582e+09,'{"notes": [], "sandbox_id": "etr4mjohk6ga3e3d.fbd8e0b25488d6a0", "started_from": "base", "snapshot": null, "ends_at": 1795971203.4649, "attempts": [{"start": "base", "seconds": 0.714, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-run-agent','open_sandbox',1,3,1.79596400279346823697e+09,1.79596400446986818313e+09,'{"notes": [], "sandbox_id": "tanwuz3z2qjwy4aj.63c02f13e672443c", "started_from": "base", "snapshot": null, "ends_at": 1795971203.856089, "attempts": [{"start": "base", "seconds": 0.644, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','open_sandbox',1,3,1.79596400309269404408e+09,1.79596400478933334353e+09,'{"notes": [], "sandbox_id": "7qus44wphw4dh7il.85586975f28ff14b", "started_from": "base", "snapshot": null, "ends_at": 1795971203.987654, "attempts": [{"start": "base", "seconds": 0.831, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('change-1-prepare-workspace','prepare_workspace',1,4,1.79596400358166956899e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('change-1-push','prepare_workspace',1,4,1.7959640046657037735e+09,1.79596401274584746357e+09,'{"notes": [], "start_sha": "f9ecb9238c27f8a1d6f59d8e8492c978d7f39715", "base_sha": "f9ecb9238c27f8a1d6f59d8e8492c978d7f39715", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795964012.744676}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','prepare_workspace',1,4,1.79596400489491057395e+09,1.79596401272176098827e+09,'{"notes": [], "start_sha": "8471b1fa0dc96f224b9065e7e46cd257fff2f8f3", "base_sha": "8471b1fa0dc96f224b9065e7e46cd257fff2f8f3", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795964012.7070224}',NULL);
INSERT INTO "job_steps" VALUES('change-1-run-agent','prepare_workspace',1,4,1.79596400500264954565e+09,1.79596401264560317991e+09,'{"notes": [], "start_sha": "9eb8ee0e3a84d31d6e99e2d1b6811acb167b43e5", "base_sha": "9eb8ee0e3a84d31d6e99e2d1b6811acb167b43e5", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795964012.6022055}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-report','prepare_workspace',1,4,1.79596400531902289387e+09,1.79596401272491121292e+09,'{"notes": [], "start_sha": "42f6f658d401672a9f887f898c821be975e0e2e9", "base_sha": "42f6f658d401672a9f887f898c821be975e0e2e9", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795964012.710055}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-run-agent','prepare_workspace',1,4,1.79596400534165143961e+09,1.79596401215399122238e+09,'{"notes": [], "start_sha": "79d33929335f5acaa4167f9fa9de3c04040245ca", "base_sha": "79d33929335f5acaa4167f9fa9de3c04040245ca", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795964012.082284}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','prepare_workspace',1,4,1.79596400553393030171e+09,1.79596401273845982546e+09,'{"notes": [], "start_sha": "3cb16bce941d27b7df892bcd39e0d4a813c2fdcb", "base_sha": "3cb16bce941d27b7df892bcd39e0d4a813c2fdcb", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795964012.737529}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-run-agent','compose_prompt',1,5,1.79596401269475722316e+09,1.79596401292460250854e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 4f71fe3f855f1569>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 4f71fe3f855f1569>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''answer-1-run-agent.txt'' && git add -- ''answer-1-run-agent.txt'' && git commit -q -m ''Add a line''\n```", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('change-1-run-agent','compose_prompt',1,5,1.7959640128006968498e+09,1.79596401337762093548e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 1a3a463257e02432>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 1a3a463257e02432>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-run-agent.txt'' && git add -- ''change-1-run-agent.txt'' && git commit -q -m ''Add a line''\n```", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','compose_prompt',1,5,1.79596401293393635742e+09,1.79596401336824321743e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github b99db675e61c794a>\nTitle: Add a line\nWritten:\n\n\n</text-from-github b99db675e61c794a>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-show-pull-request.txt'' && git add -- ''change-1-show-pull-request.txt'' && git commit -q -m ''Add a line''\n```", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-report','compose_prompt',1,5,1.79596401293891477584e+09,1.79596401347007465364e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 930cd70a3bf23398>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 930cd70a3bf23398>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''answer-1-report.txt'' && git add -- ''answer-1-report.txt'' && git commit -q -m ''Add a line''\n```", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','compose_prompt',1,5,1.79596401295196890827e+09,1.79596401337313532828e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github a52672cb03beae0e>\nTitle: Add a line\nWritten:\n\n\n</text-from-github a52672cb03beae0e>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-report.txt'' && git add -- ''change-1-report.txt'' && git commit -q -m ''Add a line''\n```", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','compose_prompt',1,5,1.79596401297441887853e+09,1.79596401348807454111e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 71b063cea9535d8a>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 71b063cea9535d8a>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-push.txt'' && git add -- ''change-1-push.txt'' && git commit -q -m ''Add a line''\n```", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-run-agent','run_agent',1,6,1.79596401302001976965e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','run_agent',1,6,1.79596401382131242753e+09,1.79596401813053441046e+09,'{"notes": [], "said": "Do what the prompt says\n\nIt was done as it was asked for.", "title": "Do what the prompt says", "summary": "It was done as it was asked for.", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-show-pull-request.txt'' && git add -- ''change-1-show-pull-request.txt'' && git commit -q -m ''Add a line''\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 17.277502298355103, "turns": 1}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','run_agent',1,6,1.79596401416937780375e+09,1795964018.40795,'{"notes": [], "said": "Do what the prompt says\n\nIt was done as it was asked for.", "title": "Do what the prompt says", "summary": "It was done as it was asked for.", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-report.txt'' && git add -- ''change-1-report.txt'' && git commit -q -m ''Add a line''\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 17.501408576965332, "turns": 1}',NULL);
INSERT INTO "job_steps" VALUES('change-1-run-agent','run_agent',1,6,1.79596401421731901174e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('answer-1-report','run_agent',1,6,1.79596401440614461897e+09,1.7959640184061186314e+09,'{"notes": [], "said": "Do what the prompt says\n\nIt was done as it was asked for.", "title": "Do what the prompt says", "summary": "It was done as it was asked for.", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''answer-1-report.txt'' && git add -- ''answer-1-report.txt'' && git commit -q -m ''Add a line''\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 17.511777877807617, "turns": 1}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','run_agent',1,6,1.79596401441066908831e+09,1.79596401842322754864e+09,'{"notes": [], "said": "Do what the prompt says\n\nIt was done as it was asked for.", "title": "Do what the prompt says", "summary": "It was done as it was asked for.", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-push.txt'' && git add -- ''change-1-push.txt'' && git commit -q -m ''Add a line''\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 17.610593557357788, "turns": 1}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','collect',1,7,1.79596401823851490025e+09,1.79596401978621315951e+09,'{"notes": [], "collected_at": 1795964020}',NULL);
INSERT INTO "job_steps" VALUES('answer-1-report','report',0,7,1.79596401857160544402e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('change-1-report','collect',1,7,1.79596401865682482722e+09,1.79596402239024853703e+09,'{"notes": [], "collected_at": 1795964022}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','collect',1,7,1.79596401881371474265e+09,1.79596402223356986049e+09,'{"notes": [], "collected_at": 1795964022}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','vet',1,8,1.79596402002199840544e+09,1.79596402206469511978e+09,'{"notes": [], "head_sha": "a2cc5f50b03f483816244a9a098057214db995da", "files": ["change-1-show-pull-request.txt"], "insertions": 1, "deletions": 0, "commits": 1}',NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','push',1,9,1.79596402245331978795e+09,1.79596402582074737546e+09,'{"notes": [], "head_sha": "a2cc5f50b03f483816244a9a098057214db995da"}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','vet',1,8,1.79596402248672842982e+09,1795964025.67902,'{"notes": [], "head_sha": "5602beffedee4bfe46ff9e1fa84bcc6860d852cd", "files": ["change-1-push.txt"], "insertions": 1, "deletions": 0, "commits": 1}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','vet',1,8,1.79596402258190345757e+09,1.7959640263836987019e+09,'{"notes": [], "head_sha": "b2c9a08f7c06c25eff2aee5f052145dfe7ede675", "files": ["change-1-report.txt"], "insertions": 1, "deletions": 0, "commits": 1}',NULL);
INSERT INTO "job_steps" VALUES('change-1-push','push',1,9,1.79596402596836113925e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('change-1-show-pull-request','show_pull_request',1,10,1.79596402624190068248e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('change-1-report','push',1,9,1.79596402652477860452e+09,1.79596402836116838456e+09,'{"notes": [], "head_sha": "b2c9a08f7c06c25eff2aee5f052145dfe7ede675"}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','show_pull_request',1,10,1.79596402852932596205e+09,1.7959640289823992252e+09,'{"notes": [], "number": 2}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','keep_half_done',0,11,1.79596402918176293369e+09,1.7959640293426070213e+09,'{"notes": [], "kept": "", "patch": "", "changes": null, "pushed_sha": "", "left": null}',NULL);
INSERT INTO "job_steps" VALUES('change-1-report','report',0,12,1795964029.3896,NULL,NULL,NULL);
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
	check_run_id BIGINT, 
	gateway_token_sha256 TEXT, 
	budget_microdollars BIGINT, 
	deadline DOUBLE, 
	stop_by TEXT, 
	stop_why TEXT, 
	stop_at DOUBLE, 
	created_at DOUBLE NOT NULL, 
	started_at DOUBLE, 
	ended_at DOUBLE, 
	UNIQUE (id), 
	FOREIGN KEY(session_id) REFERENCES sessions (id), 
	UNIQUE (gateway_token_sha256)
);
INSERT INTO "jobs" VALUES(1,'change-1-acknowledge','it4rjprkg6ohwusw',10001,'issue','change/1','{"command": {"verb": "do", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-acknowledge.txt'' && git add -- ''change-1-acknowledge.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10002, "full_name": "tidewater-labs/change-1-acknowledge", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','acknowledge',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79596398846210360527e+09,1.79596400067691922193e+09,NULL);
INSERT INTO "jobs" VALUES(2,'change-1-prepare-workspace','3mdqlzxcxg355tf2',10001,'issue','change/1','{"command": {"verb": "do", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-prepare-workspace.txt'' && git add -- ''change-1-prepare-workspace.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10003, "full_name": "tidewater-labs/change-1-prepare-workspace", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','prepare_workspace',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79596398861456274988e+09,1.79596400074157524105e+09,NULL);
INSERT INTO "jobs" VALUES(3,'change-1-run-agent','kglfl2nmq5jo4sf5',10001,'issue','change/1','{"command": {"verb": "do", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-run-agent.txt'' && git add -- ''change-1-run-agent.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10004, "full_name": "tidewater-labs/change-1-run-agent", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','run_agent',NULL,NULL,NULL,NULL,NULL,'74f1913feabe2e2b9ed0816d1fdb2e425a6e957ae62c867b488e168b28b9d8cc',5000000,1.79596761527345156672e+09,NULL,NULL,NULL,1.7959639886980295181e+09,1.79596400083452796938e+09,NULL);
INSERT INTO "jobs" VALUES(4,'change-1-waiting','kglfl2nmq5jo4sf5',10001,'issue','change/1','{"command": {"verb": "do", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-waiting.txt'' && git add -- ''change-1-waiting.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10004, "full_name": "tidewater-labs/change-1-run-agent", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','queued',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79596398883759069439e+09,NULL,NULL);
INSERT INTO "jobs" VALUES(5,'change-1-push','isefkjaqa2kzqv5e',10001,'issue','change/1','{"command": {"verb": "do", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-push.txt'' && git add -- ''change-1-push.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10005, "full_name": "tidewater-labs/change-1-push", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','push',NULL,NULL,NULL,NULL,NULL,NULL,5000000,1.79596761580186343194e+09,NULL,NULL,NULL,1.79596398899344468109e+09,1.79596400081257438654e+09,NULL);
INSERT INTO "jobs" VALUES(6,'change-1-show-pull-request','5r6s6uatp2254pp4',10001,'issue','change/1','{"command": {"verb": "do", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-show-pull-request.txt'' && git add -- ''change-1-show-pull-request.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10006, "full_name": "tidewater-labs/change-1-show-pull-request", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','show_pull_request',NULL,NULL,NULL,'a2cc5f50b03f483816244a9a098057214db995da',NULL,NULL,5000000,1.79596761506170153619e+09,NULL,NULL,NULL,1.79596398924071431156e+09,1.79596400085297226907e+09,NULL);
INSERT INTO "jobs" VALUES(7,'change-1-report','7qus44wphw4dh7il',10001,'issue','change/1','{"command": {"verb": "do", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-report.txt'' && git add -- ''change-1-report.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10007, "full_name": "tidewater-labs/change-1-report", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','report',NULL,'{"outcome": "succeeded", "happened": "The agent''s work is on the pull request.", "kept": "", "advice": "", "concerns": "operator"}','{"said": "Do what the prompt says\n\nIt was done as it was asked for.", "title": "Do what the prompt says", "summary": "It was done as it was asked for.", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-report.txt'' && git add -- ''change-1-report.txt'' && git commit -q -m ''Add a line''\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "files": ["change-1-report.txt"], "insertions": 1, "deletions": 0, "commits": 1, "cost_usd": 0.0, "seconds": 17.501408576965332, "sandbox_seconds": 25.41851496696472, "turns": 1, "started_from": "base", "pushed_sha": "b2c9a08f7c06c25eff2aee5f052145dfe7ede675", "notes": [], "patch": ""}','b2c9a08f7c06c25eff2aee5f052145dfe7ede675',NULL,NULL,5000000,1.79596761511101675034e+09,NULL,NULL,NULL,1.79596398937962555887e+09,1.79596400090649437899e+09,NULL);
INSERT INTO "jobs" VALUES(8,'answer-1-run-agent','tanwuz3z2qjwy4aj',10001,'issue','answer/1','{"command": {"verb": "ask", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''answer-1-run-agent.txt'' && git add -- ''answer-1-run-agent.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10008, "full_name": "tidewater-labs/answer-1-run-agent", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','run_agent',NULL,NULL,NULL,NULL,NULL,'3d8b98678c1694a25460eff6975a86e9c3fde17c29a44dc453294e1e224b54bd',5000000,1.79596761327400445936e+09,NULL,NULL,NULL,1.79596398948239159587e+09,1.79596400088284349448e+09,NULL);
INSERT INTO "jobs" VALUES(9,'answer-1-report','etr4mjohk6ga3e3d',10001,'issue','answer/1','{"command": {"verb": "ask", "text": "```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''answer-1-report.txt'' && git add -- ''answer-1-report.txt'' && git commit -q -m ''Add a line''\n```", "written": ""}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10009, "full_name": "tidewater-labs/answer-1-report", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}}','running','report',NULL,'{"outcome": "succeeded", "happened": "The agent answered.", "kept": "", "advice": "", "concerns": "operator"}','{"said": "Do what the prompt says\n\nIt was done as it was asked for.", "title": "Do what the prompt says", "summary": "It was done as it was asked for.", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''answer-1-report.txt'' && git add -- ''answer-1-report.txt'' && git commit -q -m ''Add a line''\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "files": [], "insertions": 0, "deletions": 0, "commits": 0, "cost_usd": 0.0, "seconds": 17.511777877807617, "sandbox_seconds": 16.250799655914307, "turns": 1, "started_from": "base", "pushed_sha": "", "notes": [], "patch": ""}',NULL,NULL,NULL,5000000,1.79596761532817125314e+09,NULL,NULL,NULL,1.79596398966344213488e+09,1.79596400089427208897e+09,NULL);
CREATE TABLE leases (
	name TEXT NOT NULL, 
	holder TEXT, 
	held_until DOUBLE NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('look:ask_for_lost_deliveries',NULL,1.795964053381010294e+09);
INSERT INTO "leases" VALUES('look:end_leftover_sandboxes',NULL,1.79596405324699354179e+09);
INSERT INTO "leases" VALUES('look:give_up_stranded_jobs',NULL,1.79596405325101709368e+09);
CREATE TABLE marks (
	name TEXT NOT NULL, 
	read_until TEXT NOT NULL, 
	etag TEXT, 
	PRIMARY KEY (name)
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
	made_at DOUBLE NOT NULL, 
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
INSERT INTO "sandbox_times" VALUES('3mdqlzxcxg355tf2.e6d0c9034f141b9a','change-1-prepare-workspace','local','job',2.0,4096,1.79596400223176932333e+09,1.79597120223176932333e+09,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('isefkjaqa2kzqv5e.7d4f71c71ef9dc5f','change-1-push','local','job',2.0,4096,1.79596400282000946994e+09,1.79597120282000947003e+09,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('5r6s6uatp2254pp4.47db7dc61d65764e','change-1-show-pull-request','local','job',2.0,4096,1.79596400292005801196e+09,1.79597120292005801205e+09,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('kglfl2nmq5jo4sf5.e5908534e3d54e6e','change-1-run-agent','local','job',2.0,4096,1.79596400311040663719e+09,1.79597120311040663715e+09,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('etr4mjohk6ga3e3d.fbd8e0b25488d6a0','answer-1-report','local','job',2.0,4096,1795964003.4649,1795971203.4649,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('tanwuz3z2qjwy4aj.63c02f13e672443c','answer-1-run-agent','local','job',2.0,4096,1.79596400385608911511e+09,1.79597120385608911515e+09,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('7qus44wphw4dh7il.85586975f28ff14b','change-1-report','local','job',2.0,4096,1.79596400398765397065e+09,1.79597120398765397073e+09,NULL,NULL);
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('harvest',1,1.79596398811465239519e+09);
INSERT INTO "schema_versions" VALUES('harvest',2,1.79596398811720633502e+09);
INSERT INTO "schema_versions" VALUES('harvest',3,1.7959639881245744228e+09);
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
	comment_id BIGINT, 
	snapshot_id TEXT, 
	agent_session_id TEXT NOT NULL, 
	agent_model TEXT, 
	created_at DOUBLE NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_session_a_pull UNIQUE (repository_id, pull_number), 
	CONSTRAINT one_session_a_thread UNIQUE (repository_id, thread)
);
INSERT INTO "sessions" VALUES('it4rjprkg6ohwusw',10001,10002,'tidewater-labs/change-1-acknowledge',1,'issue',NULL,NULL,NULL,NULL,NULL,'1d7ac3cc-78fc-4185-b557-b1592b3c5cc1',NULL,1.79596398843846416469e+09,1.79596398843846416469e+09);
INSERT INTO "sessions" VALUES('3mdqlzxcxg355tf2',10001,10003,'tidewater-labs/change-1-prepare-workspace',1,'issue',NULL,NULL,NULL,5200000001,NULL,'c860767b-9b70-4ae5-b057-f41481a0ba46',NULL,1.7959639885735275745e+09,1.79596400083173012734e+09);
INSERT INTO "sessions" VALUES('kglfl2nmq5jo4sf5',10001,10004,'tidewater-labs/change-1-run-agent',1,'issue','harvest/1-add-a-line','main',NULL,5200000004,NULL,'96af6c83-dfd0-406d-a8ed-b7c0c8a783c4',NULL,1.795963988681978941e+09,1.7959640125310935974e+09);
INSERT INTO "sessions" VALUES('isefkjaqa2kzqv5e',10001,10005,'tidewater-labs/change-1-push',1,'issue','harvest/1-add-a-line','main',NULL,5200000002,NULL,'52658b98-85b9-4809-9126-4b803d7dc88d','claude-sonnet-of-the-tests',1.79596398898162388797e+09,1.79596401838883137705e+09);
INSERT INTO "sessions" VALUES('5r6s6uatp2254pp4',10001,10006,'tidewater-labs/change-1-show-pull-request',1,'issue','harvest/1-add-a-line','main',NULL,5200000003,NULL,'55f7163f-eae0-47f7-a50e-b069a0667697','claude-sonnet-of-the-tests',1.79596398919380068775e+09,1.79596401803359222411e+09);
INSERT INTO "sessions" VALUES('7qus44wphw4dh7il',10001,10007,'tidewater-labs/change-1-report',1,'issue','harvest/1-add-a-line','main',2,5200000006,NULL,'8bec7735-52d8-496b-975f-a5acdb4fc731','claude-sonnet-of-the-tests',1.79596398937480545045e+09,1.79596402885059785838e+09);
INSERT INTO "sessions" VALUES('tanwuz3z2qjwy4aj',10001,10008,'tidewater-labs/answer-1-run-agent',1,'issue','harvest/1-add-a-line','main',NULL,5200000005,NULL,'75dba76c-f301-4814-ad89-a578844df748',NULL,1.79596398947748136522e+09,1.79596401103314709662e+09);
INSERT INTO "sessions" VALUES('etr4mjohk6ga3e3d',10001,10009,'tidewater-labs/answer-1-report',1,'issue','harvest/1-add-a-line','main',NULL,5200000007,NULL,'d5d04e61-33ca-4906-8e35-5293f29776af','claude-sonnet-of-the-tests',1.79596398961032867433e+09,1.79596401832305359843e+09);
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
CREATE TABLE write_probe (
	id INTEGER NOT NULL, 
	written_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX inbox_served ON inbox (repository_id, begun_at) WHERE begun_at IS NOT NULL;
CREATE INDEX inbox_in_line ON inbox (repository_id, number, thread) WHERE handled_version IS NULL AND parked_at IS NULL;
CREATE INDEX inbox_in_hand ON inbox (repository_id, thread) WHERE holder IS NOT NULL;
CREATE INDEX inbox_urgent ON inbox (repository_id, number) WHERE handled_version IS NULL AND parked_at IS NULL AND urgent = 1;
CREATE INDEX inbox_handled ON inbox (handled_at) WHERE handled_at IS NOT NULL;
CREATE INDEX inbox_parked ON inbox (number) WHERE parked_at IS NOT NULL;
CREATE INDEX inbox_undone ON inbox (number, due_at, attempts) WHERE handled_version IS NULL AND parked_at IS NULL;
CREATE INDEX inbox_suspects ON inbox (attempts, number) WHERE handled_version IS NULL AND parked_at IS NULL AND suspect = 1;
CREATE INDEX ix_sessions_installation_id ON sessions (installation_id);
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE INDEX jobs_by_state ON jobs (state, number);
CREATE INDEX jobs_by_commit ON jobs (head_sha, number) WHERE head_sha IS NOT NULL;
CREATE INDEX jobs_of_a_session ON jobs (session_id, number);
CREATE INDEX queue_of_a_session ON job_queue (session_id, number);
CREATE INDEX queue_running ON job_queue (installation_id) WHERE holder IS NOT NULL;
CREATE INDEX reservations_of_a_job ON reservations (job_id);
CREATE INDEX sandboxes_running ON sandbox_times (started_at) WHERE ended_at IS NULL;
CREATE INDEX ix_sandbox_times_job_id ON sandbox_times (job_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',9);
COMMIT;
