"""Every statement that a running Harvest makes again and again, each under a name. The benchmark takes their times, and a test
looks at how the database goes about them.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from state.database import Database
from state.inbox import Inbox
from state.job_steps import JobSteps
from state.jobs import Jobs
from state.queue import Caps, JobQueue
from state.repository_images import RepositoryImages
from state.sandbox_times import SandboxTime, SandboxTimes
from state.sessions import Session, Sessions
from state.usage import Amount, UsageLedger

REPOSITORY, INSTALLATION = 77, 7
TOKEN = "a" * 64
FOREVER = Caps(1_000, 1_000)
DAY = 86_400.0


@dataclass(frozen=True)
class Parts:
    """The state, with a session of its own in it and a job there that runs."""

    inbox: Inbox
    sessions: Sessions
    jobs: Jobs
    steps: JobSteps
    queue: JobQueue
    usage: UsageLedger
    times: SandboxTimes
    images: RepositoryImages
    session: Session
    job_id: str
    fresh: Callable[[], str]


async def set_up(database: Database) -> Parts:
    """Everything that the statements need. Close its inbox before the database."""
    sessions, jobs, usage = Sessions(database), Jobs(database), UsageLedger(database)
    session = await sessions.open_session(
        installation_id=INSTALLATION, repository_id=REPOSITORY, repository="a/b", thread=7, kind="issue"
    )
    word, count = secrets.token_hex(4), itertools.count()
    parts = Parts(
        inbox=await Inbox.open(database),
        sessions=sessions,
        jobs=jobs,
        steps=JobSteps(database),
        queue=JobQueue(database, "me"),
        usage=usage,
        times=SandboxTimes(database),
        images=RepositoryImages(database),
        session=session,
        job_id=f"job-{word}",
        fresh=lambda: f"{word}-{next(count)}",
    )
    await add_job(parts, parts.job_id)
    await jobs.update(parts.job_id, gateway_token_sha256=TOKEN, head_sha="c" * 40)
    return parts


async def add_job(parts: Parts, job_id: str) -> str:
    return await parts.jobs.add(
        job_id, session_id=parts.session.id, installation_id=INSTALLATION, kind="issue", recipe="change/1", ask={}
    )


async def accept(parts: Parts) -> str:
    delivery = parts.fresh()
    return await parts.inbox.accept(
        delivery_id=delivery,
        domain_key=f"comment:{delivery}",
        event="issues",
        action="labeled",
        body=b"{}",
        received_at=time.time(),
        repository_id=REPOSITORY,
        thread=7,
    )


async def handle_one(parts: Parts) -> None:
    """From the claim of the oldest to its end."""
    await accept(parts)
    claimed = await parts.inbox.claim(1)
    await parts.inbox.renew()
    for delivery in claimed:
        await parts.inbox.withdraw_before(delivery, "overtaken")
        await parts.inbox.done(delivery.number, "queued")


async def take_turns(parts: Parts) -> None:
    """As the engine does when a job is submitted and when one is over."""
    if await parts.queue.anybody_waits():
        await parts.queue.take_turns(FOREVER)
    await parts.queue.hold(parts.job_id)
    await parts.queue.held_by("me")
    await parts.queue.places([parts.job_id])


async def take_a_step(parts: Parts) -> None:
    step = parts.fresh()
    await parts.queue.begin_step(parts.job_id, 1, forget_after=600)
    await parts.steps.enter(parts.job_id, step)
    await parts.steps.finish(parts.job_id, step, result={})


async def spend(parts: Parts) -> None:
    """One request to the model."""
    reservation = parts.fresh()
    await parts.usage.grant(TOKEN)
    await parts.usage.reserve(TOKEN, reservation, "sonnet", 1)
    await parts.usage.settle(reservation, parts.job_id, "sonnet", Amount(requests=1))


async def use_a_sandbox(parts: Parts) -> None:
    now = time.time()
    await parts.times.begin(SandboxTime(parts.fresh(), parts.job_id, "modal", "job", 1.0, 1024, now, now + 60))
    for each in await parts.times.running("modal"):
        await parts.times.end(each.sandbox_id)


async def run_a_job(parts: Parts) -> None:
    """The rows of one job alone, from its session to its end."""
    job_id = parts.fresh()
    await add_job(parts, job_id)
    await parts.jobs.start(job_id)
    await parts.jobs.position_in_queue(job_id)
    await parts.jobs.request_stop(job_id, by="ada", why="closed")
    await parts.jobs.conclude(job_id, ending={}, report={})
    await parts.jobs.end(job_id, "succeeded")
    await parts.queue.take_turns(FOREVER)
    await parts.queue.release(job_id)


def without_cost(parts: Parts) -> Awaitable[Any]:
    now = time.time()
    return parts.times.without_cost("modal", ended_after=now - 2 * DAY, ended_before=now - 900, limit=50)


QUERIES: dict[str, Callable[[Parts], Awaitable[Any]]] = {
    "a delivery is accepted": accept,
    "a delivery is claimed and handled": handle_one,
    "is one of these deliveries known?": lambda parts: parts.inbox.known(["comment:1", "comment:2"]),
    "the inbox's backlog": lambda parts: parts.inbox.backlog(),
    "parked deliveries": lambda parts: parts.inbox.parked(),
    "old deliveries are looked for": lambda parts: parts.inbox.purge(older_than_days=30_000),
    "a thread's session": lambda parts: parts.sessions.by_thread(REPOSITORY, 7),
    "is a branch a session's?": lambda parts: parts.sessions.work_on(REPOSITORY, "harvest/7-x"),
    "a session changes": lambda parts: parts.sessions.update(parts.session.id, repository="a/b"),
    "old snapshots are looked for": lambda parts: parts.sessions.with_old_snapshot(0, 0.0, limit=100),
    "old logs are looked for": lambda parts: parts.sessions.with_old_log(0, limit=100),
    "a job from its row to its end": run_a_job,
    "a job is read": lambda parts: parts.jobs.get(parts.job_id),
    "which of these jobs are known?": lambda parts: parts.jobs.known([parts.job_id]),
    "a session's jobs": lambda parts: parts.jobs.of_session(parts.session.id),
    "a session's live jobs": lambda parts: parts.jobs.live_of_session(parts.session.id),
    "the latest job on a commit": lambda parts: parts.jobs.latest_on_commit(REPOSITORY, "c" * 40),
    "a job of a kind that is under way once": lambda parts: parts.jobs.under_way(parts.session.id, "fix-ci"),
    "is a commit a job's push?": lambda parts: parts.jobs.have_pushed(REPOSITORY, "c" * 40),
    "unfinished jobs": lambda parts: parts.jobs.unfinished(),
    "the first page of jobs": lambda parts: parts.jobs.page(),
    "a later page of jobs": lambda parts: parts.jobs.page(before=1_000),
    "turns are given": take_turns,
    "a step is taken": take_a_step,
    "a job's steps": lambda parts: parts.steps.of_job(parts.job_id),
    "old steps are looked for": lambda parts: parts.steps.forget(ended_before=0),
    "a request to the model is paid": spend,
    "what a job used": lambda parts: parts.usage.of_job(parts.job_id),
    "what a job used of each model": lambda parts: parts.usage.by_model(parts.job_id),
    "a sandbox begins and ends": use_a_sandbox,
    "what a job's sandboxes took": lambda parts: parts.times.of_job(parts.job_id),
    "sandboxes without a cost": without_cost,
    "repositories at work": lambda parts: parts.images.wanted(time.time() - DAY),
}
