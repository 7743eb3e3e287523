"""Who may do what in a repository. https://docs.github.com/rest/collaborators/collaborators"""

from __future__ import annotations

from emulators.github.access import Needs, read, write
from emulators.github.errors import not_found
from emulators.github.model.accounts import Account
from emulators.github.model.roles import ROLE_OF_PERMISSION
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import collaborator, collaborator_permission


@route("GET /repos/{owner}/{repo}/collaborators", Needs(("metadata",), "read", role="write"))
async def list_collaborators(call: Call) -> Answer:
    """Who has a role, by whatever way; `direct`: one of their own, `outside`: and is no member."""
    repo, kind = call.repository, call.query.get("affiliation", "all")
    listed = []
    for account in call.github.store.accounts.values():
        role = repo.role_given_to(account)
        own = account.id in repo.roles and (kind == "direct" or account.id not in repo.owner.members)
        if account.type != "Organization" and role != "none" and (kind == "all" or own):
            listed.append(collaborator(call.github.at, account, role))
    return call.page_of(listed)


@route("GET /repos/{owner}/{repo}/collaborators/{username}", read("metadata"))
async def check_collaborator(call: Call) -> Answer:
    if call.repository.role_given_to(_user(call)) == "none":
        raise not_found()
    return Answer(204)


@route("GET /repos/{owner}/{repo}/collaborators/{username}/permission", read("metadata"))
async def get_permission(call: Call) -> Answer:
    """The role of any user, collaborator or not; 404 only for a name that nobody has."""
    account = _user(call)
    return Answer(200, collaborator_permission(call.github.at, account, call.repository.role_of(account)))


@route("PUT /repos/{owner}/{repo}/collaborators/{username}", write("administration", role="admin"))
async def add_collaborator(call: Call) -> Answer:
    asked = (call.body or {}).get("permission", "push")
    call.repository.roles[_user(call).id] = ROLE_OF_PERMISSION[asked]
    return Answer(204)


@route("DELETE /repos/{owner}/{repo}/collaborators/{username}", write("administration", role="admin"))
async def remove_collaborator(call: Call) -> Answer:
    call.repository.roles.pop(_user(call).id, None)
    return Answer(204)


def _user(call: Call) -> Account:
    found = call.github.store.account(call.parameters["username"])
    if found is None or found.type == "Organization":
        raise not_found()
    return found
