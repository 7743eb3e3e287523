"""How often GitHub's API was asked for a job, out of the emulated GitHub's log of requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def asked_for(job_id: str, log: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was asked for that job, tokens included: those name none. Left out is what GitHub's limits don't count (304: it has
    not changed), and edits that a later one replaced: they showed progress, and long work has more of them."""
    own = [
        f"{entry['method']} {entry['path']}"
        for entry in log
        if entry["channel"] == "rest"
        and entry["status"] != 304
        and (entry["job"] == job_id or entry["route"].endswith("/access_tokens"))
    ]
    return [asked for at, asked in enumerate(own) if not (is_edit(asked) and asked in own[at + 1 :])]


def is_edit(asked: str) -> bool:
    """Of a comment or a check run."""
    return asked.startswith("PATCH") and ("/issues/comments/" in asked or "/check-runs/" in asked)
