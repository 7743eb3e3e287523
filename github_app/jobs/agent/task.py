"""One run of the agent in a job: what it is told, and whether it may touch anything. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from github_app.jobs.context import JobContext
from github_app.jobs.results import PromptComposed


@dataclass(frozen=True)
class AgentTask:
    """`run_id` names the run in its sandbox, the same however often its step is tried. `resume` says that the CLI remembers
    the conversation so far. One that `plans` may look, and change nothing."""

    run_id: str
    text: str
    model: str
    resume: bool
    plans: bool = False


def first_task(context: JobContext, *, plans: bool = False) -> AgentTask:
    """What the job's prompt says."""
    composed = context.found(PromptComposed)
    return AgentTask(context.job.id, composed.text, composed.model, composed.resume, plans)
