"""Post the plan, in a comment of its own: an edit of another one notifies nobody, and somebody has to approve it. Where the
repository wants plans in pull requests, the comment says which one has it."""

from __future__ import annotations

import time
from dataclasses import replace

import msgspec

from github_app.domain.plan import Plan, blockers_in, estimate_in, shortcomings
from github_app.github.threads import create_or_adopt
from github_app.jobs.context import JobContext
from github_app.jobs.cost_so_far import cost_so_far
from github_app.jobs.job_report import report_of
from github_app.jobs.plan_pull import NotShown, PlanPull, is_shown_in_a_pull, show_in_a_pull
from github_app.jobs.plans import plans_of, shown
from github_app.jobs.results import AgentRan, BranchChosen, PlanPosted, PlanReviewed, WorkspacePrepared
from github_app.replies import plan_wording, wording
from github_app.replies.plan import PlanToPost, plan_comment, plan_marker
from github_app.replies.plan_pull import plan_pull_comment


async def post_plan(context: JobContext) -> PlanPosted:
    services, session, ask = context.services, context.session, context.ask
    prepared, chosen = context.found(WorkspacePrepared), context.found(BranchChosen)
    reviewed = context.found(PlanReviewed)
    earlier = [job for job in await services.jobs.of_session(session.id) if job.number < context.job.number]
    before = plans_of(earlier)
    cost_usd = await cost_so_far(context)
    report, text = report_of(context.results), shown(context.found(AgentRan).said)
    posted = PlanToPost(
        job_id=context.job.id,
        version=len(before) + 1,
        asked_by=ask.actor.login,
        asked=ask.command.shown,
        text=text,
        reviewed_by=reviewed.by,
        instead=reviewed.instead,
        not_reviewed=reviewed.problem,
        findings=reviewed.findings,
        missing=tuple(shortcomings(report.said)),
        estimate_usd=estimate_in(text),
        budgets=await services.budgets.of_job(context.job.id),
        base_branch=chosen.base_branch,
        base_sha=prepared.base_sha,
        place=ask.target.place,
        command=services.command_in(context.session.repository_id),
        notes=report.notes,
        cost_usd=cost_usd,
        model=report.model,
    )
    pull, notes, of_a_fork = None, [], ask.target.pull is not None and bool(ask.target.pull.fork)
    if ask.target.pull is not None and of_a_fork:
        notes = [wording.work_on_a_fork(ask.target.pull.branch, ask.target.pull.fork)]
        posted = replace(posted, notes=(*posted.notes, *notes))
    if is_shown_in_a_pull(context):
        try:
            pull = await show_in_a_pull(context, posted, report.title, before[-1].plan if before else None)
        except NotShown as problem:
            notes = [plan_wording.not_in_a_pull(str(problem))]
            posted = replace(posted, notes=(*posted.notes, *notes))
    plan = Plan(
        version=posted.version,
        base_branch=chosen.base_branch,
        base_sha=prepared.base_sha,
        branch=chosen.branch,
        branch_sha="" if prepared.branch_is_new and not of_a_fork else prepared.start_sha,
        comment_id=0,
        at=context.entered_at,
        blockers=len(blockers_in(reviewed.findings)),
        of_a_fork=of_a_fork,
    )
    if pull is not None:
        plan = msgspec.structs.replace(plan, pull=pull.number, pull_branch=pull.branch, pull_sha=pull.sha, file=pull.file)
    thread = await context.where_it_was_asked()
    comment = plan_comment(posted) if pull is None else plan_pull_comment(posted, plan, changes_url(context, pull))

    async def create() -> int:
        return await thread.write_comment(comment)

    async def find() -> int | None:
        return await thread.find_comment(plan_marker(context.job.id), since=context.job.created_at - 60)

    comment_id = await create_or_adopt(create, find, look_first=not context.first_try)
    plan = msgspec.structs.replace(plan, comment_id=comment_id, posted_at=time.time())
    seconds = time.time() - (context.job.started_at or context.entered_at)
    return PlanPosted(plan=plan, cost_usd=cost_usd, seconds=seconds, notes=tuple(notes))


def changes_url(context: JobContext, pull: PlanPull) -> str:
    """A page that compares the version with the one before it; empty for the first one."""
    if not pull.before_sha:
        return ""
    return context.services.web_url(context.session.repository, "compare", f"{pull.before_sha}..{pull.sha}")
