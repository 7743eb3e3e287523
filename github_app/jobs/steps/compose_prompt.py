"""Compose the prompt: what was asked, with the thread around it unless the agent remembers that."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec

from github_app.domain.ask import Ask, By
from github_app.domain.job_report import Recalls
from github_app.github.threads import COMMENTS_A_PAGE, Thread
from github_app.jobs.agent.asking import UNANSWERED, answered_prompt, asked_and_answered, remembers_what_it_asked
from github_app.jobs.agent.issues import bring_in, material_of, notes_on_issues
from github_app.jobs.agent.planning import to_carry_out, to_plan, to_revise
from github_app.jobs.agent.prompt import (
    HELD,
    Instruct,
    ThreadComment,
    begun_before,
    first_prompt,
    installed_note,
    interrupted_prompt,
    next_prompt,
    resumed_prompt,
    to_answer,
    to_do,
    to_rebase,
)
from github_app.jobs.agent.remembered import memory_text
from github_app.jobs.agent.review_threads import to_work_through
from github_app.jobs.agent.reviewing import to_know, to_review
from github_app.jobs.broken_off import has_what_it_resumes, what_is_held
from github_app.jobs.context import JobContext
from github_app.jobs.memory import for_the_prompt
from github_app.jobs.plan_file import plan_path
from github_app.jobs.plans import approved_plan, plans_of
from github_app.jobs.results import BranchChosen, PromptComposed, SandboxOpened, WorkspacePrepared
from github_app.jobs.reviews import found_since_the_agents_last_turn
from github_app.replies.question import went_on_with
from state.job_issues import JobIssue
from state.session_state import SessionState

# The verb that asks for the next version of a plan.
REVISE = "revise"


async def compose_prompt(context: JobContext) -> PromptComposed:
    """The prompt of a job that changes something: what a plan says that somebody approved, or what was asked."""
    approved = await approved_plan(context.services, context.ask)
    if approved is None:
        return await compose(context, to_do)
    version, path = approved.plan.version, plan_path(context.branch, approved.plan.at)
    return await compose(context, lambda ask: to_carry_out(ask, version, approved.text, path))


async def compose_request_for_a_plan(context: JobContext) -> PromptComposed:
    """The prompt of a job that makes a plan, or the next version of one."""
    earlier = [job for job in await context.services.jobs.of_session(context.session.id) if job.number < context.job.number]
    posted = plans_of(earlier)
    if context.ask.command.verb != REVISE or not posted:
        return await compose(context, to_plan)
    return await compose(context, lambda ask: to_revise(ask, posted[-1].plan.version, posted[-1].text))


async def compose_question(context: JobContext) -> PromptComposed:
    """The prompt of a job that answers and changes nothing."""
    return await compose(context, to_answer)


async def compose_threads(context: JobContext) -> PromptComposed:
    """The prompt of a job that works through review threads."""
    return await compose(context, to_work_through)


async def compose_request_for_a_review(context: JobContext) -> PromptComposed:
    """The prompt of a job that reviews a pull request, for an agent that remembers nothing."""
    pull = context.ask.target.pull
    assert pull is not None  # noqa: S101 - none is queued without
    thread, issues, memory = await context.thread(), await bring_in(context), await told_of_memory(context)
    instruction = memory.before(with_issues(issues, to_review(context.ask, pull)))
    async with await SessionState.open(context.services.database, context.session.id) as state:
        text = await prompt_for(context, thread, state, instruction, resume=False)
    return memory.noted(PromptComposed(text=text, resume=False, notes=notes_on_issues(context, issues)))


async def compose_rebase(context: JobContext) -> PromptComposed:
    """The prompt of a job that puts commits on top of the base branch."""
    chosen, at = context.found(BranchChosen), round(context.entered_at)
    return await compose(context, lambda ask: to_rebase(ask, chosen.branch, chosen.base_branch, at))


async def compose(context: JobContext, instruct: Instruct) -> PromptComposed:
    thread, resume = await context.thread(), context.found(WorkspacePrepared).remembers
    issues, memory = await bring_in(context), await told_of_memory(context)
    instruction = memory.before(with_issues(issues, instruct(context.ask)))
    async with await SessionState.open(context.services.database, context.session.id) as state:
        text = await prompt_for(context, thread, state, instruction, resume=resume)
        recalls = await recalled(context, state, resume=resume)
    notes = (*notes_on_issues(context, issues), *notes_on_silence(context.ask))
    return memory.noted(PromptComposed(text=text, resume=resume, recalls=recalls, notes=notes))


def with_issues(issues: list[JobIssue], instruction: str) -> str:
    """The instruction behind the issues of another tracker that it is about."""
    return "\n\n".join(filter(None, [material_of(issues), instruction]))


@dataclass(frozen=True)
class ToldOfMemory:
    """A part of the prompt, empty where nothing is kept, and the numbers of the entries in it."""

    text: str
    numbers: tuple[int, ...]

    def before(self, instruction: str) -> str:
        return f"{self.text}\n\n{instruction}" if self.text else instruction

    def noted(self, composed: PromptComposed) -> PromptComposed:
        """An agent that goes on with what it remembers is told nothing anew."""
        told = self if self.text in composed.text else ToldOfMemory("", ())
        return msgspec.structs.replace(composed, memory=told.text, remembered=told.numbers)


async def told_of_memory(context: JobContext) -> ToldOfMemory:
    """What the job was told first stays, whatever sandbox it goes on in."""
    before = context.latest(PromptComposed)
    if before is not None and before.memory is not None:
        return ToldOfMemory(before.memory, before.remembered)
    entries = await for_the_prompt(context)
    return ToldOfMemory(memory_text(entries, context.session.repository_id), tuple(entry.number for entry in entries))


def notes_on_silence(ask: Ask) -> tuple[str, ...]:
    """What is told people of a job that nobody has asked for just now."""
    if ask.origin.by is not By.SILENCE or ask.answered is None:
        return ()
    return (went_on_with(ask.answered.answer),)


async def recalled(context: JobContext, state: SessionState, *, resume: bool) -> Recalls:
    """What the agent knows of what was done in the session before this job."""
    jobs = await context.services.jobs.of_session(context.session.id)
    if not any(job.number < context.job.number and job.started_at is not None for job in jobs):
        return ""
    if resume:
        return "all"
    return "told" if await state.conversation(last=1) else "branch"


async def prompt_for(context: JobContext, thread: Thread, state: SessionState, instruction: str, *, resume: bool) -> str:
    """The prompt: what was asked, with the thread around it unless the agent remembers that."""
    before = context.latest(PromptComposed)
    if resume and context.was_interrupted and before is not None:
        return interrupted_prompt(before.text, context.notes)
    answered = context.ask.answered
    if answered is not None:
        if resume and await remembers_what_it_asked(context):
            return answered_prompt(context.ask, answered, context.notes)
        instruction = asked_and_answered(instruction, context.ask, answered)
    elif context.ask.resumes:
        if resume and await has_what_it_resumes(context):
            return resumed_prompt(context.ask, context.notes)
        instruction = begun_before(instruction)
    elif resume and (held := await what_is_held(context)) is not None:
        instruction = f"{instruction}\n\n{UNANSWERED if held.outcome == 'waiting' else HELD}"
    if resume:
        return next_prompt(await with_reviews(context, instruction), context.notes)
    comments = await comments_at_the_trigger(context, thread)
    notes = [*context.notes, *filter(None, [installed_note(context.found(SandboxOpened).installed)])]
    return await state.build_context_prompt(first_prompt(context.ask, instruction, comments, notes))


async def with_reviews(context: JobContext, instruction: str) -> str:
    """The instruction behind what was found in reviews since, of which the agent knows nothing."""
    earlier = [job for job in await context.services.jobs.of_session(context.session.id) if job.number < context.job.number]
    found = found_since_the_agents_last_turn(earlier)
    return f"{to_know(found)}\n\n{instruction}" if found else instruction


async def comments_at_the_trigger(context: JobContext, thread: Thread) -> list[ThreadComment]:
    """The thread's comments as they were when the job was asked for: later and edited ones, and our own, are left out."""
    if context.ask.target.comments == 0:
        return []
    found = await latest_comments(thread, context.ask.said_in)
    return [
        ThreadComment((comment.get("user") or {}).get("login", "somebody"), comment.get("body") or "")
        for comment in found
        if stood_at_the_trigger(comment["id"], comment["created_at"], comment["updated_at"], context.ask)
        and (comment.get("performed_via_github_app") or {}).get("id") != context.services.app_id
    ]


