"""Every statement that a running Harvest makes again and again, each under a name. The benchmark takes their times, and a test
looks at how the database goes about them.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from state.backlog import parked_deliveries, read_backlog
from state.becoming_due import BecomingDue
from state.budgets import JobBudgets
from state.children import Children
from state.database import Database
from state.evidence_ledger import EvidenceLedger
from state.inbox import Inbox
from state.issue_notes import IssueNote, IssueNotes
from state.job_issues import JobIssue, JobIssues
from state.job_steps import JobSteps
from state.job_tools import JobTools
from state.jobs import Jobs
from state.memory import Memory, NewEntry, Reader
from state.questions import Questions
from state.queue import Caps, JobQueue
from state.repository_images import RepositoryImages
from state.sandbox_times import SandboxTime, SandboxTimes
from state.sessions import Session, Sessions
from state.tool_writes import ToolWrites
from state.usage import Amount, UsageLedger
from state.watches import Watches

REPOSITORY, INSTALLATION = 77, 7
TOKEN = "a" * 64
FOREVER = Caps(1_000, 1_000)
DAY = 86_400.0
READER = Reader(INSTALLATION, REPOSITORY, private=False)


@dataclass(frozen=True)
class Parts:
    """The state, with a session of its own in it and a job there that runs."""

    database: Database
    inbox: Inbox
    sessions: Sessions
    jobs: Jobs
    steps: JobSteps
    queue: JobQueue
    usage: UsageLedger
    times: SandboxTimes
    images: RepositoryImages
    tools: JobTools
    writes: ToolWrites
    issues: JobIssues
    notes: IssueNotes
    evidence: EvidenceLedger
    memory: Memory
    questions: Questions
    children: Children
    becoming_due: BecomingDue
    session: Session
    job_id: str
    fresh: Callable[[], str]


async def set_up(database: Database) -> Parts:
    """Everything that the statements need. Close its inbox before the database."""
    sessions, jobs, usage = Sessions(database), Jobs(database), UsageLedger(database)
    session = await sessions.open_session(
        installation_id=INSTALLATION, repository_id=REPOSITORY, repository="a/b", thread=7, kind="issue"
    )
    word, count = secrets.token_hex(4), itertools.count()
    inbox, notes, questions, children = (
        await Inbox.open(database),
        IssueNotes(database),
        Questions(database),
        Children(database),
    )
    parts = Parts(
        database=database,
        inbox=inbox,
        sessions=sessions,
        jobs=jobs,
        steps=JobSteps(database),
        queue=JobQueue(database, "me"),
        usage=usage,
        times=SandboxTimes(database),
        images=RepositoryImages(database),
        tools=JobTools(database),
        writes=ToolWrites(database),
        issues=JobIssues(database),
        notes=notes,
        evidence=EvidenceLedger(database),
        memory=Memory(database),
        questions=questions,
        children=children,
        becoming_due=BecomingDue(database, (inbox, Watches(database), notes, questions, children)),
        session=session,
        job_id=f"job-{word}",
        fresh=lambda: f"{word}-{next(count)}",
    )
    await add_job(parts, parts.job_id)
    await jobs.update(parts.job_id, gateway_token_sha256=TOKEN, head_sha="c" * 40)
    return parts


async def add_job(parts: Parts, job_id: str) -> str:
    return await parts.jobs.add(
        job_id, session_id=parts.session.id, installation_id=INSTALLATION, kind="issue", recipe="change/1", ask={}
    )


async def accept(parts: Parts) -> str:
    delivery = parts.fresh()
    return await parts.inbox.accept(
        delivery_id=delivery,
        domain_key=f"comment:{delivery}",
        event="issues",
        action="labeled",
        body=b"{}",
        received_at=time.time(),
        repository_id=REPOSITORY,
        thread=7,
    )


async def handle_one(parts: Parts) -> None:
    """From the claim of the oldest to its end."""
    await accept(parts)
    claimed = await parts.inbox.claim(1)
    await parts.inbox.renew()
    for delivery in claimed:
        await parts.inbox.withdraw_before(delivery, "overtaken")
        await parts.inbox.done(delivery.number, "queued")


async def take_turns(parts: Parts) -> None:
    """As the engine does when a job is submitted and when one is over."""
    if await parts.queue.anybody_waits():
        await parts.queue.take_turns(FOREVER)
    await parts.queue.hold(parts.job_id)
    await parts.queue.held_by("me")
    await parts.queue.places([parts.job_id])


async def take_a_step(parts: Parts) -> None:
    step = parts.fresh()
    await parts.queue.begin_step(parts.job_id, 1, forget_after=600)
    await parts.steps.enter(parts.job_id, step)
    await parts.steps.finish(parts.job_id, step, result={})


async def spend(parts: Parts) -> None:
    """One request to the model."""
    reservation = parts.fresh()
    await parts.usage.grant(TOKEN)
    await parts.usage.reserve(TOKEN, reservation, "sonnet", 1)
    await parts.usage.settle(reservation, parts.job_id, "sonnet", Amount(requests=1))


async def use_a_sandbox(parts: Parts) -> None:
    now = time.time()
    await parts.times.begin(SandboxTime(parts.fresh(), parts.job_id, "modal", "job", 1.0, 1024, now, now + 60))
    for each in await parts.times.running("modal"):
        await parts.times.end(each.sandbox_id)


async def run_a_job(parts: Parts) -> None:
    """The rows of one job alone, from its session to its end."""
    job_id = parts.fresh()
    await add_job(parts, job_id)
    await parts.jobs.start(job_id)
    await parts.jobs.position_in_queue(job_id)
    await parts.jobs.request_stop(job_id, by="ada", why="closed")
    await parts.jobs.conclude(job_id, ending={}, report={})
    await parts.jobs.end(job_id, "succeeded")
    await parts.queue.take_turns(FOREVER)
    await parts.queue.release(job_id)


async def call_a_tool(parts: Parts) -> None:
    """Of those that write on GitHub, which take their turn in a row of their own."""
    key = parts.fresh()
    await parts.tools.give(parts.job_id, "github", [])
    await parts.tools.held_by(TOKEN, "github")
    await parts.tools.count_call(parts.job_id, "github", most=1_000_000)
    await parts.writes.take(parts.job_id, key, most=1_000_000)
    await parts.writes.note(parts.job_id, key, "there")
    await parts.writes.give_back(parts.job_id, key)


async def tell_in_an_issue(parts: Parts) -> None:
    """From the job's first look at it to the word in it."""
    await parts.issues.pin(parts.job_id, [JobIssue("ENG-1", "linear")])
    await parts.issues.of_job(parts.job_id)
    key = parts.fresh()
    await parts.notes.owe([IssueNote(parts.session.id, "linear", key, "start", 0, key, "ada", time.time(), 0)])
    for note in await parts.notes.due(4):
        await parts.notes.still_due(note)
        await parts.notes.put_off(note, 0)
        await parts.notes.settle(note, "told")


