"""The agent reads what a person saw on GitHub, and can tell where it begins and ends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from github_app.text.hostile import clean, wrap

# What GitHub reads: CommonMark with HTML and tables.
GITHUB = MarkdownIt("commonmark", {"html": True}).enable("table")

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
        *("<?", "?>", "<![CDATA[", "]]>", "<!x", "<b title='h'>", "<div>", "`", "```", "\n\n", "    ", "|", "|-|\n"),
        *("![", "[", "]", "](u 'h')", "][x]", "\n[x]: u 'h'\n", "\n[^n]: h i\n", "(", ")", "'", '"', "\\"),
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
        ("- one\n> - <!-- hidden\nand no list", "- one\n> - \nand no list"),
        ("- one\n> - <!-- hidden\n>   in a list", "- one\n> - "),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <? hidden ?> b", "a  b"),
        ("a <![CDATA[ hidden ]]> b <!x hidden> c", "a  b  c"),
        ("<?xml\nhidden\n\nto the end", ""),
        ("```php\n<?php echo 1; ?>\n```\nand `<!DOCTYPE html>`", "```php\n<?php echo 1; ?>\n```\nand `<!DOCTYPE html>`"),
        ("[//]: # (hidden)\nseen", "seen"),
        ('> [//]: # "hidden\n> words"\n\nseen', "\nseen"),
        ("[seen][1]\n\n[1]: https://a.b/c 'hidden'", "[seen][1]\n\n[1]: https://a.b/c\n"),
        ("[](https://hidden) [ ][hidden] [\u200b](/hidden) [<!-- -->](/hidden)", "   "),
        ("[seen](https://a.b 'hidden')", "[seen](https://a.b)"),
        ("![hidden](https://a.b/hidden.png 'hidden')", "[image]"),
        ("[![hidden](/hidden)](https://a.b)", "[[image]](https://a.b)"),
        ("![a ![b](c) hidden](d) ![`]` hidden](e) ![hidden][1]\n\n[1]: f", "[image] [image] [image]\n\n"),
        ("<img alt='hidden' src='hidden'> <p title=hidden>seen</p>", "[image] <p>seen</p>"),
        ("<div\ntitle='>' hidden", "<div>"),
        ("<div>\n```\n<? hidden ?>\n```\n</div>", "<div>\n```\n\n```\n</div>"),
        ("&#96;&#96;&#96;\n<? hidden ?>\n&#96;&#96;&#96;", "```\n\n```"),
        ("\u200b```\n<? hidden ?>\n\u200b```", "```\n\n```"),
        ("```sh hidden\nseen\n```", "```sh\nseen\n```"),
        ("```mermaid\ngraph TD\n  %% hidden\nA --> B\n```", "```mermaid\ngraph TD\nA --> B\n```"),
        ("> ```Mermaid\n> pie\n> accDescr { hidden\n> too }\n> accTitle: hidden\n> ```", "> ```Mermaid\n> pie\n> ```"),
        ("```math\n5\\% x % hidden\n```", "```math\n5\\% x \n```"),
        ("```math\n\\phantom{hidden}\n```\nseen", "```math\n[formula]\n```\nseen"),
        ("a $x^2$ and $\\phantom{\\text{hidden \\$ too}}$ seen", "a [formula] seen"),
        ("$$\\color{white}\n\\text{hidden}$$\n\n$\\alpha$ is $5", "[formula]\n\n$\\alpha$ is $5"),
        ("$`\\phantom{hidden}`$ $`\\pi`$ `\\phantom{seen}`", "$[formula]$ $`\\pi`$ `\\phantom{seen}`"),
        ("$\\begin{array}{hidden}\\end{array}$ $y$", "[formula]"),
        ("$\\begin{array}{c|c}1&2\\end{array}$ \\phantom{seen}", None),
        ("$a %hidden\nb$ seen, $1\\%$", "$a \nb$ seen, $1\\%$"),
        ("$5 is 10% of $50, and 20% of $25 in $root\\class\\data and $home\\tiny\\style", None),
        ("```sh\n%% seen\n```", None),
        ("| a |\n|---|\n| <? hidden ?>![hidden](b) |", "| a |\n|---|\n| [image] |"),
        (
            "| a | b |\n|---|---|\n| x | y | hidden | h |\nz | w | hidden\n\nseen",
            "| a | b |\n|---|---|\n| x | y |\nz | w |\n\nseen",
        ),
        ("> | a |\n> |---|\n> | x \\| y | hidden", "> | a |\n> |---|\n> | x \\| y |"),
        ("| a |\n|---|\n| x&#124; hidden", "| a |\n|---|\n| x|"),
        ("- | a |\n  |---|\n  | `x|hidden` |", "- | a |\n  |---|\n  | `x|"),
        ("| a | b |\n|---|---|\n| x |\n| y | z |   \nw", None),
        ("[^a]: hidden words\n\n    hidden too\n\nseen[^b]\n\n[^b]: seen words", "\n\nseen[^b]\n\n[^b]: seen words"),
        ("[^a]: hidden\n\n    hidden too\n", "\n"),
        ("List<String> and Map<String, Integer>, 1 < 2 <? and [x] and x[1](2)", None),
    ],
)
def test_markup_that_a_reader_does_not_see_is_gone(text: str, expected: str | None) -> None:
    assert clean(text) == (text if expected is None else expected)


@given(HOSTILE)
def test_as_github_reads_what_is_left_nothing_hides_in_it(text: str) -> None:
    environment: dict[str, Any] = {}
    tokens = GITHUB.parse(clean(text), environment)

    inline = [child for token in tokens for child in token.children or []]
    assert not [token for token in inline if token.type == "image" or token.attrGet("title")]
    assert not [found for found in environment.get("references", {}).values() if found["title"]]
    assert not any(hidden_cells(tokens, clean(text).split("\n")))
    html = [token.content for token in [*tokens, *inline] if token.type in ("html_block", "html_inline")]
    assert not [
        each for each in html if re.search(r"<\?|<!(?!--)|<\w+[^>]", re.sub(r"<(?:/?[A-Za-z][A-Za-z0-9-]*)>", "", each))
    ]


def hidden_cells(tokens: list[Token], lines: list[str]) -> Iterator[str]:
    """What the rows of tables have beyond their columns."""
    columns = 0
    for token in tokens:
        if token.type == "table_open":
            columns = 0
        columns += token.type == "th_open"
        if token.type == "tr_open" and token.map is not None and columns:
            cells = escapedSplit(lines[token.map[0]].lstrip(" \t>").rstrip())
            cells = cells[1:] if cells[0] == "" else cells
            yield "".join(cells[columns:]).strip()


SLOW = {
    "instructions": "<?" * 32_000,
    "declarations": "<!a" * 20_000,
    "tags": '<a b="' * 10_000,
    "images": "![" * 32_000,
    "images without an end": "![](" * 16_000,
    "links": "](a (" * 13_000,
    "definitions": "[x]: /u\n\n" * 7_000,
    "different definitions": "".join(f"[{number}]: /u\n" for number in range(6_000)),
    "footnotes": "".join(f"[^{number}]: a b\n" for number in range(4_000)),
    "quotes": ">" * 65_000,
    "lists": "- " * 32_000,
    "descriptions": "```mermaid\n" + "accDescr{\n" * 6_000,
    "rows": "|a|\n|-|\n" + "|b|c|\n" * 10_000,
    "cells": "|a|\n|-|\n" + "|b" * 30_000,
    "backticks": "".join("`" * count + " " for count in range(1, 350)),
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW.keys())
def test_text_made_to_be_slow_is_not(text: str) -> None:
    import time

    started = time.process_time()
    clean(text)
    assert time.process_time() - started < 10


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
