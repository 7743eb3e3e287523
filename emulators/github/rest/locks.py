"""Locking a conversation. https://docs.github.com/rest/issues/issues#lock-an-issue"""

from __future__ import annotations

from emulators.github.access import write
from emulators.github.locking import lock, unlock
from emulators.github.rest.routing import Answer, Call, route

_LOCK = "/repos/{owner}/{repo}/issues/{issue_number}/lock"
# "Users with push access can lock an issue or pull request's conversation."
_WRITE = write("issues", "pull_requests", role="write")


@route(f"PUT {_LOCK}", _WRITE)
async def lock_issue(call: Call) -> Answer:
    reason = (call.body or {}).get("lock_reason")
    await lock(call.github, call.repository, call.issue, call.account, reason)
    return Answer(204)


@route(f"DELETE {_LOCK}", _WRITE)
async def unlock_issue(call: Call) -> Answer:
    await unlock(call.github, call.repository, call.issue, call.account)
    return Answer(204)
