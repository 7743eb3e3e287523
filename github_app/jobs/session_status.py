"""How a session stands, gathered from its jobs' rows."""

from __future__ import annotations

import time
from collections.abc import Sequence

from github_app.domain.ask import Ask
from github_app.domain.session_status import LastJob, RunningJob, SessionStatus, WaitingJob
from github_app.jobs.job_report import ending_in, report_in
from github_app.jobs.services import Services
from state.jobs import Job
from state.sessions import Session


async def status_of(services: Services, session: Session) -> SessionStatus:
    """A job counts as ended once it is known how, also before the last of it is put away."""
    jobs = await services.jobs.of_session(session.id)
    status = status_from(jobs)
    if status.running is None:
        return status
    spent = (await services.usage.of_job(status.running.job_id)).cost_microdollars / 1_000_000
    return SessionStatus(status.running, status.waiting, status.last, status.cost_usd + spent)


# In these an agent works, or will; behind them there is none to be told anything.
BEFORE_ITS_END = frozenset(
    {
        *("acknowledge", "choose_branch", "open_sandbox", "prepare_workspace", "compose_prompt", "run_agent"),
        *("review_plan", "replan", "review_plan_again", "replan_again"),
        "mend_review",
    }
)


def job_to_steer(live: Sequence[Job]) -> Job | None:
    """The one of a session's unfinished jobs whose agent works, or will; None when there is none."""
    return next((job for job in live if job.state == "running" and job.step in BEFORE_ITS_END), None)


def status_from(jobs: Sequence[Job]) -> SessionStatus:
    """The status by these jobs of a session, first come first; what a running one has cost is not in it. Pure."""
    running: RunningJob | None = None
    waiting: list[WaitingJob] = []
    last: LastJob | None = None
    cost = 0.0
    for job in jobs:
        ask, ending, report = Ask.from_json(job.ask), ending_in(job), report_in(job)
        asked = (job.id, ask.actor.login, ask.shown)
        cost += report.cost_usd
        if ending is not None:
            last = LastJob(*asked, ending, report, job.ended_at or time.time())
        elif job.state == "queued" and job.stop_requested:
            continue  # it ends when its turn comes, and is not wanted any more
        elif job.state == "queued":
            waiting.append(WaitingJob(*asked))
        elif job.state == "running":
            running = RunningJob(*asked, job.started_at or job.created_at, job.step or "")
    return SessionStatus(running, tuple(waiting), last, cost)
