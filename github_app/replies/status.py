"""How the answer to `status` reads: a few lines on what runs, what waits and what was last. Pure."""

from __future__ import annotations

from github_app.domain.session_status import SessionStatus
from github_app.replies.comment import asked_line
from github_app.replies.markdown import dollars, duration
from github_app.replies.wording import RUNNING, doing, headline, nothing_here, queued_here, session_cost, waiting_behind


def status_text(status: SessionStatus, now: float) -> str:
    """`now` is in seconds since the epoch."""
    running, last = status.running, status.last
    lines = []
    if running is not None:
        lines.append(
            f"**{RUNNING}:** {asked_line(running.asked_by, running.asked)} · {doing(running.step)} · "
            f"{duration(now - running.since)}"
        )
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
