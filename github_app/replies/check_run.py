"""How a check run reads, from queued to its conclusion, and which buttons it has. Pure: the bodies of GitHub's requests.

https://docs.github.com/en/rest/checks/runs
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from github_app.domain.buttons import Button
from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.replies.at_work import NowRunning, doing_line, plan_of
from github_app.replies.evidence import tests_seen
from github_app.replies.markdown import code_span
from github_app.replies.seen import what_was_seen
from github_app.replies.wording import CONCLUSIONS, RUNNING, headline, how_a_job_is_ended, queued
from github_app.text.neutral import neutralise

CHECK_NAME = "Harvest"

# GitHub's limit on summary and text is 65,535 characters; stay clear of it after neutralising.
MAX_TEXT_CHARACTERS = 60_000

# label ≤ 20, description ≤ 40, identifier ≤ 20 characters; at most three buttons
MOST_BUTTONS = 3
STOP_BUTTON = {"label": "Stop", "description": "End this job; keep what it has done", "identifier": Button.STOP.value}
RETRY_BUTTON = {"label": "Run again", "description": "Ask for the same once more", "identifier": Button.RETRY.value}
RESUME_BUTTON = {"label": "Resume", "description": "Go on from what is left of it", "identifier": Button.RESUME.value}
APPROVE_BUTTON = {"label": "Approve", "description": "Carry out this plan", "identifier": Button.APPROVE.value}
REVISE_BUTTON = {
    "label": "Revise",
    "description": "Make its next version, as things are now",
    "identifier": Button.REVISE.value,
}
UNDO_BUTTON = {"label": "Undo", "description": "Take this push back by one more commit", "identifier": Button.UNDO.value}
FIX_CI_BUTTON = {"label": "Fix CI", "description": "Fix what the failing checks say", "identifier": Button.FIX_CI.value}
MEMORY_BUTTON = {
    "label": "Keep in memory",
    "description": "Approve what this job wants kept",
    "identifier": Button.MEMORY.value,
}


def created(job_id: str, head_sha: str, content: dict[str, Any]) -> dict[str, Any]:
    """The body that creates a check run with this content."""
    return {"name": CHECK_NAME, "head_sha": head_sha, "external_id": job_id, **content}


def now_queued(ahead: int) -> dict[str, Any]:
    return {"status": "queued", "output": {"title": "Queued", "summary": queued(ahead)}, "actions": [STOP_BUTTON]}


def now_at_work(now: NowRunning, started_at: float | None) -> dict[str, Any]:
    """The plan with its ticks, and what is done now. `started_at` is when the job's turn came, in seconds since the epoch."""
    told = [plan_of(now), doing_line(now), how_a_job_is_ended()]
    return {
        "status": "in_progress",
        **since(started_at),
        "output": {"title": RUNNING, "summary": "\n\n".join(part for part in told if part)},
        "actions": [STOP_BUTTON],
    }


def since(started_at: float | None) -> dict[str, str]:
    """When the work began, as GitHub takes it; nothing for what never began."""
    return {} if started_at is None else {"started_at": datetime.fromtimestamp(started_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def concluded(ending: Ending, report: JobReport, started_at: float | None, *, only_reads: bool = False) -> dict[str, Any]:
    """The end: conclusion, what happened, what Harvest saw. `only_reads`: the job looked at the commit, and its failure is
    not the commit's."""
    # An answer says nothing for or against the commit.
    neutral = report.answers(ending) or (only_reads and ending.outcome in ("failed", "refused", "timed_out"))
    return {
        "status": "completed",
        **since(started_at),
        "conclusion": "neutral" if neutral else CONCLUSIONS[ending.outcome],
        "output": {
            "title": headline(ending, report),
            "summary": neutralise(summary_of(ending, report), max_length=MAX_TEXT_CHARACTERS),
            **({"text": seen} if (seen := all_that_was_seen(report)) else {}),
        },
        "actions": buttons_of(ending, report),
    }


def all_that_was_seen(report: JobReport) -> str:
    """Empty when there was nothing. Without a commit there is nothing that tests could be about."""
    return "\n\n".join(filter(None, [tests_seen(report) if report.pushed_sha else "", what_was_seen(report)]))


def buttons_of(ending: Ending, report: JobReport) -> list[dict[str, str]]:
    """What can be done about it now."""
    keep = [MEMORY_BUTTON] if report.remembers else []
    return [*about_the_work(ending, report), *keep][:MOST_BUTTONS]


def about_the_work(ending: Ending, report: JobReport) -> list[dict[str, str]]:
    if report.plan is not None:
        return [APPROVE_BUTTON, REVISE_BUTTON]
    if ending.outcome in ("failed", "timed_out", "stopped", "refused"):
        return [RESUME_BUTTON, RETRY_BUTTON] if report.can_be_resumed(ending) else [RETRY_BUTTON]
    return [UNDO_BUTTON, FIX_CI_BUTTON] if ending.outcome == "succeeded" and report.pushed_sha else []


def moved_on(new_sha: str, started_at: float | None) -> dict[str, Any]:
    """The end of the check run on the commit that the job began from, once its own commit is there."""
    return {
        "status": "completed",
        **since(started_at),
        "conclusion": "neutral",
        "output": {"title": "Pushed a new commit", "summary": f"The result is on {code_span(new_sha[:7])}."},
        "actions": [],
    }


def summary_of(ending: Ending, report: JobReport) -> str:
    told = [report.summary if ending.outcome == "succeeded" and report.summary else ending.happened]
    if report.said and (ending.outcome == "no_change" or ending.agent_tells):
        told.insert(0, report.said)
    if ending.kept:
        told.append(f"**Kept:** {ending.kept}")
    if ending.advice:
        told.append(f"**What to do:** {ending.advice}")
    if report.notes:
        told.append("\n".join(f"- {' '.join(note.split())}" for note in report.notes))
    return "\n\n".join(told)
