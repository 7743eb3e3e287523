"""How a job at work reads: the agent's own plan with its ticks, what it does now, how long it has been at it and what it took.

Whatever the agent or a person wrote is neutralised here. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from github_app.domain.progress import Progress
from github_app.replies.markdown import dollars, duration
from github_app.text.neutral import neutralise_line

MAX_TASKS_SHOWN = 25


@dataclass(frozen=True)
class NowRunning:
    """The job at work. `doing` is the step in words, for as long as the agent has said nothing."""

    asked_by: str
    asked: str
    doing: str
    progress: Progress
    seconds: float
    cost_usd: float = 0.0


def plan_of(now: NowRunning) -> str:
    """The agent's plan as a list to tick off, what it is at in bold; empty before it has made one."""
    rows = []
    for task in list(now.progress.tasks.values())[:MAX_TASKS_SHOWN]:
        title = neutralise_line(task.title, max_length=300)
        box, shown = ("[x]", title) if task.status == "completed" else ("[ ]", title)
        rows.append(f"- {box} {f'**{shown}**' if task.status == 'in_progress' else shown}")
    return "\n".join(rows)


def doing_line(now: NowRunning) -> str:
    words = (neutralise_line(text, max_length=200) for text in (now.progress.reported, now.progress.activity))
    doing = " · ".join(filter(None, words)) or now.doing
    cost = f" · {dollars(now.cost_usd)}" if now.cost_usd else ""
    return f"Now: {doing} · {duration(now.seconds)}{cost}"
