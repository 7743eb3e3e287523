"""What test runners write is read as they meant it; what is hostile is bounded or refused, and never more than that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.domain.junit import (
    MAX_DEPTH,
    MAX_FAILED,
    MAX_MESSAGE_CHARACTERS,
    FailedTest,
    JUnitReport,
    JUnitUnreadable,
    read_junit,
    sum_of_reports,
)

# As pytest 8, Maven's Surefire and Node's runner write it, in short.
PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.1">
<testcase classname="tests.test_a" name="test_ok" time="0.0" />
<testcase classname="tests.test_a" name="test_no[&lt;x&gt;]"><failure message="assert 1 == 2&#10;more">def test_no(): ...
</failure></testcase>
<testcase classname="tests.test_a" name="test_set_up"><error message="failed on setup">E</error><system-out>error</system-out>
</testcase><testcase classname="tests.test_a" name="test_later"><skipped type="pytest.skip" message="later">x</skipped>
</testcase></testsuite></testsuites>"""
SUREFIRE = b"""<testsuite name="a.B" tests="2"><properties><property name="failure" value="x"/></properties>
<testcase name="works" classname="a.B"/><testcase name="breaks" classname="a.B"><failure type="E">
  E: no
    at a.B</failure><failure message="again"/></testcase></testsuite>"""
NESTED = b"""<testsuites><testsuite name="outer"><testsuite name="inner"><testcase name="deep"><failure message=""/></testcase>
</testsuite></testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            PYTEST,
            JUnitReport(
                4,
                2,
                1,
                (
                    FailedTest("tests.test_a::test_no[<x>]", "assert 1 == 2"),
                    FailedTest("tests.test_a::test_set_up", "failed on setup"),
                ),
            ),
        ),
        (SUREFIRE, JUnitReport(2, 1, 0, (FailedTest("a.B::breaks", "E: no"),))),
        (NESTED, JUnitReport(1, 1, 0, (FailedTest("deep", ""),))),
        (b"<testsuite/>", JUnitReport()),
        (b'<testsuite tests="9" failures="9"><testcase/></testsuite>', JUnitReport(1)),
        (
            b"<testsuite><testcase><failure/><testcase><error message='in'/></testcase></testcase></testsuite>",
            JUnitReport(1, 1, 0, (FailedTest("a test without a name", ""),)),
        ),
    ],
)
def test_cases_are_counted_and_what_failed_has_its_name(document: bytes, expected: JUnitReport) -> None:
    assert read_junit(document) == expected


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'
OUTSIDE = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>'


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "it is no XML"),
        (b"ok 1 - passed", "it is no XML"),
        (b"<testsuite>", "it is no XML"),
        (b"<html><testcase/></html>", "no <testsuite>"),
        (BOMB, "declares a document type"),
        (OUTSIDE, "declares a document type"),
        (b"<testsuite>&a;</testsuite>", "it is no XML"),
        (b"<testsuite>" * (MAX_DEPTH + 1), "too deep"),
        (b'<?xml version="1.0" encoding="nonsense"?><testsuite/>', "encoding"),
        (b" " * (8 * 1024 * 1024 + 1), "larger than 8 MiB"),
    ],
)
def test_what_is_none_is_refused_with_a_few_words(document: bytes, why: str) -> None:
    with pytest.raises(JUnitUnreadable, match=why):
        read_junit(document)


def test_of_many_that_failed_and_of_long_words_the_beginning_is_kept_and_the_rest_counted() -> None:
    case = b'<testcase name="n"><failure message="%b"/></testcase>' % (b"x" * 5_000)
    report = read_junit(b"<testsuite>" + case * (MAX_FAILED + 7) + b"</testsuite>")
    both = sum_of_reports([report, report])
    assert (report.failed, len(report.failed_tests)) == (MAX_FAILED + 7, MAX_FAILED)
    assert (both.failed, both.tests, len(both.failed_tests)) == (2 * report.failed, 2 * report.tests, MAX_FAILED)
    assert max(len(failed.message) for failed in both.failed_tests) == MAX_MESSAGE_CHARACTERS


TAGS = ("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out", "x")
LEAVES = st.text(st.characters(codec="utf-8", exclude_characters="<&"), max_size=20)


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, name, parts: f'<{tag} name="{name}" message="{name}">{"".join(parts)}</{tag}>',
        st.sampled_from(TAGS),
        st.text("ab &;<>\n%", max_size=5),
        st.lists(inner, max_size=4),
    )


@given(
    st.binary(max_size=200) | st.recursive(LEAVES, element, max_leaves=20).map(lambda text: text.encode("utf-8", "replace"))
)
def test_whatever_comes_out_of_a_sandbox_is_read_or_refused(document: bytes) -> None:
    try:
        report = read_junit(document)
    except JUnitUnreadable:
        pass
    else:
        assert report.failed + report.skipped <= 2 * report.tests
        assert len(report.failed_tests) <= min(report.failed, MAX_FAILED)
