"""A review of a pull request: what is read out of the agent's last message, and where on the difference each finding stands.
Pure.

All of its text is the agent's: whoever shows it neutralises it first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from github_app.domain.diff_lines import Diff
from github_app.domain.plan import SEVERITIES, Severity

# What a person works through; the others are told in the review's own text.
MAX_INLINE = 10
MAX_FINDINGS = 20

# Of a change that is larger than this somebody should think for themselves.
MAX_SUGGESTED_LINES = 40
MAX_SUGGESTION_CHARACTERS = 4_000

_FENCED = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})json[ \t]*\n(?P<json>.*?)^ {0,3}(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)


class Place(msgspec.Struct, frozen=True):
    """A line of a file, or the lines from `start_line` on: of the file as it is after the change, or on the LEFT before it.
    A `line` of 0 stands for none."""

    path: str
    line: int = 0
    start_line: int = 0
    side: Literal["LEFT", "RIGHT"] = "RIGHT"

    @property
    def first(self) -> int:
        return self.start_line or self.line


class ReviewFinding(msgspec.Struct, frozen=True):
    """What the reviewer holds against the change. `place` is None for what is about no line. `suggestion` is what is to stand
    in place of those lines, empty for none."""

    severity: Severity
    what: str
    why: str
    fix: str
    place: Place | None = None
    suggestion: str = ""


class ReviewText(msgspec.Struct, frozen=True):
    """A review as the agent gave it, the worst findings first."""

    summary: str
    findings: tuple[ReviewFinding, ...]


class Review(msgspec.Struct, frozen=True):
    """A review as it was submitted: its id, of which pull request and which commit, and how many findings it has of each
    severity, as in SEVERITIES."""

    id: int
    pull: int
    commit_sha: str
    counts: tuple[int, ...]


class Unreadable(Exception):
    """The agent's message is not a review; says why in words that can follow "because"."""


class _Finding(msgspec.Struct):
    severity: str
    what: str
    why: str = ""
    fix: str = ""
    path: str | None = None
    line: int | None = None
    start_line: int | None = None
    side: str | None = None
    suggestion: str | None = None


class _Review(msgspec.Struct):
    summary: str
    findings: list[_Finding]


def review_in(said: str) -> ReviewText:
    """The review in the agent's last message: the last block of JSON in it, or all of it. Raises Unreadable."""
    blocks = [found["json"] for found in _FENCED.finditer(said)] or [said[said.find("{") : said.rfind("}") + 1]]
    if not blocks[-1].strip():
        raise Unreadable("there is no JSON in it")
    try:
        # A number may come as text.
        given = msgspec.json.decode(blocks[-1], type=_Review, strict=False)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as problem:
        raise Unreadable(f"its JSON is not of the form that was asked for ({problem})") from None
    if not given.summary.strip():
        raise Unreadable("its summary is empty")
    findings = sorted(map(_finding_of, given.findings), key=lambda finding: SEVERITIES.index(finding.severity))
    return ReviewText(given.summary.strip(), tuple(findings[:MAX_FINDINGS]))


def _finding_of(given: _Finding) -> ReviewFinding:
    severity = next((known for known in SEVERITIES if known == given.severity.strip().upper()), None)
    if severity is None:
        raise Unreadable(f"{given.severity[:20]!r} is not a severity")
    return ReviewFinding(severity, given.what, given.why, given.fix, _place_of(given), given.suggestion or "")


def _place_of(given: _Finding) -> Place | None:
    """Where it is, as far as that makes sense."""
    path = (given.path or "").strip().removeprefix("./")
    if not path:
        return None
    line, start = max(given.line or 0, 0), max(given.start_line or 0, 0)
    side: Literal["LEFT", "RIGHT"] = "LEFT" if (given.side or "").strip().upper() == "LEFT" else "RIGHT"
    return Place(path, line, start if 0 < start < line else 0, side)


@dataclass(frozen=True)
class Placed:
    """Which findings stand on lines of the difference, at most MAX_INLINE of them, and which beside. An inline one keeps its
    suggestion only where that can be taken as it is."""

    inline: tuple[ReviewFinding, ...]
    beside: tuple[ReviewFinding, ...]


def placed(findings: Sequence[ReviewFinding], diff: Diff, may_suggest: Callable[[ReviewFinding], bool]) -> Placed:
    """`may_suggest` says whether the suggestion of one that stands on a line may be shown at all."""
    inline: list[ReviewFinding] = []
    beside: list[ReviewFinding] = []
    for finding in findings:
        at = _on_the_diff(finding.place, diff) if finding.place is not None and len(inline) < MAX_INLINE else None
        if at is None:
            beside.append(finding)
            continue
        # A suggestion is for the lines that were named, and for no part of them.
        fits = at == finding.place and _fits(finding.suggestion, at, diff) and may_suggest(finding)
        suggestion = finding.suggestion if fits else ""
        inline.append(msgspec.structs.replace(finding, place=at, suggestion=suggestion))
    return Placed(tuple(inline), tuple(beside))


def _on_the_diff(place: Place, diff: Diff) -> Place | None:
    """The same place, or its last line alone where the lines before it are no part of the same hunk; None when the difference
    does not show it."""
    last = diff.at(place.path, place.side, place.line)
    if last is None:
        return None
    first = diff.at(place.path, place.side, place.first)
    if first is None or first.hunk != last.hunk:
        return msgspec.structs.replace(place, start_line=0)
    return place


def _fits(suggestion: str, place: Place, diff: Diff) -> bool:
    """Whether it replaces lines that are there after the change, and by something else. A file whose lines end otherwise
    than with a line feed would have two kinds of ends afterwards."""
    lines = place.line - place.first + 1
    if not suggestion or place.side != "RIGHT" or lines > MAX_SUGGESTED_LINES or len(suggestion) > MAX_SUGGESTION_CHARACTERS:
        return False
    found = [diff.at(place.path, "RIGHT", number) for number in range(place.first, place.line + 1)]
    now = "\n".join(line.text for line in found if line is not None)
    return "\r" not in now and suggestion.removesuffix("\n") != now


def counts_of(findings: Sequence[ReviewFinding]) -> tuple[int, ...]:
    """How many there are of each severity."""
    return tuple(sum(finding.severity == severity for finding in findings) for severity in SEVERITIES)
