"""Forks. https://docs.github.com/rest/repos/forks, and https://docs.github.com/rest/branches/branches#sync-a-fork-branch-with-the-upstream-repository"""

from __future__ import annotations

from emulators.github.access import may_see, read, write
from emulators.github.errors import Refused, forbidden, not_found, unprocessable
from emulators.github.forks import fork, forks_of
from emulators.github.git_merges import merged
from emulators.github.merging import author_of
from emulators.github.model.accounts import Account
from emulators.github.pushes import ref_moved
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.repositories import full_repository, repository
from emulators.github.tokens import Person

_FORKS = "/repos/{owner}/{repo}/forks"


@route(f"GET {_FORKS}", read("metadata"))
async def list_forks(call: Call) -> Answer:
    """Newest first, unless `sort=oldest`; nobody has stars or watches here."""
    found = [one for one in forks_of(call.github, call.repository) if may_see(call.actor, one)]
    if call.query.get("sort", "newest") != "oldest":
        found.reverse()
    return call.page_of([repository(call.github.at, one) for one in found])


@route(f"POST {_FORKS}", read("contents"))
async def create_fork(call: Call) -> Answer:
    """Into the asker's account or an organisation of theirs; one that is there already is given again."""
    if not isinstance(call.actor, Person):
        raise forbidden("Resource not accessible by integration")
    parent, asked = call.repository, call.body or {}
    owner, name = _owner(call, asked.get("organization")), str(asked.get("name") or parent.name)
    default_only = bool(asked.get("default_branch_only"))
    if owner is parent.owner:
        raise forbidden("You cannot fork a repository into the account that it belongs to.")
    for one in forks_of(call.github, parent):
        if one.owner is owner:
            return Answer(202, full_repository(call.github.at, one, one.role_of(call.account)))
    if call.github.store.repository(owner.login, name):
        raise unprocessable(f"{owner.login} has a repository {name} already.")
    made = await fork(call.github, parent, owner, call.account, name, default_branch_only=default_only)
    return Answer(202, full_repository(call.github.at, made, made.role_of(call.account)))


@route("POST /repos/{owner}/{repo}/merge-upstream", write("contents", role="write"))
async def merge_upstream(call: Call) -> Answer:
    """Bring a fork's branch up to its parent's, by a fast forward or a merge."""
    repo, branch = call.repository, str(call.body["branch"])
    parent = repo.parent
    theirs = await parent.git.branch(branch) if parent else None
    ours = await repo.git.branch(branch)
    if parent is None or theirs is None or ours is None:
        raise unprocessable("The branch has no upstream.")
    await repo.git.take(parent.git, theirs)
    if await repo.git.is_ancestor(theirs, ours):
        return Answer(200, {"message": "This branch is not behind the upstream.", "merge_type": "none"})
    fast = await repo.git.is_ancestor(ours, theirs)
    message = f"Merge branch '{parent.owner.login}:{branch}' into {branch}\n"
    after = theirs if fast else await merged(repo.git, ours, theirs, message, author_of(call.account))
    if after is None:
        raise Refused(409, "There are merge conflicts")
    await repo.git.update_ref(f"refs/heads/{branch}", after, ours)
    await ref_moved(call.github, repo, f"refs/heads/{branch}", ours, after, call.account)
    upstream, done = f"{parent.owner.login}:{branch}", "fast-forwarded" if fast else "merged"
    said = f"Successfully fetched and {done} from upstream {upstream}."
    return Answer(200, {"message": said, "merge_type": "fast-forward" if fast else "merge", "base_branch": upstream})


def _owner(call: Call, organization: str | None) -> Account:
    if organization is None:
        return call.account
    found = call.github.store.account(organization)
    if found is None or found.type != "Organization":
        raise not_found()
    return found
