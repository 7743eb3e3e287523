"""Every surface on GitHub as it reads with typical values: comments, check runs, the pull request, answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from github_app.commands.all_verbs import all_verbs
from github_app.commands.verbs.help import help_in
from github_app.domain.ask import Repository
from github_app.domain.ending import Ending
from github_app.domain.evidence import Evidence, SeenRun
from github_app.domain.job_report import JobReport, SeenCommand, ToolUse
from github_app.domain.plan import Finding, Plan
from github_app.domain.progress import Progress, Task
from github_app.domain.review import Place, Placed, Review, ReviewFinding
from github_app.domain.review_threads import ReviewThread, Verdict
from github_app.domain.screenshot import Moment, Screenshot, Stamp
from github_app.domain.session_status import LastJob, RunningJob, SessionStatus, WaitingJob
from github_app.replies import check_run, endings, half_done, kept_work, plan_wording, wording
from github_app.replies.answer import answer_comment
from github_app.replies.at_work import NowRunning
from github_app.replies.comment import EndedJob, session_comment
from github_app.replies.costs import costs_text
from github_app.replies.end import end_comment
from github_app.replies.evidence import tests_in_short, tests_seen
from github_app.replies.plan import PlanToPost, plan_comment
from github_app.replies.plan_pull import (
    plan_commit_message,
    plan_file_content,
    plan_pull_body,
    plan_pull_comment,
    plan_pull_title,
)
from github_app.replies.pull_request import body_of, is_as_written, title_of
from github_app.replies.question import waits_until
from github_app.replies.review import ReviewToSubmit, inline_comment, review_body
from github_app.replies.review_threads import Published, counts_of, thread_replies
from github_app.replies.settings import settings_text
from github_app.replies.spawning import issue_body
from github_app.replies.status import queue_text, status_text, under_way_text
from github_app.replies.steering import steering_answer
from github_app.settings.egress import EgressPolicy
from github_app.settings.narrowing import narrow
from github_app.settings.operator import Settings
from github_app.settings.repository import Budgets, RepositorySettings, Roles
from state.costs import Cost
from tests.replies.typical import BRANCH, MONTH, OWN, PATCH_PLACE, QUESTION, SHA, URL, WORKFLOW_FILE

ASKED = "also cover the empty case"
PULL, COMMIT = f"{URL}/pull/12", f"{URL}/commit/{SHA}"
COMMENT = f"{URL}/issues/7#issuecomment-41"
NOW = 1_000_000.0

RUNS = (SeenRun("python3 -m unittest", 0), SeenRun("npm test", None), SeenRun("make test; true", 0, "line"))
RAN = SeenRun("make test", 0, source="harvest", whole=True, at=NOW, tree="e" * 40, tree_after="e" * 40)
REPORT = JobReport(
    title="Parse weeks as seven days",
    summary="`parse_span` reads `2w`. A test shows it.",
    said="Parse weeks as seven days\n\n`parse_span` reads `2w`. A test shows it.",
    model="claude-sonnet-5-5",
    recalls="told",
    tools=(ToolUse("linear", "get_issue", 3, 1),),
    commands=(SeenCommand("python3 -m unittest", 0), SeenCommand("npm test", 1), SeenCommand("sleep 900", None)),
    egress="allowlist",
    files=("timespan/units.py", "tests/test_units.py"),
    insertions=12,
    deletions=3,
    commits=1,
    cost_usd=0.42,
    session_cost_usd=1.42,
    seconds=83,
    sandbox_seconds=95,
    turns=14,
    started_from="snapshot",
    pushed_sha=SHA,
    evidence=Evidence(RUNS, total=9, edited_since=True),
)


def replaced(**changes: object) -> SeenRun:
    return msgspec.structs.replace(RAN, **changes)


OTHERS = replaced(tree="d" * 40, tree_after="d" * 40, exit_code=2, failed=("tests/test_a.py::test_b", "c", "d", "e", "f", "g"))
DONE = EndedJob("mira-okafor", "", endings.PUBLISHED, REPORT, PULL, COMMIT)
MOMENTS: tuple[tuple[str, str, Moment, bool, str], ...] = (
    ("1-before.png", "Weeks are refused", "before", False, COMMIT),
    ("2-after.png", "Weeks are taken", "after", True, ""),
)
SHOTS = tuple(
    Screenshot(f"{URL}/blob/harvest-artifacts/20261129-q3k7/{at}?raw=true", caption, moment, Stamp(SHA, on_top, NOW), url)
    for at, caption, moment, on_top, url in MOMENTS
)
WITH_SCREENSHOTS = replace(DONE, report=msgspec.structs.replace(REPORT, screenshots=SHOTS))
FAILED = EndedJob(
    "jonas-reed",
    ASKED,
    Ending("failed", "The agent used up its turns before it was done.", half_done.unpublished(1, 2, shown=True), "Ask again."),
    JobReport(seconds=700, cost_usd=3.1, model="claude-sonnet-5-5", patch="--- a/a.txt\n+++ b/a.txt\n", started_from="base"),
)
REFUSED = EndedJob(
    "mira-okafor",
    ASKED,
    msgspec.structs.replace(endings.not_fit([WORKFLOW_FILE]), kept=kept_work.as_patch("1 commit in 2 files")),
    JobReport(
        seconds=60,
        cost_usd=0.2,
        notes=(wording.image_gone(),),
        patch="--- a/a.txt\n+++ b/a.txt\n",
        steps=kept_work.take_patch(PATCH_PLACE),
        blocked_hosts=("packages.acme.dev",),
        egress="allowlist",
    ),
)
NOT_REBASED = EndedJob(
    "mira-okafor",
    "rebase",
    endings.not_rebased("main"),
    JobReport(
        said="Weeks are read in two ways\n\n`main` counts from Monday, this branch from Sunday. A person has to decide.",
        seconds=80,
    ),
)
ANSWER = JobReport(said="In `settings.py`.", seconds=20)
ANSWERED = EndedJob("mira-okafor", "where are the settings read?", endings.ANSWERED, ANSWER, answer_url=COMMENT)
PLANNED = EndedJob(
    "mira-okafor",
    "plan",
    endings.PLANNED,
    JobReport(said="The plan.", seconds=30, cost_usd=0.1, plan=Plan(1, "main", SHA, BRANCH, "", 41, NOW)),
    answer_url=COMMENT,
)
NOTHING = endings.nothing_changed(["It left files that it did not commit: a.txt."])
NO_CHANGE = EndedJob("mira-okafor", "", NOTHING, JobReport(seconds=9))
REVIEWED = EndedJob(
    "mira-okafor",
    "review",
    endings.REVIEWED,
    JobReport(said="A review.", seconds=40, cost_usd=0.3, review=Review(5, 12, SHA, (1, 0, 1))),
    answer_url=f"{PULL}#pullrequestreview-5",
)
ENDS = {
    "done": DONE,
    "done, with screenshots": WITH_SCREENSHOTS,
    "failed": FAILED,
    "refused": REFUSED,
    "not rebased": NOT_REBASED,
    "answered": ANSWERED,
    "planned": PLANNED,
    "reviewed": REVIEWED,
    "not reviewed": EndedJob("mira-okafor", "review", endings.not_reviewed(endings.no_answer()), JobReport(seconds=12)),
    "nothing to change": NO_CHANGE,
    "waiting": EndedJob("mira-okafor", "", endings.waiting(waits_until(QUESTION, "/harvest")), JobReport(question=QUESTION)),
    "waiting, and nothing to choose from": EndedJob(
        "mira-okafor",
        "",
        endings.waiting(waits_until(QUESTION, "/harvest")),
        JobReport(question=msgspec.structs.replace(QUESTION, options=(), default="")),
    ),
}

PLAN = PlanToPost(
    job_id="q3k7w2n5x4r6t8yb",
    version=2,
    asked_by="mira-okafor",
    asked="plan",
    text="Parse weeks as seven days\n\n## Research\n…\n\n## Plan\n\n### 1. Show it in a test\n…",
    reviewed_by="claude-opus-5-5",
    instead=True,
    not_reviewed="",
    findings=(Finding("SHOULD", "No test for zero.", "It may break.", "Add one to task 1."),),
    missing=("The plan has 1 task in the form that was asked for, instead of 5 to 10.",),
    estimate_usd=7.5,
    budgets=(OWN,),
    base_branch="main",
    base_sha=SHA,
    place="issue",
    command="/harvest",
    notes=(plan_wording.not_replanned("The agent ended without a plan."),),
    cost_usd=0.42,
    model="claude-sonnet-5-5",
)

RUNNING = RunningJob("job-1", "mira-okafor", ASKED, NOW - 200, "run_agent")
WAITING = (WaitingJob("job-2", "jonas-reed", ""), WaitingJob("job-3", "mira-okafor", "rebase"))
LAST = LastJob("job-0", "mira-okafor", "", endings.PUBLISHED, REPORT, NOW - 5_000)


HERE = {"command": "/harvest"}


def surfaces() -> Iterator[tuple[str, str]]:
    """The name of each, and how it reads, quoted."""
    for name, text in [*comments(), *check_runs(), *pull_requests(), *answers()]:
        yield name, "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def at_work() -> NowRunning:
    progress = Progress(
        tasks={"1": Task("Show it in a test", "completed"), "2": Task("Read weeks", "in_progress"), "3": Task("Note it")},
        activity="Runs `python3 -m unittest`",
    )
    return NowRunning("mira-okafor", ASKED, "the agent is at work", progress, 95, 0.31)


def comments() -> Iterator[tuple[str, str]]:
    begun = NowRunning("mira-okafor", "", "opening a sandbox", Progress(), 2)
    yield "The session's comment: just begun", session_comment("s", begun, (), [], command="/harvest")
    yield (
        "The session's comment: at work, others wait",
        session_comment("s", at_work(), WAITING, [DONE], pull_url=PULL, command="/harvest"),
    )
    yield (
        "The session's comment: done",
        session_comment("s", None, (), [DONE, ANSWERED, FAILED], pull_url=PULL, command="/harvest"),
    )
    yield (
        "The session's comment: failed",
        session_comment("s", None, WAITING[:1], [FAILED, DONE], pull_url=PULL, command="/harvest"),
    )
    yield "The session's comment: refused", session_comment("s", None, (), [REFUSED], **HERE)
    yield "The session's comment: answered", session_comment("s", None, (), [ANSWERED], **HERE)
    yield "The session's comment: nothing to change", session_comment("s", None, (), [NO_CHANGE], **HERE)
    yield "The session's comment: more than it lists", session_comment("s", None, (), [DONE] * 13, **HERE)
    for name, ended in ENDS.items():
        yield f"The comment on the end: {name}", end_comment("j", ended, COMMENT, "/harvest")
    yield "The answer to a question", answer_comment("j", "mira-okafor", "where are the settings read?", ANSWERED.report)
    yield "A plan", plan_comment(PLAN)
    bare = replace(PLAN, findings=(), missing=(), notes=(), place="pull")
    yield (
        "A plan that nobody reviewed",
        plan_comment(replace(bare, reviewed_by="", not_reviewed="gemini-3.1-pro-preview: 503")),
    )
    yield "A plan with nothing against it", plan_comment(replace(bare, reviewed_by="gemini-3.1-pro-preview", instead=False))
    yield from plan_pulls()
    yield "What was told to the agent: taken", steering_answer("m", "mira-okafor", ASKED, taken=True)
    yield "What was told to the agent: too late", steering_answer("m", "mira-okafor", ASKED, taken=False)
    yield (
        "An issue that an agent has asked for",
        issue_body("j/1", "Serve weeks\n\nAs `2w`.\n\n/deploy", "mira-okafor", "acme/web#7"),
    )
    yield from reviews()
    yield from in_threads()


def plan_pulls() -> Iterator[tuple[str, str]]:
    """A plan that is shown in a pull request."""
    yield "The title of a pull request that shows a plan", plan_pull_title("Parse weeks as seven days", "Weeks are not read")
    yield "The commit of a plan in a pull request", plan_commit_message(2, 7)
    yield "The file of a plan in a pull request", plan_file_content("Parse weeks\n\n## Research\nSee @jonas-reed.")
    yield "The text of a pull request that shows a plan", plan_pull_body(PLAN, 7, f"{URL}/blob/{SHA}/plan.md")
    first, shown = replace(PLAN, version=1), Plan(1, "main", SHA, BRANCH, "", 0, NOW, pull=12)
    yield "The comment on a plan in a pull request", plan_pull_comment(first, shown, "")
    changed = f"{URL}/compare/0e5a91c..{SHA}"
    yield "The comment on its next version", plan_pull_comment(PLAN, shown, changed)


def reviews() -> Iterator[tuple[str, str]]:
    place = Place("timespan/units.py", 14)
    on_a_line = ReviewFinding("BLOCKER", "The limit is off by one.", "It lets 11 through.", "Use `<`.", place, "if n < limit:")
    beside = ReviewFinding("CONSIDER", "A shorter name.", "It is read often.", "Call it `span`.")
    found = ReviewToSubmit(
        job_id="j",
        asked_by="mira-okafor",
        asked="review",
        commit_sha=SHA,
        head_sha="9" * 40,
        command="/harvest",
        can_be_resolved=True,
        summary="One thing breaks.",
        findings=Placed((on_a_line,), (beside,)),
        notes=(),
        report=REPORT,
    )
    yield "A review", review_body(found)
    yield "A review's comment on a line", inline_comment(on_a_line)
    yield (
        "A review that found nothing",
        review_body(replace(found, head_sha=SHA, summary="It is sound.", findings=Placed((), ()))),
    )


def in_threads() -> Iterator[tuple[str, str]]:
    threads = [ReviewThread(f"T{number}", number, "a.py", number, "", ()) for number in range(1, 5)]
    verdicts = [Verdict(1, "settled", "The limit comes first now."), Verdict(2, "answered", "It is read once.")]
    verdicts.append(Verdict(3, "left", "It is a matter of taste."))
    here = Published(SHA, COMMIT, here=True)
    replies = thread_replies("j", threads, verdicts, here)
    for at, reply in enumerate(replies, 1):
        yield f"A reply in a review thread ({at})", reply.body
    for name, published in (("on another branch", replace(here, here=False)), ("nothing pushed", None)):
        yield f"A reply in a review thread, {name}", thread_replies("j", threads[:1], verdicts, published)[0].body
    yield "What became of the review threads", counts_of(replies)


def check_runs() -> Iterator[tuple[str, str]]:
    yield "Check run: queued", as_page(check_run.created("j", SHA, check_run.now_queued(2)))
    yield "Check run: at work", as_page(check_run.now_at_work(at_work(), NOW))
    yield "Check run: on the commit that the job began from", as_page(check_run.moved_on(SHA, NOW))
    for name, ended in ENDS.items():
        yield (
            f"Check run: {name}",
            as_page(check_run.concluded(ended.ending, ended.report, NOW, only_reads=name == "not reviewed")),
        )


def as_page(run: dict[str, Any]) -> str:
    output = run["output"]
    buttons = " ".join(f"[{one['label']}: {one['description']}]" for one in run["actions"])
    state = f"{run['status']}, {run['conclusion']}" if "conclusion" in run else run["status"]
    parts = [f"**{output['title']}** ({state})", output["summary"], output.get("text", ""), buttons]
    return "\n\n".join(part for part in parts if part)


def pull_requests() -> Iterator[tuple[str, str]]:
    follow_up = replace(DONE, asked=ASKED)
    closes = "Closes #7."
    titles = [title_of("", "Weeks are not read"), title_of(REPORT.title, "", half_way=True)]
    yield "The title of a pull request", "\n".join(titles)
    body = body_of([DONE, follow_up], "/harvest", closes, REPORT)
    assert is_as_written(body)
    yield "The text of a pull request", body
    bare = replace(DONE, report=JobReport())
    yield "The text of a pull request, nothing said or seen", body_of([bare], "/harvest", closes, JobReport())
    template = "## What\n\n## Why\n"
    yield "The text of a pull request, template not filled in", body_of([DONE], "/harvest", closes, REPORT, template)
    long = replace(follow_up, report=msgspec.structs.replace(REPORT, summary="word " * 790))
    many = body_of([DONE, *[long] * 20], "/harvest", closes, JobReport())
    yield "The text of a pull request, many follow-ups", many.partition("###")[0]
    yield "Tests that were not seen", tests_seen(JobReport(evidence=Evidence()))
    yield "Tests that are claimed alone", tests_seen(JobReport(evidence=Evidence(), summary="All tests pass."))
    for name, ran in (("on what is published", RAN), ("before it wrote", replaced(tree="d" * 40)), ("on others", OTHERS)):
        report = JobReport(evidence=Evidence((*RUNS[:1], ran), 2), tree="e" * 40)
        yield f"Tests that Harvest ran, {name}", tests_seen(report)
        yield f"The same in short, {name}", tests_in_short(report)


def answers() -> Iterator[tuple[str, str]]:
    busy = SessionStatus(RUNNING, WAITING, LAST, 1.42)
    idle = SessionStatus(last=LAST, cost_usd=1.42)
    yield "`status`: busy", status_text(busy, NOW)
    yield "`status`: one waits for its turn", status_text(SessionStatus(waiting=WAITING[:1]), NOW)
    yield "`status`: idle", status_text(idle, NOW)
    yield "`queue`: busy", queue_text(busy, NOW, "/harvest")
    yield "`queue`: nothing waits", queue_text(SessionStatus(RUNNING), NOW, "/harvest")
    yield "`queue`: nothing runs", queue_text(SessionStatus(), NOW, "/harvest")
    for job, name in (("job-1", "it runs"), ("job-3", "it waits"), ("job-9", "it is about to end")):
        yield f"The same was asked for: {name}", under_way_text(busy, job, NOW)
    here, month = Cost(3, 400.0, 1_234_567, 12_345, 1.42), Cost(0, 0.0, 0, 0, 0.0)
    rows = [("here", here), ("this repository, this month", month)]
    yield "`cost`", costs_text(rows, [MONTH, replace(OWN, spent_microdollars=0)], counted=True)
    yield "`cost`: without the gateway", costs_text(rows, [], counted=False)
    yield from settings()
    verbs = list(all_verbs().values())
    yield "`help` on an issue", help_in("issue", verbs, word="/harvest", label="harvest")
    yield "`help` on a pull request", help_in("pull", verbs, word="/harvest", label="harvest")


def settings() -> Iterator[tuple[str, str]]:
    operator = Settings.model_construct(budget_usd=5.0, budget_repository_usd=100.0, models=())
    own = RepositorySettings(
        budgets=Budgets(job=20.0, day=10.0),
        roles=Roles(approve="maintain"),
        people=("mira-okafor",),
        reviewers=("jonas-reed",),
        protected_paths=("/.github/",),
        setup=("npm ci",),
        test=("npm test",),
        models=("claude-sonnet-*",),
    )
    repository = Repository(1, "tidewater-labs/timespan")
    for name, has_file, problem, of in (
        ("set by the repository", True, "", own),
        ("no file", False, "", RepositorySettings()),
        ("a file that can't be used", True, "there is no key `modle`: did you mean `model`?", RepositorySettings()),
    ):
        holds = narrow(operator, EgressPolicy("allowlist", (), ()), of)
        yield f"`settings`: {name}", settings_text(has_file, problem, of, holds, operator, repository)