def stood_at_the_trigger(comment_id: int, created_at: str, updated_at: str, ask: Ask) -> bool:
    """Whether a comment stood there, as it is now, when the ask was made.

    Times are all of one form (ISO 8601 in UTC, whole seconds), so that text order is time order. Within the trigger's own
    second only ids tell what came before, and nothing tells when a comment was edited.
    """
    if created_at < ask.origin.at and updated_at < ask.origin.at:
        return True
    untouched = created_at == updated_at == ask.origin.at
    return untouched and ask.origin.by is By.COMMENT and comment_id < ask.origin.id


async def latest_comments(thread: Thread, number: int) -> list[dict[str, Any]]:
    """The comments, oldest first; of a long thread its last two pages. GitHub lists the oldest first and in no other order.

    https://docs.github.com/en/rest/issues/comments#list-issue-comments
    """

    async def page(which: int) -> list[dict[str, Any]]:
        query = f"?per_page={COMMENTS_A_PAGE}&page={which}"
        found: list[dict[str, Any]] = await thread.request("GET", f"/issues/{number}/comments{query}")
        return found

    first = await page(1)
    if len(first) < COMMENTS_A_PAGE:
        return first
    last = math.ceil((await thread.request("GET", f"/issues/{number}"))["comments"] / COMMENTS_A_PAGE)
    before = first if last <= 2 else await page(last - 1)
    return before + (await page(last) if last > 1 else [])
