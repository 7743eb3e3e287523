"""From an ask to a queued job: is it still wanted, which commit is it about, and who waits before it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from structlog.contextvars import bind_contextvars

from github_app.commands.brakes import why_held
from github_app.commands.labels import label_for
from github_app.commands.moments import just_now, moment
from github_app.commands.option_limits import why_not
from github_app.commands.settings_of_a_job import NotAsSet, settings_of_a_job
from github_app.commands.verb import Call
from github_app.commands.workflow_approval import why_no_workflows
from github_app.domain.ask import By, PullHead
from github_app.domain.session_events import Queued, entry_of
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.threads import Thread
from github_app.jobs.session_status import status_of
from github_app.replies import refusals, wording
from github_app.replies.pull_request import is_as_written
from github_app.replies.status import under_way_text
from github_app.settings.budgets import Payer, accounts_of, job_limit
from github_app.settings.repository import RepositorySettings
from state.findings import Chore, Found
from state.sessions import Session

# An App may not write there: nobody could be told what becomes of it.
LOCKED = "not queued: the conversation is locked"
# Nor is there a place any more in which they could be.
GONE = "not queued: the issue was deleted or transferred since"
# What needs no push to the branch of a pull request: what only reads, and what has a branch of its own.
BESIDE_A_FORK = frozenset({"answer/1", "review/1", "plan/1", "auto/1", "change/1", "undo/1", "publish/1"})
# What does not take back a question that an agent has asked: somebody may want to know more before they answer.
BESIDE_A_QUESTION = frozenset({"answer/1", "review/1"})
# What takes back what was asked. Deliveries may come in another order than they happened in: these by so much.
TAKE_BACK = ("closed", "unlabeled", "unassigned")
TAKE_BACK_SECONDS = 60.0
CLOSED_SINCE = "not queued: the thread was closed since"
# What one job is given; further findings are another one's.
MOST_FINDINGS = 100


async def queue(call: Call, recipe: str, chore: Chore | None = None, findings: Collection[str] = ()) -> str:
    """Write the job down, give it to the engine, and show that it was heard.

    Of a `chore` a session has one under way at most; a person who asks for another one is told how it stands. `findings` are
    what a look found, where nobody asked: their names on the pull request's head. Then nothing is said, and the note tells
    why no job is begun.
    """
    services, thread, ask = call.services, await call.thread(), call.ask
    if (note := await no_longer_wanted(call, thread)) is not None:
        return note
    if ask.target.place == "pull":
        # Where what is asked for was read on a head, it counts as it was then.
        head = ask.target.pull or await pull_head(thread)
        if isinstance(head, str):
            if head == LOCKED:
                return LOCKED
            await call.say(head)
            return "refused: the pull request can't be worked on"
        if head.fork and recipe not in BESIDE_A_FORK:
            await call.say(refusals.fork_pull_request(call.word, ask.command.verb))
            return "refused: the pull request comes from a fork"
        ask = msgspec.structs.replace(ask, target=msgspec.structs.replace(ask.target, pull=head))
    repository = ask.target.repository
    session = await services.sessions.open_session(
        installation_id=ask.target.installation_id,
        repository_id=repository.id,
        repository=repository.full_name,
        thread=ask.target.thread,
        kind=ask.target.place,
    )
    if session.repository != repository.full_name:
        await services.sessions.update(session.id, repository=repository.full_name)
    settings = await settings_of_a_job(call, ask, session)
    if isinstance(settings, NotAsSet):
        await call.say(settings.sentence)
        return "refused: the repository's settings can't be kept to"
    own = settings or RepositorySettings()
    options = ask.command.options
    if sentence := why_not(options, job_limit(services.settings, own), own.models, session, ask.target.pull):
        await call.say(sentence)
        return "refused: an option can't be had here"
    if sentence := await why_no_workflows(call, own):
        await call.say(sentence)
        return "refused: workflow files may not be touched"
    payer = Payer.of(ask, call.job_id, session.id, time.time())
    if (spent := await services.budgets.exhausted(accounts_of(payer, services.settings, own))) is not None:
        await call.say(refusals.cannot_be_paid(spent))
        return "refused: a budget is spent"
    found = found_on(ask.target.pull, repository.id, chore, findings)
    if found is not None and (why := await why_held(services, found)):
        return f"not begun: {why}"
    bind_contextvars(job=call.job_id)
    if session.closed_at is not None:
        await services.sessions.note_open(session.id, since=time.time())
    added = await services.jobs.add(
        call.job_id,
        session_id=session.id,
        installation_id=ask.target.installation_id,
        kind=session.kind,
        recipe=recipe,
        ask=ask.to_json(),
        settings=None if settings is None else settings.to_json(),
        chore=chore,
        found=found,
    )
    if added == "found before":
        return "not begun: a job was given all of it on this head"
    if added == "under way":
        if found is None:
            await say_how_it_stands(call, session, chore)
        return "not begun: one like it is under way"
    if recipe not in BESIDE_A_QUESTION and ask.origin.by is not By.WATCH:
        await services.questions.withdraw(session.id, but=ask.resumes if ask.answered is not None else "")
    ahead = await services.jobs.position_in_queue(call.job_id)
    await services.logs.append(session.id, call.job_id, [entry_of(Queued(asked_by=ask.actor.login, ahead=ahead))])
    await services.engine.submit(call.job_id)
    await call.react("eyes")
    if ask.target.pull is not None:
        await say_that_it_conflicts(call, ask.target.pull, recipe)
    return f"job {call.job_id} waits behind {ahead}" if ahead else f"job {call.job_id} queued"


def on_head(call: Call, head: PullHead) -> Call:
    """The same ask about the pull request as it was just read."""
    target = msgspec.structs.replace(call.ask.target, pull=head)
    return replace(call, ask=msgspec.structs.replace(call.ask, target=target))


async def say_that_it_conflicts(call: Call, pull: PullHead, recipe: str) -> None:
    """Once for a head: what is done there can't be merged as it is. GitHub may not know yet; then nothing is said."""
    by_watch = call.ask.origin.by is By.WATCH  # which takes care of conflicts itself
    if pull.conflicted and not pull.fork and not by_watch and recipe.startswith("change/"):
        marker = f"<!-- harvest:conflicts:{pull.number}:{pull.sha} -->"
        await (await call.thread()).say_once(marker, wording.conflicts(pull.base_branch, call.word))


