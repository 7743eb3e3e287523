"""Tells in issues of other trackers what became of the work on them, as soon as it is due. A tracker that is slow or away
holds up nothing but this."""

from __future__ import annotations

import time
from functools import partial

import structlog

from github_app.gateway.linear.workspace import Linear
from github_app.github.failures import Refused
from github_app.github.pull_state import read_pull
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.maintenance.due import look_after_rows, pause_after
from github_app.replies.issues import note_marker, note_text
from state.due_rows import MOST_FAILURES
from state.holding import must_be_ours
from state.issue_notes import IssueNote
from state.job_tools import Place
from state.sessions import Session

log = structlog.get_logger()

# Who keeps the conversation with the tracker, in the place of a job.
WHO = "issue-notes"
# Whether a pull request was merged is asked less and less often, and then not any more; one request each.
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 10 * 60.0, 6 * 60 * 60.0
WATCH_SECONDS = 30 * 24 * 60 * 60.0


async def keep_telling(services: Services) -> None:
    """For ever; ends only by cancellation, and at once where nothing is to be told anywhere."""
    if any(server.tell for server in services.tool_servers.declared.values()):
        await look_after_rows(services.leases, "issue_note", services.issue_notes, partial(tell_what_is_due, services))


async def tell_what_is_due(services: Services, note: IssueNote) -> None:
    """Raises ServerProblem, GitHubProblem."""
    if note.moment != "merged" and note.tries >= MOST_FAILURES:
        log.error("an issue was not told, and will not be")
        await services.issue_notes.settle(note, "given up")
        return
    server = services.tool_servers.declared.get(note.server)
    if server is None or note.moment not in server.tell:
        await services.issue_notes.settle(note, "not wanted")
        return
    session = await services.sessions.get(note.session_id)
    if note.moment == "merged" and not await was_merged(services, session, note.pull):
        await look_again(services, note)
        return
    await tell(services, session, note)
    await services.issue_notes.settle(note, "told")


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
