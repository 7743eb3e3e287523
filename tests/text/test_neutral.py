"""What the agent wrote acts on nobody when Harvest says it on GitHub."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from github_app.text.neutral import neutralise, neutralise_code, neutralise_line, neutralise_plain

# What GitHub reads: CommonMark with HTML, tables and struck-through text.
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MENTION = re.compile(r"(?<![A-Za-z0-9])@[A-Za-z0-9]")
CLOSING = re.compile(
    r"(?i)(?<![A-Za-z0-9])(close[sd]?|fix(es|ed)?|resolve[sd]?)[\s:]*(#\d|\w+/\w+#\d|GH-\d|https?://\S+/(issues|pull)/\d)"
)

FRAGMENTS = st.sampled_from(
    [
        *(
            "@victim",
            "@org/team",
            "&#64;victim",
            "fixes #1",
            "Closes: o/r#2",
            "resolved https://github.com/o/r/issues/3",
            "#1",
        ),
        *("<!-- hidden -->", "<!--", "-->", "<b>", "</b>", "<", "![a](http://t/x.png)", "![", "](http://t/)", "<img src=x>"),
        *("`", "``", "```\n", "~~~\n", "\n", "\n\n", "    ", "\t", "- ", "> ", "1. ", "# ", "|", "|-|-|\n", "\\", "*", "_"),
        *(
            "[x]: /u 'hidden'\n",
            "[x]",
            "&lt;",
            "&amp;",
            "https://a.b/@c",
            "\u200b",
            "\u202e",
            "🧑‍🌾",
            "word",
            " ",
            "<!-- harvest:1 -->",
        ),
    ]
)
MARKDOWN = st.lists(FRAGMENTS, max_size=14).map("".join)


def texts(tokens: list[Token]) -> list[str]:
    """Every run of text that GitHub would look for mentions and keywords in: not code."""
    found: list[str] = []
    for token in tokens:
        runs = [""]
        for child in token.children or []:
            if child.type in ("text", "text_special"):
                runs[-1] += child.content
            else:
                runs.append("\n" if child.type == "softbreak" else "")
        found += runs
    return found


def kinds(tokens: list[Token]) -> set[str]:
    return {token.type for token in tokens} | {child.type for token in tokens for child in token.children or []}


@given(MARKDOWN | st.text())
@example("` @victim `` fixes #1 `")
@example("- a\n  ```\n@victim\n  ```")
@example("[x]: /u '`'\n`@victim`\n")
@example("![```\n[x]: /u 'hidden'\n")
@example("[`a`\nb]: /u 'hidden'\n")
@example("ghs_" + "a" * 40 + ": /u")
@example("| a |\n|---|\n| `b | @victim` |")
@example("  ```\n```\n@victim\n")
@example("<!-<!-- -->- hidden -->")
@example("&lt;!-- hidden --&gt;")
def test_nothing_in_it_acts_as_github_reads_it(text: str) -> None:
    neutral = neutralise(text, max_length=2_000)

    environment: dict[str, object] = {}
    tokens = GITHUB.parse(neutral, environment)
    assert not [run for run in texts(tokens) if MENTION.search(run) or CLOSING.search(run)]
    assert not kinds(tokens) & {"html_block", "html_inline", "image"}
    assert not environment.get("references")
    assert "<!-- harvest" not in neutral


@given(MARKDOWN | st.text(), st.integers(1, 600))
def test_it_is_never_longer_than_allowed_and_neutralising_again_changes_nothing(text: str, max_length: int) -> None:
    neutral = neutralise(text, max_length=max_length)

    assert len(neutral) <= max_length
    assert neutralise(neutral, max_length=max_length) == neutral


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thanks @octocat and @org/team", "Thanks @\u200boctocat and @\u200borg/team"),
        ("mail me@example.com", "mail me@example.com"),
        ("Fixes #7 and closes: o/r#8", "Fixes issue #7 and closes: issue o/r#8"),
        ("**Resolves** https://github.com/o/r/issues/3", "**Resolves** issue https://github.com/o/r/issues/3"),
        ("fixes [#7](https://x/y)", "fixes [issue #7](https://x/y)"),
        ("fixed a bug, see #7", "fixed a bug, see #7"),
        ("`@decorator` stays", "`@decorator` stays"),
        ("```py\n@pytest.fixture\n```", "```py\n@pytest.fixture\n```"),
        ("```\nfixes #1", "```\nfixes #1\n```"),
        ("![chart](https://t/x.png)", "[chart](https://t/x.png)"),
        ("seen <!-- hidden --> again", "seen  again"),
        ("a < b and <details>", "a < b and &lt;details>"),
        ("<https://example.com/@me>", "https://example.com/%40me"),
        ("\u202eevil\u202c \U000e0041tag 🧑\u200d🌾 ❤\ufe0f", "evil tag 🧑\u200d🌾 ❤\ufe0f"),
        ("```html\n<!-- harvest:job=1 -->\n```", "```html\n<!--\u200b harvest:job=1 -->\n```"),
        ("the token is ghs_" + "a" * 40, "the token is [redacted]"),
    ],
)
def test_text_reads_as_before_and_does_nothing(text: str, expected: str) -> None:
    assert neutralise(text, max_length=1_000) == expected


AROUND = ["{}", "Now: {} · 3 s", "- [x] **{}**", "**Kept:** {}"]


@given(MARKDOWN | st.text(), st.sampled_from(AROUND), st.integers(1, 300))
@example("``` @victim", "Now: {} · 3 s", 100)
@example("~~~\n@victim\n~~~", "Now: {} · 3 s", 100)
@example("    @victim", "Now: {} · 3 s", 100)
@example("a&#10;```&#10;@victim", "Now: {} · 3 s", 100)
def test_a_line_does_nothing_wherever_it_is_put(text: str, around: str, max_length: int) -> None:
    line = neutralise_line(text, max_length=max_length)

    assert "\n" not in line
    assert len(line) <= max_length
    assert neutralise_line(line, max_length=max_length) == line
    if around != "{}":
        tokens = GITHUB.parse(around.format(line))
        assert not [run for run in texts(tokens) if MENTION.search(run) or CLOSING.search(run)]
        assert not kinds(tokens) & {"html_block", "html_inline", "image"}


def test_a_cut_says_so_and_closes_the_code_it_cut_into() -> None:
    text = "Look:\n```\n" + "line\n" * 1_000

    neutral = neutralise(text, max_length=600)

    assert len(neutral) <= 600
    assert neutral.endswith("line\n```\n\n_… cut here: 5,010 characters were too many._")


def test_a_short_cut_is_an_ellipsis() -> None:
    assert neutralise("x" * 300, max_length=100) == "x" * 99 + "…"


SLOW = {
    "open comments": "<!--" * 16_000,
    "nested comments": "<!-" * 9_000 + "<!-- -->" + "- -->" * 9_000,
    "nested entities": "&" + "amp;" * 16_000 + "lt;",
    "exclamation marks": "!" * 65_000,
    "brackets": "[" * 65_000,
    "keyword": "fixes" + "_" * 65_000,
    "quotes": ">" * 65_000,
    "lists": "- " * 32_000,
    "definitions": "[x]: " * 13_000,
    "backticks": "".join("`" * count + " " for count in range(1, 350)),
    "keys": "-----BEGIN PRIVATE KEY-----\n" * 2_300,
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW.keys())
def test_text_made_to_be_slow_is_not(text: str) -> None:
    import time

    started = time.process_time()
    neutralise(text, max_length=65_000)
    assert time.process_time() - started < 5


@given(st.text() | MARKDOWN, st.integers(1, 300))
def test_plain_text_is_harmless_too(text: str, max_length: int) -> None:
    plain = neutralise_plain(text, max_length=max_length)

    assert len(plain) <= max_length
    assert not MENTION.search(plain)
    assert not CLOSING.search(plain)
    assert neutralise_plain(plain, max_length=max_length) == plain


def test_code_is_one_line_without_secrets_and_says_where_it_was_cut() -> None:
    token = "ghs_" + "A1b2" * 130
    assert neutralise_code(f"curl -H '{token}'\n  x | grep 'a\\|b' <b> @me", max_length=99) == (
        "curl -H '[redacted]' x | grep 'a\\|b' <b> @me"
    )
    assert token[:8] not in neutralise_code("x" * 90 + token, max_length=100), "half a token is one, too"
    assert neutralise_code("a\u200bb\u202ec " + "d" * 50, max_length=20) == "abc " + "d" * 15 + "…"
    assert "<!-- harvest:session" not in neutralise_code("<!-- harvest:session:x -->", max_length=99)
