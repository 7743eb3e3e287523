"""What the agent may ask of `run_tests`, and what it reads of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from github_app.domain.junit import FailedTest, JUnitReport
from github_app.gateway.tools.arguments import Unclear
from github_app.jobs.own_tools.run_tests import (
    HEAD_CHARACTERS,
    MAX_ARGUMENT_CHARACTERS,
    MAX_ARGUMENTS,
    MAX_FAILED_TOLD,
    NO_COMMAND,
    SPARE_SECONDS,
    TAIL_CHARACTERS,
    commands_of,
    seconds_for,
    told,
)
from github_app.jobs.own_tools.tool import Call
from github_app.jobs.repository_tests import TestsRan

ONE, TWO = ("make test",), ("make lint", "make test")


def asked(**arguments: Any) -> Call:
    return Call(cast(Any, None), cast(Any, None), arguments)


@pytest.mark.parametrize(
    ("configured", "arguments", "commands", "whole"),
    [
        (ONE, {}, ["make test"], True),
        (TWO, {}, ["make lint", "make test"], True),
        (ONE, {"arguments": []}, ["make test"], True),
        (ONE, {"command": 1}, ["make test"], True),
        (ONE, {"arguments": ["-k", "a b; rm -rf $HOME"]}, ["make test -k 'a b; rm -rf $HOME'"], False),
        (TWO, {"command": 2}, ["make test"], False),
        (TWO, {"command": 2, "arguments": ["x"]}, ["make test x"], False),
    ],
)
def test_the_repositorys_commands_are_run_and_what_is_added_is_words_of_their_own(
    configured: tuple[str, ...], arguments: dict[str, Any], commands: list[str], whole: bool
) -> None:
    assert commands_of(configured, asked(**arguments)) == (commands, whole)


@pytest.mark.parametrize(
    ("configured", "arguments", "problem"),
    [
        ((), {}, NO_COMMAND),
        (TWO, {"arguments": ["x"]}, "command: the number of one of these is needed (1: make lint, 2: make test)"),
        (ONE, {"command": 2}, "command: "),
        (ONE, {"command": 0}, "command: "),
        (ONE, {"command": True}, "command: "),
        (ONE, {"command": "make test"}, "command: "),
        (ONE, {"arguments": "-k x"}, "arguments: "),
        (ONE, {"arguments": [1]}, "arguments: "),
        (ONE, {"arguments": ["a\0b"]}, "arguments: "),
        (ONE, {"arguments": ["x" * (MAX_ARGUMENT_CHARACTERS + 1)]}, "arguments: "),
        (ONE, {"arguments": ["x"] * (MAX_ARGUMENTS + 1)}, "arguments: "),
    ],
)
def test_what_is_unclear_is_told(configured: tuple[str, ...], arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(Unclear) as unclear:
        commands_of(configured, asked(**arguments))
    assert str(unclear.value).startswith(problem)


def context(*, minutes: float = 10, silence: float = 15, deadline: float | None = None) -> Any:
    settings = SimpleNamespace(test_minutes=minutes, silence_minutes=silence)
    return SimpleNamespace(services=SimpleNamespace(settings=settings), job=SimpleNamespace(deadline=deadline))


def test_a_run_ends_in_time_for_the_agent_to_hear_of_it() -> None:
    assert seconds_for(context(), 0) == 600
    assert seconds_for(context(silence=5), 0) == 300 - SPARE_SECONDS
    assert seconds_for(context(silence=0.1), 0) == 3
    assert seconds_for(context(deadline=1_100), 1_000) == 100 - SPARE_SECONDS
    with pytest.raises(Unclear, match="nearly over"):
        seconds_for(context(deadline=1_000 + SPARE_SECONDS), 1_000)


def test_the_agent_reads_the_end_the_failing_tests_and_both_ends_of_the_output() -> None:
    failed = tuple(FailedTest(f"test_{number}", "no") for number in range(MAX_FAILED_TOLD + 2))
    ran = TestsRan(1, b"", 2.0, "a" * 40, "b" * 40, JUnitReport(90, 50, 3, failed), ("A test report could not be read: x.",))
    text = told(["make test"], ran, 2, f"first{'x' * (HEAD_CHARACTERS + TAIL_CHARACTERS)}last\n", "/tmp/tests-2.log")
    for words in (
        "Exit code 1, after 2.0 s. Harvest ran: make test\n90 tests, 50 failed, 3 skipped.\n- test_0: no\n",
        f"- and {50 - MAX_FAILED_TOLD} more\nA test report could not be read: x.\n",
        "tree aaaaaaaaaaaa",
        "Run 2 of at most",
        "What it wrote (all of it: /tmp/tests-2.log):\nfirstxxx",
        "\n[10 characters left out here]\n",
    ):
        assert words in text
    assert text.endswith("last")
    assert told(["x"], TestsRan(None, b"", 600, ""), 1, "", "").startswith("Not finished: its time was over, after 600.0 s.")
