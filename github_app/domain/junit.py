"""JUnit XML, as test runners write it, read into counts and the names of what failed. Pure.

The file comes out of a sandbox: it may be of any size, shape and depth, and say anything. Document types are refused, and with
them all entities; depth, elements and texts are bounded. Counts are of the cases that are there, never of what a file says of
itself. https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

import msgspec

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 500_000
# What is kept of a file; more than this is counted.
MAX_FAILED = 100
MAX_NAME_CHARACTERS = 200
MAX_MESSAGE_CHARACTERS = 500

FAILED = frozenset({"failure", "error"})


class JUnitUnreadable(Exception):
    """It is no JUnit XML that is read here; the message says why, in a few words."""


class FailedTest(msgspec.Struct, frozen=True):
    """A test by its name, and the first line of what it says."""

    name: str
    message: str


class JUnitReport(msgspec.Struct, frozen=True):
    """How many tests there were, and how many of them failed or were skipped; `failed_tests` are the first of those that
    failed."""

    tests: int = 0
    failed: int = 0
    skipped: int = 0
    failed_tests: tuple[FailedTest, ...] = ()


def read_junit(document: bytes) -> JUnitReport:
    """Raises JUnitUnreadable."""
    if len(document) > MAX_BYTES:
        raise JUnitUnreadable(f"it is larger than {MAX_BYTES // 1024**2} MiB")
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise JUnitUnreadable(f"it is no XML: {error}") from None
    except (LookupError, ValueError):
        raise JUnitUnreadable("it is of an unknown encoding") from None
    if not reading.is_junit:
        raise JUnitUnreadable("it has no <testsuite> at its root")
    return JUnitReport(reading.tests, reading.failed, reading.skipped, tuple(reading.failed_tests))


def sum_of_reports(reports: Iterable[JUnitReport]) -> JUnitReport:
    """Those of one run, which may have written many files."""
    whole = JUnitReport()
    for report in reports:
        whole = JUnitReport(
            whole.tests + report.tests,
            whole.failed + report.failed,
            whole.skipped + report.skipped,
            (whole.failed_tests + report.failed_tests)[:MAX_FAILED],
        )
    return whole


def _refuse_doctype(*_declared: object) -> None:
    raise JUnitUnreadable("it declares a document type")


class _Reading:
    """What expat tells, in order."""

    def __init__(self) -> None:
        self.is_junit = False
        self.tests = self.failed = self.skipped = 0
        self.failed_tests: list[FailedTest] = []
        self._depth = self._elements = 0
        self._case, self._case_at = "", 0
        # What was found wrong in the case, if anything, and how deep in the file that stands while its text is read.
        self._wrong: str | None = None
        self._was_skipped = False
        self._text_at = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise JUnitUnreadable("it has too many elements, or is too deep")
        if self._depth == 1:
            self.is_junit = name in ("testsuites", "testsuite")
        elif name == "testcase" and not self._case:
            self._case, self._case_at = _name_of(attributes), self._depth
            self._wrong, self._was_skipped = None, False
        elif self._case and name in FAILED and self._wrong is None:
            self._wrong = attributes.get("message", "")[:MAX_MESSAGE_CHARACTERS]
            self._text_at = self._depth if not self._wrong.strip() else 0
        elif self._case and name == "skipped":
            self._was_skipped = True

    def text(self, text: str) -> None:
        if self._text_at == self._depth and self._wrong is not None and len(self._wrong) < MAX_MESSAGE_CHARACTERS:
            self._wrong += text[:MAX_MESSAGE_CHARACTERS]

    def end(self, _name: str) -> None:
        ended, self._depth = self._depth, self._depth - 1
        if self._text_at == ended:
            self._text_at = 0
        if self._case and self._case_at == ended:
            self._count()

    def _count(self) -> None:
        self.tests += 1
        self.skipped += self._was_skipped
        if self._wrong is not None:
            self.failed += 1
            if len(self.failed_tests) < MAX_FAILED:
                self.failed_tests.append(FailedTest(self._case, _first_line(self._wrong)))
        self._case = ""


def _name_of(attributes: dict[str, str]) -> str:
    """As pytest, Maven and others write it: `classname::name`; never empty."""
    parts = (" ".join(attributes.get(key, "").split())[:MAX_NAME_CHARACTERS] for key in ("classname", "name"))
    return "::".join(filter(None, parts)) or "a test without a name"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:MAX_MESSAGE_CHARACTERS]
