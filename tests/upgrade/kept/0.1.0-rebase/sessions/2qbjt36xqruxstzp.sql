BEGIN TRANSACTION;
CREATE TABLE schema_versions (
	part TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	applied_at DOUBLE NOT NULL, 
	PRIMARY KEY (part, version)
);
INSERT INTO "schema_versions" VALUES('session',1,1.79603601585236167907e+09);
INSERT INTO "schema_versions" VALUES('session',2,1.79603601585493564607e+09);
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
INSERT INTO "session_log" VALUES('2qbjt36xqruxstzp',1,'rebase-2-acknowledge',1.79603601645864558214e+09,'step_entered','step/acknowledge/0','{"event": "step_entered", "step": "acknowledge", "sandbox": 0}');
INSERT INTO "session_log" VALUES('2qbjt36xqruxstzp',2,'rebase-2-acknowledge',1.79603601646329832071e+09,'started','started','{"event": "started"}');
INSERT INTO "session_log" VALUES('2qbjt36xqruxstzp',3,'rebase-2-acknowledge',1.79603601648229551312e+09,'replied','replied/check run/2','{"event": "replied", "surface": "check run", "up_to": 2}');
INSERT INTO "session_log" VALUES('2qbjt36xqruxstzp',4,'rebase-2-acknowledge',1.79603601648229551312e+09,'replied','replied/end/2','{"event": "replied", "surface": "end", "up_to": 2}');
INSERT INTO "session_log" VALUES('2qbjt36xqruxstzp',5,'rebase-2-acknowledge',1.79603601648229551312e+09,'replied','replied/steering/2','{"event": "replied", "surface": "steering", "up_to": 2}');
CREATE TABLE session_log_ends (
	session_id TEXT NOT NULL, 
	last_number BIGINT NOT NULL, 
	PRIMARY KEY (session_id)
);
INSERT INTO "session_log_ends" VALUES('2qbjt36xqruxstzp',5);
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
