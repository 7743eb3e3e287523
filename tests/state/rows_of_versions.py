"""Rows as the tables of each version hold them, and where they have gone since."""

from __future__ import annotations

import json
from typing import Any

# Rows as each version's tables hold them: version → table → rows. A new migration adds the rows of its new tables here.
DATA: dict[str, dict[int, dict[str, list[dict[str, Any]]]]] = {
    "harvest": {
        1: {
            "inbox": [
                {
                    "number": 1,
                    "delivery_id": "d1",
                    "event": "issues",
                    "received_at": 1.0,
                    "due_at": 1.0,
                    "repository_id": 2,
                    "urgent": False,
                    "suspect": False,
                    "attempts": 0,
                    "body": b"{}",
                }
            ],
            "sessions": [
                {
                    "id": "s1",
                    "installation_id": 1,
                    "repository_id": 2,
                    "repository": "a/b",
                    "thread": 7,
                    "kind": "issue",
                    "agent_session_id": "u",
                    "created_at": 1.0,
                    "updated_at": 1.0,
                }
            ],
            "jobs": [
                {
                    "number": 1,
                    "id": "j1",
                    "session_id": "s1",
                    "installation_id": 1,
                    "kind": "issue",
                    "request": json.dumps(
                        {
                            "thread": 7,
                            "title": "A bug",
                            "body": "It breaks.",
                            "prompt": "fix it",
                            "asked_by": "ada",
                            "asked_by_id": 3,
                            "asked_at": "2026-01-02T03:04:05Z",
                            "trigger": "comment",
                            "trigger_id": 5,
                            "default_branch": "main",
                        }
                    ),
                    "state": "running",
                    "recipe": "change/1",
                    "created_at": 1.0,
                }
            ],
            "job_steps": [{"job_id": "j1", "step": "run_agent", "sandbox": 1, "number": 1, "started_at": 1.0}],
            "usage": [
                {
                    "job_id": "j1",
                    "model": "m",
                    "requests": 1,
                    "input_tokens": 1,
                    "output_tokens": 1,
                    "cache_read_tokens": 1,
                    "cache_write_tokens": 1,
                    "cost_microdollars": 1,
                }
            ],
            "executors": [{"id": "e1", "seen_at": 1.0}],
            "sandbox_times": [
                {
                    "sandbox_id": "sb1",
                    "job_id": "j1",
                    "backend": "modal",
                    "purpose": "job",
                    "cpu": 2.0,
                    "memory_mib": 4096,
                    "started_at": 1.0,
                    "ends_by": 2.0,
                }
            ],
            "repository_images": [
                {
                    "repository_id": 2,
                    "installation_id": 1,
                    "repository": "a/b",
                    "image_id": "im-2",
                    "replaced_image_id": "im-1",
                    "sha": "c" * 40,
                    "size_bytes": 3 * 2**30,
                    "built_at": 1.0,
                    "build_seconds": 1.0,
                    "set_up": '[{"command": "npm ci", "because_of": "package-lock.json"}]',
                    "failures": 0,
                }
            ],
            "warm_sandboxes": [{"sandbox_id": "sb-1", "repository_id": 2, "image_id": "im-2", "created_at": 1.0}],
            "reservations": [{"id": "r", "job_id": "j1", "model": "opus", "most_microdollars": 2**40, "made_at": 1.0}],
            "marks": [{"name": "deliveries", "read_until": "2026-11-22T10:00:00Z"}],
            "job_queue": [{"number": 1, "job_id": "j1", "session_id": "s1", "installation_id": 1, "attempts": 0}],
            "write_probe": [{"id": 1, "written_at": 1.0}],
        },
        2: {"leases": [{"name": "look", "holder": "e1", "held_until": 1.0}]},
        3: {},
        4: {},
        5: {},
        6: {
            "artifacts": [{"key": "saved/s1.bundle", "version": "v1", "size_bytes": 1, "stored_at": 1.0}],
            "artifact_chunks": [{"key": "saved/s1.bundle", "version": "v1", "number": 0, "content": b"b"}],
        },
        7: {},
        8: {"posts": [{"session_id": "s1", "surface": "comment", "place": "thread", "github_id": 2**40}]},
        9: {},
        10: {"github_paces": [{"installation_id": 2**40, "content": "{}", "written_at": 1.0}]},
        11: {
            "accounts": [{"id": "day/2026-11-29", "spent_microdollars": 2**40, "used_at": 1.0}],
            "job_accounts": [{"job_id": "j1", "account": "day/2026-11-29", "whose": "this", "period": "", "set_by": ""}],
        },
        12: {},
        13: {"own_words": [{"repository_id": 2**40, "label": "ai"}]},
        14: {
            "findings": [
                {
                    "repository_id": 2**40,
                    "pull": 8,
                    "head_sha": "c" * 40,
                    "chore": "fix-ci",
                    "finding": "tests",
                    "job_id": "j1",
                    "found_at": 1.0,
                }
            ],
            "bot_asks": [{"repository_id": 2**40, "thread": 8, "said": "comment/1", "at": 1.0}],
        },
        15: {"job_tools": [{"job_id": "j1", "server": "x", "tools": "[]", "problem": "", "calls": 1, "given_at": 1.0}]},
        16: {
            "watches": [
                {
                    "id": "w1",
                    "installation_id": 1,
                    "repository_id": 2**40,
                    "repository": "a/b",
                    "pull_number": 8,
                    "actor_id": 3,
                    "actor_login": "ada",
                    "actor_type": "User",
                    "inline": 2**40,
                    "until": "merged",
                    "budget_microdollars": 2**40,
                    "settle_seconds": 60.0,
                    "created_at": 1.0,
                    "branch": "fix",
                    "base_branch": "main",
                    "head_sha": "c" * 40,
                    "head_since": 1.0,
                    "had_checks": True,
                    "told_tries": 0,
                    "due_at": 1.0,
                    "stirs": 0,
                    "failures": 0,
                }
            ],
            "watch_tries": [
                {"watch_id": "w1", "job_id": "j1", "head_sha": "c" * 40, "kind": "fix-ci", "findings": '["tests"]'}
            ],
        },
        17: {},
        18: {
            "job_issues": [
                {
                    "job_id": "j1",
                    "issue": "ENG-1",
                    "place": 0,
                    "server": "linear",
                    "reference": "ENG-1",
                    "url": "",
                    "text": "Do it.",
                    "problem": "",
                    "pinned_at": 1.0,
                }
            ],
            "issue_notes": [
                {
                    "session_id": "s1",
                    "server": "linear",
                    "issue": "ENG-1",
                    "moment": "start",
                    "pull": 0,
                    "reference": "ENG-1",
                    "asked_by": "ada",
                    "rank": 0,
                    "made_at": 1.0,
                    "due_at": 1.0,
                    "tries": 0,
                }
            ],
        },
        19: {},
        20: {"tool_writes": [{"job_id": "j1", "key": "k", "begun_at": 1.0, "tried_at": 1.0}]},
        21: {
            "evidence": [
                {
                    "job_id": "j1",
                    "source": "harvest",
                    "number": 1,
                    "command": "make test",
                    "code_of": "test",
                    "whole": True,
                    "began_at": 1.0,
                    "renewed_at": 1.0,
                    "tree": "a" * 40,
                    "tree_after": "",
                    "failed": "[]",
                }
            ]
        },
        22: {
            "memory": [
                {
                    "number": 1,
                    "installation_id": 1,
                    "repository_id": 2**40,
                    "repository": "a/b",
                    "private": True,
                    "everywhere": False,
                    "kind": "fact",
                    "text": "It counts from 1.",
                    "text_sha256": "d" * 64,
                    "standing": "proposed",
                    "said_by": "",
                    "job_id": "j1",
                    "thread": 7,
                    "comment": 2**40,
                    "path": "a.py",
                    "quote": "",
                    "sha": "c" * 40,
                    "seen": False,
                    "decided_by": "",
                    "proposed_at": 1.0,
                    "changed_at": 1.0,
                }
            ]
        },
        23: {
            "questions": [
                {
                    "job_id": "j1",
                    "session_id": "s1",
                    "number": 1,
                    "question": "Which?",
                    "options": '["a"]',
                    "default_answer": "a",
                    "asked_at": 1.0,
                    "failures": 0,
                }
            ],
            "children": [
                {
                    "parent_job_id": "j1",
                    "number": 1,
                    "digest": "d",
                    "repository": "a/b",
                    "task": "Do it",
                    "asked_at": 1.0,
                    "repository_id": 2**40,
                    "look_at": 1.0,
                    "failures": 0,
                }
            ],
        },
        24: {},
        25: {
            "standbys": [
                {
                    "session_id": "s1",
                    "sandbox_id": "sb-1",
                    "snapshot_id": "snap-1",
                    "run_id": "r",
                    "begun_as": "d",
                    "token_sha256": "t",
                    "created_at": 1.0,
                }
            ],
        },
    },
    "session": {
        1: {
            "session_messages": [{"number": 1, "session_id": "s1", "role": "user", "content": "hello", "created_at": 1.0}],
            "session_files": [{"session_id": "s1", "path": "a.py"}],
            "session_events": [
                {"number": 5, "session_id": "s1", "job_id": "j1", "position": 0, "event": "{}"},
                {"number": 9, "session_id": "s1", "job_id": "j1", "position": 7, "event": "{}"},
            ],
        },
        2: {
            "session_log": [
                {"session_id": "s2", "number": 1, "job_id": "j2", "at": 1.0, "kind": "queued", "key": "queued", "body": "{}"}
            ],
        },
        3: {},
    },
}

# Where the rows of a table have gone that a version has no more: version → old table → new one, None for nowhere.
MOVED: dict[str, dict[int, dict[str, str | None]]] = {
    "session": {2: {"session_events": "session_log"}, 3: {"session_files": None}}
}
