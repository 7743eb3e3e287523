"""Tells in issues of other trackers what became of the work on them, as soon as it is due: each by one node at a time, under a
lease. A tracker that is slow or away holds up nothing but this.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from github_app.gateway.linear.workspace import Linear
from github_app.gateway.tools.problems import ServerProblem
from github_app.github.failures import GitHubProblem, Refused
from github_app.github.pull_state import read_pull
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.replies.issues import note_marker, note_text
from state.database import is_away
from state.holding import must_be_ours
from state.issue_notes import IssueNote
from state.job_tools import Place
from state.leases import LeaseLost
from state.sessions import Session

log = structlog.get_logger()

# What another process owes announces itself to nobody.
LOOK_SECONDS = 2.0
AT_ONCE = 4
# Who keeps the conversation with the tracker, in the place of a job.
WHO = "issue-notes"

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60 * 60.0
# After that nobody waits for it any more.
GIVE_UP_SECONDS = 24 * 60 * 60.0
# Whether a pull request was merged is asked less and less often, and then not any more; one request each.
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 10 * 60.0, 6 * 60 * 60.0
WATCH_SECONDS = 30 * 24 * 60 * 60.0


async def keep_telling(services: Services) -> None:
    """Tell what is due, for ever; ends only by cancellation, and at once where nothing is to be told anywhere."""
    if not any(server.tell for server in services.tool_servers.declared.values()):
        return
    while True:
        done = [False]
        try:
            due = await services.issue_notes.due(AT_ONCE)
            done = await asyncio.gather(*(one_turn(services, note) for note in due))
        except Exception as error:  # the database is busy or gone: what is due stays so
            log.error("issues can't be told of", error=str(error))
            await asyncio.sleep(LOOK_SECONDS)
        if not any(done):
            await services.issue_notes.wait(LOOK_SECONDS)


async def one_turn(services: Services, note: IssueNote) -> bool:
    """False when another node is at it."""
    with structlog.contextvars.bound_contextvars(issue=note.issue, server=note.server, moment=note.moment):
        try:
            lease = f"issue-notes:{note.session_id}/{note.issue}/{note.moment}/{note.pull}"
            return await services.leases.while_held(lease, lambda: tell_if_due(services, note)) is not None
        except Exception as problem:
            if is_away(problem):
                raise
            if isinstance(problem, ServerProblem | GitHubProblem | LeaseLost):
                log.warning("an issue is told later", problem=str(problem))
            else:
                log.exception("telling an issue failed")
            await later(services, note)
            return True


async def later(services: Services, note: IssueNote) -> None:
    if note.moment != "merged" and time.time() - note.made_at > GIVE_UP_SECONDS:
        log.error("an issue was not told, and will not be")
        await services.issue_notes.settle(note, "given up")
    else:
        await services.issue_notes.put_off(note, pause_after(note.tries, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS))


async def tell_if_due(services: Services, note: IssueNote) -> bool:
    """Another node may have been at it since it was found to be due."""
    if not await services.issue_notes.is_due(note):
        return True
    server = services.tool_servers.declared.get(note.server)
    if server is None or note.moment not in server.tell:
        await services.issue_notes.settle(note, "not wanted")
        return True
    session = await services.sessions.get(note.session_id)
    if note.moment == "merged" and not await was_merged(services, session, note.pull):
        await look_again(services, note)
        return True
    await tell(services, session, note)
    await services.issue_notes.settle(note, "told")
    return True


async def tell(services: Services, session: Session, note: IssueNote) -> None:
    """Say it, unless it stands there. Raises ServerProblem."""
    place = Place(WHO, session.id, session.installation_id, session.repository_id, session.repository)
    linear = Linear(services.tool_servers, note.server, place)
    marker = note_marker(session.id, note.moment, note.pull)
    if await linear.has_comment_with(note.reference, marker):
        return
    page = "issues" if session.kind == "issue" else "pull"
    body = note_text(
        note.moment,
        asked_by=note.asked_by,
        thread=f"{session.repository}#{session.thread}",
        thread_url=services.web_url(session.repository, page, session.thread),
        pull=f"{session.repository}#{note.pull}",
        pull_url=services.web_url(session.repository, "pull", note.pull),
        marker=marker,
    )
    await must_be_ours()
    await linear.write_comment(note.reference, body)


async def was_merged(services: Services, session: Session, pull: int) -> bool:
    """As GitHub has it now; one that is gone was not. Raises Passing."""
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    try:
        return (await read_pull(services.github, token.value, session.repository, pull)).is_merged
    except Refused:
        return False


async def look_again(services: Services, note: IssueNote) -> None:
    if time.time() - note.made_at > WATCH_SECONDS:
        await services.issue_notes.settle(note, "not merged")
    else:
        await services.issue_notes.put_off(note, pause_after(note.tries, FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS))


def pause_after(tries: int, first: float, longest: float) -> float:
    """In seconds: twice as long each time."""
    return min(longest, first * 2.0 ** min(tries, 30))
