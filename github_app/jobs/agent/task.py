"""One run of the agent in a job: what it is told, and whether it may touch anything. Values only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from github_app.jobs.context import JobContext
from github_app.jobs.results import PromptComposed


@dataclass(frozen=True)
class AgentTask:
    """`run_id` names the run in its sandbox, the same however often its step is tried. `resume` says that the CLI remembers
    the conversation so far. One that `plans` may look, and change nothing. `conversation` is the UUID of one of its own, empty
    for the session's."""

    run_id: str
    text: str
    model: str
    resume: bool
    plans: bool = False
    conversation: str = ""


def first_task(context: JobContext, *, plans: bool = False, conversation: str = "") -> AgentTask:
    """What the job's prompt says."""
    composed = context.found(PromptComposed)
    return AgentTask(context.job.id, composed.text, composed.model, composed.resume, plans, conversation)


def of_its_own(context: JobContext) -> str:
    """The conversation of a job that is to judge without what was said in its session; the same however often it is asked
    for."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"harvest/{context.job.id}"))
