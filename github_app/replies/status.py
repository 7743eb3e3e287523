"""How the answer to `status` reads: a few lines on what runs, what waits and what was last. Pure."""

from __future__ import annotations

from github_app.domain.session_status import RunningJob, SessionStatus
from github_app.replies.command_answers import (
    about_to_end,
    how_to_drop,
    nothing_here,
    nothing_waits,
    queued_here,
    session_cost,
    under_way,
)
from github_app.replies.comment import asked_line
from github_app.replies.markdown import dollars, duration
from github_app.replies.wording import RUNNING, doing, headline, queued, waiting_behind


def queue_text(status: SessionStatus, now: float, command: str) -> str:
    """What runs and what waits, by the numbers that `queue drop` takes."""
    lines = []
    if status.running is not None:
        lines.append(running_line(status.running, now))
    if status.waiting:
        lines.append("\n".join(f"{at}. {asked_line(job.asked_by, job.asked)}" for at, job in enumerate(status.waiting, 1)))
        lines.append(how_to_drop(command))
    elif status.running is not None:
        lines.append(nothing_waits())
    return "\n\n".join(lines) or nothing_here()


def running_line(running: RunningJob, now: float) -> str:
    asked = asked_line(running.asked_by, running.asked)
    return f"**{RUNNING}:** {asked} · {doing(running.step)} · {duration(now - running.since)}"


def under_way_text(status: SessionStatus, job_id: str, now: float) -> str:
    """What is told who asks for what is under way already, as that job."""
    running, waiting = status.running, [job.job_id for job in status.waiting]
    if running is not None and running.job_id == job_id:
        return f"{running_line(running, now)}\n\n{under_way()}"
    if job_id in waiting:
        job = status.waiting[waiting.index(job_id)]
        ahead = waiting.index(job_id) + (running is not None)
        return f"{queued(ahead) if ahead else queued_here(1)} {asked_line(job.asked_by, job.asked)}\n\n{under_way()}"
    return about_to_end()


def status_text(status: SessionStatus, now: float) -> str:
    """`now` is in seconds since the epoch."""
    running, last = status.running, status.last
    lines = []
    if running is not None:
        lines.append(running_line(running, now))
    if status.waiting:
        count = len(status.waiting)
        lines.append(waiting_behind(count) if running is not None else queued_here(count))
    if not lines:
        lines.append(nothing_here())
    if last is not None:
        words = headline(last.ending, last.report)
        lines.append(f"**Last:** {words} · {asked_line(last.asked_by, last.asked)} · {duration(now - last.ended_at)} ago")
    if status.cost_usd:
        lines.append(session_cost(dollars(status.cost_usd)))
    return "\n\n".join(lines)
