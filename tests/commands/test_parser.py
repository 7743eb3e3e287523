"""What a comment says: which command, if any, and when it is asked back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.commands.all_verbs import grammar
from github_app.commands.parser import MOST_COMMANDS, parse
from github_app.commands.slips import slips
from github_app.domain.ask import Command, Unclear

GRAMMAR = grammar("/harvest", "@harvest-local[bot]", "@harvest-local")


def commands_in(text: str) -> tuple[Command, ...]:
    return parse(text, GRAMMAR).commands


def said(text: str) -> Command | None:
    """The one command in a text, if there is one."""
    commands = commands_in(text)
    assert len(commands) <= 1
    return commands[0] if commands else None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/harvest", Command("do")),
        ("/harvest also add a test", Command("do", "also add a test")),
        ("/Harvest fix it", Command("do", "fix it")),
        ("  \n/harvest fix it\nand the docs", Command("do", "fix it\nand the docs")),
        ("/harvest\nfix it", Command("do", "fix it")),
        ("/harvest\r\nfix it\r\n", Command("do", "fix it")),
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
        ("/harvest **stop**", Command("stop")),
        ("/harvest `status`", Command("status")),
        # However the word is set off.
        ("/harvest: fix it", Command("do", "fix it")),
        ("/harvest, fix it", Command("do", "fix it")),
        ("/harvest:fix it", Command("do", "fix it")),
        ("**/harvest** fix it", Command("do", "fix it")),
        ("**/harvest:** fix it", Command("do", "fix it")),
        ("**/harvest**: stop", Command("stop")),
        ("**/harvest fix it**", Command("do", "fix it")),
        ("_/harvest_ stop", Command("stop")),
        ("@harvest-local fix it", Command("do", "fix it")),
        ("@Harvest-Local[bot], stop", Command("stop")),
        # On any line.
        ("The test is flaky.\n/harvest fix it", Command("do", "fix it")),
        ("Thanks!\n\n/harvest stop", Command("stop")),
        ("> what was said\n\n/harvest stop", Command("stop")),
        ("> what was said\n/harvest stop", Command("stop")),
        ("```\ncode\n```\n/harvest fix it\n```\nmore\n```", Command("do", "fix it\n```\nmore\n```")),
        ("<!-- a template -->\n/harvest stop", Command("stop")),
        # For somebody else.
        ("/harvester fix it", None),
        ("/harvest/readme.md is gone", None),
        ("/harvest.txt is gone", None),
        ("please /harvest fix it", None),
        ("see @harvest-local", None),
        ("@harvest-locals fix it", None),
        ("@harvest fix it", None),
        ("-/harvest fix it", None),
        ("- please /harvest fix it", None),
        ("- @harvest-local fixes it", None),
        ("- `/harvest fix it`", None),
        ("> - /harvest fix it", None),
        ("Two:\n```\n- /harvest fix it\n```", None),
        # Quoted, code, hidden.
        ("> /harvest fix it", None),
        ("Look:\n> /harvest fix it", None),
        ("`/harvest fix it`", None),
        ("a `span of code\n/harvest fix it\nends` here", None),
        ("```\n/harvest fix it\n```", None),
        ("text\n\n~~~~\n```\n/harvest fix it\n~~~~", None),
        ("    /harvest fix it", None),
        ("text\n\n    /harvest fix it", None),
        ("\n\t/harvest fix it", None),
        ("<!--\n/harvest fix it\n-->", None),
        ("text <!-- hidden\n/harvest fix it\n--> text", None),
        ("<pre>\n/harvest fix it\n</pre>", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_command_is_a_line_that_begins_with_the_word_outside_of_code_and_quotes(text: str, command: Command | None) -> None:
    assert said(text) == command


def test_what_stands_above_a_command_goes_with_it() -> None:
    found = parse("The cache is stale.\n\nSee #3.\n/harvest fix it", GRAMMAR)
    assert found.above == "The cache is stale.\n\nSee #3."


def test_several_commands_are_done_in_order_each_with_the_text_up_to_the_next() -> None:
    anew = "it anew\nwith a test\n```\n/harvest help\n```"
    text = f"/harvest stop\nIt is wrong.\n\n/harvest do --draft {anew}\n@harvest-local status"
    assert commands_in(text) == (
        Command("stop"),
        Command("do", anew, {"draft": ""}),
        Command("status"),
    )


def test_more_commands_than_anybody_means_are_asked_back() -> None:
    (command,) = commands_in("/harvest help\n" * (MOST_COMMANDS + 1))
    assert command.unclear is not None
    assert command.unclear.fault == "many"
    assert len(commands_in("/harvest help\n" * MOST_COMMANDS)) == MOST_COMMANDS


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("--model opus fix it", Command("do", "fix it", {"model": "opus"})),
        ("--model=opus", Command("do", "", {"model": "opus"})),
        ("do --base release/2 --ready fix it\nwell", Command("do", "fix it\nwell", {"base": "release/2", "ready": ""})),
        ("--budget $2.50 --draft\nfix it", Command("do", "fix it", {"budget": "$2.50", "draft": ""})),
        ("—model opus fix it", Command("do", "fix it", {"model": "opus"})),
        ("ask --model haiku why?", Command("ask", "why?", {"model": "haiku"})),
        ("-- add a flag --draft", Command("do", "add a flag --draft")),
        ("add a --verbose flag", Command("do", "add a --verbose flag")),
        ("— fix it", Command("do", "— fix it")),
        ("plan --model opus", Command("plan", "", {"model": "opus"})),
        ("plan --model opus move it", Command("plan", "move it", {"model": "opus"})),
        ("plan --budget 1\nmove it", Command("plan", "move it", {"budget": "1"})),
    ],
)
def test_options_stand_before_the_text(text: str, command: Command) -> None:
    assert said(f"/harvest {text}") == command


@pytest.mark.parametrize(
    ("text", "fault", "written", "meant"),
    [
        ("--modle opus fix it", "option", "--modle", "--model"),
        ("--verbose fix it", "option", "--verbose", "--model, --base, --draft, --ready, --budget, --allow-workflows"),
        ("ask --base main why?", "option", "--base", "--model, --budget"),
        ("help --model opus", "option", "--model", ""),
        ("-h", "option", "-h", "--model, --base, --draft, --ready, --budget, --allow-workflows"),
        ("--draft --ready fix it", "twice", "--draft", "--ready"),
        ("--model opus --model haiku", "twice", "--model", "--model"),
        ("--budget lots", "value", "--budget lots", "--budget 2.50"),
        ("--budget 0", "value", "--budget 0", "--budget 2.50"),
        ("--budget", "value", "--budget", "--budget 2.50"),
        ("--budget --draft", "value", "--budget", "--budget 2.50"),
        ("--draft=yes", "value", "--draft yes", "--draft"),
        ("--model gpt-5 fix it", "value", "--model gpt-5", "--model opus"),
        ("--base -x", "value", "--base -x", "--base release/2"),
        ("fix it --model opus", "order", "/harvest fix it --model opus", "/harvest --model opus fix it"),
        ("ask why? --budget 1", "order", "/harvest ask why? --budget 1", "/harvest ask --budget 1 why?"),
    ],
)
def test_an_option_that_is_not_right_is_asked_back(text: str, fault: str, written: str, meant: str) -> None:
    command = said(f"/harvest {text}")
    assert command is not None
    assert command.unclear is not None
    assert (command.unclear.fault, command.unclear.written, command.unclear.meant) == (fault, written, meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/harvset fix it", "/harvest fix it"),
        ("/harvst", "/harvest"),
        ("/harvests fix it", "/harvest fix it"),
        ("**/harvset** stop", "/harvest stop"),
        ("/harvest? fix it", "/harvest fix it"),
    ],
)
def test_one_slip_in_the_command_word_is_asked_back(text: str, meant: str) -> None:
    command = said(text)
    assert command is not None
    assert command.unclear is not None
    assert (command.unclear.fault, command.unclear.meant) == ("word", meant)


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
        ("stop now", "stop", ""),
        ("stop it please", "stop", ""),
        ("retry with opus", "retry", ""),
        ("stop and keep that", "stop and keep", ""),
        ("--help", "help", ""),
        ("aks why is it slow?", "ask", "why is it slow?"),
        ("assk why", "ask", "why"),
    ],
)
def test_what_is_nearly_a_verb_is_known_for_it_and_for_how_it_was_written(written: str, verb: str, text: str) -> None:
    command = said(f"/harvest {written}")
    assert command is not None
    assert command.unclear is not None
    assert command.unclear.fault == "verb"
    assert command.unclear.written == f"/harvest {written.partition(chr(10))[0]}"
    assert command.unclear.meant == f"/harvest {' '.join(filter(None, [verb, text]))}"


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
        "reset the cache",
        "start",
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
    assert parse("@bot do it", grammar("@bot")).commands == (Command("do", "do it"),)


@pytest.mark.parametrize("mark", ["- ", "* ", "+ ", "1. ", "12) ", "- [ ] ", "* [x] ", "# ", "  - ", "Next:\n\n- wait\n- "])
def test_behind_the_mark_of_a_list_or_a_heading_it_is_asked_back(mark: str) -> None:
    command = said(f"{mark}/harvest fix it\n{mark}/harvest and the docs")
    assert command is not None
    assert command.unclear == Unclear("mark", f"{mark.rpartition(chr(10))[2]}/harvest fix it".strip(), "/harvest fix it")


def test_a_list_beside_a_command_is_a_text_of_its_own() -> None:
    assert said("/harvest fix these:\n- /harvest help is wrong") == Command("do", "fix these:\n- /harvest help is wrong")


@given(st.text())
def test_any_text_is_parsed_without_an_error(text: str) -> None:
    commands_in(text)
    commands_in(f"/harvest {text}")


@given(
    st.lists(
        st.sampled_from(
            ["/harvest", "--model", "--draft", "--", "opus", "stop", "> ", "```", "`", "<!--", "-->", "\n", " ", "x"]
        )
    )
)
def test_any_order_of_what_the_grammar_knows_is_parsed_without_an_error(words: list[str]) -> None:
    for command in commands_in(" ".join(words)):
        assert command.unclear is not None or command.options.keys() <= {"model", "draft"}


@given(st.text(alphabet=st.characters(exclude_characters="\n\r")), st.sampled_from(["> ", "    ", "\t", "`", "see "]))
def test_a_line_that_is_quoted_code_or_begins_otherwise_is_never_a_command(text: str, before: str) -> None:
    assert said(f"{before}/harvest {text}") is None


@given(st.text(alphabet=st.characters(exclude_characters="`")))
def test_what_stands_in_a_block_of_code_is_never_a_command(text: str) -> None:
    assert said(f"```\n/harvest {text}\n```") is None


@given(st.text(alphabet=st.characters(exclude_characters="\r-–—")))
def test_whatever_follows_the_command_word_is_kept_or_is_a_verbs(text: str) -> None:
    command = commands_in(f"/harvest {text}")[0]
    if command.verb == "do" and text.strip().casefold().rstrip(".!?:,") != "do" and command.unclear is None:
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
