"""Every request that came in, counted: who asked what, how it ended and how long it took. No header, body or query is kept."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Literal

Channel = Literal["rest", "git"]

# Enough for the longest test; older entries fall out.
_KEPT = 50_000

# A client that says what it works on ends its User-Agent with this; requests are counted by it.
_JOB = re.compile(r"\bjob/([A-Za-z0-9._:-]{1,128})")


@dataclass(frozen=True)
class Entry:
    """One request. `at` is in seconds since the epoch; `route` is the path's template, or the path when none fits."""

    at: float
    channel: Channel
    method: str
    route: str
    path: str
    status: int
    milliseconds: float
    actor: str
    permissions: dict[str, str] | None
    agent: str
    job: str | None
    note: str | None


class RequestLog:
    """The requests so far, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def between(self, since: float, until: float) -> list[Entry]:
        return [entry for entry in self._entries if since <= entry.at < until]

    def listed(self, since: float = 0.0, until: float = float("inf")) -> dict[str, Any]:
        """The entries of a time window, and their counts by channel and by job."""
        entries = self.between(since, until)
        by_job: dict[str, dict[str, int]] = {}
        for entry in entries:
            counts = by_job.setdefault(entry.job or "", {"rest": 0, "git": 0})
            counts[entry.channel] += 1
        return {
            "count": {
                "rest": sum(entry.channel == "rest" for entry in entries),
                "git": sum(entry.channel == "git" for entry in entries),
            },
            "by_job": {job: counts for job, counts in by_job.items() if job},
            "requests": [asdict(entry) for entry in entries],
        }


def job_of(user_agent: str) -> str | None:
    """The job that a User-Agent names: `… job/<id>`."""
    found = _JOB.search(user_agent)
    return found.group(1) if found else None
