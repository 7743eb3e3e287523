"""Commits, trees and blobs. https://docs.github.com/rest/commits/commits, /rest/git"""

from __future__ import annotations

import base64

from emulators.github.access import read
from emulators.github.errors import Refused, not_found, unprocessable
from emulators.github.git_repository import Commit
from emulators.github.pushes import EMPTY_TREE
from emulators.github.rest.pull_diffs import author_of
from emulators.github.rest.routing import DEFAULT_PAGE_SIZE, Answer, Call, route
from emulators.github.shapes.addresses import node_id
from emulators.github.shapes.commits import commit as commit_shape
from emulators.github.shapes.commits import git_commit

_READ = read("contents")
_GIT = "/repos/{owner}/{repo}/git"

# "If there are more than 300 files in the commit diff … the response will include pagination link headers."
# https://docs.github.com/rest/commits/commits#get-a-commit
_FILES_OF_A_COMMIT = 300


@route("GET /repos/{owner}/{repo}/commits", _READ)
async def list_commits(call: Call) -> Answer:
    repo, query = call.repository, call.query
    start = await repo.git.resolve(str(query.get("sha") or repo.default_branch))
    if start is None:
        if not await repo.git.refs("refs/heads/"):
            raise Refused(409, "Git Repository is empty.")
        raise not_found()
    total = await repo.git.count(start)
    window, headers = call.window(total)
    path = str(query["path"]) if query.get("path") else None
    size = int(query.get("per_page", DEFAULT_PAGE_SIZE))
    commits = await repo.git.commits(start, limit=size, skip=window.start, path=path)
    return Answer(200, [commit_shape(call.github.at, repo, one, author_of(call, one)) for one in commits], headers)


@route("GET /repos/{owner}/{repo}/commits/{ref}", _READ)
async def get_commit(call: Call) -> Answer:
    repo, name = call.repository, call.parameters["ref"]
    sha = await repo.git.resolve(name)
    found = await repo.git.commit(sha) if sha else None
    if found is None:
        raise unprocessable(f"No commit found for SHA: {name}")
    parent = found.parents[0] if found.parents else EMPTY_TREE
    match call.form:
        case "sha":
            return call.in_form(found.sha)
        case "diff":
            return call.in_form(await repo.git.patch(parent, found.sha))
        case "patch":
            return call.in_form(await repo.git.mail(found.sha))
    changes = await repo.git.changes(parent, found.sha)
    shape = commit_shape(call.github.at, repo, found, author_of(call, found), changes)
    window, headers = call.window(len(changes), _FILES_OF_A_COMMIT)
    return Answer(200, {**shape, "files": shape["files"][window]}, headers)


@route(f"GET {_GIT}/commits/{{commit_sha}}", _READ)
async def get_git_commit(call: Call) -> Answer:
    found: Commit | None = await call.repository.git.commit(call.parameters["commit_sha"])
    if found is None:
        raise not_found()
    return Answer(200, git_commit(call.github.at, call.repository, found))


@route(f"GET {_GIT}/trees/{{tree_sha}}", _READ)
async def get_tree(call: Call) -> Answer:
    repo, name = call.repository, call.parameters["tree_sha"]
    revision = await repo.git.resolve(name) or name
    entries = await repo.git.tree(revision, recursive="recursive" in call.query)
    if not entries:
        raise not_found()
    url = call.github.at.repository(repo)
    shapes = [
        {
            "path": entry.path,
            "mode": entry.mode,
            "type": entry.type,
            "sha": entry.sha,
            **({} if entry.size is None else {"size": entry.size}),
            "url": f"{url}/git/{entry.type}s/{entry.sha}",
        }
        for entry in entries
    ]
    return Answer(200, {"sha": revision, "url": f"{url}/git/trees/{revision}", "tree": shapes, "truncated": False})


@route(f"GET {_GIT}/blobs/{{file_sha}}", _READ)
async def get_blob(call: Call) -> Answer:
    sha = call.parameters["file_sha"]
    content = await call.repository.git.blob(sha)
    if content is None:
        raise not_found()
    if call.form == "raw":
        return call.in_form(content)
    url = f"{call.github.at.repository(call.repository)}/git/blobs/{sha}"
    encoded = base64.encodebytes(content).decode()
    return Answer(
        200,
        {"sha": sha, "node_id": node_id("B", sha), "size": len(content), "url": url, "content": encoded, "encoding": "base64"},
    )
