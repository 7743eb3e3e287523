BEGIN TRANSACTION;
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('session',1,1.79596401326621437069e+09);
CREATE TABLE session_events (
	number INTEGER NOT NULL, 
	session_id TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	event TEXT NOT NULL, 
	PRIMARY KEY (number), 
	CONSTRAINT one_event_a_position UNIQUE (session_id, job_id, position)
);
INSERT INTO "session_events" VALUES(1,'7qus44wphw4dh7il','change-1-report',505,'{"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github a52672cb03beae0e>\nTitle: Add a line\nWritten:\n\n\n</text-from-github a52672cb03beae0e>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-report.txt'' && git add -- ''change-1-report.txt'' && git commit -q -m ''Add a line''\n```"}]}, "isReplay": true}');
INSERT INTO "session_events" VALUES(2,'7qus44wphw4dh7il','change-1-report',903,'{"type": "system", "subtype": "init", "session_id": "8bec7735-52d8-496b-975f-a5acdb4fc731", "model": "claude-sonnet-of-the-tests", "permissionMode": "bypassPermissions", "apiKeySource": "ANTHROPIC_API_KEY", "cwd": "/workspace", "tools": ["Bash", "Read", "Edit", "Write", "Glob", "Grep", "Task", "TaskCreate", "TaskGet", "TaskList", "TaskUpdate"], "mcp_servers": [], "claude_code_version": "0.0.0"}');
INSERT INTO "session_events" VALUES(3,'7qus44wphw4dh7il','change-1-report',1082,'{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "TaskCreate", "input": {"subject": "Do what the prompt says"}}]}}');
INSERT INTO "session_events" VALUES(4,'7qus44wphw4dh7il','change-1-report',1279,'{"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Task #1 created successfully: Do what the prompt says", "is_error": false}]}}');
INSERT INTO "session_events" VALUES(5,'7qus44wphw4dh7il','change-1-report',1597,'{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-report.txt'' && git add -- ''change-1-report.txt'' && git commit -q -m ''Add a line''\n"}}]}}');
INSERT INTO "session_events" VALUES(6,'7qus44wphw4dh7il','change-1-report',1741,'{"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_2", "content": "", "is_error": false}]}}');
INSERT INTO "session_events" VALUES(7,'7qus44wphw4dh7il','change-1-report',1899,'{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "Do what the prompt says\n\nIt was done as it was asked for."}]}}');
INSERT INTO "session_events" VALUES(8,'7qus44wphw4dh7il','change-1-report',2175,'{"type": "result", "subtype": "success", "is_error": false, "result": "Do what the prompt says\n\nIt was done as it was asked for.", "num_turns": 1, "session_id": "8bec7735-52d8-496b-975f-a5acdb4fc731", "total_cost_usd": 0.0, "usage": {"input_tokens": 1, "output_tokens": 1}}');
CREATE TABLE session_files (
	session_id TEXT NOT NULL, 
	path TEXT NOT NULL, 
	PRIMARY KEY (session_id, path)
);
INSERT INTO "session_files" VALUES('7qus44wphw4dh7il','change-1-report.txt');
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
INSERT INTO "session_messages" VALUES(1,'7qus44wphw4dh7il','change-1-report','user','```sh
until [ -e ~/go ]; do sleep 0.05; done; rm ~/go
printf ''%s\n'' ''a line'' >> ''change-1-report.txt'' && git add -- ''change-1-report.txt'' && git commit -q -m ''Add a line''
```',1.79596402944223332408e+09);
INSERT INTO "session_messages" VALUES(2,'7qus44wphw4dh7il','change-1-report','assistant','Do what the prompt says

It was done as it was asked for.',1.79596402944223332408e+09);
CREATE INDEX messages_of_a_session ON session_messages (session_id, number);
CREATE INDEX events_of_a_session ON session_events (session_id, number);
COMMIT;
