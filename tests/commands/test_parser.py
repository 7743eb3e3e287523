"""What a comment says: which command, if any, and when it is asked back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.commands.all_verbs import all_phrases
from github_app.commands.parser import parse, slips
from github_app.domain.ask import Command


def said(text: str) -> Command | None:
    return parse(text, "/harvest", all_phrases())


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/harvest", Command("do")),
        ("/harvest also add a test", Command("do", "also add a test")),
        ("/Harvest fix it", Command("do", "fix it")),
        ("  \n/harvest fix it\nand the docs", Command("do", "fix it\nand the docs")),
        ("/harvest\nfix it", Command("do", "fix it")),
        ("\ufeff/harvest fix it", Command("do", "fix it")),
        ("/harvest do", Command("do")),
        ("/harvest do it", Command("do", "do it")),
        ("/harvest do stpo", Command("do", "do stpo")),
        ("/harvest help", Command("help")),
        ("/harvest Help!", Command("help")),
        ("/harvest status?", Command("status")),
        ("/harvest stop", Command("stop")),
        ("/harvest stop.", Command("stop")),
        ("/harvest stop\n\nI'll do it myself.", Command("stop")),
        ("/harvest stop  and keep", Command("stop", "and keep")),
        ("/harvest ask why is it slow?", Command("ask", "why is it slow?")),
        ("/harvest ask:\n\nwhy is it slow?", Command("ask", "why is it slow?")),
        ("/harvest Ask", Command("ask")),
        ("/harvester fix it", None),
        ("please /harvest fix it", None),
        ("> /harvest fix it", None),
        ("`/harvest fix it`", None),
        ("```\n/harvest fix it\n```", None),
        ("    /harvest fix it", None),
        ("\n\t/harvest fix it", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_comment_is_a_command_when_its_first_word_is_the_command_word(text: str, command: Command | None) -> None:
    assert said(text) == command


@pytest.mark.parametrize(
    ("written", "verb", "text"),
    [
        ("stpo", "stop", ""),
        ("Stopp!", "stop", ""),
        ("stpo\n\nI'll do it myself.", "stop", ""),
        ("stop keep", "stop", "and keep"),
        ("stop and kepe", "stop", "and keep"),
        ("staus", "status", ""),
        ("hlep", "help", ""),
        ("aks", "ask", ""),
        ("aks why is it slow?", "ask", "why is it slow?"),
        ("assk why", "ask", "why"),
    ],
)
def test_what_is_nearly_a_verb_is_known_for_it_and_for_how_it_was_written(written: str, verb: str, text: str) -> None:
    command = said(f"/harvest {written}")
    assert command is not None
    assert (command.verb, command.text) == (verb, text)
    assert command.written
    assert written.startswith(command.written)


@pytest.mark.parametrize(
    "prompt",
    [
        "stop logging the password",
        "help me with this",
        "status bar should be blue",
        "task list should be sorted",
        "mask the token in the log",
        "as in the other file",
        "halt on errors",
        "start",
        "retry",
        "again",
        "go",
        "fix it",
        "test",
        "stop and think about the locks",
    ],
)
def test_a_prompt_that_begins_with_an_ordinary_word_is_to_be_done(prompt: str) -> None:
    assert said(f"/harvest {prompt}") == Command("do", prompt)


def test_the_command_word_can_be_another() -> None:
    assert parse("@bot do it", "@bot", all_phrases()) == Command("do", "do it")


@given(st.text())
def test_any_text_is_parsed_without_an_error(text: str) -> None:
    said(text)
    said(f"/harvest {text}")


@given(st.text(), st.sampled_from(["> ", "    ", "\t", "`", "- ", "see "]))
def test_a_line_that_is_quoted_code_or_begins_otherwise_is_never_a_command(text: str, before: str) -> None:
    assert said(f"{before}/harvest {text}") is None


@given(st.text(alphabet=st.characters(exclude_characters="`")))
def test_what_stands_in_a_block_of_code_is_never_a_command(text: str) -> None:
    assert said(f"```\n/harvest {text}\n```") is None


@given(st.text())
def test_whatever_follows_the_command_word_is_kept_or_is_a_verbs(text: str) -> None:
    command = said(f"/harvest {text}")
    assert command is not None
    if command.verb == "do" and text.strip().casefold().rstrip(".!?:,") != "do":
        assert command.text == text.strip() or text.strip().partition("\n")[0].casefold().strip(" .!?:,") == "do"
    assert command.text in text or command.text == "and keep"


@given(st.sampled_from(["stop", "status", "help", "ask"]), st.data())
def test_one_slip_in_a_verb_that_stands_alone_never_becomes_a_job_of_work(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    written = data.draw(st.sampled_from([swapped, word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :]]))
    command = said(f"/harvest {written}")
    assert command is not None
    assert command.verb != "do"


@given(st.text(max_size=12), st.text(max_size=12))
def test_slips_are_a_distance(one: str, other: str) -> None:
    assert slips(one, other) == slips(other, one)
    assert (slips(one, other) == 0) is (one == other)
    assert slips(one, other) <= max(len(one), len(other))
