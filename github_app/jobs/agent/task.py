"""One run of the agent in a job: how it is called, and what it is told. Values only."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from github_app.jobs.context import JobContext
from github_app.jobs.results import PromptComposed, SandboxOpened


@dataclass(frozen=True)
class AgentRun:
    """`id` names the run in its sandbox, the same however often its step is tried. `resume` says that the CLI remembers the
    conversation so far. One that `plans` may look, and change nothing. `conversation` is the UUID of one of its own, empty
    for the session's. It `waited_for_the_job` where it was started before there was one."""

    id: str
    model: str
    resume: bool
    plans: bool = False
    conversation: str = ""
    waited_for_the_job: bool = False


@dataclass(frozen=True)
class AgentTask:
    """A run, and what its agent is told."""

    run: AgentRun
    text: str


# A job's first run, for whoever knows whether the session's conversation is there to go on with.
FirstRun = Callable[[JobContext, bool], AgentRun]


def of_a_worker(context: JobContext, remembers: bool) -> AgentRun:
    """It may do as it likes in its sandbox. One that waits there remembers."""
    opened = context.latest(SandboxOpened)
    if opened is not None and opened.waiting is not None:
        return AgentRun(opened.waiting.run_id, context.model, resume=True, waited_for_the_job=True)
    return AgentRun(context.job.id, context.model, resume=remembers)


def of_a_planner(context: JobContext, remembers: bool) -> AgentRun:
    """It may look at everything, and change nothing."""
    return AgentRun(context.job.id, context.model, resume=remembers, plans=True)


def of_a_reviewer(context: JobContext, remembers: bool) -> AgentRun:
    """It may look at everything, and change nothing, and knows nothing of what was said in the session: who has written the
    change defends it."""
    return AgentRun(context.job.id, context.model, resume=False, plans=True, conversation=of_its_own(context))


def first_task(context: JobContext, first_run: FirstRun) -> AgentTask:
    """What the job's prompt says."""
    composed = context.found(PromptComposed)
    return AgentTask(first_run(context, composed.resume), composed.text)


def of_its_own(context: JobContext) -> str:
    """The conversation of a job that is to judge without what was said in its session; the same however often it is asked
    for."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"harvest/{context.job.id}"))
