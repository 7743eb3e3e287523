BEGIN TRANSACTION;
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
INSERT INTO "job_queue" VALUES(1,'plan-1-run-agent','qhumhhd6bfqbjp6x',10001,'harvest',6,1,1.79597799785752224922e+09);
INSERT INTO "job_queue" VALUES(2,'plan-1-post-plan','xrhva3ja6swh55sv',10001,'harvest',12,1,1.79597799858189034454e+09);
INSERT INTO "job_queue" VALUES(3,'plan-1-report','keiu3lfbrrcu2sps',10001,'harvest',13,1,1.79597799872845077513e+09);
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
INSERT INTO "job_steps" VALUES('plan-1-post-plan','acknowledge',0,1,1.79597799592498469358e+09,1.79597799611486721041e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-run-agent','acknowledge',0,1,1.79597799592601823802e+09,1.79597799614044857023e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','acknowledge',0,1,1.79597799592830228805e+09,1.79597799616268754001e+09,'{"notes": []}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','choose_branch',0,2,1.79597799612918186187e+09,1.79597799613787269595e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false, "to_read": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','open_sandbox',1,3,1.79597799615591526035e+09,1.79597799621362543107e+09,'{"notes": [], "sandbox_id": "xrhva3ja6swh55sv.e13b3bb3bebc4c35", "started_from": "base", "snapshot": null, "ends_at": 1795985196.1937542, "attempts": [{"start": "base", "seconds": 0.032, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-run-agent','choose_branch',0,2,1.79597799616325569157e+09,1.79597799618844985959e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false, "to_read": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','choose_branch',0,2,1.79597799618634819981e+09,1.79597799619890213015e+09,'{"notes": [], "branch": "harvest/1-add-a-line", "base_branch": "main", "must_exist": false, "to_read": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-run-agent','open_sandbox',1,3,1.7959779962115311623e+09,1.79597799637478184697e+09,'{"notes": [], "sandbox_id": "qhumhhd6bfqbjp6x.6d67db6a33191493", "started_from": "base", "snapshot": null, "ends_at": 1795985196.3586142, "attempts": [{"start": "base", "seconds": 0.061, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','open_sandbox',1,3,1.79597799621437144283e+09,1.79597799640326833726e+09,'{"notes": [], "sandbox_id": "keiu3lfbrrcu2sps.97ff672dcb278427", "started_from": "base", "snapshot": null, "ends_at": 1795985196.3744864, "attempts": [{"start": "base", "seconds": 0.031, "problem": ""}], "installed": []}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','prepare_workspace',1,4,1.79597799623180174829e+09,1.79597799761842370032e+09,'{"notes": [], "start_sha": "3e18a5262d49c1c5bddca1b35550ffc95e5f6bf6", "base_sha": "3e18a5262d49c1c5bddca1b35550ffc95e5f6bf6", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795977997.610536, "remembers": false, "hidden": ""}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-run-agent','prepare_workspace',1,4,1.79597799644289350508e+09,1.79597799776403045657e+09,'{"notes": [], "start_sha": "34a38260432b634cd08ef032386b35a54f15f14c", "base_sha": "34a38260432b634cd08ef032386b35a54f15f14c", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795977997.762777, "remembers": false, "hidden": ""}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','prepare_workspace',1,4,1.79597799647526812556e+09,1.79597799777133846285e+09,'{"notes": [], "start_sha": "8ae3a7b65e276e5b2b3a8445af6b7320c49ad239", "base_sha": "8ae3a7b65e276e5b2b3a8445af6b7320c49ad239", "branch_is_new": true, "egress": ["127.0.0.1", "packages.acme.dev"], "prepared_at": 1795977997.7703855, "remembers": false, "hidden": ""}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','compose_prompt',1,5,1.79597799762674784659e+09,1.79597799774666142466e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 846457cbc4942131>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 846457cbc4942131>\n\nmira-okafor, who may decide here, asks you for a plan on issue #1:\n\n```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````\n\nLook at the code and its tests as closely as the plan needs. Change nothing: you are in plan mode, where whatever would change\nsomething is refused, and nothing that you leave behind is kept. Do not write a plan file and do not ask for approval: end with\nthe plan itself as your last message, in markdown and in this form:\n\n- the first line is a title of at most 70 characters, followed by an empty line;\n- `## Research`: what you found, with the files and lines that it rests on, and what you took for granted;\n- `## Plan`: 5 to 10 tasks in the order in which they are done, each under a heading of its own such as\n  `### 1. Round before splitting`, with what is touched (paths), what is done, and the tests that show it;\n- `## Risks`: what could go wrong, and what you leave out on purpose;\n- `## Estimate`: one line such as `Estimate: $1.50`, what it will cost to have an agent like you carry the plan out.\n\nPeople approve the plan as it stands there, and somebody else may carry it out: it has to be complete without this\nconversation.", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','run_agent',1,6,1.79597799777157354347e+09,1.79597799835556221005e+09,'{"notes": [], "said": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "title": "Add a line", "summary": "### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 2.376094102859497, "turns": 1, "last_position": 3190}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-run-agent','compose_prompt',1,5,1.79597799778554677958e+09,1.79597799784989762303e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 419a0df5514edd9c>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 419a0df5514edd9c>\n\nmira-okafor, who may decide here, asks you for a plan on issue #1:\n\n```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````\n\nLook at the code and its tests as closely as the plan needs. Change nothing: you are in plan mode, where whatever would change\nsomething is refused, and nothing that you leave behind is kept. Do not write a plan file and do not ask for approval: end with\nthe plan itself as your last message, in markdown and in this form:\n\n- the first line is a title of at most 70 characters, followed by an empty line;\n- `## Research`: what you found, with the files and lines that it rests on, and what you took for granted;\n- `## Plan`: 5 to 10 tasks in the order in which they are done, each under a heading of its own such as\n  `### 1. Round before splitting`, with what is touched (paths), what is done, and the tests that show it;\n- `## Risks`: what could go wrong, and what you leave out on purpose;\n- `## Estimate`: one line such as `Estimate: $1.50`, what it will cost to have an agent like you carry the plan out.\n\nPeople approve the plan as it stands there, and somebody else may carry it out: it has to be complete without this\nconversation.", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','compose_prompt',1,5,1.79597799778742074966e+09,1.79597799784953188898e+09,'{"notes": [], "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 5a28fae2e8bf2321>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 5a28fae2e8bf2321>\n\nmira-okafor, who may decide here, asks you for a plan on issue #1:\n\n```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````\n\nLook at the code and its tests as closely as the plan needs. Change nothing: you are in plan mode, where whatever would change\nsomething is refused, and nothing that you leave behind is kept. Do not write a plan file and do not ask for approval: end with\nthe plan itself as your last message, in markdown and in this form:\n\n- the first line is a title of at most 70 characters, followed by an empty line;\n- `## Research`: what you found, with the files and lines that it rests on, and what you took for granted;\n- `## Plan`: 5 to 10 tasks in the order in which they are done, each under a heading of its own such as\n  `### 1. Round before splitting`, with what is touched (paths), what is done, and the tests that show it;\n- `## Risks`: what could go wrong, and what you leave out on purpose;\n- `## Estimate`: one line such as `Estimate: $1.50`, what it will cost to have an agent like you carry the plan out.\n\nPeople approve the plan as it stands there, and somebody else may carry it out: it has to be complete without this\nconversation.", "resume": false, "model": "sonnet"}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','run_agent',1,6,1.79597799785663032531e+09,1.79597799852681183812e+09,'{"notes": [], "said": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "title": "Add a line", "summary": "### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 2.5150747299194336, "turns": 1, "last_position": 3190}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-run-agent','run_agent',1,6,1.79597799785978531842e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','review_plan',1,7,1.79597799836912322044e+09,1.79597799838980031012e+09,'{"notes": [], "plan_sha256": "83c0999cf9301848fbf7ccb2b00c0ade3a138270e35e0cdcf37fb7680789e0c2", "by": "", "findings": [], "problem": "gemini-3.1-pro-preview: not reached (ConnectError)", "instead": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','replan',1,8,1.79597799840288376805e+09,1.79597799842121815675e+09,'{"notes": [], "said": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "title": "Add a line", "summary": "### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 2.376094102859497, "turns": 1, "last_position": 3190}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','review_plan_again',1,9,1.7959779984510681629e+09,1.7959779984664011002e+09,'{"notes": [], "plan_sha256": "83c0999cf9301848fbf7ccb2b00c0ade3a138270e35e0cdcf37fb7680789e0c2", "by": "", "findings": [], "problem": "gemini-3.1-pro-preview: not reached (ConnectError)", "instead": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','replan_again',1,10,1.79597799849888586998e+09,1.79597799851218080519e+09,'{"notes": [], "said": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "title": "Add a line", "summary": "### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 2.376094102859497, "turns": 1, "last_position": 3190}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','review_plan_last',1,11,1.79597799854921960833e+09,1.79597799856392121315e+09,'{"notes": [], "plan_sha256": "83c0999cf9301848fbf7ccb2b00c0ade3a138270e35e0cdcf37fb7680789e0c2", "by": "", "findings": [], "problem": "gemini-3.1-pro-preview: not reached (ConnectError)", "instead": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','review_plan',1,7,1.79597799855087924009e+09,1.79597799858560419087e+09,'{"notes": [], "plan_sha256": "83c0999cf9301848fbf7ccb2b00c0ade3a138270e35e0cdcf37fb7680789e0c2", "by": "", "findings": [], "problem": "gemini-3.1-pro-preview: not reached (ConnectError)", "instead": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-post-plan','post_plan',1,12,1.79597799858317589763e+09,NULL,NULL,NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','replan',1,8,1.79597799860522198672e+09,1.79597799861160683631e+09,'{"notes": [], "said": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "title": "Add a line", "summary": "### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 2.5150747299194336, "turns": 1, "last_position": 3190}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','review_plan_again',1,9,1.79597799861793017391e+09,1.79597799862792730334e+09,'{"notes": [], "plan_sha256": "83c0999cf9301848fbf7ccb2b00c0ade3a138270e35e0cdcf37fb7680789e0c2", "by": "", "findings": [], "problem": "gemini-3.1-pro-preview: not reached (ConnectError)", "instead": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','replan_again',1,10,1.79597799863600158694e+09,1.79597799864488363264e+09,'{"notes": [], "said": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "title": "Add a line", "summary": "### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "cost_usd": 0.0, "seconds": 2.5150747299194336, "turns": 1, "last_position": 3190}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','review_plan_last',1,11,1.7959779986584849358e+09,1.79597799866646742816e+09,'{"notes": [], "plan_sha256": "83c0999cf9301848fbf7ccb2b00c0ade3a138270e35e0cdcf37fb7680789e0c2", "by": "", "findings": [], "problem": "gemini-3.1-pro-preview: not reached (ConnectError)", "instead": true}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','post_plan',1,12,1.79597799867773628233e+09,1.79597799869923639305e+09,'{"notes": [], "plan": {"version": 1, "base_branch": "main", "base_sha": "8ae3a7b65e276e5b2b3a8445af6b7320c49ad239", "branch": "harvest/1-add-a-line", "branch_sha": "", "comment_id": 5200000004, "at": 1795977998.6777363, "blockers": 0}, "cost_usd": 0.0, "seconds": 2.6891815662384033}',NULL);
INSERT INTO "job_steps" VALUES('plan-1-report','report',0,13,1.79597799873127031327e+09,NULL,NULL,NULL);
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
	budget_microdollars BIGINT, 
	deadline DOUBLE, 
	stop_by TEXT, 
	stop_why TEXT, 
	stop_at DOUBLE, 
	created_at DOUBLE NOT NULL, 
	started_at DOUBLE, 
	ended_at DOUBLE, settings JSON, models JSON, 
	UNIQUE (id), 
	FOREIGN KEY(session_id) REFERENCES sessions (id), 
	UNIQUE (gateway_token_sha256)
);
INSERT INTO "jobs" VALUES(1,'plan-1-run-agent','qhumhhd6bfqbjp6x',10001,'issue','plan/1','{"command": {"verb": "plan", "text": "```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````", "options": {}, "unclear": null}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false, "said_otherwise": false, "review": 0, "inline": 0}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10002, "full_name": "tidewater-labs/plan-1-run-agent", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}, "material": "", "then": [], "plan_job": ""}','running','run_agent',NULL,NULL,NULL,NULL,'1b1aa3dd05299efc93a0d4cb29ee6d6a4006dfdc2fd3f7e4bac4787f9e10f5fa',5000000,1.79598159792253875732e+09,NULL,NULL,NULL,1.79597799278914690016e+09,1.79597799599908757211e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(2,'plan-1-post-plan','xrhva3ja6swh55sv',10001,'issue','plan/1','{"command": {"verb": "plan", "text": "```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````", "options": {}, "unclear": null}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false, "said_otherwise": false, "review": 0, "inline": 0}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10003, "full_name": "tidewater-labs/plan-1-post-plan", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}, "material": "", "then": [], "plan_job": ""}','running','post_plan',NULL,NULL,NULL,NULL,NULL,5000000,1.79598159780784535411e+09,NULL,NULL,NULL,1.79597799288483476638e+09,1.79597799597841978076e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(3,'plan-1-report','keiu3lfbrrcu2sps',10001,'issue','plan/1','{"command": {"verb": "plan", "text": "```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````", "options": {}, "unclear": null}, "origin": {"by": "comment", "id": 1, "at": "2026-11-29T12:00:00Z", "job_id": "", "text_edited_since": false, "said_otherwise": false, "review": 0, "inline": 0}, "actor": {"id": 1, "login": "mira-okafor", "type": "User"}, "target": {"installation_id": 10001, "repository": {"id": 10004, "full_name": "tidewater-labs/plan-1-report", "default_branch": "main", "size_kb": 0}, "thread": 1, "place": "issue", "title": "Add a line", "body": "", "author": "", "pull": null}, "material": "", "then": [], "plan_job": ""}','running','report',NULL,'{"outcome": "succeeded", "happened": "The plan waits for somebody to approve it.", "kept": "", "advice": "", "concerns": "operator"}','{"said": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "title": "Add a line", "summary": "### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00", "model": "claude-sonnet-of-the-tests", "commands": [{"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n", "exit_code": 0}], "egress": "allowlist", "blocked_hosts": [], "files": [], "insertions": 0, "deletions": 0, "commits": 0, "cost_usd": 0.0, "seconds": 2.6891815662384033, "sandbox_seconds": 2.3720223903656006, "turns": 1, "started_from": "base", "pushed_sha": "", "answer_comment_id": 0, "notes": [], "patch": "", "plan": {"version": 1, "base_branch": "main", "base_sha": "8ae3a7b65e276e5b2b3a8445af6b7320c49ad239", "branch": "harvest/1-add-a-line", "branch_sha": "", "comment_id": 5200000004, "at": 1795977998.6777363, "blockers": 0}}',NULL,NULL,5000000,1.79598159789134693142e+09,NULL,NULL,NULL,1.79597799299265146249e+09,1.79597799601003050803e+09,NULL,NULL,NULL);
CREATE TABLE leases (
	name TEXT NOT NULL, 
	holder TEXT, 
	held_until DOUBLE NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('look:ask_for_lost_deliveries',NULL,1.7959780497549824715e+09);
INSERT INTO "leases" VALUES('look:end_leftover_sandboxes',NULL,1.79597804976101756094e+09);
INSERT INTO "leases" VALUES('look:give_up_stranded_jobs',NULL,1.79597804980201506612e+09);
INSERT INTO "leases" VALUES('report/keiu3lfbrrcu2sps/comment','harvest',1.79597801050801515578e+09);
CREATE TABLE marks (
	name TEXT NOT NULL, 
	read_until TEXT NOT NULL, 
	etag TEXT, 
	PRIMARY KEY (name)
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
INSERT INTO "posts" VALUES('xrhva3ja6swh55sv','comment','thread',5200000001,'plan-1-post-plan/progress','ddfc49735628573b84fa1cb843a931a5ae16509d649eb5d134b61a982b81e888',1.79597799834309196473e+09);
INSERT INTO "posts" VALUES('qhumhhd6bfqbjp6x','comment','thread',5200000002,'plan-1-run-agent/progress','ca13f17d098c2d6f261914c0191af74704012e9032d9be99d136e993b57b998f',1.79597799882804751397e+09);
INSERT INTO "posts" VALUES('keiu3lfbrrcu2sps','comment','thread',5200000003,'plan-1-report/started','',1.79597799615555572512e+09);
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
INSERT INTO "sandbox_times" VALUES('xrhva3ja6swh55sv.e13b3bb3bebc4c35','plan-1-post-plan','local','job',2.0,4096,1.7959779961937541962e+09,1.79598519619375419616e+09,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('qhumhhd6bfqbjp6x.6d67db6a33191493','plan-1-run-agent','local','job',2.0,4096,1.79597799635861420626e+09,1.79598519635861420635e+09,NULL,NULL);
INSERT INTO "sandbox_times" VALUES('keiu3lfbrrcu2sps.97ff672dcb278427','plan-1-report','local','job',2.0,4096,1.79597799637448644633e+09,1.79598519637448644642e+09,NULL,NULL);
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('harvest',1,1.79597799252574777603e+09);
INSERT INTO "schema_versions" VALUES('harvest',2,1.79597799252654504774e+09);
INSERT INTO "schema_versions" VALUES('harvest',3,1.79597799253364920615e+09);
INSERT INTO "schema_versions" VALUES('harvest',4,1.79597799253542757032e+09);
INSERT INTO "schema_versions" VALUES('harvest',5,1.79597799253604269026e+09);
INSERT INTO "schema_versions" VALUES('harvest',6,1.79597799254400277138e+09);
INSERT INTO "schema_versions" VALUES('harvest',7,1795977992.54462);
INSERT INTO "schema_versions" VALUES('harvest',8,1.7959779925970783234e+09);
INSERT INTO "schema_versions" VALUES('harvest',9,1.79597799259785938265e+09);
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
	updated_at DOUBLE NOT NULL, snapshot_expired_at DOUBLE, log_since DOUBLE, 
	PRIMARY KEY (id), 
	CONSTRAINT one_session_a_pull UNIQUE (repository_id, pull_number), 
	CONSTRAINT one_session_a_thread UNIQUE (repository_id, thread)
);
INSERT INTO "sessions" VALUES('qhumhhd6bfqbjp6x',10001,10002,'tidewater-labs/plan-1-run-agent',1,'issue','harvest/1-add-a-line','main',NULL,NULL,'a062440b-2b98-4705-8e39-61f9f52a4997',NULL,1.79597799277206397056e+09,1.79597799775992155073e+09,NULL,1.79597799279102659231e+09);
INSERT INTO "sessions" VALUES('xrhva3ja6swh55sv',10001,10003,'tidewater-labs/plan-1-post-plan',1,'issue','harvest/1-add-a-line','main',NULL,NULL,'efae6130-42b8-49b9-bcb9-b844ec8a1d85','claude-sonnet-of-the-tests',1.79597799288262939456e+09,1.7959779983318948746e+09,NULL,1.79597799288548636434e+09);
INSERT INTO "sessions" VALUES('keiu3lfbrrcu2sps',10001,10004,'tidewater-labs/plan-1-report',1,'issue','harvest/1-add-a-line','main',NULL,NULL,'1c0426ba-40d9-4cf2-9672-c147aaafc736','claude-sonnet-of-the-tests',1.79597799299066710476e+09,1.79597799850869369511e+09,NULL,1.79597799299333500859e+09);
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
CREATE INDEX inbox_in_hand ON inbox (repository_id, thread) WHERE holder IS NOT NULL;
CREATE INDEX inbox_served ON inbox (repository_id, begun_at) WHERE begun_at IS NOT NULL;
CREATE INDEX inbox_handled ON inbox (handled_at) WHERE handled_at IS NOT NULL;
CREATE INDEX inbox_parked ON inbox (number) WHERE parked_at IS NOT NULL;
CREATE INDEX ix_sessions_installation_id ON sessions (installation_id);
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE INDEX jobs_by_commit ON jobs (head_sha, number) WHERE head_sha IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (state, number);
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',3);
COMMIT;
