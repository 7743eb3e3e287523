BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('e8c63638-553e-4df6-b761-0d6deb1dfca4','1',1795963997000,1795963997000,'harvest');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('change-1-prepare-workspace',1,'acknowledge','{"value": "done"}',NULL,NULL,1795963999873,1795964000965,'harvest_json','harvest',1795964000000);
INSERT INTO "operation_outputs" VALUES('change-1-push',1,'acknowledge','{"value": "done"}',NULL,NULL,1795963999887,1795964001016,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',1,'acknowledge','{"value": "done"}',NULL,NULL,1795963999986,1795964001026,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('change-1-run-agent',1,'acknowledge','{"value": "done"}',NULL,NULL,1795963999971,1795964001034,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('answer-1-report',1,'acknowledge','{"value": "done"}',NULL,NULL,1795964000091,1795964001041,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('change-1-prepare-workspace',2,'choose_branch','{"value": "done"}',NULL,NULL,1795964001003,1795964001264,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('answer-1-run-agent',1,'acknowledge','{"value": "done"}',NULL,NULL,1795964000076,1795964001361,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('change-1-report',1,'acknowledge','{"value": "done"}',NULL,NULL,1795964000092,1795964001486,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('change-1-push',2,'choose_branch','{"value": "done"}',NULL,NULL,1795964001020,1795964001917,'harvest_json','harvest',1795964001000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',2,'choose_branch','{"value": "done"}',NULL,NULL,1795964001032,1795964002013,'harvest_json','harvest',1795964002000);
INSERT INTO "operation_outputs" VALUES('change-1-run-agent',2,'choose_branch','{"value": "done"}',NULL,NULL,1795964001039,1795964002052,'harvest_json','harvest',1795964002000);
INSERT INTO "operation_outputs" VALUES('answer-1-report',2,'choose_branch','{"value": "done"}',NULL,NULL,1795964001102,1795964002240,'harvest_json','harvest',1795964002000);
INSERT INTO "operation_outputs" VALUES('answer-1-run-agent',2,'choose_branch','{"value": "done"}',NULL,NULL,1795964001381,1795964002440,'harvest_json','harvest',1795964002000);
INSERT INTO "operation_outputs" VALUES('change-1-report',2,'choose_branch','{"value": "done"}',NULL,NULL,1795964001503,1795964002729,'harvest_json','harvest',1795964002000);
INSERT INTO "operation_outputs" VALUES('change-1-prepare-workspace',3,'open_sandbox','{"value": "done"}',NULL,NULL,1795964001298,1795964002991,'harvest_json','harvest',1795964002000);
INSERT INTO "operation_outputs" VALUES('change-1-push',3,'open_sandbox','{"value": "done"}',NULL,NULL,1795964001946,1795964003965,'harvest_json','harvest',1795964003000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',3,'open_sandbox','{"value": "done"}',NULL,NULL,1795964002026,1795964004065,'harvest_json','harvest',1795964004000);
INSERT INTO "operation_outputs" VALUES('change-1-run-agent',3,'open_sandbox','{"value": "done"}',NULL,NULL,1795964002113,1795964004595,'harvest_json','harvest',1795964004000);
INSERT INTO "operation_outputs" VALUES('answer-1-report',3,'open_sandbox','{"value": "done"}',NULL,NULL,1795964002262,1795964004921,'harvest_json','harvest',1795964004000);
INSERT INTO "operation_outputs" VALUES('answer-1-run-agent',3,'open_sandbox','{"value": "done"}',NULL,NULL,1795964002453,1795964004945,'harvest_json','harvest',1795964004000);
INSERT INTO "operation_outputs" VALUES('change-1-report',3,'open_sandbox','{"value": "done"}',NULL,NULL,1795964002754,1795964005109,'harvest_json','harvest',1795964005000);
INSERT INTO "operation_outputs" VALUES('answer-1-run-agent',4,'prepare_workspace','{"value": "done"}',NULL,NULL,1795964004958,1795964012537,'harvest_json','harvest',1795964012000);
INSERT INTO "operation_outputs" VALUES('change-1-run-agent',4,'prepare_workspace','{"value": "done"}',NULL,NULL,1795964004622,1795964012701,'harvest_json','harvest',1795964012000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',4,'prepare_workspace','{"value": "done"}',NULL,NULL,1795964004095,1795964012755,'harvest_json','harvest',1795964012000);
INSERT INTO "operation_outputs" VALUES('answer-1-report',4,'prepare_workspace','{"value": "done"}',NULL,NULL,1795964004931,1795964012779,'harvest_json','harvest',1795964012000);
INSERT INTO "operation_outputs" VALUES('change-1-report',4,'prepare_workspace','{"value": "done"}',NULL,NULL,1795964005137,1795964012870,'harvest_json','harvest',1795964012000);
INSERT INTO "operation_outputs" VALUES('change-1-push',4,'prepare_workspace','{"value": "done"}',NULL,NULL,1795964003974,1795964012904,'harvest_json','harvest',1795964012000);
INSERT INTO "operation_outputs" VALUES('answer-1-run-agent',5,'compose_prompt','{"value": "done"}',NULL,NULL,1795964012567,1795964012958,'harvest_json','harvest',1795964012000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',5,'compose_prompt','{"value": "done"}',NULL,NULL,1795964012764,1795964013457,'harvest_json','harvest',1795964013000);
INSERT INTO "operation_outputs" VALUES('change-1-report',5,'compose_prompt','{"value": "done"}',NULL,NULL,1795964012881,1795964013513,'harvest_json','harvest',1795964013000);
INSERT INTO "operation_outputs" VALUES('change-1-run-agent',5,'compose_prompt','{"value": "done"}',NULL,NULL,1795964012706,1795964013597,'harvest_json','harvest',1795964013000);
INSERT INTO "operation_outputs" VALUES('answer-1-report',5,'compose_prompt','{"value": "done"}',NULL,NULL,1795964012794,1795964013695,'harvest_json','harvest',1795964013000);
INSERT INTO "operation_outputs" VALUES('change-1-push',5,'compose_prompt','{"value": "done"}',NULL,NULL,1795964012926,1795964013782,'harvest_json','harvest',1795964013000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',6,'run_agent','{"value": "done"}',NULL,NULL,1795964013477,1795964018179,'harvest_json','harvest',1795964018000);
INSERT INTO "operation_outputs" VALUES('answer-1-report',6,'run_agent','{"value": "done"}',NULL,NULL,1795964013706,1795964018426,'harvest_json','harvest',1795964018000);
INSERT INTO "operation_outputs" VALUES('change-1-report',6,'run_agent','{"value": "done"}',NULL,NULL,1795964013522,1795964018465,'harvest_json','harvest',1795964018000);
INSERT INTO "operation_outputs" VALUES('change-1-push',6,'run_agent','{"value": "done"}',NULL,NULL,1795964013802,1795964018482,'harvest_json','harvest',1795964018000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',7,'collect','{"value": "done"}',NULL,NULL,1795964018186,1795964019988,'harvest_json','harvest',1795964019000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',8,'vet','{"value": "done"}',NULL,NULL,1795964019997,1795964022371,'harvest_json','harvest',1795964022000);
INSERT INTO "operation_outputs" VALUES('change-1-push',7,'collect','{"value": "done"}',NULL,NULL,1795964018491,1795964022396,'harvest_json','harvest',1795964022000);
INSERT INTO "operation_outputs" VALUES('change-1-report',7,'collect','{"value": "done"}',NULL,NULL,1795964018472,1795964022418,'harvest_json','harvest',1795964022000);
INSERT INTO "operation_outputs" VALUES('change-1-push',8,'vet','{"value": "done"}',NULL,NULL,1795964022430,1795964025940,'harvest_json','harvest',1795964025000);
INSERT INTO "operation_outputs" VALUES('change-1-show-pull-request',9,'push','{"value": "done"}',NULL,NULL,1795964022393,1795964025967,'harvest_json','harvest',1795964025000);
INSERT INTO "operation_outputs" VALUES('change-1-report',8,'vet','{"value": "done"}',NULL,NULL,1795964022446,1795964026418,'harvest_json','harvest',1795964026000);
INSERT INTO "operation_outputs" VALUES('change-1-report',9,'push','{"value": "done"}',NULL,NULL,1795964026446,1795964028401,'harvest_json','harvest',1795964028000);
INSERT INTO "operation_outputs" VALUES('change-1-report',10,'show_pull_request','{"value": "done"}',NULL,NULL,1795964028439,1795964029090,'harvest_json','harvest',1795964029000);
INSERT INTO "operation_outputs" VALUES('change-1-report',11,'keep_half_done','{"value": "done"}',NULL,NULL,1795964029094,1795964029350,'harvest_json','harvest',1795964029000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('change-1-acknowledge','{"value": {"args": ["change-1-acknowledge"], "kwargs": {}}}',1795963999000);
INSERT INTO "workflow_input" VALUES('change-1-prepare-workspace','{"value": {"args": ["change-1-prepare-workspace"], "kwargs": {}}}',1795963999000);
INSERT INTO "workflow_input" VALUES('change-1-run-agent','{"value": {"args": ["change-1-run-agent"], "kwargs": {}}}',1795963999000);
INSERT INTO "workflow_input" VALUES('change-1-push','{"value": {"args": ["change-1-push"], "kwargs": {}}}',1795963999000);
INSERT INTO "workflow_input" VALUES('change-1-show-pull-request','{"value": {"args": ["change-1-show-pull-request"], "kwargs": {}}}',1795963999000);
INSERT INTO "workflow_input" VALUES('change-1-report','{"value": {"args": ["change-1-report"], "kwargs": {}}}',1795963999000);
INSERT INTO "workflow_input" VALUES('answer-1-run-agent','{"value": {"args": ["answer-1-run-agent"], "kwargs": {}}}',1795963999000);
INSERT INTO "workflow_input" VALUES('answer-1-report','{"value": {"args": ["answer-1-report"], "kwargs": {}}}',1795963999000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('change-1-acknowledge','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'40d8a4b1-85b4-4a3c-a970-62f7280724d0',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','40d8a4b1-85b4-4a3c-a970-62f7280724d0');
INSERT INTO "workflow_status" VALUES('change-1-prepare-workspace','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'19220276-8122-41e0-af4d-6568dafbdc59',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','19220276-8122-41e0-af4d-6568dafbdc59');
INSERT INTO "workflow_status" VALUES('change-1-run-agent','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'dff91a85-99bc-47b7-b495-c28ace7cf397',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','dff91a85-99bc-47b7-b495-c28ace7cf397');
INSERT INTO "workflow_status" VALUES('change-1-push','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'558078d5-b3f0-4fa2-b5db-5d25385c8d6a',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','558078d5-b3f0-4fa2-b5db-5d25385c8d6a');
INSERT INTO "workflow_status" VALUES('change-1-show-pull-request','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'1f15e3ce-7131-4084-8e9a-b567af2b8e8a',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','1f15e3ce-7131-4084-8e9a-b567af2b8e8a');
INSERT INTO "workflow_status" VALUES('change-1-report','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'32054dd0-5d07-4586-9095-e6163ad49ff0',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','32054dd0-5d07-4586-9095-e6163ad49ff0');
INSERT INTO "workflow_status" VALUES('answer-1-run-agent','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'936f5ade-23d5-4a2e-97bb-97406e286f39',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','936f5ade-23d5-4a2e-97bb-97406e286f39');
INSERT INTO "workflow_status" VALUES('answer-1-report','PENDING','job',NULL,NULL,NULL,NULL,NULL,NULL,'harvest',1795963999000,1795963999000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'a030ce0d-f646-4d3a-a99b-654e30a274d1',NULL,'harvest_json',NULL,0,0,NULL,'null',NULL,NULL,0,'harvest','a030ce0d-f646-4d3a-a99b-654e30a274d1');
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;