def found_on(pull: PullHead | None, repository_id: int, chore: Chore | None, findings: Collection[str]) -> Found | None:
    if pull is None or chore is None or not findings:
        return None
    return Found(repository_id, pull.number, pull.sha, chore, tuple(sorted(findings)[:MOST_FINDINGS]))


async def say_how_it_stands(call: Call, session: Session, chore: Chore | None) -> None:
    """There is such a job already."""
    job = None if chore is None else await call.services.jobs.under_way(session.id, chore)
    status = await status_of(call.services, session)
    await call.say(under_way_text(status, "" if job is None else job.id, time.time()))


async def no_longer_wanted(call: Call, thread: Thread) -> str | None:
    """A note when what was asked is not wanted any more. A label may have come late, by another try of GitHub's: what holds is
    how the issue is now. Closing stops what was said before, also what arrives afterwards; a closed issue can be asked on, and
    within one second that counts as on a closed one. Words on a pull request are answered when its head is looked at."""
    ask, origin = call.ask, call.ask.origin
    on_a_pull = ask.target.place == "pull" and origin.by in (By.COMMENT, By.REVIEW, By.WATCH, By.SILENCE)
    if on_a_pull or origin.by in (By.BUTTON, By.RERUN):
        return None
    if await stands_as_told(call):
        return None
    try:
        now = await thread.request("GET", f"/issues/{thread.number}")
    except Refused as problem:
        if problem.status not in (404, 410):
            raise
        return GONE
    if await is_transferred(thread, now):
        return GONE
    if now["locked"]:
        return LOCKED
    closed = now["state"] != "open"
    match origin.by:
        case By.COMMENT | By.REVIEW:
            if closed and moment(origin.at) < moment(now["closed_at"]):
                return await say_closed(call)
        case _ if closed:
            return await say_closed(call)
        case By.LABEL:
            wanted = label_for(ask.command.verb, call.label).casefold()
            if wanted not in (label["name"].casefold() for label in now["labels"]):
                return "not queued: the label was taken off since"
        case By.ASSIGNMENT:
            if f"{await call.services.identity.slug()}[bot]" not in (one["login"] for one in now["assignees"]):
                return "not queued: it was assigned to somebody else since"
    return None


async def is_transferred(thread: Thread, issue: Mapping[str, Any]) -> bool:
    """Whether GitHub answered with another repository's issue. One of another name may be this one, renamed.

    https://docs.github.com/en/rest/issues/issues#get-an-issue
    """

    def of(repository: str) -> bool:
        return str(issue["repository_url"]).casefold().endswith(f"/repos/{repository}".casefold())

    return not of(thread.repository) and not of((await thread.request("GET", ""))["full_name"])


async def stands_as_told(call: Call) -> bool:
    """Whether the thread need not be looked at: GitHub told of this a moment ago, and of nothing that takes it back."""
    ask, delivery = call.ask, call.delivery
    told_whole = ask.origin.by in (By.LABEL, By.COMMENT, By.REVIEW) and not ask.target.locked
    if delivery is None or not told_whole or not just_now(ask.origin.at, time.time()):
        return False
    if moment(ask.origin.at).timestamp() < call.services.listens_since:
        return False
    return not await call.services.inbox.has_beside(delivery, TAKE_BACK, since=time.time() - TAKE_BACK_SECONDS)


async def say_closed(call: Call) -> str:
    await call.say(refusals.closed_since())
    return CLOSED_SINCE


async def pull_head(thread: Thread) -> PullHead | str:
    """The pull request as it is now, or LOCKED, or the sentence that says why it can't be worked on."""
    path = f"{repository_path(thread.repository)}/pulls/{thread.number}"
    pull = await thread.github.with_token(thread.token, "GET", path, job_id=thread.job_id)
    if pull["locked"]:
        return LOCKED
    if pull["state"] != "open":
        return refusals.closed_pull_request()
    head_repository = pull["head"].get("repo") or {}  # none where the fork was deleted
    is_fork = head_repository.get("id") != pull["base"]["repo"]["id"]
    return PullHead(
        number=pull["number"],
        sha=pull["head"]["sha"],
        branch=pull["head"]["ref"],
        base_branch=pull["base"]["ref"],
        title=pull["title"],
        as_written=is_as_written(pull["body"] or ""),
        conflicted=pull["mergeable"] is False,
        fork=head_repository.get("full_name", "a deleted fork") if is_fork else "",
    )
