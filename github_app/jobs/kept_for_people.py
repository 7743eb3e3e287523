"""Work that may not be published where it was meant for, put where a person can take it: as a patch in a comment, on a branch
of its own, or with whoever runs Harvest. What is said to be somewhere was put there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import msgspec
import structlog

from github_app.domain.ending import JobOver
from github_app.github.failures import Passing
from github_app.github.failures import Refused as GitHubRefused
from github_app.jobs.commits import built_on, changes_of, head_of, push_on_a_branch_of_its_own, title_of
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen, CommitsPushed, Ground, HalfDoneKept
from github_app.publish.push import OWN_BRANCHES
from github_app.publish.vet.clean_git import CleanGit, GitFailed, GitSaidTooMuch
from github_app.publish.vet.vetting import Vetted
from github_app.replies import kept_work
from github_app.replies.kept_work import Place
from github_app.replies.pull_request import title_of as shown_title
from github_app.text.neutral import neutralise_block
from sandbox.bundle import BUNDLE_REF
from state.artifacts import ArtifactsAway, ArtifactTooLarge

log = structlog.get_logger()

# Where bundles are kept for people, under the job's id.
KEPT = "kept/"

# What fits into a comment beside the rest of it, and what a person may still want to read.
MAX_PATCH_BYTES = 30_000


@dataclass(frozen=True)
class Work:
    """`whole` is all of it. Where a part of it may be pushed to no branch, `rest` is what may, None if that is nothing, and
    `refused` counts the files that may not."""

    whole: Vetted
    rest: Vetted | None
    refused: int = 0

    @property
    def told(self) -> str:
        return kept_work.told_of(self.whole.commits, len(self.whole.changes.files))


async def as_patch_first(context: JobContext, work: Work) -> HalfDoneKept | None:
    """For work that is refused where it is: to be read in the comment if it is small enough. None where it can be kept
    nowhere."""
    kept = await with_the_operator(context, work)
    return await as_patch(context, work) or await on_a_branch(context, work, kept) or kept


async def on_a_branch_first(context: JobContext, work: Work) -> HalfDoneKept | None:
    """For work whose branch somebody moved."""
    kept = await with_the_operator(context, work)
    return await on_a_branch(context, work, kept) or await as_patch(context, work) or kept


async def as_patch(context: JobContext, work: Work) -> HalfDoneKept | None:
    patch = await exact_patch(work.whole.repository, built_on(context), work.whole.head_sha)
    if not patch:
        return None
    steps = kept_work.take_patch(place_of(context))
    return HalfDoneKept(kept=kept_work.as_patch(work.told), patch=patch, steps=steps, changes=changes_of(work.whole))


async def on_a_branch(context: JobContext, work: Work, all_of_it: HalfDoneKept | None) -> HalfDoneKept | None:
    """`all_of_it` is where the operator has it, if so."""
    pushed, branch = work.rest, f"{OWN_BRANCHES}{context.ask.target.thread}-kept-{context.job.id[:8]}"
    try:
        if pushed is None or not await push_on_a_branch_of_its_own(context, pushed, branch):
            return None
    except (JobOver, Passing, GitHubRefused, GitFailed) as problem:
        log.warning("refused work could not be put on a branch of its own", problem=str(problem))
        return None
    default, place = context.ask.target.repository.default_branch, place_of(context)
    now = await head_of(context, place.branch)
    place = replace(place, gone=now is None)
    if place.instead_of and now not in (None, place.instead_of):
        place = replace(place, there=False, now=now or "")
    base = default if place.gone else context.session.base_branch or default
    url = context.services.web_url(context.session.repository, "compare", f"{quote(base)}...{quote(branch)}?expand=1")
    told = kept_work.told_of(pushed.commits, len(pushed.changes.files))
    kept = HalfDoneKept(kept=kept_work.on_a_branch(told, branch, url), changes=changes_of(pushed))
    if not work.refused:
        merges = await CleanGit(pushed.repository).run("rev-list", "--merges", f"{place.start}..{pushed.head_sha}")
        steps = kept_work.take_branch(branch, pushed.head_sha, place, merges=bool(merges.stdout))
        return msgspec.structs.replace(kept, steps=steps)
    patch = await exact_patch(work.whole.repository, pushed.head_sha, work.whole.head_sha)
    missing = kept_work.but_for(work.refused, as_patch=bool(patch))
    steps = kept_work.take_rest_and_patch(branch, place) if patch else ""
    kept = msgspec.structs.replace(kept, kept=f"{kept.kept} {missing}", patch=patch, steps=steps)
    if not patch and all_of_it is not None:
        return msgspec.structs.replace(kept, kept=f"{kept.kept} {all_of_it.kept}", steps=all_of_it.steps)
    return kept


async def with_the_operator(context: JobContext, work: Work) -> HalfDoneKept | None:
    if not await keep_bundle(context, work.whole):
        return None
    days = context.services.settings.keep_snapshots_days
    told = kept_work.with_the_operator(work.told, context.job.id, days)
    return HalfDoneKept(kept=told, steps=kept_work.take_bundle(BUNDLE_REF, place_of(context)), changes=changes_of(work.whole))


async def keep_bundle(context: JobContext, work: Vetted) -> bool:
    """Keep it where an operator gets it, and from where it can be published once it may be; gives whether it is there."""
    git, file = CleanGit(work.repository), context.folder / kept_work.BUNDLE_FILE
    try:
        await git.run("update-ref", "--no-deref", BUNDLE_REF, work.head_sha)
        await git.run("bundle", "create", "--quiet", str(file), BUNDLE_REF, f"^{built_on(context)}")
        await context.services.artifacts.put(kept_key(context.job.id), file)
    except (ArtifactsAway, ArtifactTooLarge, GitFailed, OSError) as problem:
        log.warning("work that was not published could not be kept", problem=str(problem))
        return False
    finally:
        await asyncio.to_thread(file.unlink, missing_ok=True)
    return True


async def last_kept(context: JobContext) -> JobContext | None:
    """The last job of the session before this one whose work was kept, if nothing was pushed since; None without one."""
    for job in reversed(await context.services.jobs.of_session(context.session.id)):
        if job.number >= context.job.number:
            continue
        before = await JobContext.load(context.services, job.id)
        kept = before.latest(HalfDoneKept)
        if before.latest(CommitsPushed) is not None or (kept is not None and kept.pushed_sha):
            return None
        if kept is not None and kept.changes is not None:
            return before
    return None


def kept_key(job_id: str) -> str:
    return f"{KEPT}{job_id}.bundle"


def place_of(context: JobContext) -> Place:
    ground, chosen, session = context.found(Ground), context.found(BranchChosen), context.session
    base = session.base_branch or context.ask.target.repository.default_branch
    start_is_on = chosen.starts_at if ground.branch_is_new else ""
    return Place(
        branch=base if ground.branch_is_new else context.branch,
        start=built_on(context),
        there=not ground.branch_is_new,
        mine=f"harvest-{context.job.id[:8]}",
        title=shown_title(title_of(context), ""),
        start_is_on=chosen.base_branch if chosen.onto_base else start_is_on,
        instead_of=ground.start_sha if chosen.onto_base else "",
    )


async def exact_patch(repository: Path, before: str, after: str) -> str:
    """What was changed between two commits, as `git apply` takes it; empty where it is too large to be read in a comment, or
    would not be the same any more with all that could act there made harmless."""
    made = await patch_between(repository, before, after)
    return made if made and "\r" not in made and neutralise_block(made) == made else ""


async def patch_between(repository: Path, before: str, after: str) -> str:
    """Empty when it is too large to be read in a comment, or is in no encoding that can stand there."""
    options = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--binary")
    try:
        made = await CleanGit(repository).run("diff", *options, before, after, max_bytes=MAX_PATCH_BYTES)
        return made.stdout.decode("utf-8")
    except (GitSaidTooMuch, UnicodeDecodeError):
        return ""
    except GitFailed as problem:
        log.warning("no patch of the work", problem=str(problem))
        return ""
