"""What is read out of a reviewer's message, and which of it can stand on lines of the difference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from github_app.domain.diff_lines import read_diff
from github_app.domain.review import MAX_FINDINGS, MAX_INLINE, Place, ReviewFinding, Unreadable, placed, review_in

PATCH = """\
@@ -1,4 +1,5 @@ def above():
 one
-two
+TWO
+and a half
 three
 four
@@ -10,2 +11,2 @@
 ten
-eleven
+ELEVEN
\\ No newline at end of file"""
DIFF = read_diff({"a.py": PATCH, "dos.txt": "@@ -1 +1 @@\n-one\r\n+two\r", "picture.png": ""})


@pytest.mark.parametrize(
    ("side", "number", "text"),
    [
        ("RIGHT", 1, "one"),
        ("RIGHT", 3, "and a half"),
        ("LEFT", 2, "two"),
        ("RIGHT", 12, "ELEVEN"),
        ("LEFT", 11, "eleven"),
        ("RIGHT", 6, None),
        ("LEFT", 5, None),
        ("RIGHT", 13, None),
    ],
)
def test_a_line_is_known_by_its_number_on_its_side(side: Any, number: int, text: str | None) -> None:
    line = DIFF.at("a.py", side, number)
    assert (line.text if line is not None else None) == text


def finding(place: Place | None, suggestion: str = "") -> ReviewFinding:
    return ReviewFinding("SHOULD", "what", "why", "fix", place, suggestion)


# Where it is said to be, what is suggested there, where it then stands, and what of the suggestion is left.
PLACES = {
    "one line": (Place("a.py", 2), "new", Place("a.py", 2), "new"),
    "several lines": (Place("a.py", 4, 2), "new", Place("a.py", 4, 2), "new"),
    "what is not changed, but shown": (Place("a.py", 5), "new", Place("a.py", 5), "new"),
    "across two hunks: its last line": (Place("a.py", 12, 4), "new", Place("a.py", 12), ""),
    "what was taken out": (Place("a.py", 2, side="LEFT"), "new", Place("a.py", 2, side="LEFT"), ""),
    "what stands there already": (Place("a.py", 3, 2), "TWO\nand a half\n", Place("a.py", 3, 2), ""),
    "longer than anybody reads": (Place("a.py", 2), "x" * 5_000, Place("a.py", 2), ""),
    "a line of a file with other ends of lines": (Place("dos.txt", 1), "new", Place("dos.txt", 1), ""),
    "a line that is not shown": (Place("a.py", 8), "new", None, ""),
    "a file that is not changed": (Place("b.py", 2), "new", None, ""),
    "a file without lines": (Place("picture.png", 1), "new", None, ""),
    "a whole file": (Place("a.py"), "new", None, ""),
    "no place": (None, "new", None, ""),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_finding_stands_on_lines_that_are_shown_and_a_suggestion_where_it_fits(case: str) -> None:
    at, suggested, stands, left = PLACES[case]
    found = placed([finding(at, suggested)], DIFF, lambda _: True)
    assert [(one.place, one.suggestion) for one in found.inline] == ([(stands, left)] if stands is not None else [])
    assert [one.place for one in found.beside] == ([at] if stands is None else [])


def test_no_more_comments_stand_on_lines_than_a_person_works_through() -> None:
    found = placed([finding(Place("a.py", 2))] * (MAX_INLINE + 2), DIFF, lambda _: True)
    assert (len(found.inline), len(found.beside)) == (MAX_INLINE, 2)


def test_what_may_not_be_suggested_is_left_out() -> None:
    (found,) = placed([finding(Place("a.py", 2), "new")], DIFF, lambda _: False).inline
    assert found.suggestion == ""


def said(**review: Any) -> str:
    return json.dumps({"summary": "It holds.", "findings": [], **review})


ONE = {"severity": "SHOULD", "what": "w", "why": "y", "fix": "f", "path": "./a.py", "line": 3, "start_line": 3}


@pytest.mark.parametrize(
    "message",
    [
        said(findings=[ONE]),
        f"Here it is:\n\n```json\n{said(findings=[ONE])}\n```\n",
        f"An example:\n```json\n{{}}\n```\nand the review:\n~~~json\n{said(findings=[ONE])}\n~~~",
        f"It is {said(findings=[ONE])}, I think.",
        said(findings=[{**ONE, "severity": " should", "line": "3", "side": None, "suggestion": None, "more": 1}]),
    ],
)
def test_a_review_is_read_however_it_is_wrapped(message: str) -> None:
    review = review_in(message)
    assert review.summary == "It holds."
    assert review.findings == (ReviewFinding("SHOULD", "w", "y", "f", Place("a.py", 3)),)


def test_the_worst_comes_first_and_there_is_an_end_to_it() -> None:
    mild, worst = {**ONE, "severity": "CONSIDER"}, {**ONE, "severity": "BLOCKER"}
    found = review_in(said(findings=[mild] * 50 + [worst])).findings
    assert (len(found), found[0].severity, found[1].severity) == (MAX_FINDINGS, "BLOCKER", "CONSIDER")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("All is well.", "there is no JSON in it"),
        ("", "there is no JSON in it"),
        ("{", "there is no JSON in it"),
        ("{summary}", "its JSON is not of the form"),
        (said()[:-2], "there is no JSON in it"),
        (said(findings="none"), "its JSON is not of the form"),
        (said(summary=" "), "its summary is empty"),
        (said(findings=[{**ONE, "severity": "CRITICAL"}]), "'CRITICAL' is not a severity"),
        (said(findings=[{"severity": "SHOULD"}]), "its JSON is not of the form"),
        ("[" * 100_000 + "{}", "its JSON is not of the form"),
        ("{" * 100_000 + "}" * 100_000, "its JSON is not of the form"),
        ('{"summary": "\ud800", "findings": []}', "its JSON is not of the form"),
    ],
)
def test_what_is_no_review_is_told_why(message: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        review_in(message)
