"""Which lines of a text its writer says: by their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.text.prose import lines_said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", {0}),
        ("one\ntwo", {0, 1}),
        ("> quoted\n> more\nown", {2}),
        ("one\n  > quoted", {0}),
        ("one\n```\ncode\n```\ntwo", {0, 4}),
        ("~~~\n```\n~~~\ntwo", {3}),
        ("one\n\n    code\n\ntwo", {0, 1, 3, 4}),
        ("- a list\n\n      code in it\n- more", {0, 1, 3}),
        ("one `span\ninside\nends` two\nthree", {0, 3}),
        ("one ``span ` with\na tick`` two", {0}),
        ("one `no span\ntwo", {0, 1}),
        ("<!-- a\nb -->\none", {2}),
        ("one <!-- a\nb\n--> two", {0}),
        ("`<!--` one\ntwo\nthree -->", {1, 2}),
        ("<pre>\ncode\n</pre>\n\none", {3, 4}),
        ("# heading\none", {0, 1}),
        ("| a |\n| - |\n| b |", {0, 1, 2}),
    ],
)
def test_code_quotes_and_what_is_hidden_are_not_said(text: str, said: set[int]) -> None:
    assert lines_said(text) == said


@given(st.lists(st.sampled_from(["> ", "```", "~~~", "`", "    ", "<!--", "-->", "\n", "a", "- ", "<pre>"])).map("".join))
def test_any_markup_gives_lines_that_are_there(text: str) -> None:
    assert lines_said(text) <= set(range(text.count("\n") + 1))
