"""How often GitHub's API was asked for a job, out of the emulated GitHub's log of requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def asked_for(job_id: str, log: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was asked for that job, tokens included: those name none. Left out is what GitHub's limits don't count (304: it has
    not changed), edits that a later one replaced (they showed progress, and long work has more of them), and the token of a
    look for what GitHub never sent, which begins with the list of installations."""
    own, looks = [], False
    for entry in log:
        is_token = entry["route"].endswith("/access_tokens")
        if entry["channel"] == "rest" and entry["status"] != 304 and (entry["job"] == job_id or (is_token and not looks)):
            own.append(f"{entry['method']} {entry['path']}")
        looks = (entry["path"].startswith("/app/installations") and not is_token) or (looks and not is_token)
    return [asked for at, asked in enumerate(own) if not (is_edit(asked) and asked in own[at + 1 :])]


def is_edit(asked: str) -> bool:
    """Of a comment or a check run."""
    return asked.startswith("PATCH") and ("/issues/comments/" in asked or "/check-runs/" in asked)
