"""What a look at a watched pull request sees: how it stands, what was done for it so far, and how far the watch may go."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from github_app.commands.fixing import checks_of, failing_of
from github_app.commands.quiet_call import QuietCall, quiet_call
from github_app.commands.resolving import open_threads, who_may_decide
from github_app.commands.verb import Call
from github_app.domain.ask import Account, Ask, By, Command, Origin
from github_app.domain.watching import (
    OTHERS_END_SECONDS,
    Bounds,
    Finding,
    Kind,
    PullSeen,
    SoFar,
    Try,
    Why,
)
from github_app.github.failing_checks import Checks, FailingCheck, names_of
from github_app.github.failures import Refused
from github_app.github.pull_state import PullState, read_pull
from github_app.github.repository_settings import RepositoryOnGitHub
from github_app.github.review_threads import FoundThread
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.settings.narrowing import WatchLimits, narrow
from github_app.settings.repository import RepositorySettings
from state.columns import to_dollars
from state.findings import Chore
from state.watches import Watch, WatchTry

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
