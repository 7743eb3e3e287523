"""Branches. https://docs.github.com/rest/branches/branches

`protected` is said of a branch that a branch protection or a ruleset applies to.
"""

from __future__ import annotations

from emulators.github.access import read
from emulators.github.errors import Refused
from emulators.github.rest.pull_diffs import author_of
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.commits import branch, commit, short_branch


@route("GET /repos/{owner}/{repo}/branches", read("contents"))
async def list_branches(call: Call) -> Answer:
    refs = await call.repository.git.refs("refs/heads/")
    names = {ref.removeprefix("refs/heads/"): sha for ref, sha in refs.items()}
    return call.page_of([short_branch(call.github.at, call.repository, name, sha) for name, sha in names.items()])


@route("GET /repos/{owner}/{repo}/branches/{branch}", read("contents"))
async def get_branch(call: Call) -> Answer:
    repo, name = call.repository, call.parameters["branch"]
    sha = await repo.git.branch(name)
    found = await repo.git.commit(sha) if sha else None
    if found is None:
        raise Refused(404, "Branch not found")
    head = commit(call.github.at, repo, found, author_of(call, found))
    return Answer(200, branch(call.github.at, repo, name, head))
