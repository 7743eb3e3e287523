BEGIN TRANSACTION;
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('session',1,1.79597799571548652651e+09);
INSERT INTO "schema_versions" VALUES('session',2,1.7959779957166295051e+09);
CREATE TABLE session_files (
	session_id TEXT NOT NULL, 
	path TEXT NOT NULL, 
	PRIMARY KEY (session_id, path)
);
CREATE TABLE session_log (
	session_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	job_id TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (session_id, number), 
	CONSTRAINT one_entry_a_key UNIQUE (session_id, job_id, "key")
);
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',1,'plan-1-run-agent',1.79597799597411155706e+09,'step_entered','step/acknowledge/0','{"event": "step_entered", "step": "acknowledge", "sandbox": 0}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',2,'plan-1-run-agent',1795977996.0116,'started','started','{"event": "started"}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',3,'plan-1-run-agent',1.79597799602425456039e+09,'replied','replied/check run/2','{"event": "replied", "surface": "check run", "up_to": 2}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',4,'plan-1-run-agent',1.79597799613482928277e+09,'replied','replied/comment/2','{"event": "replied", "surface": "comment", "up_to": 2}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',5,'plan-1-run-agent',1.79597799618116641048e+09,'step_entered','step/choose_branch/0','{"event": "step_entered", "step": "choose_branch", "sandbox": 0}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',6,'plan-1-run-agent',1.79597799622188949585e+09,'step_entered','step/open_sandbox/1','{"event": "step_entered", "step": "open_sandbox", "sandbox": 1}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',7,'plan-1-run-agent',1.79597799649257707597e+09,'step_entered','step/prepare_workspace/1','{"event": "step_entered", "step": "prepare_workspace", "sandbox": 1}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',8,'plan-1-run-agent',1.79597799780110406876e+09,'step_entered','step/compose_prompt/1','{"event": "step_entered", "step": "compose_prompt", "sandbox": 1}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',9,'plan-1-run-agent',1.79597799788651347162e+09,'step_entered','step/run_agent/1','{"event": "step_entered", "step": "run_agent", "sandbox": 1}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',10,'plan-1-run-agent',1.7959779985165743827e+09,'agent','agent/1579','{"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 419a0df5514edd9c>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 419a0df5514edd9c>\n\nmira-okafor, who may decide here, asks you for a plan on issue #1:\n\n```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````\n\nLook at the code and its tests as closely as the plan needs. Change nothing: you are in plan mode, where whatever would change\nsomething is refused, and nothing that you leave behind is kept. Do not write a plan file and do not ask for approval: end with\nthe plan itself as your last message, in markdown and in this form:\n\n- the first line is a title of at most 70 characters, followed by an empty line;\n- `## Research`: what you found, with the files and lines that it rests on, and what you took for granted;\n- `## Plan`: 5 to 10 tasks in the order in which they are done, each under a heading of its own such as\n  `### 1. Round before splitting`, with what is touched (paths), what is done, and the tests that show it;\n- `## Risks`: what could go wrong, and what you leave out on purpose;\n- `## Estimate`: one line such as `Estimate: $1.50`, what it will cost to have an agent like you carry the plan out.\n\nPeople approve the plan as it stands there, and somebody else may carry it out: it has to be complete without this\nconversation."}]}, "isReplay": true}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',11,'plan-1-run-agent',1.79597799873313689229e+09,'agent','agent/1939','{"type": "system", "subtype": "init", "session_id": "a062440b-2b98-4705-8e39-61f9f52a4997", "model": "claude-sonnet-of-the-tests", "permissionMode": "plan", "apiKeySource": "ANTHROPIC_API_KEY", "cwd": "/workspace", "tools": ["Bash", "Read", "Glob", "Grep", "TaskCreate", "TaskGet", "TaskList", "TaskUpdate"], "mcp_servers": [], "claude_code_version": "0.0.0"}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',12,'plan-1-run-agent',1.79597799873313689229e+09,'agent','agent/2118','{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "TaskCreate", "input": {"subject": "Do what the prompt says"}}]}}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',13,'plan-1-run-agent',1.79597799873313689229e+09,'agent','agent/2315','{"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Task #1 created successfully: Do what the prompt says", "is_error": false}]}}');
INSERT INTO "session_log" VALUES('qhumhhd6bfqbjp6x',14,'plan-1-run-agent',1.79597799873313689229e+09,'agent','agent/2514','{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n"}}]}}');
CREATE TABLE session_log_ends (
	session_id TEXT NOT NULL, 
	last_number BIGINT NOT NULL, 
	PRIMARY KEY (session_id)
);
INSERT INTO "session_log_ends" VALUES('qhumhhd6bfqbjp6x',14);
CREATE TABLE session_messages (
	number INTEGER NOT NULL, 
	session_id TEXT NOT NULL, 
	job_id TEXT, 
	role TEXT NOT NULL, 
	content TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	PRIMARY KEY (number), 
	CONSTRAINT one_exchange_a_job UNIQUE (session_id, job_id, role)
);
CREATE INDEX messages_of_a_session ON session_messages (session_id, number);
CREATE INDEX log_of_harvest ON session_log (session_id, number) WHERE kind != 'agent';
COMMIT;