async def run_tests(parts: Parts) -> None:
    number = await parts.evidence.begin(parts.job_id, "make test", whole=True, at=time.time(), most=1_000_000)
    await parts.evidence.renew(parts.job_id, int(number), tree="a" * 40)
    await parts.evidence.goes_on(parts.job_id)
    await parts.evidence.finish(parts.job_id, int(number), at=time.time(), exit_code=0)
    await parts.evidence.saw(parts.job_id, int(number), "make test", at=time.time(), exit_code=0, code_of="line")
    await parts.evidence.of_job(parts.job_id)


async def remember(parts: Parts) -> None:
    said = f"Run {parts.fresh()} before a commit."
    job_id = parts.fresh()
    entry, _ = await parts.memory.propose(
        READER, NewEntry(repository="a/b", kind="lesson", text=said, job_id=job_id, thread=7)
    )
    await parts.memory.of_job(job_id)
    await parts.memory.approve(READER, [entry.number], by="ada")
    await parts.memory.search(READER, ["commit"], limit=5)
    await parts.memory.code_found([entry.number], "c" * 40)
    await parts.memory.code_gone([entry.number], "c" * 40)
    await parts.memory.forget(READER, [entry.number], by="ada")


async def ask_people(parts: Parts) -> None:
    """From the question to an answer, and what else it is asked about."""
    await add_job(parts, job_id := parts.fresh())
    said = {"question": "Which?", "options": ["this", "that"], "default_answer": "this"}
    await parts.questions.ask(job_id, session_id=parts.session.id, number=1, **said)  # type: ignore[arg-type]
    await parts.questions.open(job_id, seconds=0)
    await parts.questions.due(4)
    await parts.questions.to_answer(parts.session.id, by="next")
    await parts.questions.take(job_id, by="next")
    await parts.questions.close(job_id, "answered")
    await parts.questions.withdraw(parts.session.id)
    await parts.questions.withdraw_of_repository(REPOSITORY)


async def start_work_elsewhere(parts: Parts) -> None:
    await add_job(parts, parent := parts.fresh())
    child = await parts.children.ask(parent, "a/c", "Do the same there.")
    assert child is not None
    await parts.children.due(4)
    await parts.children.note_started(child, parent)
    await parts.children.of_job(parent)
    await parts.children.stir(parent)
    await parts.children.ask_to_stop(parent, "ada")
    await parts.children.told(child)


