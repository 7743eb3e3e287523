"""How a pull request reads, whatever was asked, said and done in its session."""

from __future__ import annotations

from typing import Any

from github_app.domain.evidence import Evidence, SeenRun
from github_app.domain.job_report import JobReport, SeenCommand, sum_of
from github_app.domain.pull_request_template import MAX_BYTES, filled_in, template_in
from github_app.replies.check_run import concluded
from github_app.replies.comment import EndedJob
from github_app.replies.endings import PUBLISHED
from github_app.replies.evidence import EDITED_SINCE, NONE_SEEN
from github_app.replies.pull_request import NOT_FILLED_IN, body_of, is_as_written, title_of

TOKEN = "ghs_" + "A1b2" * 130
# https://docs.github.com/en/rest/pulls/pulls#update-a-pull-request refuses more.
GITHUBS_LIMIT = 65_536


def ended_job(asked: str = "", **report: Any) -> EndedJob:
    """`report` are fields of its report."""
    return EndedJob("mira", asked, PUBLISHED, JobReport(pushed_sha="abc1234", **report), commit_url="https://g/c/abc1234")


def test_no_secret_that_a_command_or_a_path_held_is_shown() -> None:
    report = JobReport(commands=(SeenCommand(f"curl -H 'Authorization: {TOKEN}' x", 0),), files=(f"keys/{TOKEN}",), turns=1)
    shown = [
        body_of([EndedJob("mira", "", PUBLISHED, report)], "/harvest", "Closes #1", report),
        str(concluded(PUBLISHED, report, 1.0)),
    ]
    for text in shown:
        assert TOKEN[:8] not in text
        assert "curl -H 'Authorization: [redacted]' x" in text or "curl -H \\'Authorization: [redacted]\\' x" in text
        assert "1 turn" in text
        assert "1 turns" not in text


def test_neither_title_nor_text_vouches_for_anybody_or_keeps_checks_from_running() -> None:
    said = "Fixed.\n\nSigned\u200b-off-by: Linus <l@example.com>\nOn-behalf-of: @org\n[skip ci]"
    body = body_of([ended_job(summary=said), ended_job("more", summary=said)], "/harvest", "Closes #1", JobReport())
    assert "-off-by" not in body
    assert "-behalf-of" not in body
    assert body.count("(skip ci)") == 2
    assert title_of("Fix it [skip ci]", "") == "Fix it (skip ci)"


def test_a_session_of_a_hundred_long_follow_ups_still_fits_into_its_description() -> None:
    follow_ups = [ended_job(f"also do number {number}", summary="word " * 5_000) for number in range(100)]
    body = body_of([ended_job(summary="first " * 9_000), *follow_ups], "/harvest", "Closes #7", JobReport())
    assert len(body) < GITHUBS_LIMIT
    assert "also do number 99" in body
    assert "also do number 1`" not in body
    assert "earlier follow-ups left out here" in body
    assert "Closes #7" in body


def test_a_long_request_is_a_short_heading() -> None:
    body = body_of(
        [ended_job(summary="First."), ended_job("also cover\n\n```sh\nmake\n```", summary="Second.")],
        "/harvest",
        "",
        JobReport(),
    )
    assert "### Then: `also cover …` ([`abc1234`](https://g/c/abc1234))\n\nSecond." in body


TEMPLATE = "## What\n\n## Checked\n- [ ] by me\n<!-- say how -->"


def body(*ended_jobs: EndedJob, template: str = "") -> str:
    return body_of(list(ended_jobs), "/harvest", "Closes #7", sum_of([job.report for job in ended_jobs]), template)


def test_the_repositorys_template_stands_there_as_the_agent_filled_it_in_last() -> None:
    first = ended_job(summary="The first.", filled="## What\n\nThe first, closes #9, says @mira")
    second = ended_job(
        "more",
        summary="The second.",
        filled="## What\n\nBoth. <!-- harvest:body:0123456789abcdef -->\n\nSigned-off-by: M <m@x>",
    )
    told = body(first, second, ended_job("undo"), template=TEMPLATE)
    assert told.startswith("## What\n\nBoth.")
    assert "The first" not in told
    assert "Signed-off" not in told
    assert "<!-- harvest:body:0123" not in told
    assert "Closes #7" in told
    assert "closes #9" not in body(first, template=TEMPLATE)
    assert "@mira" not in body(first, template=TEMPLATE)
    assert "## What" not in body(first), "the base branch has none any more"


def test_a_template_that_the_agent_left_stands_below_its_summary() -> None:
    told = body(ended_job(summary="It is done."), template=TEMPLATE)
    assert told.index("It is done.") < told.index(NOT_FILLED_IN) < told.index("- [ ] by me") < told.index("Closes #7")


def test_a_filled_in_template_of_any_size_fits() -> None:
    huge = body(ended_job(filled="<" * 60_000, summary="x"), template="y" * MAX_BYTES)
    assert len(huge) < GITHUBS_LIMIT
    assert "Closes #7" in huge


def test_the_filled_in_template_is_told_apart_from_the_summary() -> None:
    assert filled_in("Title\n\nSummary.\n<pull-request>\n## What\n\nAll.\n</pull-request>\n") == (
        "Title\n\nSummary.",
        "## What\n\nAll.",
    )
    for left_open in (
        "a\n<pull-request>\nb",
        "a\n</pull-request>\nb\n<pull-request>",
        "see `<pull-request>` and </pull-request>",
    ):
        assert filled_in(left_open) == (left_open, "")


def test_the_template_is_found_where_github_looks_for_it() -> None:
    assert template_in({"docs/pull_request_template.md": b"docs", "PULL_REQUEST_TEMPLATE.md": b" root\n"}) == "root"
    assert template_in({".github/pull_request_template.txt": b"\xff"}) == "\ufffd"
    assert template_in({"README.md": b"x"}) == template_in({"pull_request_template.md": b"x" * (MAX_BYTES + 1)}) == ""


def test_a_body_that_somebody_changed_is_known_for_that() -> None:
    told = body(ended_job(summary="It is done."))
    assert is_as_written(told)
    assert is_as_written(told.replace("\n", "\r\n"))
    for changed in (told.replace("done", "fine"), told + "\nMore.", "Mine.", "", told.partition("<!--")[0]):
        assert not is_as_written(changed)


def test_the_tests_that_harvest_saw_are_told_with_their_codes_and_the_one_lint() -> None:
    runs = (SeenRun("make test", 1), SeenRun("pytest | tail", 0, "line"), SeenRun(f"pytest {TOKEN}", None))
    told = body(ended_job(evidence=Evidence(runs, 9, edited_since=True), seconds=3.0, cost_usd=0.42))
    for line in (
        "| 1 | `make test` |",
        r"| 0, of the whole line | `pytest \| tail` |",
        "| not finished | `pytest [redacted]` |",
    ):
        assert line in told
    assert "6 runs before that." in told
    assert EDITED_SINCE in told
    assert "Written by an agent for `mira`, which cost $0.42;" in told
    good = ended_job(evidence=Evidence((SeenRun("make test", 0),), 1))
    assert EDITED_SINCE not in body(good)
    assert EDITED_SINCE in body(good, ended_job("undo")), "a commit of Harvest's own came after it"
    assert NONE_SEEN in body(ended_job(evidence=Evidence()))
