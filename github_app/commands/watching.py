"""A watch is looked after: what its pull request is like now, what comes of that, and the job that is started for it.

What is decided stands in `github_app/domain/watching.py`. All of it can be done twice: what is said has a marker, and a job's
id is made from the watch, the head and what was found there.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import structlog

from github_app.commands.authority import No, Terms, who_may_ask
from github_app.commands.fixing import checks_of, failing_of, queue_fix
from github_app.commands.queueing import queue
from github_app.commands.quiet_call import QuietCall, quiet_call
from github_app.commands.resolving import open_threads, queue_resolve, who_may_decide
from github_app.commands.verb import Call
from github_app.domain.ask import Account, Ask, By, Command, Origin
from github_app.domain.watching import (
    LOOK_AGAIN_SECONDS,
    OTHERS_END_SECONDS,
    Bounds,
    Finding,
    Kind,
    Over,
    PullSeen,
    SayMergeable,
    SoFar,
    StartJob,
    Step,
    Try,
    Wait,
    Why,
    is_settled,
    next_step,
)
from github_app.github.failing_checks import Checks, FailingCheck, names_of
from github_app.github.failures import NotInstalled, Refused
from github_app.github.pull_state import PullState, read_pull
from github_app.github.repository_settings import RepositoryOnGitHub
from github_app.github.review_threads import FoundThread
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.replies import watching as texts
from github_app.settings.budgets import job_limit
from github_app.settings.narrowing import WatchLimits, narrow
from github_app.settings.repository import RepositorySettings
from state.columns import to_dollars
from state.due_rows import MOST_FAILURES
from state.findings import Chore
from state.jobs import job_id_of
from state.watches import Watch, WatchTry

log = structlog.get_logger()

CHORES: dict[Kind, Chore] = {Kind.CONFLICT: "rebase", Kind.CHECKS: "fix-ci", Kind.REVIEWS: "resolve"}


@dataclass(frozen=True)
class Looked:
    """What a look saw: the pull request, what its failing checks say, the review threads in which somebody who may decide had
    the last word, and what was done for it so far. `open_threads` counts all that nobody has resolved."""

    pull: PullState
    seen: PullSeen
    failing: tuple[FailingCheck, ...]
    threads: tuple[FoundThread, ...]
    open_threads: int
    so_far: SoFar
    bounds: Bounds
    own: RepositorySettings


@dataclass(frozen=True)
class CannotGoOn:
    """The watch ends, for what lies beside its pull request. `detail` may be GitHub's own words."""

    why: Why
    detail: str = ""


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


async def look(services: Services, watch: Watch) -> Looked | CannotGoOn:
    """What there is to see. Checks are read as far as it takes to decide: those that fail say a lot."""
    token = await services.tokens.get(watch.installation_id, watch.repository_id, Purpose.REPLY)
    pull = await read_pull(services.github, token.value, watch.repository, watch.pull_number)
    repository = pull.target.repository
    where = RepositoryOnGitHub(watch.installation_id, watch.repository_id, repository.full_name)
    read = await services.settings_files.read_default(where, repository.default_branch)
    own = read.settings or RepositorySettings()
    limits = narrow(services.settings, services.egress, own).watch
    if not limits.allowed:
        return CannotGoOn(Why.NOT_ALLOWED, "HARVEST_WATCH" if not services.settings.watch else "watch.allow")
    tries = await services.watches.tries(watch.id)
    so_far = await what_was_done(services, watch, pull, tries)
    checks = Checks()
    failing: tuple[FailingCheck, ...] = ()
    found: list[FoundThread] = []
    threads: tuple[FoundThread, ...] = ()
    if pull.is_open and not so_far.job_under_way:
        call = call_of(services, watch, pull, Command("do"), "")
        try:
            checks = await checks_of(call, pull.head_sha, own.fix_ci)
            if checks.failing and own.fix_ci.allow and (not checks.unfinished or so_far.head_age >= OTHERS_END_SECONDS):
                failing = await failing_of(call, checks)
        except Refused as problem:
            return CannotGoOn(Why.UNREADABLE, problem.reason)
        found = await open_threads(call)
        threads = await waiting_for_an_answer(call, found)
    seen = seen_of(pull, checks, failing, threads)
    return Looked(pull, seen, failing, threads, len(found), so_far, bounds_of(watch, limits, own, tries), own)


