"""Of people who were not let in before, so many have a turn, and then one more a minute."""

from __future__ import annotations

import time

import pytest

from github_app.commands import strangers
from github_app.commands.strangers import A_TURN_SECONDS, AT_ONCE, Strangers
from github_app.domain.ask import Account, Ask, By, Command, Origin, Repository, Target


def by(account: int, *, kind: str = "User", repository: int = 1, installation: int = 3) -> Ask:
    target = Target(installation, Repository(repository, "acme/slugs"), 1)
    return Ask(Command("do"), Origin(By.COMMENT, 1), Account(account, "ada", kind), target)


def a_crowd(turns: Strangers) -> list[bool]:
    return [turns.has_turn(by(account)) for account in range(AT_ONCE + 2)]


def test_an_installation_has_so_many_in_all_its_repositories() -> None:
    turns = Strangers()
    assert a_crowd(turns) == [True] * AT_ONCE + [False] * 2
    assert not turns.has_turn(by(99, repository=2))
    assert turns.has_turn(by(99, installation=4))


def test_a_minute_brings_one_more_and_a_quiet_day_no_more_than_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, now = Strangers(), time.monotonic()
    a_crowd(turns)
    monkeypatch.setattr(time, "monotonic", lambda: now + A_TURN_SECONDS + 1)
    assert a_crowd(turns) == [True] + [False] * (AT_ONCE + 1)
    monkeypatch.setattr(time, "monotonic", lambda: now + 24 * 60 * A_TURN_SECONDS)
    assert a_crowd(turns) == [True] * AT_ONCE + [False] * 2


def test_who_was_let_in_before_needs_no_turn_and_neither_does_a_bot() -> None:
    turns = Strangers()
    turns.let_in(by(7))
    assert [turns.has_turn(by(7)) for _ in range(AT_ONCE)] == [True] * AT_ONCE
    a_crowd(turns)
    assert turns.has_turn(by(7))
    assert turns.has_turn(by(98, kind="Bot"))
    assert not turns.has_turn(by(7, repository=2)), "it is another repository's"


def test_the_one_let_in_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "MOST_REMEMBERED", 2)
    turns = Strangers()
    for account in (101, 102, 101, 103):
        turns.let_in(by(account))
    a_crowd(turns)
    assert [turns.has_turn(by(account)) for account in (101, 102, 103)] == [True, False, True]
