BEGIN TRANSACTION;
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('session',1,1.795964013265746355e+09);
CREATE TABLE session_events (
	number INTEGER NOT NULL, 
	session_id TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	event TEXT NOT NULL, 
	PRIMARY KEY (number), 
	CONSTRAINT one_event_a_position UNIQUE (session_id, job_id, position)
);
INSERT INTO "session_events" VALUES(1,'kglfl2nmq5jo4sf5','change-1-run-agent',511,'{"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "Here is issue #1 as it was when you were asked.\n\n<text-from-github 1a3a463257e02432>\nTitle: Add a line\nWritten:\n\n\n</text-from-github 1a3a463257e02432>\n\nmira-okafor, who may decide here, asks you on issue #1:\n\n```sh\nuntil [ -e ~/go ]; do sleep 0.05; done; rm ~/go\nprintf ''%s\\n'' ''a line'' >> ''change-1-run-agent.txt'' && git add -- ''change-1-run-agent.txt'' && git commit -q -m ''Add a line''\n```"}]}, "isReplay": true}');
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
