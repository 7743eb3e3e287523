"""The agent's commits on their way out: brought out of the sandbox as one bundle, and checked in a clean repository.

More than one step needs them. The bundle is kept among the artifacts; what else a step before has done is found again on this
machine, and where it is not (another machine did it, or the disk is gone) it is done again, with the same result.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from github_app.domain.ask import Account
from github_app.domain.ending import JobOver
from github_app.github.failures import Passing
from github_app.github.failures import Refused as GitHubRefused
from github_app.github.identity import in_commits
from github_app.github.maintainers import maintainers_of
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_in
from github_app.jobs.results import (
    AgentRan,
    BranchChosen,
    Changed,
    CommitsVetted,
    Ground,
    KeptWorkFound,
    LastPushFound,
    PullRequestShown,
    WorkspacePrepared,
)
from github_app.jobs.workspace import RETRY_SECONDS, try_again_if_it_passes
from github_app.publish.push import BaseGone, Moved, Pushed, PushRefused, Unreachable, push, push_beside
from github_app.publish.vet.authorship import CoAuthors
from github_app.publish.vet.clean_git import GitFailed, Remote
from github_app.publish.vet.rules import Policy
from github_app.publish.vet.vetting import Refused, VetSpec, Vetted
from github_app.publish.vet.vetting import vet as vet_bundle
from github_app.replies import endings
from sandbox.bundle import CollectError, WorkTooLarge
from sandbox.collect import Collected, CollectSpec, NoChange, NotOnTop
from sandbox.collect import collect as bring_out
from sandbox.protocol import Sandbox
from sandbox.workspace_failure import WorkspaceError
from state.holding import must_be_ours

# Where bundles are kept, under the job's id, until the job is over.
COLLECTED = "collected/"
BUNDLE_FILE = "collected.bundle"
VETTED_FOLDER = "vetted.git"


async def collected_commits(context: JobContext, sandbox: Sandbox) -> Collected:
    """Write the bundle into the job's folder. Raises JobOver when there is nothing to publish."""
    prepared, chosen = context.found(WorkspacePrepared), context.found(BranchChosen)
    context.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    spec = CollectSpec(
        branch=context.branch,
        start_sha=prepared.start_sha,
        base_sha=prepared.base_sha,
        message=f"{title_of(context)}\n",
        onto_base=chosen.onto_base,
    )
    await must_be_ours()
    try:
        collected = await bring_out(sandbox, spec, context.folder / BUNDLE_FILE)
        if isinstance(collected, Collected):
            await context.services.artifacts.put(collected_key(context), collected.bundle)
    except CollectError as problem:
        # What is too large, and what the agent did to its repository, is nothing that an operator can mend.
        raise JobOver.of(endings.not_brought_out(str(problem), in_the_sandbox=isinstance(problem, WorkTooLarge))) from problem
    except OSError as problem:
        raise Passing("write the bundle", f"the state directory can't be written ({problem.strerror})", 30) from problem
    if isinstance(collected, NotOnTop):
        raise JobOver.of(endings.not_rebased(chosen.base_branch))
    if isinstance(collected, NoChange) and chosen.onto_base:
        raise JobOver.of(endings.nothing_left_to_rebase(chosen.branch, chosen.base_branch))
    if isinstance(collected, NoChange):
        raise JobOver.of(endings.nothing_changed(collected.notes))
    return collected


async def collected_before(context: JobContext) -> bool:
    """Whether the job's commits were collected before: then they are in its folder now, whichever machine did it."""
    bundle = context.folder / BUNDLE_FILE
    return await asyncio.to_thread(bundle.exists) or await context.services.artifacts.get(collected_key(context), bundle)


async def forget_collected(context: JobContext) -> None:
    """The job is over."""
    await context.services.artifacts.delete(collected_key(context))


def title_of(context: JobContext) -> str:
    """What the job's work is called."""
    ran = ran_for(context)
    return (ran.title if ran is not None else "") or context.ask.target.title


def ran_for(context: JobContext) -> AgentRan | None:
    """The run of the agent that made the commits."""
    kept = context.latest(KeptWorkFound)
    return context.latest(AgentRan) if kept is None else kept.ran


def collected_key(context: JobContext) -> str:
    return f"{COLLECTED}{context.job.id}.bundle"


def built_on(context: JobContext) -> str:
    """The commit that the job's own commits follow."""
    ground = context.found(Ground)
    return ground.base_sha if context.found(BranchChosen).onto_base else ground.start_sha


class WorkRefused(JobOver):
    """The commits may not be pushed. `refused` has the reasons, and what of the work people can be given all the same;
    `advice` is a better one than to ask for it without that."""

    def __init__(self, refused: Refused, advice: str = "") -> None:
        super().__init__(endings.not_fit([reason.sentence for reason in refused.reasons], advice))
        self.refused = refused