def without_cost(parts: Parts) -> Awaitable[Any]:
    now = time.time()
    return parts.times.without_cost("modal", ended_after=now - 2 * DAY, ended_before=now - 900, limit=50)


QUERIES: dict[str, Callable[[Parts], Awaitable[Any]]] = {
    "a delivery is accepted": accept,
    "a delivery is claimed and handled": handle_one,
    "is one of these deliveries known?": lambda parts: parts.inbox.known(["comment:1", "comment:2"]),
    "the inbox's backlog": lambda parts: read_backlog(parts.database),
    "parked deliveries": lambda parts: parked_deliveries(parts.database),
    "old deliveries are looked for": lambda parts: parts.inbox.forget(older_than_days=30_000),
    "a thread's session": lambda parts: parts.sessions.by_thread(REPOSITORY, 7),
    "is a branch a session's?": lambda parts: parts.sessions.work_on(REPOSITORY, "harvest/7-x"),
    "a session changes": lambda parts: parts.sessions.update(parts.session.id, repository="a/b"),
    "old snapshots are looked for": lambda parts: parts.sessions.with_old_snapshot(0, 0.0, limit=100),
    "old logs are looked for": lambda parts: parts.sessions.with_old_log(0, limit=100),
    "a job from its row to its end": run_a_job,
    "a job is read": lambda parts: parts.jobs.get(parts.job_id),
    "which of these jobs are known?": lambda parts: parts.jobs.known([parts.job_id]),
    "a session's jobs": lambda parts: parts.jobs.of_session(parts.session.id),
    "a session's live jobs": lambda parts: parts.jobs.live_of_session(parts.session.id),
    "the latest job on a commit": lambda parts: parts.jobs.latest_on_commit(REPOSITORY, "c" * 40),
    "a job of a kind that is under way once": lambda parts: parts.jobs.under_way(parts.session.id, "fix-ci"),
    "is a commit a job's push?": lambda parts: parts.jobs.have_pushed(REPOSITORY, "c" * 40),
    "unfinished jobs": lambda parts: parts.jobs.unfinished(),
    "the first page of jobs": lambda parts: parts.jobs.page(),
    "a later page of jobs": lambda parts: parts.jobs.page(before=1_000),
    "what has become due is looked for": lambda parts: parts.becoming_due.look(),
    "turns are given": take_turns,
    "a step is taken": take_a_step,
    "a job's steps": lambda parts: parts.steps.of_job(parts.job_id),
    "old steps are looked for": lambda parts: parts.steps.forget(ended_before=0),
    "a request to the model is paid": spend,
    "what a job used": lambda parts: parts.usage.of_job(parts.job_id),
    "a sandbox begins and ends": use_a_sandbox,
    "what a job's sandboxes took": lambda parts: parts.times.of_job(parts.job_id),
    "sandboxes without a cost": without_cost,
    "a tool that writes is called": call_a_tool,
    "an issue of a tracker is read and told": tell_in_an_issue,
    "the repository's tests are run": run_tests,
    "something is remembered, approved, found and forgotten": remember,
    "a question is asked and answered": ask_people,
    "work is started elsewhere": start_work_elsewhere,
    "what a session's jobs started elsewhere": lambda parts: parts.children.of_session(parts.session.id),
    "issues to tell are looked for": lambda parts: parts.notes.due(4),
    "late questions are looked for": lambda parts: parts.questions.due(4),
    "children to look after are looked for": lambda parts: parts.children.due(4),
    "did somebody wait for this pull request?": lambda parts: parts.notes.stir(REPOSITORY, 7),
    "old tool calls are looked for": lambda parts: parts.writes.forget(ended_before=0),
    "old issues of trackers are looked for": lambda parts: parts.issues.forget(ended_before=0),
    "old words to issues are looked for": lambda parts: parts.notes.forget(made_before=0),
    "old test runs are looked for": lambda parts: parts.evidence.forget(ended_before=0),
    "old budgets are looked for": lambda parts: JobBudgets(parts.database).forget(unused_since=0, ended_before=0),
    "old memory is looked for": lambda parts: parts.memory.drop(unchanged_since=0),
    "old questions are looked for": lambda parts: parts.questions.forget(asked_before=0),
    "old children are looked for": lambda parts: parts.children.forget(over_before=0),
    "repositories at work": lambda parts: parts.images.wanted(time.time() - DAY),
}
