"""reopen: the issue or pull request was opened again, so what its session keeps stays. Said by the event, not in a comment."""

from __future__ import annotations

from github_app.commands.moments import moment
from github_app.commands.verb import Call, Verb


async def reopen(call: Call) -> str:
    """One that was closed again since is told of by that, maybe earlier than by this."""
    sessions, target = call.services.sessions, call.ask.target
    session = await sessions.by_thread(target.repository.id, target.thread)
    if session is None:
        return "no session to bring back"
    await sessions.note_open(session.id, since=moment(call.ask.origin.at).timestamp())
    return f"session {session.id} is kept"


# GitHub lets nobody open it again who may not.
VERB = Verb(name="reopen", forms=(), permission="none", carry_out=reopen)
