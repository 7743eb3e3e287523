"""Keep what an agent has done that came to no end (stopped, out of time or budget, failed), or could not be pushed.

Whatever it had committed or left in files is brought out and vetted like finished work. Then a person can get it, as a patch
in the comment, or as a draft pull request when they asked to stop and keep it, and the session's next job goes on from it.
What was refused is kept for people alone. What is said to be kept is what was found to be there.
"""

from __future__ import annotations

import asyncio

import msgspec
import structlog

from github_app.domain.ending import HALF_DONE, Ending, JobOver
from github_app.domain.stop_reason import KEEPING
from github_app.github.failures import Passing, Refused
from github_app.jobs.commits import (
    BUNDLE_FILE,
    WorkRefused,
    changes_of,
    collected_before,
    collected_commits,
    head_of,
    push_commits,
    vetted_commits,
)
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_of, with_half_done
from github_app.jobs.kept_for_people import Work, as_patch_first, keep_bundle, on_a_branch_first, patch_between
from github_app.jobs.reporting.session_pull import open_or_update_pull
from github_app.jobs.results import (
    BranchChosen,
    CommitsCollected,
    CommitsPushed,
    HalfDoneKept,
    LeftForTheNext,
    PromptComposed,
    WorkspacePrepared,
)
from github_app.jobs.saved_commits import forget_saved_commits, save_commits, saved_commits
from github_app.publish.vet.vetting import Refused as NotToBePushed
from github_app.publish.vet.vetting import Vetted
from github_app.replies import half_done
from github_app.text.neutral import neutralise_block
from sandbox.protocol import SandboxError

log = structlog.get_logger()


async def keep_half_done(context: JobContext) -> HalfDoneKept:
    ending = context.ending
    if ending is None or not is_half_done(context, ending):
        return HalfDoneKept()
    try:
        if not await brought_out(context):
            return HalfDoneKept()
        if ending.outcome == "waiting":  # nobody is to read it yet: whoever goes on with it has it checked
            return HalfDoneKept(left=await leave_for_the_next_job(context))
        vetted = await vetted_commits(context, not_after=not_after(context))
        if ending.outcome == "refused":
            return await not_taken(context, vetted)
        if context.found(BranchChosen).onto_base:  # no job can go on from it: it does not build on the session's branch
            return await as_patch_first(context, Work(vetted, vetted)) or HalfDoneKept()
    except WorkRefused as over:
        return await refused_for_its_paths(context, over.refused) or said_of(context, ending, over)
    except JobOver as over:
        return said_of(context, ending, over)
    except (Passing, Refused) as problem:
        # The last words don't wait for what can be checked with the next job.
        log.warning("half-done work could not be checked", problem=str(problem))
        return HalfDoneKept(kept=half_done.unchecked(), left=await leave_for_the_next_job(context))
    if ending.outcome == "stopped" and context.job.stop_why in KEEPING and not context.on_a_persons_pull:
        return await as_a_pull_request(context, ending, vetted)
    patch = neutralise_block(
        await patch_between(vetted.repository, context.found(WorkspacePrepared).start_sha, vetted.head_sha)
    )
    left = await leave_for_the_next_job(context)
    await keep_bundle(context, vetted)
    told = half_done.unpublished(vetted.commits, len(vetted.changes.files), shown=bool(patch))
    return HalfDoneKept(kept=told, patch=patch, changes=changes_of(vetted), left=left)


def said_of(context: JobContext, ending: Ending, over: JobOver) -> HalfDoneKept:
    """Of work that can't be shown there is nothing to keep, but why, unless that was said."""
    said = over.ending.outcome == "no_change" or over.ending.happened == ending.happened
    if context.found(BranchChosen).onto_base and over.ending.outcome == "failed":
        return HalfDoneKept(kept=over.ending.kept)
    return HalfDoneKept(kept="" if said else half_done.unfit(over.ending.happened))


async def refused_for_its_paths(context: JobContext, refused: NotToBePushed) -> HalfDoneKept | None:
    """None where there is more against it than that a person has to do it."""
    if refused.whole is None:
        return None
    return await as_patch_first(context, Work(refused.whole, refused.rest, refused=len(refused.reasons)))


async def not_taken(context: JobContext, vetted: Vetted) -> HalfDoneKept:
    """GitHub did not take what may be pushed: somebody moved the branch, deleted its base, or a rule is against it."""
    prepared, base = context.found(WorkspacePrepared), context.session.base_branch
    moved = await head_of(context) != (None if prepared.branch_is_new else prepared.start_sha)
    moved = moved or (prepared.branch_is_new and base is not None and await head_of(context, base) is None)
    work = Work(vetted, vetted)
    return await (on_a_branch_first if moved else as_patch_first)(context, work) or HalfDoneKept()


def is_half_done(context: JobContext, ending: Ending) -> bool:
    """Whether the agent had begun, and what it did was not published."""
    begun = context.latest(WorkspacePrepared) is not None and context.latest(PromptComposed) is not None
    not_published = ending.outcome == "refused" and context.latest(CommitsCollected) is not None
    return begun and (ending.outcome in HALF_DONE or not_published) and context.latest(CommitsPushed) is None


def not_after(context: JobContext) -> int:
    """The same each time: when its commits were collected, or else when this step began."""
    collected = context.latest(CommitsCollected)
    return collected.collected_at if collected is not None else round(context.entered_at)


async def brought_out(context: JobContext) -> bool:
    """Whether the agent's commits are here, in the job's folder: from its sandbox, else what was saved while it worked."""
    bundle = context.folder / BUNDLE_FILE
    if await collected_before(context):
        return True
    try:
        if context.sandbox_id is not None:
            await collected_commits(context, await context.sandbox())
            return True
    except SandboxError as problem:
        log.warning("half-done work could not be collected", problem=str(problem))
    saved = await saved_commits(context) if context.found(BranchChosen).is_saved_meanwhile else None
    if saved is None:
        return False
    await asyncio.to_thread(saved.replace, bundle)
    return True


async def as_a_pull_request(context: JobContext, ending: Ending, vetted: Vetted) -> HalfDoneKept:
    """A draft that says that it is half-way."""
    changes = changes_of(vetted)
    try:
        sha = await push_commits(context, vetted.head_sha, not_after=not_after(context))
    except (JobOver, Passing, Refused) as problem:
        log.warning("half-done work could not be pushed", problem=str(problem))
        left = await leave_for_the_next_job(context)
        return HalfDoneKept(kept=half_done.not_pushed(), changes=changes, left=left)
    await context.services.jobs.update(context.job.id, head_sha=sha)
    await forget_saved_commits(context)
    kept = HalfDoneKept(changes=changes, pushed_sha=sha)
    shown = await open_or_update_pull(context, ending, with_half_done(report_of(context.results), kept))
    number = shown.number
    await context.services.sessions.update(context.session.id, pull_number=number)
    return msgspec.structs.replace(kept, kept=half_done.on_a_pull_request(number))


async def leave_for_the_next_job(context: JobContext) -> LeftForTheNext:
    """Save the commits, and where they began, for the session's next job to go on from."""
    await save_commits(context, context.folder / BUNDLE_FILE)
    prepared = context.found(WorkspacePrepared)
    return LeftForTheNext(prepared.start_sha, prepared.branch_is_new)
