"""The reporters: what should stand on each surface, by tables; and that one node alone writes it, on Postgres."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from github_app.domain.ask import By, PullHead
from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.domain.progress import Progress, Task
from github_app.domain.review import Review
from github_app.github.pacing import Urgency
from github_app.jobs.reporting.job_check_run import FIRST_SECONDS, JobCheckRun
from github_app.jobs.reporting.job_end import JobEnd
from github_app.jobs.reporting.session_comment import PLAN_SECONDS, SessionComment
from github_app.jobs.reporting.story import COMMENT_PLACE, Running, Story
from github_app.jobs.reporting.surface import EDIT_SECONDS, Wanted
from github_app.replies.comment import EndedJob
from github_app.replies.endings import PUBLISHED, REVIEWED
from state.jobs import Job
from state.posts import Post
from state.sessions import Session
from tests.asks import an_ask

SESSION = Session("s1", 1, 2, "acme/slugs", 7, "pull", None, None, 7, None, "u", None, 1.0, 1.0)
PULL = PullHead(7, "a" * 40, "fix", "main", "Fix it")
PUSHED = "b" * 40
OLD, NEW = f"j1/{PULL.sha}", f"j1/{PUSHED}"


def a_job(number: int, state: str = "running", *, pull: PullHead | None = PULL, pushed: str | None = None) -> Job:
    """Job `j<number>`; with `pushed` it has come to its end, empty for one that pushed nothing."""
    ended = pushed is not None
    return Job(
        number=number,
        id=f"j{number}",
        session_id="s1",
        installation_id=1,
        kind="pull",
        recipe="change/1",
        ask=an_ask(pull=pull).to_json(),
        state=state,  # type: ignore[arg-type]  # one of them
        step=None,
        outcome=None,
        ending=msgspec.to_builtins(PUBLISHED) if ended else None,
        report=msgspec.to_builtins(JobReport(pushed_sha=pushed or "")) if ended else None,
        head_sha=None,
        gateway_token_sha256=None,
        deadline=None,
        stop_by=None,
        stop_why=None,
        stop_at=None,
        created_at=1.0,
        started_at=1.0,
        ended_at=None,
        settings=None,
        models=None,
        chore=None,
        pushed_sha=None,
    )


def a_story(*jobs: Job, agent_since: float | None = None, tasks: int = 0, seconds: float = 0.0) -> Story:
    """Those jobs of the session; of them the first that runs is at work."""
    progress = Progress(tasks={str(number): Task(f"Part {number}") for number in range(tasks)})
    running = next((job for job in jobs if job.state == "running" and job.ending is None), None)
    ended = tuple(EndedJob("ada", "", PUBLISHED, JobReport()) for job in jobs if job.ending is not None)
    at_work = None if running is None else Running(running, agent_since, progress, seconds, cost_usd=seconds / 100)
    return Story(SESSION, jobs, ended, at_work, "")


def shown(wanted: list[Wanted]) -> list[tuple[str, str, Urgency]]:
    return [(one.place, one.moment, one.urgency) for one in wanted]


THERE = Post(COMMENT_PLACE, 5, "j0/ended", None, 1.0)
ANSWER, END, PROGRESS = Urgency.ANSWER, Urgency.END, Urgency.PROGRESS


@pytest.mark.parametrize(
    ("story", "post", "expected"),
    [
        pytest.param(a_story(a_job(1, "queued")), None, [], id="one that waits is not told of"),
        pytest.param(a_story(a_job(1)), None, [(COMMENT_PLACE, "j1/started", ANSWER)], id="one that begins without a comment"),
        pytest.param(a_story(a_job(1)), THERE, [], id="on a pull request the check run tells it"),
        pytest.param(
            a_story(a_job(1, pull=None)), THERE, [(COMMENT_PLACE, "j1/started", ANSWER)], id="on an issue the comment"
        ),
        pytest.param(a_story(a_job(1, pull=None)), Post(COMMENT_PLACE, 5, "j1/progress", "x", 1.0), [], id="and once"),
        pytest.param(
            a_story(a_job(1), agent_since=9.0), THERE, [(COMMENT_PLACE, "j1/progress", PROGRESS)], id="the agent works"
        ),
        pytest.param(a_story(a_job(1, pushed="")), THERE, [(COMMENT_PLACE, "j1/ended", END)], id="one that has ended"),
        pytest.param(
            a_story(a_job(1, pushed=""), a_job(2, "queued")),
            THERE,
            [(COMMENT_PLACE, "j1/ended", END)],
            id="with one behind it",
        ),
    ],
)
def test_what_should_stand_in_the_comment(story: Story, post: Post | None, expected: list[tuple[str, str, Urgency]]) -> None:
    assert shown(SessionComment().wanted(story, {} if post is None else {COMMENT_PLACE: post})) == expected


def test_progress_waits_for_the_plan_and_then_for_its_turn() -> None:
    def wanted(post: Post, tasks: int = 0) -> Wanted:
        (one,) = SessionComment().wanted(a_story(a_job(1), agent_since=100.0, tasks=tasks), {COMMENT_PLACE: post})
        return one

    assert wanted(THERE).not_before == 100.0 + PLAN_SECONDS
    assert wanted(THERE, tasks=1).not_before == 0.0
    assert wanted(Post(COMMENT_PLACE, 5, "j1/progress", "x", 200.0), tasks=1).not_before == 200.0 + EDIT_SECONDS


def test_progress_is_shown_again_when_something_else_than_the_clock_has_changed() -> None:
    def wanted(**how: float) -> Wanted:
        (one,) = SessionComment().wanted(a_story(a_job(1), agent_since=1.0, **how), {})  # type: ignore[arg-type]
        return one

    before = wanted(seconds=1.0)
    post = Post(COMMENT_PLACE, 5, before.moment, before.look, 1.0)
    assert wanted(seconds=99.0).stands(post)
    assert not wanted(tasks=1).stands(post)


@pytest.mark.parametrize(
    ("story", "there", "expected"),
    [
        pytest.param(a_story(a_job(1, "queued")), [], [], id="the next one is not said to wait"),
        pytest.param(a_story(a_job(0), a_job(1, "queued")), [], [("j0/", "started"), (OLD, "queued")], id="one behind it is"),
        pytest.param(a_story(a_job(1)), [OLD], [(OLD, "started")], id="one that begins"),
        pytest.param(a_story(a_job(1, pushed="")), [], [(OLD, "ended")], id="one that pushed nothing"),
        pytest.param(a_story(a_job(1, pushed=PUSHED)), [OLD], [(OLD, "ended"), (NEW, "ended")], id="one that pushed"),
        pytest.param(a_story(a_job(1, pushed=PUSHED)), [], [(NEW, "ended")], id="and was not seen before"),
        pytest.param(a_story(a_job(1, pull=None)), [], [], id="an issue's has none while it works"),
        pytest.param(a_story(a_job(1, pull=None, pushed="")), [], [], id="nor without a commit"),
        pytest.param(a_story(a_job(1, pull=None, pushed=PUSHED)), [], [(NEW, "ended")], id="and one on what it pushed"),
    ],
)
def test_which_check_runs_should_stand(story: Story, there: list[str], expected: list[tuple[str, str]]) -> None:
    wanted = JobCheckRun().wanted(story, {place: Post(place, 5) for place in there})
    assert len(wanted) == len(expected)
    for one, (place, moment) in zip(wanted, expected, strict=True):
        assert (one.place.startswith(place), one.moment) == (True, moment)


@pytest.mark.parametrize(
    ("thread", "inline", "told"),
    [
        pytest.param(7, 0, False, id="on the pull request the review itself tells it"),
        pytest.param(7, 11, True, id="in a thread on a line it is told there"),
        pytest.param(3, 0, True, id="and on the issue there"),
    ],
)
def test_the_end_of_a_review_is_told_where_it_was_asked(thread: int, inline: int, told: bool) -> None:
    ask = an_ask(verb="review", thread=thread, pull=PULL)
    ask = msgspec.structs.replace(ask, origin=msgspec.structs.replace(ask.origin, inline=inline))
    job = replace(a_job(1, pushed=""), ask=ask.to_json())
    report = JobReport(said="It holds.", review=Review(5, 7, PULL.sha, (1, 0, 0)))
    ended_job = EndedJob("maintainer", "review", REVIEWED, report, answer_url="https://github.com/acme/slugs/pull/7#r5")
    both = JobEnd().wanted(replace(a_story(), to_be_told=((job, ended_job),)), {})
    wanted = [one for one in both if "reaction" not in one.body]
    assert [(one.body["reaction"], one.body["number"]) for one in both if one not in wanted] == [("+1", thread)]
    assert [(one.body["number"], one.body["inline"]) for one in wanted] == ([(thread, inline)] if told else [])
    for one in wanted:
        assert one.body["body"].splitlines()[1:] == [
            "@maintainer Reviewed (1 BLOCKER): [the review](https://github.com/acme/slugs/pull/7#r5)."
        ]


@pytest.mark.parametrize("steps", ["", "git fetch origin main"])
def test_how_to_take_work_that_was_kept_is_told_also_to_who_knows_of_the_end(steps: str) -> None:
    report = JobReport(steps=steps, patch="+1\n")
    by_whoever_asked = EndedJob("maintainer", "", Ending("stopped", "You stopped it.", kept="1 commit."), report)
    job = replace(a_job(1), stop_by="maintainer")
    of_a_watch = EndedJob("maintainer", "", Ending("refused", "GitHub refused the push.", kept="1 commit."), report)
    watched = replace(a_job(2), ask=an_ask(by=By.WATCH, pull=PULL).to_json())
    both = JobEnd().wanted(replace(a_story(), to_be_told=((job, by_whoever_asked), (watched, of_a_watch))), {})
    told = [one.body["body"] for one in both if "reaction" not in one.body]
    assert [steps in body for body in told] == [True, True] * bool(steps)


def test_a_check_run_shows_the_plan_what_is_done_now_and_since_when() -> None:
    progress = Progress(
        tasks={"1": Task("Read it", "completed"), "2": Task("Mend it", "in_progress")}, activity="running `make`"
    )
    story = a_story(a_job(1), agent_since=100.0)
    assert story.running is not None
    running = replace(story.running, progress=progress, seconds=75.0, cost_usd=0.5)

    def wanted(post: Post) -> Wanted:
        (one,) = JobCheckRun().wanted(replace(story, running=running, comment_url="https://g/7#c"), {OLD: post})
        return one

    began = wanted(Post(OLD, 5, "started", None, 99.0))
    assert (began.moment, began.urgency, began.not_before) == ("progress", PROGRESS, 100.0 + FIRST_SECONDS)
    assert began.body["started_at"] == "1970-01-01T00:00:01Z"
    assert began.body["details_url"] == "https://g/7#c"
    assert began.body["output"]["summary"].startswith(
        "- [x] Read it\n- [ ] **Mend it**\n\nNow: running `make` · 1 min 15 s · $0.50"
    )
    assert wanted(Post(OLD, 5, "progress", began.look, 200.0)).stands(Post(OLD, 5, "progress", began.look, 200.0))
    assert wanted(Post(OLD, 5, "progress", "x", 200.0)).not_before == 200.0 + EDIT_SECONDS
    running = replace(running, agent_since=None)
    assert JobCheckRun().wanted(replace(story, running=running), {OLD: Post(OLD, 5, "progress", "x", 1.0)}) == []
