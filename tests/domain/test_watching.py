"""What a watch does next: one table, no service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from github_app.domain.watching import (
    CHECKS_SHOW_UP_SECONDS,
    LONGEST_SECONDS,
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

CONFLICT = Finding(Kind.CONFLICT, frozenset({"base"}))
RED = Finding(Kind.CHECKS, frozenset({"tests", "lint"}))
LESS_RED = Finding(Kind.CHECKS, frozenset({"tests"}))
THREADS = Finding(Kind.REVIEWS, frozenset({"t1"}))

BOUNDS = Bounds("merged", tries=3, usd_left=5.0, works_on=frozenset(Kind))
GREEN = PullSeen("head", passed=2)
FAILING = PullSeen("head", findings=(RED,), passed=1)
CONFLICTING = PullSeen("head", mergeable=False, findings=(CONFLICT,))


def tried(finding: Finding = RED, outcome: str = "failed", head: str = "head") -> Try:
    return Try(head, finding, outcome)  # type: ignore[arg-type]  # the outcomes of jobs


def rounds(*given: Finding) -> dict[Kind, list[frozenset[str]]]:
    return {given[0].kind: [one.names for one in given]}


CASES: dict[str, tuple[PullSeen, SoFar, Bounds, Step]] = {
    "merged": (replace(GREEN, is_open=False, is_merged=True), SoFar(), BOUNDS, Over(Why.MERGED)),
    "closed": (replace(FAILING, is_open=False), SoFar(), BOUNDS, Over(Why.CLOSED)),
    "locked": (replace(FAILING, is_locked=True), SoFar(), BOUNDS, Over(Why.LOCKED)),
    "a job is under way": (FAILING, SoFar(job_under_way=True), BOUNDS, Wait()),
    "its job was stopped": (FAILING, SoFar((tried(outcome="stopped"),)), BOUNDS, Over(Why.STOPPED)),
    "its job was taken out of the queue": (FAILING, SoFar((tried(outcome="withdrawn"),)), BOUNDS, Over(Why.STOPPED)),
    "it is old": (GREEN, SoFar(age=LONGEST_SECONDS + 1), BOUNDS, Over(Why.OLD)),
    "nobody knows whether it conflicts": (replace(GREEN, mergeable=None), SoFar(), BOUNDS, Wait(10.0)),
    # Nothing is wrong.
    "green": (GREEN, SoFar(), BOUNDS, Wait()),
    "green was all that was wanted": (GREEN, SoFar(), replace(BOUNDS, until="green"), Over(Why.GREEN)),
    "no checks at all": (PullSeen("head"), SoFar(), replace(BOUNDS, until="green"), Over(Why.GREEN)),
    "its checks are yet to come": (PullSeen("head"), SoFar(had_checks=True), replace(BOUNDS, until="green"), Wait(10.0)),
    "its checks never came": (
        PullSeen("head"),
        SoFar(had_checks=True, head_age=CHECKS_SHOW_UP_SECONDS),
        replace(BOUNDS, until="green"),
        Over(Why.GREEN),
    ),
    "checks run": (replace(GREEN, unfinished=1), SoFar(), replace(BOUNDS, until="green"), Wait()),
    "a check was cancelled": (replace(GREEN, undecided=1), SoFar(), replace(BOUNDS, until="green"), Wait()),
    "it was mended": (GREEN, SoFar((tried(head="before", outcome="succeeded"),)), BOUNDS, SayMergeable()),
    "it was mended and told": (GREEN, SoFar((tried(head="before"),), told_tries=1), BOUNDS, Wait()),
    # Something is wrong.
    "red": (FAILING, SoFar(), BOUNDS, StartJob(RED, 1)),
    "a conflict": (CONFLICTING, SoFar(), BOUNDS, StartJob(CONFLICT, 1)),
    "an unresolved thread": (replace(GREEN, findings=(THREADS,)), SoFar(), BOUNDS, StartJob(THREADS, 1)),
    "the conflict comes first": (
        replace(CONFLICTING, findings=(THREADS, RED, CONFLICT)),
        SoFar(),
        BOUNDS,
        StartJob(CONFLICT, 1),
    ),
    "checks before threads": (replace(GREEN, findings=(THREADS, RED)), SoFar(), BOUNDS, StartJob(RED, 1)),
    "red, and it is not for the watch": (FAILING, SoFar(), replace(BOUNDS, works_on=frozenset({Kind.CONFLICT})), Wait()),
    "red, and others run": (replace(FAILING, unfinished=1), SoFar(), BOUNDS, Wait(OTHERS_END_SECONDS)),
    "red, and others run for ever": (
        replace(FAILING, unfinished=1),
        SoFar(head_age=OTHERS_END_SECONDS),
        BOUNDS,
        StartJob(RED, 1),
    ),
    # It goes on, or round in circles.
    "the job failed": (FAILING, SoFar((tried(),)), BOUNDS, StartJob(RED, 2)),
    "the job timed out": (FAILING, SoFar((tried(outcome="timed_out"),)), BOUNDS, StartJob(RED, 2)),
    "the job changed nothing": (FAILING, SoFar((tried(outcome="no_change"),)), BOUNDS, Over(Why.STUCK)),
    "the job was refused": (CONFLICTING, SoFar((tried(CONFLICT, "refused"),)), BOUNDS, Over(Why.STUCK)),
    "the job went to another branch": (FAILING, SoFar((tried(outcome="succeeded"),)), BOUNDS, Over(Why.STUCK)),
    "the tries are used up": (FAILING, SoFar((tried(), tried(), tried())), BOUNDS, Over(Why.TRIES)),
    "used up by different findings": (
        FAILING,
        SoFar((tried(CONFLICT, "no_change"), tried(THREADS, "no_change"), tried(LESS_RED, "no_change"))),
        BOUNDS,
        Over(Why.TRIES),
    ),
    "tries of another head": (FAILING, SoFar((tried(head="a"), tried(head="b"), tried(head="c"))), BOUNDS, StartJob(RED, 1)),
    "it gets less": (
        replace(FAILING, findings=(LESS_RED,)),
        SoFar((tried(head="before", outcome="succeeded"),), rounds=rounds(RED)),
        BOUNDS,
        StartJob(LESS_RED, 1),
    ),
    "it does not get less": (
        FAILING,
        SoFar((tried(head="before", outcome="succeeded"),), rounds=rounds(RED)),
        BOUNDS,
        Over(Why.NOT_FEWER),
    ),
    "rounds of another kind": (FAILING, SoFar(rounds=rounds(CONFLICT)), BOUNDS, StartJob(RED, 1)),
    "the money is spent": (FAILING, SoFar(), replace(BOUNDS, usd_left=0.001), Over(Why.SPENT)),
    "the money is spent, and nothing is wrong": (GREEN, SoFar(), replace(BOUNDS, usd_left=0.0), Wait()),
}


@pytest.mark.parametrize(("seen", "so_far", "bounds", "step"), CASES.values(), ids=CASES.keys())
def test_what_a_watch_does_next(seen: PullSeen, so_far: SoFar, bounds: Bounds, step: Step) -> None:
    assert next_step(seen, so_far, bounds) == step


@pytest.mark.parametrize(
    ("kind", "seen", "settled"),
    [
        (Kind.CHECKS, GREEN, True),
        (Kind.CHECKS, FAILING, False),
        (Kind.CHECKS, PullSeen("head"), False),
        (Kind.CHECKS, replace(GREEN, unfinished=1), False),
        (Kind.CHECKS, replace(GREEN, undecided=1), False),
        (Kind.CONFLICT, FAILING, True),
        (Kind.CONFLICT, CONFLICTING, False),
        (Kind.CONFLICT, replace(GREEN, mergeable=None), False),
        (Kind.CONFLICT, replace(GREEN, is_open=False), False),
    ],
)
def test_whether_something_is_certainly_over(kind: Kind, seen: PullSeen, settled: bool) -> None:
    assert is_settled(kind, seen) is settled
