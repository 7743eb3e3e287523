"""What is to be told of a session, gathered from its rows and its log: all that a surface's projection looks at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from github_app.domain.ask import Ask
from github_app.domain.progress import Progress
from github_app.domain.session_events import Steered
from github_app.jobs.job_report import ending_in
from github_app.jobs.reporting.session_news import AGENTS_STEPS, SessionNews
from github_app.jobs.reporting.shown_jobs import comment_url, ended_job_of
from github_app.jobs.services import Services
from github_app.replies.comment import EndedJob
from state.jobs import Job
from state.posts import Post
from state.sessions import Session

# Jobs of a session that its comment is made from; older ones are only counted.
MAX_ENDED_JOBS = 30

# The surface of the session's comment, and its place there.
COMMENT = "comment"
COMMENT_PLACE = "thread"


@dataclass(frozen=True)
class Running:
    """The job whose turn it is. `agent_since` is when its agent began to work, None before and after that. Times are in
    seconds since the epoch."""

    job: Job
    agent_since: float | None
    progress: Progress
    seconds: float
    cost_usd: float


@dataclass(frozen=True)
class SteeringSeen:
    """What somebody said to a job's agent, and whether that has taken it, or can't any more."""

    job_id: str
    said: Steered
    taken: bool
    too_late: bool


@dataclass(frozen=True)
class Story:
    """A session as it stands. `unfinished` are its jobs whose end has not been told everywhere, first come first; `ended`
    those that have come to an end, newest first, and `to_be_told` those of the unfinished that have. `steering` is what was
    said to the agents of those. `pull_url` is the page of the pull request that Harvest opened for it, and `comment_url` its
    comment, empty without one; `command` is what a command begins with there. `posts` is what was put on its surfaces, by
    their names and the places there."""

    session: Session
    unfinished: tuple[Job, ...]
    ended: tuple[EndedJob, ...]
    running: Running | None
    pull_url: str
    command: str = ""
    comment_url: str = ""
    to_be_told: tuple[tuple[Job, EndedJob], ...] = ()
    steering: tuple[SteeringSeen, ...] = ()
    posts: Mapping[str, Mapping[str, Post]] = field(default_factory=dict)

    @property
    def being_told(self) -> Job | None:
        """The last job that has come to its end and whose end is still to be told."""
        return next((job for job in reversed(self.unfinished) if job.ending is not None), None)

    @property
    def waiting(self) -> list[Job]:
        """The jobs that wait for their turn, first come first."""
        at_work = self.running.job.id if self.running is not None else ""
        # One that was asked to stop before its turn ends when that comes.
        wanted = [job for job in self.unfinished if job.ending is None and not (job.state == "queued" and job.stop_requested)]
        return [job for job in wanted if job.id != at_work]


async def story_of(services: Services, session_id: str, news: SessionNews) -> Story:
    """The session as it stands now."""
    posts = await services.posts.of(session_id)  # before the rest: the story is at least as new as what was written
    session, jobs = await services.sessions.get(session_id), await services.jobs.of_session(session_id)
    unfinished = tuple(job for job in jobs if job.state != "ended")
    shown = ((job, ended_job_of(services, session, job)) for job in jobs)
    ended = [(job, ended_job) for job, ended_job in shown if ended_job is not None]
    at_work = next((job for job in unfinished if job.state == "running" and ending_in(job) is None), None)
    pull = session.pull_number
    comment = posts.get(COMMENT, {}).get(COMMENT_PLACE)
    return Story(
        session=session,
        unfinished=unfinished,
        ended=tuple(ended_job for _, ended_job in reversed(ended))[:MAX_ENDED_JOBS],
        running=None if at_work is None else await running(services, at_work, news),
        pull_url="" if pull in (None, session.thread) else services.web_url(session.repository, "pull", pull),
        command=services.command_in(session.repository_id),
        comment_url="" if comment is None or comment.github_id is None else comment_url(services, session, comment.github_id),
        to_be_told=tuple((job, ended_job) for job, ended_job in ended if job.state != "ended"),
        steering=tuple(seen for job in unfinished if job.state == "running" for seen in steering_of(news, job)),
        posts=posts,
    )


def steering_of(news: SessionNews, job: Job) -> list[SteeringSeen]:
    """What was said to the job's agent, in the order in which it was."""
    over = ending_in(job) is not None
    return [SteeringSeen(job.id, said, taken, over and not taken) for said, taken in news.steering_of(job.id)]


async def running(services: Services, job: Job, news: SessionNews) -> Running:
    since = None
    if job.step in AGENTS_STEPS:
        entered = [row.started_at for row in await services.job_steps.of_job(job.id) if row.step == "run_agent"]
        since = max(entered, default=None)
    now = time.time()
    return Running(
        job=job,
        agent_since=since,
        progress=Progress() if since is None else await news.progress_of(job),
        seconds=now - (job.started_at or now),
        cost_usd=0.0 if since is None else (await services.usage.of_job(job.id)).cost_usd,
    )


def ask_of(job: Job) -> Ask:
    return Ask.from_json(job.ask)
