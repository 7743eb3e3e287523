"""A session's plans, found in the rows of the jobs that made them. What was posted and how it was approved stays there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from github_app.domain.ask import Ask
from github_app.domain.plan import MAX_PLAN_CHARACTERS, Plan
from github_app.jobs.job_report import report_in
from github_app.jobs.services import Services
from github_app.replies import plan_wording
from github_app.replies.plan import shown_whole
from state.jobs import Job


@dataclass(frozen=True)
class PostedPlan:
    """A plan that people can read: the job that made it, and its text as they were shown it."""

    job: Job
    plan: Plan
    text: str

    @property
    def ask(self) -> Ask:
        return Ask.from_json(self.job.ask)


def plans_of(jobs: Iterable[Job]) -> list[PostedPlan]:
    """Those that these jobs of a session have posted, in the order of their versions."""
    found = [(job, report_in(job)) for job in jobs]
    return [PostedPlan(job, report.plan, shown(report.said)) for job, report in found if report.plan is not None]


async def approved_plan(services: Services, ask: Ask) -> PostedPlan | None:
    """The plan that is to be carried out; None where nobody approved one."""
    if not ask.plan_job:
        return None
    (posted,) = plans_of([await services.jobs.get(ask.plan_job)])
    return posted


def moved_since(plan: Plan, branch: str, base_sha: str, branch_sha: str) -> str:
    """What moved between the approval of a plan and the beginning of the work on it, as a sentence without its end; empty when
    nothing did. `branch_sha` is empty for a branch that is not there."""
    if base_sha != plan.base_sha:
        return plan_wording.branch_moved(plan.base_branch, plan.base_sha, base_sha)
    if branch != plan.branch or branch_sha == plan.branch_sha:
        return ""
    if not plan.branch_sha:
        return plan_wording.branch_appeared(branch)
    return plan_wording.branch_moved(branch, plan.branch_sha, branch_sha) if branch_sha else plan_wording.branch_gone(branch)


def shown(said: str) -> str:
    """As much of what the agent said as people are shown, and therefore can approve."""
    return shown_whole(said[:MAX_PLAN_CHARACTERS])
