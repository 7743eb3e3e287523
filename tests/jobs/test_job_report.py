"""What a job has to show and how it ends, from what its steps found out."""

from __future__ import annotations

import pytest

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport, SeenCommand
from github_app.jobs.job_report import ending_of, report_of
from github_app.jobs.results import (
    RESULT_OF,
    Acknowledged,
    AgentRan,
    CommitsPushed,
    CommitsVetted,
    HalfDoneKept,
    PromptComposed,
    SandboxLost,
    SandboxOpened,
    StepResult,
)
from github_app.replies.check_run import RESUME_BUTTON, buttons_of
from github_app.replies.endings import ANSWERED, PUBLISHED
from state.jobs import Outcome

COMMANDS = (SeenCommand("make test", 0),)
VETTED = CommitsVetted(head_sha="abc", files=("a.py",), insertions=3, deletions=1, commits=2)
PUSHED = CommitsPushed(head_sha="abc")
STOPPED = Ending("stopped", "mira stopped this job.", kept="supposed")


def opened(started_from: str, *notes: str) -> SandboxOpened:
    return SandboxOpened(sandbox_id="s", started_from=started_from, snapshot=None, ends_at=0.0, attempts=(), notes=notes)


def ran(said: str) -> AgentRan:
    return AgentRan(
        said=said,
        title="Add days",
        summary="They count.",
        model="opus",
        commands=COMMANDS,
        egress="listed",
        blocked_hosts=("cdn.acme.dev",),
        cost_usd=0.5,
        seconds=60.0,
        turns=4,
    )


def test_a_report_has_what_each_step_found_out() -> None:
    results = [Acknowledged(), opened("image"), ran("Done."), VETTED, PUSHED]
    assert report_of(results, sandbox_seconds=9.0) == JobReport(
        said="Done.",
        title="Add days",
        summary="They count.",
        model="opus",
        commands=COMMANDS,
        egress="listed",
        blocked_hosts=("cdn.acme.dev",),
        files=("a.py",),
        insertions=3,
        deletions=1,
        commits=2,
        cost_usd=0.5,
        seconds=60.0,
        sandbox_seconds=9.0,
        turns=4,
        started_from="image",
        pushed_sha="abc",
    )


def test_of_a_step_that_ran_again_in_another_sandbox_the_last_result_counts_and_each_note_once() -> None:
    lost = SandboxLost(sandbox_id="s", why="it went", snapshot=None, last_position=0, notes=("It was lost.",))
    results = [opened("snapshot", "It is old."), ran("Half."), lost, opened("base", "It is old."), ran("Whole."), lost]
    report = report_of(results)
    assert (report.started_from, report.said, report.notes) == ("base", "Whole.", ("It is old.", "It was lost."))


def test_half_done_work_is_shown_for_what_was_vetted_of_it() -> None:
    kept = HalfDoneKept(patch="diff", changes=VETTED, pushed_sha="def")
    report = report_of([ran("Half."), kept])
    assert (report.files, report.commits, report.patch, report.pushed_sha) == (("a.py",), 2, "diff", "def")


def test_a_job_that_pushed_and_had_nothing_half_done_to_keep_still_shows_what_it_pushed() -> None:
    assert report_of([VETTED, PUSHED, HalfDoneKept()]).pushed_sha == "abc"


@pytest.mark.parametrize("kind", RESULT_OF.values(), ids=lambda kind: kind.__name__)
def test_no_result_is_without_a_place_for_notes(kind: type[StepResult]) -> None:
    assert "notes" in kind.__struct_fields__


ENDS: dict[str, tuple[Ending | None, list[StepResult], Ending]] = {
    "all of a change": (None, [VETTED, PUSHED], PUBLISHED),
    "all of an answer": (None, [ran("It is so.")], ANSWERED),
    "a step ended it": (STOPPED, [ran("Half.")], STOPPED),
    "what was found to be kept counts": (
        STOPPED,
        [HalfDoneKept(kept="2 commits are kept.")],
        Ending("stopped", "mira stopped this job.", kept="2 commits are kept."),
    ),
    "nothing was found to be kept": (STOPPED, [HalfDoneKept()], STOPPED),
}


@pytest.mark.parametrize("case", ENDS)
def test_how_a_job_ends(case: str) -> None:
    said, results, expected = ENDS[case]
    assert ending_of(said, results) == expected


TOLD = PromptComposed(text="do it", resume=False, model="sonnet")


@pytest.mark.parametrize(
    ("results", "outcome", "resumable"),
    [
        ([TOLD], "stopped", True),
        ([TOLD, ran("Half.")], "failed", True),
        ([TOLD, ran("Half.")], "timed_out", True),
        # What was stopped and kept as a draft is still half of it; what failed after its push is all of it.
        ([TOLD, HalfDoneKept(changes=VETTED, pushed_sha="def")], "stopped", True),
        ([TOLD, VETTED, PUSHED], "failed", False),
        ([TOLD, VETTED], "refused", False),
        ([TOLD], "no_change", False),
        ([TOLD, VETTED, PUSHED], "succeeded", False),
        ([], "failed", False),
        ([opened("base")], "stopped", False),
    ],
)
def test_what_was_broken_off_after_its_agent_was_told_can_be_resumed(
    results: list[StepResult], outcome: Outcome, resumable: bool
) -> None:
    report, ending = report_of(results), Ending(outcome, "It ended.")
    assert report.can_be_resumed(ending) is resumable
    assert (RESUME_BUTTON in buttons_of(ending, report)) is resumable
