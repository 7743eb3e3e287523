"""Asking what runs and waits in a thread's session, or in a whole repository, to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from github_app.commands.moments import job_asked_before, moment
from github_app.commands.verb import Call
from github_app.domain.ask import Ask
from github_app.domain.stop_reason import StopReason
from github_app.domain.watching import Why
from github_app.jobs.stop_requests import ask_to_stop, stop_children
from state.jobs import Job
from state.sessions import Session
from state.watches import Watch

NOTHING_TO_STOP = "nothing was running or waiting"

# From here on a job comes to its end, whoever asks to stop.
PUBLISHING = frozenset({"push", "show_pull_request", "report", "release_sandbox"})

# What somebody said takes a few requests to GitHub until it is a job. Whoever stops it waits for no more.
LOOKS, LOOK_SECONDS = 120, 0.25


@dataclass(frozen=True)
class Stopping:
    """What came of it: a note for the log, the jobs that were asked to stop, whether all there was is being published,
    and whether something was going on in another repository."""

    note: str
    jobs: tuple[Job, ...] = ()
    too_late: bool = False
    elsewhere: bool = False

    @property
    def threads(self) -> list[int]:
        return sorted({Ask.from_json(job.ask).target.thread for job in self.jobs})


async def stop_session(call: Call, why: StopReason) -> Stopping:
    session = await session_there(call)
    if session is None:
        return await stop_jobs(call, [], why)
    live = partial(call.services.jobs.live_of_session, session.id)
    if why is StopReason.CLOSED:  # merged, it may be: what goes on elsewhere is no part of that
        return await stop_jobs(call, await live(), why)
    stopping = await stop_now_and_then(call, live, why, threads_of(session))
    return replace(stopping, elsewhere=await stop_elsewhere(call, session.id))


async def session_there(call: Call) -> Session | None:
    return await call.services.sessions.by_thread(call.ask.target.repository.id, call.ask.target.thread)


def threads_of(session: Session | None) -> list[int]:
    """All in which something may be said of it."""
    of_it = () if session is None else (session.thread, session.pull_number, session.plan_pull)
    return [number for number in of_it if number is not None]


async def stop_elsewhere(call: Call, session_id: str) -> bool:
    """Ask what agents of this session have had begun in other repositories to stop; whether there was anything."""
    stopped = []
    for job in await call.services.jobs.of_session(session_id):
        if job.created_at <= moment(call.ask.origin.at).timestamp() + 1:
            stopped += await stop_children(call.services, job.id, by=call.ask.actor.login)
    return bool(stopped)


async def stop_repository(call: Call, why: StopReason) -> Stopping:
    live = partial(call.services.jobs.live_of_repository, call.ask.target.repository.id)
    return await stop_now_and_then(call, live, why, None)


async def stop_now_and_then(
    call: Call, live: Callable[[], Awaitable[list[Job]]], why: StopReason, threads: Collection[int] | None
) -> Stopping:
    """At once, and then what was about to become a job: what was said before in these threads, None for all of the
    repository."""
    stopping = await stop_jobs(call, await live(), why)
    if not await waited_for_others(call, threads):
        return stopping
    watched = await watched_there(call, everywhere=threads is None)
    await call.services.watches.end([one.id for one in watched], Why.OFF, by=call.ask.actor.login)
    later = await stop_jobs(call, await live(), why)
    return replace(later, jobs=(*stopping.jobs, *later.jobs)) if later.jobs else stopping


async def waited_for_others(call: Call, threads: Collection[int] | None) -> bool:
    """Whether something said before was in hand there; by now it is over, as a rule. In its own thread it is, since a stop is
    not begun with before."""
    if call.delivery is None or not await call.services.inbox.in_hand_before(call.delivery, threads):
        return False
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_SECONDS)
        if not await call.services.inbox.in_hand_before(call.delivery, threads):
            break
    return True


async def stop_jobs(call: Call, live: Sequence[Job], why: StopReason) -> Stopping:
    """What was asked for after that was said goes on: GitHub may tell of a stop late."""
    if not live:
        return Stopping(NOTHING_TO_STOP)
    before = [job for job in live if job_asked_before(job, call.ask.origin.at)]
    if not before:
        return Stopping("goes on: it was asked for later")
    if all(job.step in PUBLISHING for job in before):
        return Stopping("too late to stop: it is being published", too_late=True)
    by = call.ask.actor.login
    stopped = [job for job in before if job.step not in PUBLISHING and await ask_to_stop(call.services, job, by=by, why=why)]
    note = f"asked to stop: {', '.join(job.id for job in stopped)}" if stopped else "was asked to stop before"
    return Stopping(note, tuple(stopped))


async def withdraw_questions(call: Call, *, everywhere: bool = False) -> int:
    """Nobody has to answer any more in this session, or anywhere in the repository; gives how many questions waited."""
    services, target = call.services, call.ask.target
    if everywhere:
        return await services.questions.withdraw_of_repository(target.repository.id)
    session = await session_there(call)
    return 0 if session is None else await services.questions.withdraw(session.id)


async def watched_there(call: Call, *, everywhere: bool) -> list[Watch]:
    """The watch on this pull request, or on that of this issue, or all of the repository; but for what was asked for after
    that was said."""
    target, services = call.ask.target, call.services
    session = await session_there(call)
    number = target.thread if session is None or session.pull_number is None else session.pull_number
    said_at = moment(call.ask.origin.at).timestamp()
    found = await services.watches.of_repository(target.repository.id)
    return [one for one in found if (everywhere or one.pull_number == number) and one.created_at <= said_at]
