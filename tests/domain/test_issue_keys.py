"""Which issues of another tracker a request names."""

from __future__ import annotations

import pytest

from github_app.domain.ask import Account, Ask, By, Command, Origin, PullHead, Repository, Target
from github_app.domain.issue_keys import keys_in, keys_in_branch, keys_named

TEAMS = ("ENG", "OPS2")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Do ENG-123.", ["ENG-123"]),
        ("ENG-1, ENG-2 and ENG-1 again (OPS2-7)", ["ENG-1", "ENG-2", "OPS2-7"]),
        ("https://linear.app/acme/issue/ENG-123/round-half-up", ["ENG-123"]),
        ("[ENG-123](https://linear.app/acme/issue/ENG-123)", ["ENG-123"]),
        ("**ENG-5**: as said in `ENG-6`", ["ENG-5", "ENG-6"]),
        ("UTF-8, SHA-256, CVE-2024-1234, RFC-2119, GPT-5, ISO-8601 and COVID-19", []),
        ("eng-123 and Eng-123 are words", []),
        ("PRE-ENG-1, XENG-1, _ENG-1, ENG-1a, ENG-1_2, ENG-1.2, ENG-1-2", []),
        ("ENG-0, ENG-01, ENG-, ENG-12345678", []),
        ("Look at ENG-4.", ["ENG-4"]),
        ("<!-- ENG-9 -->Tidy up.", []),
        ("EN\u200bG-9 is broken by something that nobody sees", ["ENG-9"]),
        ("ÄENG-1 and ENG-1Ä", []),
    ],
)
def test_a_key_counts_where_its_team_was_named_and_a_reader_sees_it(text: str, keys: list[str]) -> None:
    assert keys_in(text, TEAMS) == keys
    assert keys_in(text, ()) == []


@pytest.mark.parametrize(
    ("branch", "keys"),
    [
        ("ada/eng-123-round-half-up", ["ENG-123"]),
        ("ENG-123", ["ENG-123"]),
        ("fix/ops2-7", ["OPS2-7"]),
        ("harvest/12-eng-3-2-columns", ["ENG-3"]),
        ("feature/utf-8", []),
        ("english-1", []),
    ],
)
def test_a_branch_names_its_issue_as_trackers_write_it(branch: str, keys: list[str]) -> None:
    assert keys_in_branch(branch, TEAMS) == keys


def ask(text: str, title: str = "", body: str = "", branch: str = "") -> Ask:
    pull = PullHead(5, "a" * 40, branch, "main", title) if branch else None
    target = Target(1, Repository(2, "acme/tide"), 5, "pull" if pull else "issue", title, body, pull=pull)
    return Ask(Command("do", text), Origin(By.COMMENT, 3), Account(4, "ada", "User"), target)


def test_what_was_said_comes_first_and_the_threads_text_counts_where_nothing_was() -> None:
    everything = {"title": "ENG-2: round", "body": "See ENG-3.", "branch": "ada/eng-4"}
    assert keys_named(ask("Do ENG-1.", **everything), TEAMS) == ["ENG-1", "ENG-2", "ENG-4"]
    assert keys_named(ask("", **everything), TEAMS) == ["ENG-2", "ENG-3", "ENG-4"]
    assert keys_named(ask("ENG-4"), TEAMS) == ["ENG-4"]
