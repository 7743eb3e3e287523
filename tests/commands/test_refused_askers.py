"""A refusal is remembered for minutes, by account and repository, and never for longer."""

from __future__ import annotations

import time

import pytest

from github_app.commands import refused_askers
from github_app.commands.refused_askers import MOST_THREADS, REMEMBER_SECONDS, RefusedAskers
from github_app.domain.ask import Account, Ask, By, Command, Origin, Repository, Target


def place(*, repository: int = 1, account: int = 2, thread: int = 1) -> Ask:
    target = Target(3, Repository(repository, "acme/slugs"), thread)
    return Ask(Command("do"), Origin(By.COMMENT, 1), Account(account, "ada"), target)


def test_it_holds_for_that_account_on_that_repository_alone() -> None:
    refused = RefusedAskers()
    refused.remember(place(), "has the role read")
    assert refused.recall(place()) is not None
    assert refused.recall(place(repository=9)) is None
    assert refused.recall(place(account=9)) is None


def test_somebody_who_was_given_access_waits_no_longer_than_it_holds_however_often_they_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused, now = RefusedAskers(), time.monotonic()
    refused.remember(place(), "has the role read")
    monkeypatch.setattr(time, "monotonic", lambda: now + REMEMBER_SECONDS - 1)
    assert refused.recall(place()) is not None
    monkeypatch.setattr(time, "monotonic", lambda: now + REMEMBER_SECONDS + 1)
    assert refused.recall(place()) is None


def test_they_are_told_once_a_thread_and_in_a_few_threads() -> None:
    refused = RefusedAskers()
    refusal = refused.remember(place(), "has the role read")
    for thread in range(MOST_THREADS):
        assert not refused.was_told(place(thread=thread))
        refusal.told_in.add(thread)
        assert refused.was_told(place(thread=thread))
    assert refused.was_told(place(thread=99))


def test_the_oldest_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_askers, "MOST_REMEMBERED", 2)
    refused = RefusedAskers()
    for account in range(3):
        refused.remember(place(account=account), "has the role read")
    assert [refused.recall(place(account=account)) is not None for account in range(3)] == [False, True, True]
