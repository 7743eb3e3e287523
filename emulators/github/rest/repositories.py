"""A repository looked at. https://docs.github.com/rest/repos/repos"""

from __future__ import annotations

from emulators.github.access import read
from emulators.github.model.accounts import Role
from emulators.github.model.apps import covers
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.repositories import full_repository
from emulators.github.tokens import InstallationToken, Person


@route("GET /repos/{owner}/{repo}", read("metadata"))
async def get_repository(call: Call) -> Answer:
    repo = call.repository
    repo.size_kb = await repo.git.size_kb()
    return Answer(200, full_repository(call.github.at, repo, _role(call)))


def _role(call: Call) -> Role:
    match call.actor:
        case Person(account):
            return call.repository.role_of(account)
        case InstallationToken(permissions=permissions):
            return "write" if covers(permissions, "contents", "write") else "read"
        case _:
            return "read"
