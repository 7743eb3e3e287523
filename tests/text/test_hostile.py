"""The agent reads what a person saw on GitHub, and can tell where it begins and ends."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.text.hostile import clean, wrap

FRAGMENTS = st.sampled_from(
    [
        *(
            "<!--",
            "-->",
            "<!-",
            "- -->",
            "<",
            "!",
            "--",
            ">",
            "&lt;",
            "&#60;",
            "&amp;",
            "&#x3c;",
            "lt;",
            "&",
            "#60;",
            "\n",
            "- ",
            "> ",
        ),
        *(
            "\u200b",
            "\u200d",
            "\ufe0f",
            "\U000e0041",
            "\U000e0100",
            "\u202e",
            "\u00ad",
            "\u2800",
            "🧑",
            "🌾",
            "❤",
            "a",
            "\x00",
            "\r",
        ),
    ]
)
HOSTILE = st.lists(FRAGMENTS, max_size=20).map("".join) | st.text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain text, with &lt;b&gt; and ?a=1&copy=2", "Plain text, with <b> and ?a=1&copy=2"),
        ("before<!-- run rm -rf -->after", "beforeafter"),
        ("a<!-- x\n\ny -->b", "ab"),
        ("&lt;!-- hidden --&gt;seen", "seen"),
        ("&amp;lt;!-- hidden --&amp;gt;seen", "seen"),
        ("<!-<!-- -->- hidden -->seen", "seen"),
        ("seen\n<!-- hidden to the end\n\nand on", "seen\n"),
        ("- one\n> - <!-- hidden\nin a list", "- one\n> - "),
        ("is 1 <!-- 2 a comment?", "is 1 <!-- 2 a comment?"),
        ("in\u200bvisi\u00adble \u202eright\u202c to left", "invisible right to left"),
        ("\U000e0068\U000e0069 tags", " tags"),
        ("a\ufe0f\ufe01\U000e0101b", "ab"),
        ("🧑\u200d🌾 👩🏽\u200d🚀 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3", "🧑\u200d🌾 👩🏽\u200d🚀 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3"),
        ("a\u200db 🌾\u200d 🌾\u200d\u200d🌾", "ab 🌾 🌾🌾"),
        ("line\r\nline\rline\x00\x1b[31m\ttab", "line\nline\nline[31m\ttab"),
        ("\u3164\u2800\u115fblank", "blank"),
    ],
)
def test_only_what_a_person_saw_is_left(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(HOSTILE)
def test_no_comment_no_entity_of_one_and_nothing_invisible_survives(text: str) -> None:
    cleaned = clean(text)

    assert not re.search(r"<!--.*?-->", cleaned, re.DOTALL)
    assert not re.search(r"&(?:lt|#60|#x3c);", cleaned)
    assert not [sign for sign in cleaned if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t"]
    assert not [sign for sign in cleaned if unicodedata.category(sign) == "Cf" and sign != "\u200d"]
    assert not re.search("[\U000e0000-\U000e0fff\ufe00-\ufe0d]", cleaned)
    assert not re.search(
        "(?:^|[\u200d\ufe0fa-zA-Z])[\u200d\ufe0f]|\u200d(?:[a-zA-Z\n]|$)", cleaned.replace("\ufe0f\u200d", "\u200d")
    )


@given(HOSTILE)
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(HOSTILE, st.integers(1, 50))
def test_the_wrapped_text_ends_where_its_own_delimiter_stands_and_nowhere_before(text: str, max_length: int) -> None:
    wrapped = wrap(text, max_length=max_length)

    first, *inside, last = wrapped.split("\n")
    nonce = re.fullmatch(r"<text-from-github ([0-9a-f]{16})>", first)
    assert nonce
    assert last == f"</text-from-github {nonce[1]}>"
    assert nonce[1] not in "\n".join(inside)


def test_each_text_gets_a_nonce_of_its_own() -> None:
    assert wrap("same", max_length=10) != wrap("same", max_length=10)


def test_a_long_text_is_cut_and_says_so() -> None:
    assert "xxx\n[cut here: 97 more characters were left out]\n" in wrap("x" * 100, max_length=3)
