"""Fills a state's two databases as years of use would have, by SQL alone and in one transaction each.

Ten jobs a session, hundreds of repositories, jobs over two years; deliveries and steps of the time for which they are kept.
The engine has its rows of every job still: more than any retention leaves it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

JOBS_A_SESSION = 10
REPOSITORIES = 500
# None of them is a repository of the service that is measured.
FIRST_REPOSITORY = 10_000_000
YEARS_SECONDS = 2 * 365 * 86_400
KEPT_SECONDS = 14 * 86_400
# Of so many jobs the engine and we still have the steps.
JOBS_WITH_STEPS = 50_000
# Rows come in no order of the indexes: what does not fit is read from the disk and written there again and again.
CACHE_KIB = 1_000_000
STEPS = ("acknowledge", "open_sandbox", "prepare_workspace", "run_agent", "collect", "vet", "push", "report")

NUMBERS = "WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows) "

SESSIONS = f"""
{NUMBERS}
INSERT INTO sessions (id, installation_id, repository_id, repository, thread, kind, branch, base_branch, pull_number,
                      snapshot_id, agent_session_id, agent_model, created_at, updated_at,
                      snapshot_expired_at, log_since)
SELECT 'filled-' || n, n % 50, :repository + n % {REPOSITORIES}, 'org/repository-' || n % {REPOSITORIES}, n, 'issue',
       'harvest/' || n || '-a-change', 'main', n + 10000000, 'snapshot-' || n, 'agent-' || n, 'sonnet',
       :now - :years * (:rows - n) / :rows, :now - :years * (:rows - n) / :rows, :now, NULL
FROM numbers
"""
JOBS = f"""
{NUMBERS}
INSERT INTO jobs (id, session_id, installation_id, kind, recipe, ask, state, step, outcome, ending, report, head_sha,
                  gateway_token_sha256, created_at, started_at, ended_at)
SELECT 'filled-' || n, 'filled-' || (1 + (n - 1) / {JOBS_A_SESSION}), n % 50, 'issue', 'change/1',
       '{{"command": {{"verb": "do", "text": "make it work"}}, "actor": {{"id": 1, "login": "ada"}}}}',
       'ended', 'report', 'succeeded', '{{"outcome": "succeeded"}}', '{{"files": 3, "insertions": 12}}',
       printf('%040x', n), printf('%064x', n),
       :now - :years * (:rows - n) / :rows, :now - :years * (:rows - n) / :rows, :now - :years * (:rows - n) / :rows + 300
FROM numbers
"""
POSTS = """
INSERT INTO posts (session_id, surface, place, github_id, look, written_at)
SELECT id, 'comment', 'thread', pull_number, 'done', updated_at FROM sessions WHERE id LIKE 'filled-%'
"""
USAGE = """
INSERT INTO usage SELECT id, 'sonnet', 20, 100000, 5000, 50000, 10000, 400000 FROM jobs WHERE id LIKE 'filled-%'
"""
SANDBOXES = """
INSERT INTO sandbox_times
SELECT 'sandbox-' || id, id, 'modal', 'job', 2.0, 4096, started_at, ended_at, ended_at, CASE number % 2 WHEN 0 THEN 900 END
FROM jobs WHERE id LIKE 'filled-%'
"""
STEPS_OF_JOBS = f"""
INSERT INTO job_steps (job_id, step, sandbox, number, started_at, finished_at, result)
SELECT 'filled-' || (:jobs - n), step, 1, place, :now - :kept * n / {JOBS_WITH_STEPS}, :now, '{{}}'
FROM (WITH RECURSIVE numbers(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM numbers
                                    WHERE n + 1 < min(:jobs, {JOBS_WITH_STEPS}))
      SELECT n FROM numbers),
     (SELECT column1 AS step, column2 AS place FROM (VALUES {", ".join(f"('{step}', {n})" for n, step in enumerate(STEPS))}))
