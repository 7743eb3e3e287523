"""The command grammar: what is a command, and which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.commands.grammar import VERBS, Command, Do, Help, Stop, parse_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/harvest", Do("")),
        ("/harvest also add a test", Do("also add a test")),
        ("/Harvest fix it", Do("fix it")),
        ("  \n/harvest fix it\nand the docs", Do("fix it\nand the docs")),
        ("/harvest\nfix it", Do("fix it")),
        ("\ufeff/harvest fix it", Do("fix it")),
        ("/harvest help", Help()),
        ("/harvest Help!", Help()),
        ("/harvest stop", Stop()),
        ("/harvest stop.", Stop()),
        ("/harvest stop and keep", Stop(keep=True)),
        ("/harvest stop logging the password", Do("stop logging the password")),
        ("/harvest help me with this", Do("help me with this")),
        ("/harvester fix it", None),
        ("please /harvest fix it", None),
        ("> /harvest fix it", None),
        ("`/harvest fix it`", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_comment_is_a_command_when_its_first_word_is_the_command_word(text: str, command: Command | None) -> None:
    assert parse_command(text, "/harvest") == command


def test_the_command_word_can_be_another() -> None:
    assert parse_command("@bot do it", "@bot") == Do("do it")


@given(st.text())
def test_any_text_is_parsed_without_an_error(text: str) -> None:
    parse_command(text, "/harvest")


@given(st.text())
def test_whatever_follows_the_command_word_is_kept_as_the_prompt(prompt: str) -> None:
    match parse_command(f"/harvest {prompt}", "/harvest"):
        case Do(kept):
            assert kept == prompt.strip()
        case other:
            assert prompt.strip().casefold().rstrip(".!?") in VERBS, other
