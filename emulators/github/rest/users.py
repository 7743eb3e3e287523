"""Accounts. https://docs.github.com/rest/users/users"""

from __future__ import annotations

from emulators.github.errors import forbidden, not_found, requires_authentication
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import private_user, public_user
from emulators.github.tokens import Anonymous, Person


@route("GET /user")
async def get_authenticated_user(call: Call) -> Answer:
    match call.actor:
        case Person(account):
            return Answer(200, private_user(call.github.at, account))
        case Anonymous():
            raise requires_authentication()
        case _:
            raise forbidden("Resource not accessible by integration")


@route("GET /users/{username}")
async def get_user(call: Call) -> Answer:
    found = call.github.store.account(call.parameters["username"])
    if found is None:
        raise not_found()
    return Answer(200, public_user(call.github.at, found))


@route("GET /user/{account_id}")
async def get_user_by_id(call: Call) -> Answer:
    found = call.github.store.accounts.get(call.number("account_id"))
    if found is None:
        raise not_found()
    return Answer(200, public_user(call.github.at, found))
