BEGIN TRANSACTION;
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('session',1,1.79596401327138710025e+09);
CREATE TABLE session_events (
	number INTEGER NOT NULL, 
	session_id TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	event TEXT NOT NULL, 
	PRIMARY KEY (number), 
	CONSTRAINT one_event_a_position UNIQUE (session_id, job_id, position)
);
INSERT INTO "session_events" VALUES(1,'isefkjaqa2kzqv5e','change-1-push',501,'{"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 71b063cea9535d8a>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 71b063cea9535d8a>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-push.txt'' && git add -- ''change-1-push.txt'' && git commit -q -m ''Add a line''\n```"}]}, "isReplay": true}');
INSERT INTO "session_events" VALUES(2,'isefkjaqa2kzqv5e','change-1-push',899,'{"type": "system", "subtype": "init", "session_id": "52658b98-85b9-4809-9126-4b803d7dc88d", "model": "claude-sonnet-of-the-tests", "permissionMode": "bypassPermissions", "apiKeySource": "ANTHROPIC_API_KEY", "cwd": "/workspace", "tools": ["Bash", "Read", "Edit", "Write", "Glob", "Grep", "Task", "TaskCreate", "TaskGet", "TaskList", "TaskUpdate"], "mcp_servers": [], "claude_code_version": "0.0.0"}');
INSERT INTO "session_events" VALUES(3,'isefkjaqa2kzqv5e','change-1-push',1078,'{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "TaskCreate", "input": {"subject": "Do what the prompt says"}}]}}');
INSERT INTO "session_events" VALUES(4,'isefkjaqa2kzqv5e','change-1-push',1275,'{"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Task #1 created successfully: Do what the prompt says", "is_error": false}]}}');
INSERT INTO "session_events" VALUES(5,'isefkjaqa2kzqv5e','change-1-push',1589,'{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"command": "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-push.txt'' && git add -- ''change-1-push.txt'' && git commit -q -m ''Add a line''\n"}}]}}');
INSERT INTO "session_events" VALUES(6,'isefkjaqa2kzqv5e','change-1-push',1733,'{"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_2", "content": "", "is_error": false}]}}');
INSERT INTO "session_events" VALUES(7,'isefkjaqa2kzqv5e','change-1-push',1891,'{"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "Do what the prompt says\n\nIt was done as it was asked for."}]}}');
INSERT INTO "session_events" VALUES(8,'isefkjaqa2kzqv5e','change-1-push',2167,'{"type": "result", "subtype": "success", "is_error": false, "result": "Do what the prompt says\n\nIt was done as it was asked for.", "num_turns": 1, "session_id": "52658b98-85b9-4809-9126-4b803d7dc88d", "total_cost_usd": 0.0, "usage": {"input_tokens": 1, "output_tokens": 1}}');
CREATE TABLE session_files (
	session_id TEXT NOT NULL, 
	path TEXT NOT NULL, 
	PRIMARY KEY (session_id, path)
);
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
CREATE INDEX events_of_a_session ON session_events (session_id, number);
COMMIT;
