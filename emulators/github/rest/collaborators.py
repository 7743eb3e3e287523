"""Who may do what in a repository. https://docs.github.com/rest/collaborators/collaborators"""

from __future__ import annotations

from emulators.github.access import Needs, read, write
from emulators.github.errors import not_found
from emulators.github.model.accounts import Account, Role
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import collaborator, collaborator_permission

# What `PUT …/collaborators` calls them; the roles in between keep their names.
_ROLE_OF_PERMISSION: dict[str, Role] = {
    "pull": "read",
    "triage": "triage",
    "push": "write",
    "maintain": "maintain",
    "admin": "admin",
}


@route("GET /repos/{owner}/{repo}/collaborators", Needs(("metadata",), "read", role="write"))
async def list_collaborators(call: Call) -> Answer:
    accounts = call.github.store.accounts
    return call.page_of(
        [collaborator(call.github.at, accounts[number], role) for number, role in call.repository.roles.items()]
    )


@route("GET /repos/{owner}/{repo}/collaborators/{username}", read("metadata"))
async def check_collaborator(call: Call) -> Answer:
    if _user(call).id not in call.repository.roles:
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
    call.repository.roles[_user(call).id] = _ROLE_OF_PERMISSION[asked]
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
