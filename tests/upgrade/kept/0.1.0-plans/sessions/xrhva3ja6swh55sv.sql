BEGIN TRANSACTION;
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('session',1,1.79597799580502033231e+09);
INSERT INTO "schema_versions" VALUES('session',2,1.79597799580596089365e+09);
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
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',1,'plan-1-post-plan',1.79597799594622397419e+09,'step_entered','step/acknowledge/0','{"event": "step_entered", "step": "acknowledge", "sandbox": 0}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',2,'plan-1-post-plan',1.79597799600300836561e+09,'started','started','{"event": "started"}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',3,'plan-1-post-plan',1.79597799601667833333e+09,'replied','replied/check run/2','{"event": "replied", "surface": "check run", "up_to": 2}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',4,'plan-1-post-plan',1.79597799611255550377e+09,'replied','replied/comment/2','{"event": "replied", "surface": "comment", "up_to": 2}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',5,'plan-1-post-plan',1.79597799613320517541e+09,'step_entered','step/choose_branch/0','{"event": "step_entered", "step": "choose_branch", "sandbox": 0}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',6,'plan-1-post-plan',1.79597799617111659057e+09,'step_entered','step/open_sandbox/1','{"event": "step_entered", "step": "open_sandbox", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',7,'plan-1-post-plan',1.79597799637180423736e+09,'step_entered','step/prepare_workspace/1','{"event": "step_entered", "step": "prepare_workspace", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',8,'plan-1-post-plan',1.79597799764372634883e+09,'step_entered','step/compose_prompt/1','{"event": "step_entered", "step": "compose_prompt", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',9,'plan-1-post-plan',1.79597799778838562961e+09,'step_entered','step/run_agent/1','{"event": "step_entered", "step": "run_agent", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',10,'plan-1-post-plan',1.79597799821831631658e+09,'agent','agent/1579','{"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 846457cbc4942131>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 846457cbc4942131>\n\nmira-okafor, who may decide here, asks you for a plan on issue #1:\n\n```look\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n```\n\n````say\nAdd a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n````\n\nLook at the code and its tests as closely as the plan needs. Change nothing: you are in plan mode, where whatever would change\nsomething is refused, and nothing that you leave behind is kept. Do not write a plan file and do not ask for approval: end with\nthe plan itself as your last message, in markdown and in this form:\n\n- the first line is a title of at most 70 characters, followed by an empty line;\n- `## Research`: what you found, with the files and lines that it rests on, and what you took for granted;\n- `## Plan`: 5 to 10 tasks in the order in which they are done, each under a heading of its own such as\n  `### 1. Round before splitting`, with what is touched (paths), what is done, and the tests that show it;\n- `## Risks`: what could go wrong, and what you leave out on purpose;\n- `## Estimate`: one line such as `Estimate: $1.50`, what it will cost to have an agent like you carry the plan out.\n\nPeople approve the plan as it stands there, and somebody else may carry it out: it has to be complete without this\nconversation."}]}, "isReplay": true}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',11,'plan-1-post-plan',1.79597799829908728605e+09,'agent','agent/1939','{"type": "system", "subtype": "init", "session_id": "efae6130-42b8-49b9-bcb9-b844ec8a1d85", "model": "claude-sonnet-of-the-tests", "permissionMode": "plan", "apiKeySource": "ANTHROPIC_API_KEY", "cwd": "/workspace", "tools": ["Bash", "Read", "Glob", "Grep", "TaskCreate", "TaskGet", "TaskList", "TaskUpdate"], "mcp_servers": [], "claude_code_version": "0.0.0"}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',12,'plan-1-post-plan',1.79597799829908728605e+09,'agent','agent/2118','{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "TaskCreate", "input": {"subject": "Do what the prompt says"}}]}}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',13,'plan-1-post-plan',1.79597799829908728605e+09,'agent','agent/2315','{"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Task #1 created successfully: Do what the prompt says", "is_error": false}]}}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',14,'plan-1-post-plan',1.79597799829908728605e+09,'agent','agent/2514','{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n"}}]}}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',15,'plan-1-post-plan',1.79597799829908728605e+09,'agent','agent/2658','{"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_2", "content": "", "is_error": false}]}}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',16,'plan-1-post-plan',1.79597799829908728605e+09,'agent','agent/2865','{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n"}]}}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',17,'plan-1-post-plan',1.79597799829908728605e+09,'agent','agent/3190','{"type": "result", "subtype": "success", "is_error": false, "result": "Add a line\n\n### 1. Step 1\n### 2. Step 2\n### 3. Step 3\n### 4. Step 4\n### 5. Step 5\n\nEstimate: $1.00\n", "num_turns": 1, "session_id": "efae6130-42b8-49b9-bcb9-b844ec8a1d85", "total_cost_usd": 0.0, "usage": {"input_tokens": 1, "output_tokens": 1}}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',18,'plan-1-post-plan',1.79597799837387752533e+09,'step_entered','step/review_plan/1','{"event": "step_entered", "step": "review_plan", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',19,'plan-1-post-plan',1.79597799840642309184e+09,'step_entered','step/replan/1','{"event": "step_entered", "step": "replan", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',20,'plan-1-post-plan',1.79597799845706820485e+09,'step_entered','step/review_plan_again/1','{"event": "step_entered", "step": "review_plan_again", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',21,'plan-1-post-plan',1.79597799850690841676e+09,'step_entered','step/replan_again/1','{"event": "step_entered", "step": "replan_again", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',22,'plan-1-post-plan',1.79597799855888986585e+09,'step_entered','step/review_plan_last/1','{"event": "step_entered", "step": "review_plan_last", "sandbox": 1}');
INSERT INTO "session_log" VALUES('xrhva3ja6swh55sv',23,'plan-1-post-plan',1.79597799859034824368e+09,'step_entered','step/post_plan/1','{"event": "step_entered", "step": "post_plan", "sandbox": 1}');
CREATE TABLE session_log_ends (
	session_id TEXT NOT NULL, 
	last_number BIGINT NOT NULL, 
	PRIMARY KEY (session_id)
);
INSERT INTO "session_log_ends" VALUES('xrhva3ja6swh55sv',23);
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
