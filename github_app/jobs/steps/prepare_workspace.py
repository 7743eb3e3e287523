"""Prepare the workspace: a home of Harvest's making, credentials that can only read, the clone on the session's branch, the
way to what is allowed on the network, and the agent's rules.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import replace
from pathlib import Path

import structlog

from github_app.domain import pull_request_template as template
from github_app.domain.ending import JobOver
from github_app.github.tokens import Purpose
from github_app.jobs.agent.planning import AUTO
from github_app.jobs.agent.prompt import RULES_FILE, rules_for_the_agent
from github_app.jobs.agent.run_to_the_end import end_all_processes
from github_app.jobs.agent.start import start_to_wait
from github_app.jobs.agent.task import AgentRun, FirstRun, of_a_planner, of_a_reviewer, of_a_worker
from github_app.jobs.agent.waiting import put_to_work
from github_app.jobs.context import JobContext
from github_app.jobs.job_report import report_in
from github_app.jobs.open_network import open_the_network
from github_app.jobs.plan_file import put_plan_file
from github_app.jobs.plans import approved_plan, moved_since
from github_app.jobs.results import BranchChosen, HalfDoneKept, SandboxOpened, WorkspacePrepared
from github_app.jobs.saved_commits import saved_commits
from github_app.jobs.workspace import try_again_if_it_passes
from github_app.replies import endings, half_done, wording
from github_app.settings.old_file import OLD_FILE, read_old_file
from sandbox import run_start
from sandbox.conversation import can_resume, make_home
from sandbox.git import InvalidBranchName
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.saved_commits import keep_commits
from sandbox.workspace import GoingOn, HalfDone, WorkspaceReady, WorkspaceSpec, prepare
from sandbox.workspace_failure import WorkspaceError

log = structlog.get_logger()


async def prepare_workspace(context: JobContext) -> WorkspacePrepared:
    return await prepare_for(context, of_a_worker)


async def prepare_workspace_of_a_planner(context: JobContext) -> WorkspacePrepared:
    return await prepare_for(context, of_a_planner)


async def prepare_workspace_of_a_reviewer(context: JobContext) -> WorkspacePrepared:
    return await prepare_for(context, of_a_reviewer)


async def prepare_for(context: JobContext, first_run: FirstRun) -> WorkspacePrepared:
    """The agent is started meanwhile, as soon as nothing that an earlier one left configures git in the repository."""
    services, session, repository = context.services, context.session, context.ask.target.repository
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    target = context.found(BranchChosen)
    base_branch = target.base_branch
    # On top of another pull request of ours an agent would make the rules for the next one.
    written_by_agents = await services.sessions.work_on(session.repository_id, base_branch)
    before = await prepared_before(context)
    spec = WorkspaceSpec(
        remote_url=context.remote_url,
        base_branch=base_branch,
        rules_branch=repository.default_branch if written_by_agents else base_branch,
        base_files=(*context.repository_settings.instructions, OLD_FILE, *(() if target.to_read else template.PATHS)),
        branch=target.branch,
        read_token=token.value,
        identity=await services.identity.git(),
        branch_must_exist=target.must_exist,
        starts_at=target.starts_at,
        reported_kib=repository.size_kb,
        going_on=await going_on(context),
        half_done=await half_done_before(context),
        hidden=before.found(WorkspacePrepared).hidden if before is not None else "",
    )
    sandbox = await context.sandbox()
    agent, remembers = await at_home(context, sandbox, first_run)
    if agent.waited_for_the_job and context.first_try and before is not None:
        spec = replace(spec, is_open=of_the_same_branches(before.found(BranchChosen), target))
    try:
        ready = await prepare(sandbox, spec, lambda may_start: have_it_wait(context, sandbox, agent, may_start))
    except InvalidBranchName as problem:
        raise JobOver.of(endings.no_workspace(str(problem))) from problem
    except WorkspaceError as problem:
        try_again_if_it_passes(context, problem)
        raise JobOver.of(endings.no_workspace(f"{problem}.")) from problem
    if spec.going_on is None:
        await must_be_the_pinned_head(context, target, ready)
        await must_be_what_was_approved(context, ready)
    settings = context.repository_settings
    old, said_of_it = read_old_file(ready.base_files.get(OLD_FILE), is_new=context.job.settings is not None)
    egress, problems = await open_the_network(sandbox, context.narrowed.egress, settings.egress.allow or old.allow)
    problems += said_of_it
    project_rules = {path: ready.base_files[path] for path in settings.instructions if path in ready.base_files}
    to_fill_in = template.template_in(ready.base_files)
    rules = rules_for_the_agent(
        session.repository, spec.branch, project_rules, settings, to_fill_in, workflows=context.allows_workflows
    )
    await sandbox.write_file(f"{sandbox.paths.control}/{RULES_FILE}", rules.encode(), mode=0o644)
    await put_plan_file(context, sandbox)
    if not (target.to_read and target.starts_at):  # that one is a name for the sandbox alone
        await services.sessions.update(session.id, branch=spec.branch, base_branch=spec.base_branch)
    if written_by_agents and base_branch != repository.default_branch:
        problems.append(wording.rules_of_the_default_branch(base_branch, repository.default_branch))
    # What the job began from stays, whatever sandbox it goes on in.
    begun = context.latest(WorkspacePrepared) if spec.going_on is not None else None
    said_of_what_was_left, put_aside = await left_behind(context, sandbox, spec.going_on, ready)
    return WorkspacePrepared(
        start_sha=ready.head_sha if begun is None else begun.start_sha,
        base_sha=ready.base_sha,
        branch_is_new=ready.branch_is_new if begun is None else begun.branch_is_new,
        egress=egress.hosts,
        prepared_at=time.time(),
        remembers=remembers,
        hidden=ready.hidden,
        template=to_fill_in,
        put_aside=put_aside,
        notes=(*ready.notes, *problems, *said_of_what_was_left),
    )


async def at_home(context: JobContext, sandbox: Sandbox, first_run: FirstRun) -> tuple[AgentRun, bool]:
    """The agent's run, and whether the conversation is in its home. The home of one that is there already stays as it is."""
    agent = first_run(context, True)
    if agent.waited_for_the_job:
        return agent, True
    if not context.first_try and await run_start.standing(sandbox, agent.id) != "new":
        remembers = await can_resume(sandbox)
    else:
        if context.found(SandboxOpened).waiting is not None:  # an agent of another kind than the job's
            await end_all_processes(sandbox)
        remembers = await make_home(sandbox, context.session.agent_session_id)
    return first_run(context, remembers), remembers


