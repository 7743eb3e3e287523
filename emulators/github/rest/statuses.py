"""Commit statuses. https://docs.github.com/rest/commits/statuses"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.clock import now
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.checks import CommitStatus
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.statuses import combined_status
from emulators.github.shapes.statuses import status as status_shape
from emulators.github.statuses import combined_state, latest_statuses, set_status

_READ = read("statuses", "contents")


@route("POST /repos/{owner}/{repo}/statuses/{sha}", write("statuses", role="write"))
async def create_status(call: Call) -> Answer:
    repo, asked, sha = call.repository, call.body, call.parameters["sha"]
    head = await repo.git.commit(sha)
    if head is None or head.sha != sha:
        raise unprocessable(f"No commit found for SHA: {sha}")
    made = CommitStatus(
        id=call.github.store.new_id("status"),
        sha=sha,
        state=asked["state"],
        context=str(asked.get("context") or "default"),
        description=asked.get("description"),
        target_url=asked.get("target_url"),
        creator=call.account,
        created_at=now(),
    )
    await set_status(call.github, repo, made, head, call.account)
    shape = status_shape(call.github.at, repo, made)
    return Answer(201, shape, {"location": shape["url"]})


@route("GET /repos/{owner}/{repo}/commits/{ref}/statuses", _READ)
async def list_statuses(call: Call) -> Answer:
    """All of them, newest first."""
    sha = await _sha(call)
    found = [one for one in reversed(call.repository.statuses) if one.sha == sha]
    return call.page_of([status_shape(call.github.at, call.repository, one) for one in found])


@route("GET /repos/{owner}/{repo}/commits/{ref}/status", _READ)
async def get_combined_status(call: Call) -> Answer:
    sha = await _sha(call)
    latest = latest_statuses(call.repository, sha)
    window, headers = call.window(len(latest))
    state = combined_state(latest)
    return Answer(200, combined_status(call.github.at, call.repository, sha, state, latest[window], len(latest)), headers)


async def _sha(call: Call) -> str:
    found = await call.repository.git.resolve(call.parameters["ref"])
    if found is None:
        raise not_found()
    return found