async def waiting_for_an_answer(call: Call, found: Sequence[FoundThread]) -> tuple[FoundThread, ...]:
    """The threads whose last word is that of somebody who may decide here. Harvest's own answer waits for people's."""
    last = {thread.id: thread.said[-1].by for thread in found}
    may_decide = await who_may_decide(call, [by for by in last.values() if by is not None])
    return tuple(thread for thread in found if (by := last[thread.id]) is not None and by.id in may_decide)


def name_of(thread: FoundThread) -> str:
    """The same until something is said in it."""
    return f"{thread.id}/{hashlib.sha256(thread.said[-1].text.encode('utf-8', 'replace')).hexdigest()[:16]}"


async def what_was_done(services: Services, watch: Watch, pull: PullState, tries: Sequence[WatchTry]) -> SoFar:
    now = datetime.now(UTC).timestamp()
    given = {kind: await services.findings.rounds(watch.repository_id, watch.pull_number, CHORES[kind]) for kind in Kind}
    return SoFar(
        rounds={kind: [names for head, names in of if head != pull.head_sha] for kind, of in given.items()},
        told_tries=watch.told_tries,
        tries=tuple(Try(one.head_sha, Finding(Kind(one.kind), frozenset(one.findings)), one.outcome) for one in tries),
        job_under_way=await is_at_work(services, watch),
        age=now - watch.created_at,
        head_age=now - watch.head_since if pull.head_sha == watch.head_sha else 0.0,
        had_checks=watch.had_checks,
    )


def seen_of(pull: PullState, checks: Checks, failing: Sequence[FailingCheck], threads: Sequence[FoundThread]) -> PullSeen:
    findings = []
    if pull.mergeable is False:
        findings.append(Finding(Kind.CONFLICT, frozenset({pull.base_sha})))
    if checks.failing:
        # While others of them run, it is only told that some fail.
        findings.append(Finding(Kind.CHECKS, names_of(failing) or frozenset({"some"})))
    if threads:
        findings.append(Finding(Kind.REVIEWS, frozenset(map(name_of, threads))))
    return PullSeen(
        head_sha=pull.head_sha,
        is_open=pull.is_open,
        is_merged=pull.is_merged,
        is_locked=pull.is_locked,
        mergeable=pull.mergeable,
        findings=tuple(findings),
        passed=checks.passed,
        unfinished=checks.unfinished,
        undecided=checks.undecided,
    )


def bounds_of(watch: Watch, limits: WatchLimits, own: RepositorySettings, tries: Sequence[WatchTry]) -> Bounds:
    return Bounds(
        until="green" if watch.until == "green" else "merged",
        tries=limits.tries,
        usd_left=min(to_dollars(watch.budget_microdollars), limits.budget_usd) - sum(one.cost_usd for one in tries),
        works_on=frozenset(Kind) if own.fix_ci.allow else frozenset(Kind) - {Kind.CHECKS},
    )


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
    if await services.jobs.known([job_id]) or await is_at_work(services, watch):
        return None
    return CannotGoOn(Why.NOT_STARTED, call.said[0] if call.said else note)


async def is_at_work(services: Services, watch: Watch) -> bool:
    """Whether a job of the session is under way, whoever asked for it."""
    session = await services.sessions.by_thread(watch.repository_id, watch.pull_number)
    return session is not None and bool(await services.jobs.live_of_session(session.id))


def call_of(
    services: Services, watch: Watch, pull: PullState, command: Command, job_id: str, *, pinned: bool = False
) -> QuietCall:
    """`pinned`: about the head that was looked at, whatever it is by then."""
    target = msgspec.structs.replace(pull.target, pull=pull.head) if pinned else pull.target
    origin = Origin(By.WATCH, 0, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    actor = Account(watch.actor_id, watch.actor_login, watch.actor_type)
    return quiet_call(services, Ask(command, origin, actor, target), job_id)


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
