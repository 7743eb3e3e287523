"""How a check run reads, from queued to its conclusion, and which buttons it has. Pure: the bodies of GitHub's requests.

https://docs.github.com/en/rest/checks/runs
"""

from __future__ import annotations

from typing import Any

from github_app.domain.buttons import Button
from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.replies.facts import facts_of
from github_app.replies.markdown import code_span, counted, table_cell
from github_app.replies.wording import CONCLUSIONS, RUNNING, blocked, headline, queued, tools_line
from github_app.text.neutral import neutralise, neutralise_code

CHECK_NAME = "Harvest"

# GitHub's limit on summary and text is 65,535 characters; stay clear of it after neutralising.
MAX_TEXT_CHARACTERS = 60_000

# label ≤ 20, description ≤ 40, identifier ≤ 20 characters; at most three buttons
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


def created(job_id: str, head_sha: str, content: dict[str, Any]) -> dict[str, Any]:
    """The body that creates a check run with this content."""
    return {"name": CHECK_NAME, "head_sha": head_sha, "external_id": job_id, **content}


def now_queued(ahead: int) -> dict[str, Any]:
    return {"status": "queued", "output": {"title": "Queued", "summary": queued(ahead)}, "actions": [STOP_BUTTON]}


def now_at_work() -> dict[str, Any]:
    summary = f"{RUNNING}. Stop ends it and keeps what is done; a comment that begins with the command is the next request."
    return {"status": "in_progress", "output": {"title": RUNNING, "summary": summary}, "actions": [STOP_BUTTON]}


def concluded(ending: Ending, report: JobReport, *, only_reads: bool = False) -> dict[str, Any]:
    """The end: conclusion, what happened, what Harvest saw. `only_reads`: the job looked at the commit, and its failure is
    not the commit's."""
    # An answer says nothing for or against the commit.
    neutral = report.answers(ending) or (only_reads and ending.outcome in ("failed", "refused", "timed_out"))
    return {
        "status": "completed",
        "conclusion": "neutral" if neutral else CONCLUSIONS[ending.outcome],
        "output": {
            "title": headline(ending, report),
            "summary": neutralise(summary_of(ending, report), max_length=MAX_TEXT_CHARACTERS),
            **({"text": seen} if (seen := what_was_seen(report)) else {}),
        },
        "actions": buttons_of(ending, report),
    }


def buttons_of(ending: Ending, report: JobReport) -> list[dict[str, str]]:
    """What can be done about it now."""
    if report.plan is not None:
        return [APPROVE_BUTTON, REVISE_BUTTON]
    if ending.outcome in ("failed", "timed_out", "stopped", "refused"):
        return [RESUME_BUTTON, RETRY_BUTTON] if report.can_be_resumed(ending) else [RETRY_BUTTON]
    return [UNDO_BUTTON, FIX_CI_BUTTON] if ending.outcome == "succeeded" and report.pushed_sha else []


def moved_on(new_sha: str) -> dict[str, Any]:
    """The end of the check run on the commit that the job began from, once its own commit is there."""
    return {
        "status": "completed",
        "conclusion": "neutral",
        "output": {"title": "Pushed a new commit", "summary": f"The result is on {code_span(new_sha[:7])}."},
        "actions": [],
    }


def summary_of(ending: Ending, report: JobReport) -> str:
    told = [report.summary if ending.outcome == "succeeded" and report.summary else ending.happened]
    if ending.outcome == "no_change" and report.said:
        told.insert(0, report.said)
    if ending.kept:
        told.append(f"**Kept:** {ending.kept}")
    if ending.advice:
        told.append(f"**What to do:** {ending.advice}")
    if report.notes:
        told.append("\n".join(f"- {' '.join(note.split())}" for note in report.notes))
    return "\n\n".join(told)


def what_was_seen(report: JobReport) -> str:
    """Commands with exit codes, files, time and cost: what Harvest saw, whatever the agent says."""
    parts = []
    if report.commands:
        commands = [
            (exit_mark(ran.exit_code), code_span(neutralise_code(ran.command, max_length=160))) for ran in report.commands[:50]
        ]
        rows = [f"| {mark} | {table_cell(command)} |" for mark, command in commands]
        more = f"\n\nand {len(report.commands) - 50} more" if len(report.commands) > 50 else ""
        parts.append("### Commands it ran\n| exit code | command |\n| --- | --- |\n" + "\n".join(rows) + more)
    if report.tools:
        parts.append(tools_line(report.tools))
    if report.blocked_hosts:
        parts.append(blocked(report.blocked_hosts, report.egress))
    if report.files:
        rows = [f"- {code_span(neutralise_code(path, max_length=200))}" for path in report.files[:100]]
        more = f"\n- and {len(report.files) - 100} more" if len(report.files) > 100 else ""
        parts.append(f"### Files it changed (+{report.insertions} -{report.deletions})\n" + "\n".join(rows) + more)
    facts = facts_of(report)
    if report.turns:
        facts.append(counted(report.turns, "turn"))
    if facts:
        parts.append(" · ".join(facts))
    return "\n\n".join(parts)


def exit_mark(code: int | None) -> str:
    return "not finished" if code is None else str(code)