async def have_it_wait(context: JobContext, sandbox: Sandbox, agent: AgentRun, may_start: asyncio.Event) -> None:
    """Have an agent there that waits to be told what to do."""
    waiting = context.found(SandboxOpened).waiting
    if agent.waited_for_the_job and waiting is not None:
        await put_to_work(context, sandbox, agent, waiting)
    else:
        await start_to_wait(context, sandbox, agent, may_start)


async def going_on(context: JobContext) -> GoingOn | None:
    """Where the job's work stands when it goes on after a lost sandbox; None when it begins here."""
    prepared = context.latest(WorkspacePrepared)
    if not context.lost or prepared is None:
        return None
    left = context.lost[-1].snapshot
    bundle = await saved_commits(context) if context.found(BranchChosen).is_saved_meanwhile else None
    if bundle is not None and await digest_of(bundle) == prepared.put_aside:
        bundle = None  # this job has saved none yet: these are put aside here too
    return GoingOn(
        start_sha=prepared.start_sha,
        base_sha=prepared.base_sha,
        in_place=left is not None and context.found(SandboxOpened).snapshot == left,
        bundle=bundle,
    )


async def prepared_before(context: JobContext) -> JobContext | None:
    """The job that last prepared the session's workspace: this one, or one before it."""
    if context.latest(WorkspacePrepared) is not None:
        return context
    for job in reversed(await context.services.jobs.of_session(context.session.id)):
        if job.number < context.job.number:
            before = await JobContext.load(context.services, job.id)
            if before.latest(WorkspacePrepared) is not None:
                return before
    return None


