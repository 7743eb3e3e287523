"""No line of what an agent wrote says a command to a bot."""

from __future__ import annotations

import pytest

from github_app.commands.all_verbs import grammar
from github_app.commands.parser import parse
from github_app.text.commands import without_commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/harvest do it", "\\/harvest do it"),
        ("Well.\n  /merge\nend", "Well.\n  \\/merge\nend"),
        ("> /lgtm\n- /approve\n1. /close", "> \\/lgtm\n- \\/approve\n1. \\/close"),
        ("see src/a and /", "see src/a and /"),
        ("```\n/etc/passwd\n```", "```\n/etc/passwd\n```"),
        ("`x`\n/y", "`x`\n\\/y"),
    ],
)
def test_a_slash_at_the_start_of_a_line_is_shown_and_says_nothing(text: str, shown: str) -> None:
    assert without_commands(text) == shown
    assert without_commands(shown) == shown
    assert parse(shown, grammar("harvest", "/harvest")).commands == ()
