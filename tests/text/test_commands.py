"""No line of what an agent wrote says a command to a bot."""

from __future__ import annotations

import pytest

from github_app.commands.all_verbs import grammar
from github_app.commands.parser import parse
from github_app.gateway.tools.builtin.github_words import body_as_written
from github_app.text.commands import without_commands
from github_app.text.neutral import neutralise


def test_nothing_is_left_of_the_space_before_a_command_that_a_tool_writes() -> None:
    assert "\n/merge" not in body_as_written("\u2028/merge", job_id="j", key="k")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/harvest do it", "\\/harvest do it"),
        ("Well.\n  /merge\nend", "Well.\n  \\/merge\nend"),
        ("> /lgtm\n- /approve\n1. /close", "> \\/lgtm\n- \\/approve\n1. \\/close"),
        ("\u2028/merge and\n\u00a0\u3000/merge", "\u2028\\/merge and\n\u00a0\u3000\\/merge"),
        ("see\u2028/merge", "see\u2028\\/merge"),
        ("see src/a and /", "see src/a and /"),
        ("```\n/etc/passwd\n```", "```\n/etc/passwd\n```"),
        ("`x`\n/y", "`x`\n\\/y"),
    ],
)
def test_a_slash_at_the_start_of_a_line_is_shown_and_says_nothing(text: str, shown: str) -> None:
    assert without_commands(text) == shown
    assert without_commands(shown) == shown
    said = neutralise(text, max_length=1_000)
    assert without_commands(said) == said, "whatever an agent says anywhere"
    assert parse(shown, grammar("harvest", "/harvest")).commands == ()
