"""What becomes of an agent's work that came to no end (stopped, out of time or budget, failed) or could not be pushed.

Whatever it had committed or left in files is brought out and vetted like finished work. Then a person can get it, as a patch
in the comment, or as a draft pull request when they asked to stop and keep it, and the session's next job goes on from it.
What is said to be kept is what was found to be there.
"""

from __future__ import annotations

import asyncio
import shutil
import time

import msgspec
import structlog

from github_app.commands.grammar import STOP_AND_KEEP
from github_app.domain.ending import Ending, JobOver
from github_app.github.failures import Passing, Refused
from github_app.jobs.context import JobContext
from github_app.jobs.reporting.session_pull import open_or_update_pull
from github_app.jobs.steps.collect import BUNDLE_FILE, collect_from
from github_app.jobs.steps.publish import push_commits
from github_app.jobs.steps.vet import vetted_commits
from github_app.publish.vet.clean_git import CleanGit, GitFailed, GitSaidTooMuch
from github_app.publish.vet.vetting import Vetted
from github_app.replies import wording
from github_app.text.neutral import neutralise_block
from sandbox.protocol import SandboxError

log = structlog.get_logger()

HALF_DONE = frozenset({"stopped", "failed", "timed_out"})

# What fits into a comment beside the rest of it, and what a person may still want to read.
MAX_PATCH_BYTES = 30_000

# Why a job was stopped, when its work so far is to become a draft pull request. The check run's button says that it does.
KEEP = frozenset({"button", STOP_AND_KEEP})


async def keep_half_done(context: JobContext, ending: Ending) -> Ending:
    """The ending with a true word on what is kept. Repeating it keeps the same."""
    detail = context.job.detail
    begun = "start_sha" in detail and "prompt" in detail
    not_taken = ending.outcome == "refused" and "vetted_sha" in detail
    published = "pushed_sha" in detail and not detail.get("half_way")
    if not (ending.outcome in HALF_DONE or not_taken) or not begun or published:
        return ending
    if "half_done" not in detail:
        await context.remember(half_done=await kept_of(context, ending))
    return msgspec.structs.replace(
        ending, kept=(await JobContext.load(context.services, context.job.id)).job.detail["half_done"]
    )


async def kept_of(context: JobContext, ending: Ending) -> str:
    """Keep what there is; a sentence on it, empty when there is nothing."""
    try:
        if not await brought_out(context):
            return ""
        vetted = await vetted_commits(await JobContext.load(context.services, context.job.id))
    except JobOver as over:
        said = over.ending.outcome == "no_change" or over.ending.happened == ending.happened
        return "" if said else wording.half_done_unfit(over.ending.happened)
    except (Passing, Refused) as problem:
        # The last words don't wait for what can be checked with the next job.
        log.warning("half-done work could not be checked", problem=str(problem))
        await leave_for_the_next_job(context)
        return wording.half_done_unchecked()
    card = context.card.with_changes(vetted.files, vetted.insertions, vetted.deletions, vetted.commits)
    await context.remember(vetted_sha=vetted.head_sha, card=card.to_json())
    if ending.outcome == "stopped" and context.job.stop_why in KEEP and not context.on_a_persons_pull:
        return await as_a_pull_request(context)
    patch = await patch_of(context, vetted)
    await context.remember(patch=patch)
    goes_on = ending.outcome in HALF_DONE
    if goes_on:
        await leave_for_the_next_job(context)
    return wording.half_done(vetted.commits, len(vetted.files), shown=bool(patch), goes_on=goes_on)


async def brought_out(context: JobContext) -> bool:
    """Whether the agent's commits are here, in the job's folder: from its sandbox, else what was saved while it worked."""
    bundle = context.folder / BUNDLE_FILE
    if "collected_at" not in context.job.detail:
        await context.remember(collected_at=round(time.time()))
    if await asyncio.to_thread(bundle.exists):
        return True
    try:
        if context.job.sandbox_id is not None:
            await collect_from(context, await context.sandbox())
            return True
    except SandboxError as problem:
        log.warning("half-done work could not be collected", problem=str(problem))
    if not await asyncio.to_thread(context.saved_commits.exists):
        return False
    await asyncio.to_thread(context.folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(shutil.copyfile, context.saved_commits, bundle)
    return True


async def as_a_pull_request(context: JobContext) -> str:
    """A draft that says that it is half-way."""
    context = await JobContext.load(context.services, context.job.id, first_try=False)
    try:
        sha = await push_commits(context)
    except (JobOver, Passing, Refused) as problem:
        log.warning("half-done work could not be pushed", problem=str(problem))
        await leave_for_the_next_job(context)
        return wording.half_done_not_pushed()
    await context.remember(pushed_sha=sha, half_way=True)
    await context.services.jobs.update(context.job.id, head_sha=sha)
    await asyncio.to_thread(context.saved_commits.unlink, missing_ok=True)
    context = await JobContext.load(context.services, context.job.id, first_try=False)
    number = await open_or_update_pull(context, await context.thread())
    await context.services.sessions.update(context.session.id, pull_number=number)
    return wording.half_done_on(number)


async def leave_for_the_next_job(context: JobContext) -> None:
    """Save the commits, and where they began, for the session's next job to go on from."""
    await asyncio.to_thread(context.saved_commits.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    partial = context.saved_commits.with_suffix(".part")
    await asyncio.to_thread(shutil.copyfile, context.folder / BUNDLE_FILE, partial)
    await asyncio.to_thread(partial.replace, context.saved_commits)
    detail = context.job.detail
    await context.remember(left={"start_sha": detail["start_sha"], "branch_is_new": detail["branch_is_new"]})


async def patch_of(context: JobContext, vetted: Vetted) -> str:
    """What the commits change, as `git apply` takes it, with nothing in it that a text on GitHub could do; empty when it is
    too large to be read in a comment."""
    options = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--binary")
    git = CleanGit(vetted.repository)
    try:
        made = await git.run("diff", *options, context.job.detail["start_sha"], vetted.head_sha, max_bytes=MAX_PATCH_BYTES)
    except GitSaidTooMuch:
        return ""
    except GitFailed as problem:
        log.warning("no patch of half-done work", problem=str(problem))
        return ""
    return neutralise_block(made.stdout.decode("utf-8", "replace"))
