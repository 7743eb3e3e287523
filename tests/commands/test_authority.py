"""Who may ask: the decision, without GitHub."""

from __future__ import annotations

from typing import get_args

import pytest

from github_app.commands.authority import No, Terms, Yes, decide_by_account, decide_by_role
from github_app.domain.ask import Account
from github_app.settings.repository import Role
from github_app.settings.repository_file import read_settings

ADA = Account(1, "ada", "User")


@pytest.mark.parametrize(
    ("role", "permission", "may"),
    [
        ("admin", "admin", True),
        ("maintain", "write", True),
        ("write", "write", True),
        ("triage", "read", False),
        ("read", "read", False),
        ("none", "none", False),
        (None, None, False),
        ("", "", False),
        # GitHub folds triage into read; should it ever fold it the other way, the exact role still decides.
        ("triage", "write", False),
        # An organization's own role counts by the permission that it is built on.
        ("release-manager", "write", True),
        ("release-manager", "read", False),
        ("release-manager", None, False),
    ],
)
def test_asking_takes_write_permission(role: str | None, permission: str | None, may: bool) -> None:
    answer = decide_by_role(ADA, role, permission, Terms())
    assert isinstance(answer, Yes) is may
    if isinstance(answer, No):
        assert answer.say_so


def test_a_person_is_asked_about() -> None:
    assert decide_by_account(ADA, ()) is None


@pytest.mark.parametrize("kind", ["Organization", "Mannequin", "", "user"])
def test_only_people_can_ask(kind: str) -> None:
    answer = decide_by_account(Account(1, "acme", kind), ())
    assert isinstance(answer, No)
    assert not answer.say_so


def test_a_bot_may_ask_only_when_its_account_id_is_listed() -> None:
    bot = Account(41898282, "renovate[bot]", "Bot")
    assert isinstance(decide_by_account(bot, ()), No)
    assert isinstance(decide_by_account(bot, ("renovate[bot]",)), No)
    assert decide_by_account(bot, ("41898282",)) is None


def test_a_person_whose_name_looks_like_a_bots_is_a_person() -> None:
    assert decide_by_account(Account(2, "evil[bot]", "User"), ("2",)) is None


@pytest.mark.parametrize(
    ("role", "permission", "enough_for"),
    [
        ("write", "write", ["write"]),
        ("maintain", "write", ["write", "maintain"]),
        ("admin", "admin", ["write", "maintain", "admin"]),
        ("release-manager", "write", ["write"]),
        ("release-manager", "admin", ["write", "maintain", "admin"]),
        ("triage", "read", []),
    ],
)
def test_a_repository_can_ask_for_a_higher_role(role: str, permission: str, enough_for: list[str]) -> None:
    answers = {needed: decide_by_role(ADA, role, permission, Terms(needed), "roles.change") for needed in get_args(Role)}
    assert [needed for needed, answer in answers.items() if isinstance(answer, Yes)] == enough_for
    told = {answer.by_setting for answer in answers.values() if isinstance(answer, No)}
    assert told <= ({"roles.change"} if enough_for else {""})


def test_a_repository_can_name_the_people_and_bots_who_may_ask() -> None:
    own = read_settings(b"people: [Ada]\nbots: [7, 8]\nroles: {stop: admin}")
    terms = Terms.of("change", ("8", "9"), own)
    assert terms == Terms("write", ("Ada",), frozenset({"8"}))
    assert Terms.of("stop", (), own).role == "admin"
    assert isinstance(decide_by_role(ADA, "write", "write", terms), Yes), "logins don't differ by case"
    bob = decide_by_role(Account(2, "bob"), "admin", "admin", terms)
    assert isinstance(bob, No)
    assert (bob.say_so, bob.by_setting) == (True, "people")
    assert isinstance(decide_by_role(Account(8, "renovate[bot]", "Bot"), "write", "write", terms), Yes)
