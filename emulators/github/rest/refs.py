"""Git refs: read, made, moved, deleted. https://docs.github.com/rest/git/refs"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.errors import Refused, not_found, unprocessable
from emulators.github.git_process import GitFailed
from emulators.github.git_repository import ABSENT
from emulators.github.pushes import ref_moved
from emulators.github.ref_guard import require_rules
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.commits import git_ref

_GIT = "/repos/{owner}/{repo}/git"
_WRITE = write("contents", role="write")


@route(f"GET {_GIT}/ref/{{ref}}", read("contents"))
async def get_ref(call: Call) -> Answer:
    """One ref by its full name without `refs/`: `heads/main`."""
    name = f"refs/{call.parameters['ref']}"
    sha = (await _refs(call)).get(name)
    if sha is None:
        raise not_found()
    return Answer(200, git_ref(call.github.at, call.repository, name, sha))


@route(f"GET {_GIT}/matching-refs/{{ref}}", read("contents"))
async def list_matching_refs(call: Call) -> Answer:
    """Every ref whose name starts so: `heads/feature` finds `heads/feature-2` as well."""
    start = f"refs/{call.parameters['ref']}"
    found = [(name, sha) for name, sha in (await _refs(call)).items() if name.startswith(start)]
    return Answer(200, [git_ref(call.github.at, call.repository, name, sha) for name, sha in found])


@route(f"POST {_GIT}/refs", _WRITE)
async def create_ref(call: Call) -> Answer:
    repo, name, sha = call.repository, str(call.body["ref"]), str(call.body["sha"])
    refs = await _refs(call)
    if not refs:
        raise Refused(409, "Git Repository is empty.")
    if not name.startswith("refs/") or name.count("/") < 2:
        raise unprocessable("Reference name must be a valid Git ref name, beginning with 'refs/'")
    _not_of_pull_requests(name)
    if name in refs:
        raise unprocessable("Reference already exists")
    if await repo.git.commit(sha) is None:
        raise unprocessable("Object does not exist")
    await _set(call, name, sha, ABSENT)
    shape = git_ref(call.github.at, repo, name, sha)
    return Answer(201, shape, {"location": shape["url"]})


@route(f"PATCH {_GIT}/refs/{{ref}}", _WRITE)
async def update_ref(call: Call) -> Answer:
    repo, name, sha = call.repository, f"refs/{call.parameters['ref']}", str(call.body["sha"])
    _not_of_pull_requests(name)
    before = (await _refs(call)).get(name)
    if before is None:
        raise unprocessable("Reference does not exist")
    if await repo.git.commit(sha) is None:
        raise unprocessable("Object does not exist")
    if not call.body.get("force") and not await repo.git.is_ancestor(before, sha):
        raise unprocessable("Update is not a fast forward")
    await _set(call, name, sha, before)
    return Answer(200, git_ref(call.github.at, repo, name, sha))


@route(f"DELETE {_GIT}/refs/{{ref}}", _WRITE)
async def delete_ref(call: Call) -> Answer:
    repo, name = call.repository, f"refs/{call.parameters['ref']}"
    _not_of_pull_requests(name)
    before = (await _refs(call)).get(name)
    if before is None:
        raise unprocessable("Reference does not exist")
    if name == f"refs/heads/{repo.default_branch}":
        raise unprocessable("Cannot delete the default branch")
    await require_rules(repo, call.actor, name, before, ABSENT)
    await repo.git.delete_ref(name)
    await ref_moved(call.github, repo, name, before, ABSENT, call.account)
    return Answer(204)


async def _refs(call: Call) -> dict[str, str]:
    return await call.repository.git.refs()


def _not_of_pull_requests(ref: str) -> None:
    """Raises 422: `refs/pull/` is GitHub's own, and may only be read."""
    if ref.startswith("refs/pull/"):
        raise unprocessable("Reference cannot be updated")


async def _set(call: Call, name: str, sha: str, before: str) -> None:
    await require_rules(call.repository, call.actor, name, before, sha)
    try:
        await call.repository.git.update_ref(name, sha, before)
    except GitFailed as failure:
        raise unprocessable(f"Reference cannot be updated: {failure}") from failure
    await ref_moved(call.github, call.repository, name, before, sha, call.account)
