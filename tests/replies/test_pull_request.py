"""How a pull request reads, whatever was asked, said and done in its session."""

from __future__ import annotations

from typing import Any

from github_app.domain.job_report import JobReport, SeenCommand
from github_app.replies.check_run import concluded
from github_app.replies.comment import EndedJob
from github_app.replies.endings import PUBLISHED
from github_app.replies.pull_request import body_of, title_of

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
        str(concluded(PUBLISHED, report)),
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