"""
DELIVERIES = f"""
{NUMBERS}
INSERT INTO inbox (delivery_id, domain_key, event, action, received_at, due_at, attempts, handled_at, note, body,
                   repository_id, thread, urgent, suspect, begun_at)
SELECT printf('%08x-0000-0000-0000-000000000000', n), 'comment:filled-' || n, 'issue_comment', 'created',
       :now - :kept * (:rows - n) / :rows, 0, 1, :now - :kept * (:rows - n) / :rows + 1, 'ignored: not for Harvest', x'',
       :repository + n % {REPOSITORIES}, n % 1000, 0, 0, :now - :kept * (:rows - n) / :rows
FROM numbers
"""
# The engine's own: times are in milliseconds, all of them within the time for which they are kept.
WORKFLOWS = f"""
{NUMBERS}
INSERT INTO workflow_status (workflow_uuid, status, name, executor_id, created_at, updated_at, application_version,
                             application_id, recovery_attempts, priority, serialization, completed_at, attributes,
                             application_name)
SELECT 'filled-' || n, 'SUCCESS', 'job', 'harvest', ended, ended, '1', '', 1, 0, 'harvest_json', ended, 'null', 'harvest'
FROM (SELECT n, CAST(1000 * (:now - :kept * (:rows - n) / :rows / 2) AS INTEGER) AS ended FROM numbers)
"""
INPUTS = """
INSERT INTO workflow_input (workflow_uuid, inputs, retention_timestamp)
SELECT workflow_uuid, '{"value": {"args": ["' || workflow_uuid || '"], "kwargs": {}}}', completed_at
FROM workflow_status WHERE workflow_uuid LIKE 'filled-%'
"""
OUTPUTS = """
INSERT INTO workflow_output (workflow_uuid, output, retention_timestamp)
SELECT workflow_uuid, '{"value": null}', completed_at FROM workflow_status WHERE workflow_uuid LIKE 'filled-%'
"""
OPERATIONS = f"""
INSERT INTO operation_outputs (workflow_uuid, function_id, function_name, output, started_at_epoch_ms, completed_at_epoch_ms,
                               serialization, application_name, retention_timestamp)
SELECT workflow_uuid, place, step, '{{"value": "done"}}', completed_at, completed_at, 'harvest_json', 'harvest', completed_at
FROM workflow_status,
     (SELECT column1 AS step, column2 + 1 AS place
      FROM (VALUES {", ".join(f"('{step}', {n})" for n, step in enumerate(STEPS))}))
WHERE workflow_uuid IN (SELECT workflow_uuid FROM workflow_status WHERE workflow_uuid LIKE 'filled-%'
                        ORDER BY completed_at DESC LIMIT {JOBS_WITH_STEPS})
"""


def fill(file: Path, *, jobs: int, deliveries: int) -> float:
    """Fill Harvest's database, which nobody else uses; gives the seconds that it took."""
    sessions = jobs // JOBS_A_SESSION
    steps = [
        (SESSIONS, sessions),
        (POSTS, 0),
        (JOBS, jobs),
        (USAGE, 0),
        (SANDBOXES, 0),
        (STEPS_OF_JOBS, 0),
        (DELIVERIES, deliveries),
    ]
    return insert(file, steps, jobs=jobs)


def fill_engine(file: Path, *, jobs: int) -> float:
    """Fill the engine's own, which it has made before and nobody else uses; gives the seconds that it took."""
    return insert(file, [(WORKFLOWS, jobs), (INPUTS, 0), (OUTPUTS, 0), (OPERATIONS, 0)], jobs=jobs)


def insert(file: Path, statements: Sequence[tuple[str, int]], *, jobs: int) -> float:
    """Carry out the statements, each for so many rows."""
    begun, now = time.monotonic(), time.time()
    shared = {"now": now, "years": YEARS_SECONDS, "kept": KEPT_SECONDS, "repository": FIRST_REPOSITORY, "jobs": jobs}
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("BEGIN")
        for statement, rows in statements:
            connection.execute(statement, {**shared, "rows": rows})
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    return time.monotonic() - begun
