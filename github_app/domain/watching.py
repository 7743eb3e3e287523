"""What a watch does next: given a pull request as it stands, and what was done for it so far. Pure.

A watch does one thing at a time: it waits, has one finding worked on by a job, or ends. What keeps it from going round in
circles is decided here: tries for a head, findings that don't get fewer, a job that changed nothing, money, time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from github_app.domain import rounds
from github_app.domain.rounds import Rounds
from state.jobs import Outcome

Until = Literal["merged", "green"]

# GitHub works out whether there are conflicts when it is asked; and a check shows up some time after its commit.
MOMENT_SECONDS = 10.0
CHECKS_SHOW_UP_SECONDS = 5 * 60.0
# A check that fails waits so long for the others of its head to end, so that one job mends them all.
OTHERS_END_SECONDS = 30 * 60.0
# What GitHub did not tell of is found after this.
LOOK_AGAIN_SECONDS = 15 * 60.0
LONGEST_SECONDS = 30 * 24 * 60 * 60.0
# Less pays for no request to a model.
LEAST_USD = 0.01


class Kind(StrEnum):
    """What can be wrong with a pull request, called by the chore that settles it (`state/findings.py`), in the order in which
    it is worked on: checks of a head that conflicts with its base may not even run."""

    CONFLICT = "rebase"
    CHECKS = "fix-ci"
    REVIEWS = "resolve"


class Why(StrEnum):
    """Why a watch is over."""

    MERGED = "merged"
    CLOSED = "closed"
    LOCKED = "locked"
    GREEN = "green"
    OLD = "old"
    STOPPED = "stopped"
    TRIES = "tries"
    STUCK = "stuck"
    NOT_FEWER = "not fewer"
    SPENT = "spent"
    # What only asking GitHub, or a person, can tell.
    OFF = "off"
    MAY_NOT = "may not"
    NOT_ALLOWED = "not allowed"
    NOT_STARTED = "not started"
    UNREADABLE = "unreadable"
    GONE = "gone"


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, by the names of its parts: failing checks, threads, the base that it conflicts with."""

    kind: Kind
    names: frozenset[str]


@dataclass(frozen=True)
class PullSeen:
    """A pull request as it stands. `mergeable` is None until GitHub knows. Of its checks so many `passed`, have not ended yet
    (`unfinished`), or ended neither well nor badly (`undecided`: cancelled, for example)."""

    head_sha: str
    is_open: bool = True
    is_merged: bool = False
    is_locked: bool = False
    mergeable: bool | None = True
    findings: tuple[Finding, ...] = ()
    passed: int = 0
    unfinished: int = 0
    undecided: int = 0

    @property
    def has_checks(self) -> bool:
        failing = any(one.kind is Kind.CHECKS for one in self.findings)
        return failing or self.passed + self.unfinished + self.undecided > 0


@dataclass(frozen=True)
class Try:
    """A job that was started for a finding on that head. Its outcome is None as long as it runs."""

    head_sha: str
    finding: Finding
    outcome: Outcome | None = "succeeded"


@dataclass(frozen=True)
class SoFar:
    """What was done. `rounds` are what jobs were given on earlier heads, by its kind, since there was nothing of that.
    `told_tries`: so many are known not to have been in vain. `job_under_way`: any job of the session, whoever asked for it.
    `age` and `head_age` are in seconds: since the watch began, and since this head was first seen. `had_checks`: this head or
    one before it had some."""

    tries: tuple[Try, ...] = ()
    rounds: Mapping[Kind, Sequence[frozenset[str]]] = field(default_factory=dict)
    told_tries: int = 0
    job_under_way: bool = False
    age: float = 0.0
    head_age: float = 0.0
    had_checks: bool = False


@dataclass(frozen=True)
class Bounds:
    """What holds for it. `tries` are how many jobs one head gets, and how many rounds may go by without fewer findings.
    `works_on` are the kinds that it does something about."""

    until: Until
    tries: int
    usd_left: float
    works_on: frozenset[Kind]


@dataclass(frozen=True)
class Wait:
    """Nothing to do now; it is looked at again in so many seconds, or when something happens."""

    seconds: float = LOOK_AGAIN_SECONDS


@dataclass(frozen=True)
class StartJob:
    """This finding is worked on, for the how-manieth time on its head."""

    finding: Finding
    number: int


@dataclass(frozen=True)
class SayMergeable:
    """What was wrong is mended, and the watch goes on."""


@dataclass(frozen=True)
class Over:
    """The watch ends."""

    why: Why


Step = Wait | StartJob | SayMergeable | Over


def next_step(seen: PullSeen, so_far: SoFar, bounds: Bounds) -> Step:
    """What is done now."""
    if not seen.is_open:
        return Over(Why.MERGED if seen.is_merged else Why.CLOSED)
    if seen.is_locked:  # nobody could be told what becomes of it
        return Over(Why.LOCKED)
    if so_far.job_under_way:
        return Wait()
    if so_far.tries and so_far.tries[-1].outcome in ("stopped", "withdrawn"):
        return Over(Why.STOPPED)
    if so_far.age > LONGEST_SECONDS:
        return Over(Why.OLD)
    if seen.mergeable is None:
        return Wait(MOMENT_SECONDS)
    workable = sorted(
        (one for one in seen.findings if one.kind in bounds.works_on), key=lambda one: list(Kind).index(one.kind)
    )
    if not workable:
        return with_nothing_to_work_on(seen, so_far, bounds)
    if workable[0].kind is Kind.CHECKS and seen.unfinished and so_far.head_age < OTHERS_END_SECONDS:
        return Wait(max(MOMENT_SECONDS, OTHERS_END_SECONDS - so_far.head_age))
    return work_on(workable[0], seen, so_far, bounds)


def with_nothing_to_work_on(seen: PullSeen, so_far: SoFar, bounds: Bounds) -> Step:
    if seen.findings or seen.unfinished or seen.undecided:
        return Wait()
    if so_far.had_checks and not seen.has_checks and so_far.head_age < CHECKS_SHOW_UP_SECONDS:
        return Wait(MOMENT_SECONDS)
    if bounds.until == "green":
        return Over(Why.GREEN)
    return SayMergeable() if len(so_far.tries) > so_far.told_tries else Wait()


def work_on(finding: Finding, seen: PullSeen, so_far: SoFar, bounds: Bounds) -> Step:
    on_this_head = [one for one in so_far.tries if one.head_sha == seen.head_sha]
    same = [one for one in on_this_head if one.finding == finding]
    if same and same[-1].outcome not in ("failed", "timed_out"):  # it said that there is nothing to do, or may not do it
        return Over(Why.STUCK)
    if len(on_this_head) >= bounds.tries:
        return Over(Why.TRIES)
    if rounds.after([*so_far.rounds.get(finding.kind, ()), finding.names]) is not Rounds.GO_ON:
        return Over(Why.NOT_FEWER)
    if bounds.usd_left < LEAST_USD:
        return Over(Why.SPENT)
    return StartJob(finding, len(same) + 1)


def is_settled(kind: Kind, seen: PullSeen) -> bool:
    """Whether it is certain that there is nothing of that kind now."""
    if not seen.is_open or any(one.kind is kind for one in seen.findings):
        return False
    match kind:
        case Kind.CONFLICT:
            return seen.mergeable is True
        case Kind.CHECKS:
            return seen.passed > 0 and not seen.unfinished and not seen.undecided
        case Kind.REVIEWS:
            return True