async def vetted_commits(context: JobContext, *, not_after: int) -> Vetted:
    """The commits that may be pushed; the same ones each time. None may be younger than `not_after`, in seconds since the
    epoch. Raises WorkRefused when they may not be pushed, JobOver when they can't be looked at."""
    services, session = context.services, context.session
    prepared = context.found(Ground)
    bundle = context.folder / BUNDLE_FILE
    if not await collected_before(context):
        await collected_commits(context, await context.sandbox())
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    spec = VetSpec(
        folder=context.folder / VETTED_FOLDER,
        remote=Remote(context.remote_url, token.value),
        bundle=bundle,
        start_sha=built_on(context),
        base_sha=prepared.base_sha,
        base_branch=session.base_branch or context.ask.target.repository.default_branch,
        identity=await services.identity.git(),
        co_authors=CoAuthors(model_of(context), in_commits(asker_of(context))),
        title=title_of(context),
        not_after=not_after,
        known_secrets=[token.value, *context.agents_secrets],
        start_is_on_no_branch=bool(context.found(BranchChosen).starts_at) and prepared.branch_is_new,
        policy=Policy(context.allows_workflows, context.repository_settings.protected_paths),
        left_base_there=await left_base_at(context) == prepared.base_sha,
    )
    try:
        found = await vet_bundle(spec)
    except WorkspaceError as problem:
        try_again_if_it_passes(context, problem)
        raise JobOver.of(endings.no_workspace(f"{problem}.")) from problem
    except GitFailed as problem:
        raise JobOver.of(endings.not_checked(str(problem))) from problem
    if isinstance(found, Refused):
        raise WorkRefused(found, await how_to_publish(context, found))
    return found


async def how_to_publish(context: JobContext, refused: Refused) -> str:
    """Who can have work published that is refused for its workflow files alone; empty where nobody can."""
    workflows = all(reason.rule == "workflow" for reason in refused.reasons)
    if not (workflows and refused.whole is not None and context.repository_settings.allow_workflows):
        return ""
    thread = await context.thread()
    who_can = await maintainers_of(thread.github, thread.token, thread.repository, context.job.id)
    verb = "undo" if context.latest(LastPushFound) is not None else "publish"
    return endings.can_be_published(who_can, f"{context.services.command_in(context.session.repository_id)} {verb}")


def asker_of(context: JobContext) -> Account:
    """Who asked for what the commits have; not who had it published."""
    kept = context.latest(KeptWorkFound)
    return context.ask.actor if kept is None else kept.asked_by


async def left_base_at(context: JobContext) -> str:
    """The commit of the base branch at which the job's branch begins; empty where that is not known without asking GitHub:
    where others have pushed to the branch, it was put on another base, or none of this session's jobs began it."""
    ground = context.found(Ground)
    chosen = context.found(BranchChosen)
    if chosen.onto_base or chosen.starts_at:
        return ""
    if ground.branch_is_new:
        return ground.base_sha
    for job in reversed(await context.services.jobs.of_session(context.session.id)):
        if job.number < context.job.number and report_in(job).pushed_sha == ground.start_sha:
            shown = (await JobContext.load(context.services, job.id)).latest(PullRequestShown)
            return shown.left_base_at if shown is not None else ""
    return ""


def model_of(context: JobContext) -> str | None:
    """The model that wrote the commits; None where Harvest itself did."""
    if context.latest(LastPushFound) is not None:
        return None
    ran = ran_for(context)
    return (ran.model if ran is not None else "") or context.model


def changes_of(vetted: Vetted) -> CommitsVetted:
    """What was vetted, as it is told and kept."""
    return CommitsVetted(
        head_sha=vetted.head_sha,
        files=vetted.changes.files,
        insertions=vetted.changes.insertions,
        deletions=vetted.changes.deletions,
        commits=vetted.commits,
        whole=None if vetted.whole is None else Changed(vetted.whole.files, vetted.whole.insertions, vetted.whole.deletions),
        tree=vetted.tree,
    )


async def push_commits(context: JobContext, sha: str, *, not_after: int) -> str:
    """Push the vetted commits, of which `sha` is the last one; gives its id. The token for it is made now, after the agent has
    ended, and used for this alone."""
    services, session, prepared = context.services, context.session, context.found(Ground)
    repository = context.folder / VETTED_FOLDER
    if not await asyncio.to_thread(repository.exists):
        if await head_of(context) == sha:
            return sha
        sha = (await vetted_commits(context, not_after=not_after)).head_sha
    purpose = Purpose.PUSH_WORKFLOWS if context.allows_workflows else Purpose.PUSH
    token = await services.tokens.get(session.installation_id, session.repository_id, purpose)
    expected = None if prepared.branch_is_new else prepared.start_sha
    await services.jobs.update(context.job.id, pushed_sha=sha)  # before anybody hears of it
    base = None if context.on_a_persons_pull else session.base_branch
    match await push(repository, Remote(context.remote_url, token.value), sha, context.branch, expected, base=base):
        case Pushed():
            return sha
        case BaseGone():
            raise JobOver.of(endings.base_gone(base or ""))
        case Moved(sentence):
            raise JobOver.of(endings.not_pushed(sentence))
        case PushRefused(_, sentence):
            raise JobOver.of(endings.push_refused(sentence))
        case Unreachable(sentence):
            raise Passing("git push", sentence, RETRY_SECONDS)


async def push_on_a_branch_of_its_own(context: JobContext, work: Vetted, branch: str) -> bool:
    """Push vetted commits to a branch of their own, which no one else has; gives whether they are there."""
    services, session = context.services, context.session
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.PUSH)
    remote = Remote(context.remote_url, token.value)
    match await push_beside(work.repository, remote, work.head_sha, branch, built_on(context)):
        case Pushed():
            return True
        case Unreachable(sentence):
            raise Passing("git push", sentence, RETRY_SECONDS)
        case _:
            return False


async def head_of(context: JobContext, branch: str | None = None) -> str | None:
    """Where the branch, by default the job's, is on GitHub; None when there is none.

    https://docs.github.com/en/rest/branches/branches#get-a-branch
    """
    session = context.session
    token = await context.services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    path = f"{repository_path(session.repository)}/branches/{quote(branch or context.branch, safe='')}"
    try:
        found = await context.services.github.with_token(token.value, "GET", path, job_id=context.job.id)
    except GitHubRefused as problem:
        if problem.status != 404:
            raise
        return None
    return str(found["commit"]["sha"])
