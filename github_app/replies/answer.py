"""How the answer to a question reads: a comment of its own, since an edit of another one notifies nobody. Pure."""

from __future__ import annotations

from github_app.domain.job_report import JobReport
from github_app.replies.comment import MAX_ANSWER_CHARACTERS, asked_line
from github_app.replies.facts import facts_of
from github_app.text.neutral import neutralise


def answer_marker(job_id: str) -> str:
    """What makes a job's answer findable after a crash."""
    return f"<!-- harvest:answered:{job_id} -->"


def answer_comment(job_id: str, asked_by: str, asked: str, report: JobReport) -> str:
    """The whole comment; what the agent said is neutralised here."""
    parts = [
        f"{answer_marker(job_id)}\n> {asked_line(asked_by, asked)}",
        neutralise(report.said, max_length=MAX_ANSWER_CHARACTERS),
        f"<sub>{' · '.join(facts)}</sub>" if (facts := facts_of(report)) else "",
    ]
    return "\n\n".join(part for part in parts if part)
