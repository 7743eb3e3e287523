"""What is said of the issues of another tracker: on GitHub that they were read or could not be, and there what became of the
work. Pure.

A comment in such an issue is found again by the end of its link, which nobody sees and no tracker changes. An issue's title is
never told on GitHub: whoever reads there may not be let into the tracker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def read(issue: str, url: str) -> str:
    named = f"[{issue}]({url})" if url else issue
    return f"{named} was read, and the agent was told what it says."


def no_such_issue(issue: str, server: str) -> str:
    return f"{issue} was not read: {server} has no such issue, or none that Harvest may read."


def not_read(issue: str, server: str, problem: str) -> str:
    """`problem` is half a sentence of Harvest's own."""
    return f"{issue} was not read, and the work was done without it ({server}: {problem})."


def too_many_issues(left_out: Sequence[str], most: int) -> str:
    more = " …" if len(left_out) > most else ""
    return (
        f"More issues were named than the {most} that a job reads, so these were left out: {', '.join(left_out[:most])}{more}."
    )


def note_text(moment: str, *, asked_by: str, thread: str, thread_url: str, pull: str, pull_url: str, marker: str) -> str:
    """A comment in the tracker, as Markdown. `thread` and `pull` are as in `acme/tide#5`."""
    if moment == "start":
        return f"Harvest began to work on this. {asked_by} asked for it in [{thread}]({thread_url}#{marker})."
    what = "opened for this" if moment == "opened" else "merged"
    return f"The pull request [{pull}]({pull_url}#{marker}) was {what}."


def note_marker(session_id: str, moment: str, pull: int) -> str:
    """What the comment is known by; it says nothing of the session."""
    digest = hashlib.sha256(f"{session_id}/{moment}/{pull}".encode()).hexdigest()[:16]
    return f"harvest-{moment}-{digest}"