def of_the_same_branches(before: BranchChosen, now: BranchChosen) -> bool:
    """Whether the repository was opened for the refs that will be written: a standby's is, for those of the job before it."""
    return (before.base_branch, before.branch, before.starts_at) == (now.base_branch, now.branch, now.starts_at)


async def half_done_before(context: JobContext) -> HalfDone | None:
    """The commits that the session's job before this one came to no end with; None when there are none to go on from."""
    if context.latest(WorkspacePrepared) is not None or (saved := await saved_commits(context)) is None:
        return None
    for job in reversed(await context.services.jobs.of_session(context.session.id)):
        if job.number >= context.job.number:
            continue
        before = await JobContext.load(context.services, job.id)
        chosen = before.latest(BranchChosen)
        if before.latest(WorkspacePrepared) is not None and not (chosen is not None and chosen.to_read):
            kept = before.latest(HalfDoneKept)
            left = kept.left if kept is not None else None
            return None if left is None else HalfDone(left.start_sha, left.branch_is_new, saved)
    return None


async def left_behind(
    context: JobContext, sandbox: Sandbox, going_on: GoingOn | None, ready: WorkspaceReady
) -> tuple[list[str], str]:
    """A sentence on the commits of an earlier job that were saved. Those that are not gone on from are put where the agent
    finds them, if the repository still has what they build on; and the digest of these."""
    if ready.took_half_done:
        return [half_done.gone_on_from()], ""
    if (going_on is not None and going_on.bundle is not None) or (saved := await saved_commits(context)) is None:
        return [], ""
    digest = await digest_of(saved)
    try:
        return [await keep_commits(sandbox, saved)], digest
    except (SandboxGone, SandboxUnavailable):
        raise
    except SandboxError as problem:
        log.warning("saved commits could not be put into the sandbox", problem=str(problem))
        return [half_done.lost()], digest


async def digest_of(bundle: Path) -> str:
    return hashlib.sha256(await asyncio.to_thread(bundle.read_bytes)).hexdigest()


async def must_be_the_pinned_head(context: JobContext, target: BranchChosen, ready: WorkspaceReady) -> None:
    """End the job when somebody pushed to the pull request after it was asked for, or to a branch after its commits were found
    to be Harvest's own: nobody has looked at that.

    What this session itself pushed in the meantime (an earlier job in its queue) is fine.
    """
    if target.looked_at_sha and ready.head_sha != target.looked_at_sha:
        raise JobOver.of(endings.branch_moved(target.looked_at_sha, ready.head_sha))
    pull = context.ask.target.pull
    if pull is None or target.any_head or ready.head_sha == pull.sha:
        return
    if (target.starts_at or target.branch != pull.branch) and not ready.branch_is_new:
        return  # it goes on from what this session itself proposed
    earlier = await context.services.jobs.of_session(context.session.id)
    if any(report_in(job).pushed_sha == ready.head_sha for job in earlier):
        return
    raise JobOver.of(endings.branch_moved(pull.sha, ready.head_sha))


async def must_be_what_was_approved(context: JobContext, ready: WorkspaceReady) -> None:
    """End the job when the plan that it is to carry out was made from something else: what came between its approval and its
    turn is for the person who approved it to look at. One that is gone on with had its turn, and one that was approved before
    it was made is held to nothing but its review."""
    approved = await approved_plan(context.services, context.ask)
    if approved is None or context.ask.resumes or context.ask.command.verb == AUTO:
        return
    branch_sha = "" if ready.branch_is_new else ready.head_sha
    if changed := moved_since(approved.plan, context.branch, ready.base_sha, branch_sha):
        command = context.services.command_in(context.session.repository_id)
        raise JobOver.of(endings.plan_void(approved.plan.version, changed, command))
