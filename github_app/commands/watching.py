"""A watch is looked after: what comes of what its pull request is like now, and the job that is started for it.

What is seen stands in `watched_pull.py`, what is decided in `github_app/domain/watching.py`. All of it can be done twice: what
is said has a marker, and a job's id is made from the watch, the head and what was found there.
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime

import structlog

from github_app.commands.authority import No, Terms, who_may_ask
from github_app.commands.fixing import queue_fix
from github_app.commands.queueing import queue
from github_app.commands.resolving import queue_resolve
from github_app.commands.watched_pull import CHORES, CannotGoOn, Looked, call_of, is_at_work, look
from github_app.domain.ask import Account, Command
from github_app.domain.stop_reason import StopReason
from github_app.domain.watching import (
    LOOK_AGAIN_SECONDS,
    Finding,
    Kind,
    Over,
    SayMergeable,
    StartJob,
    Step,
    Wait,
    Why,
    is_settled,
    next_step,
)
from github_app.github.failures import NotInstalled, Refused
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.jobs.stop_requests import ask_to_stop
from github_app.replies import watching as texts
from github_app.settings.budgets import job_limit
from state.due_rows import MOST_FAILURES
from state.jobs import job_id_of
from state.watches import Watch

log = structlog.get_logger()


async def look_after(services: Services, watch: Watch) -> None:
    """One look at it. Raises Passing when GitHub can't be asked now."""
    try:
        if watch.ended_at is not None:
            await tell_the_end(services, watch)
            return
        looked = await look(services, watch)
        if isinstance(looked, CannotGoOn):
            await services.watches.end([watch.id], looked.why, detail=looked.detail)
            return
        await act(services, watch, looked, next_step(looked.seen, looked.so_far, looked.bounds))
    except Refused as problem:
        gone = isinstance(problem, NotInstalled) or problem.status in (404, 410) or watch.failures >= MOST_FAILURES
        if not gone:
            raise
        log.info("a watch can go on no more", watch=watch.id, error=str(problem))
        await services.watches.end([watch.id], Why.GONE)
        await services.watches.told(watch.id)


async def act(services: Services, watch: Watch, looked: Looked, step: Step) -> None:
    again_in, told_tries = LOOK_AGAIN_SECONDS, watch.told_tries
    for kind, given in looked.so_far.rounds.items():
        if given and is_settled(kind, looked.seen):
            await services.findings.settle(watch.repository_id, watch.pull_number, CHORES[kind])
    match step:
        case Wait(seconds):
            again_in = seconds
        case SayMergeable():
            thread = await thread_of(services, watch)
            marker = texts.mergeable_marker(watch.id, looked.pull.head_sha)
            await thread.say_once(marker, texts.mergeable_again(watch.actor_login, how_it_stands(looked)))
            told_tries = len(looked.so_far.tries)
        case StartJob(finding, number):
            if (problem := await start(services, watch, looked, finding, number)) is not None:
                await services.watches.end([watch.id], problem.why, detail=problem.detail)
                return
        case Over(why_over):
            detail = how_it_stands(looked) if why_over is Why.GREEN else ""
            await services.watches.end([watch.id], why_over, detail=detail)
            return
    pull = looked.pull
    changes = {
        "repository": pull.target.repository.full_name,
        "branch": pull.branch,
        "base_branch": pull.base_branch,
        "had_checks": watch.had_checks or looked.seen.has_checks,
        "told_tries": told_tries,
    }
    if pull.head_sha != watch.head_sha:
        changes |= {"head_sha": pull.head_sha, "head_since": datetime.now(UTC).timestamp()}
    await services.watches.looked(watch, again_in=again_in, changes=changes)


def how_it_stands(looked: Looked) -> str:
    pull = looked.pull
    return texts.how_it_stands(
        pull.head_sha, pull.base_branch, looked.seen.passed, open_threads=looked.open_threads, is_draft=pull.is_draft
    )


async def start(services: Services, watch: Watch, looked: Looked, finding: Finding, number: int) -> CannotGoOn | None:
    """Start a job for it, or say why that can't be."""
    pull, own = looked.pull, looked.own
    terms = Terms.of("change", services.settings.allowed_bots, own)
    token = await services.tokens.get(watch.installation_id, watch.repository_id, Purpose.REPLY)
    actor = Account(watch.actor_id, watch.actor_login, watch.actor_type)
    name = pull.target.repository.full_name
    if isinstance(await who_may_ask(services.roles, token.value, name, actor, terms, "", "roles.change"), No):
        return CannotGoOn(Why.MAY_NOT)
    if (await services.watches.get(watch.id)).ended_at is not None:  # while this look was taken
        return None
    what = f"{finding.kind}/{hashlib.sha256(chr(10).join(sorted(finding.names)).encode()).hexdigest()}/{number}"
    job_id = job_id_of(f"watch/{watch.id}/{pull.head_sha}/{what}")
    await services.watches.begin_try(
        watch.id, job_id, head_sha=pull.head_sha, kind=finding.kind, findings=sorted(finding.names)
    )
    cents = math.floor(min(looked.bounds.usd_left, job_limit(services.settings, own)[1]) * 100)
    options = {"budget": f"{cents / 100:.2f}", **({"model": watch.model} if watch.model else {})}
    # A finding is given to one job of a head; one whose job has failed is found once more.
    names = finding.names if number == 1 else {f"{name} ({number})" for name in finding.names}
    # What was found is of that commit: a job for it begins there or not at all.
    call = call_of(services, watch, pull, Command(finding.kind.value, options=options), job_id, pinned=True)
    match finding.kind:
        case Kind.CONFLICT:
            note = await queue(call, "rebase/2", CHORES[finding.kind], names)
        case Kind.CHECKS:
            note = await queue_fix(call, looked.failing, names)
        case Kind.REVIEWS:
            note = await queue_resolve(call, looked.threads, names)
    log.info("a watch asks for a job", watch=watch.id, job=job_id, note=note)
    if await services.jobs.known([job_id]):
        await stop_if_it_is_over(services, watch, job_id)
        return None
    if await is_at_work(services, watch):
        return None
    return CannotGoOn(Why.NOT_STARTED, call.said[0] if call.said else note)


async def stop_if_it_is_over(services: Services, watch: Watch, job_id: str) -> None:
    """Somebody may have ended the watch just before its job was there to be found."""
    now = await services.watches.get(watch.id)
    if now.ended_at is not None and now.ended_by:
        await ask_to_stop(services, await services.jobs.get(job_id), by=now.ended_by, why=StopReason.COMMAND)


async def thread_of(services: Services, watch: Watch) -> Thread:
    """Where the watch was asked for."""
    token = await services.tokens.get(watch.installation_id, watch.repository_id, Purpose.REPLY)
    return Thread(services.github, token.value, services.app_id, watch.repository, watch.pull_number, inline=watch.inline)


async def tell_the_end(services: Services, watch: Watch) -> None:
    """Once, where it was asked for. Where GitHub takes no word, nobody can be told."""
    why = Why(watch.why or Why.OFF)
    tries = await services.watches.tries(watch.id)
    word = services.command_in(watch.repository_id)
    text = texts.ended(watch, why, tries, word)
    if why not in (Why.LOCKED, Why.GONE):
        try:
            await (await thread_of(services, watch)).say_once(texts.end_marker(watch.id), text)
        except Refused as problem:
            log.warning("nobody could be told that a watch is over", watch=watch.id, error=str(problem))
    await services.watches.told(watch.id)
    log.info("a watch is over", watch=watch.id, why=why.value, repository=watch.repository, thread=watch.pull_number)
