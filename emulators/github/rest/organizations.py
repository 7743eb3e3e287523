"""Organisations and who belongs to them. https://docs.github.com/rest/orgs/orgs, https://docs.github.com/rest/orgs/members"""

from __future__ import annotations

from collections.abc import Callable

from emulators.github.access import may_see
from emulators.github.errors import forbidden, not_found, requires_authentication, unprocessable
from emulators.github.model.accounts import Account
from emulators.github.organization_access import require_inside, sees_inside
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.organizations import full_organization, membership, organization
from emulators.github.shapes.repositories import repository
from emulators.github.tokens import InstallationToken, Person


def organization_of(call: Call) -> Account:
    """The organisation in the path. Raises 404."""
    found = call.github.store.account(call.parameters["org"])
    if found is None or found.type != "Organization":
        raise not_found()
    return found


def user_of(call: Call) -> Account:
    """The person in the path. Raises 404."""
    found = call.github.store.account(call.parameters["username"])
    if found is None or found.type == "Organization":
        raise not_found()
    return found


def public_repositories(call: Call, owner: Account) -> int:
    return sum(one.owner is owner and not one.private for one in call.github.store.repositories.values())


@route("GET /orgs/{org}")
async def get_organization(call: Call) -> Answer:
    owner = organization_of(call)
    return Answer(200, full_organization(call.github.at, owner, public_repositories(call, owner)))


@route("GET /orgs/{org}/repos")
async def list_organization_repositories(call: Call) -> Answer:
    owner, kind = organization_of(call), call.query.get("type", "all")
    shown = [
        one
        for one in call.github.store.repositories.values()
        if one.owner is owner
        and may_see(call.actor, one)
        and kind in ("all", "sources", "private" if one.private else "public")
    ]
    return call.page_of([repository(call.github.at, one) for one in shown])


@route("GET /orgs/{org}/members")
async def list_members(call: Call) -> Answer:
    """All of them for members, only those who show it for others."""
    owner, wanted = organization_of(call), call.query.get("role", "all")
    inside = sees_inside(call.actor, owner)
    shown = [
        call.github.store.accounts[number]
        for number, role in owner.members.items()
        if (inside or number in owner.public_members) and wanted in ("all", role)
    ]
    return call.page_of([simple_user(call.github.at, one) for one in shown])


@route("GET /orgs/{org}/members/{username}")
async def check_member(call: Call) -> Answer:
    """Who isn't a member is sent on to what is public."""
    owner, user = organization_of(call), user_of(call)
    if isinstance(call.actor, Person) and not sees_inside(call.actor, owner):
        return Answer(302, None, {"location": f"{call.github.at.api}/orgs/{owner.login}/public_members/{user.login}"})
    visible = owner.members if sees_inside(call.actor, owner) else owner.public_members
    if user.id not in visible:
        raise not_found()
    return Answer(204)


@route("GET /orgs/{org}/public_members")
async def list_public_members(call: Call) -> Answer:
    accounts = call.github.store.accounts
    return call.page_of([simple_user(call.github.at, accounts[one]) for one in sorted(organization_of(call).public_members)])


@route("GET /orgs/{org}/public_members/{username}")
async def check_public_member(call: Call) -> Answer:
    if user_of(call).id not in organization_of(call).public_members:
        raise not_found()
    return Answer(204)


@route("PUT /orgs/{org}/public_members/{username}")
async def publicize_membership(call: Call) -> Answer:
    owner, user = organization_of(call), _oneself(call)
    owner.public_members.add(user.id)
    return Answer(204)


@route("DELETE /orgs/{org}/public_members/{username}")
async def conceal_membership(call: Call) -> Answer:
    owner, user = organization_of(call), _oneself(call)
    owner.public_members.discard(user.id)
    return Answer(204)


@route("GET /orgs/{org}/memberships/{username}")
async def get_membership(call: Call) -> Answer:
    owner, user = organization_of(call), user_of(call)
    require_inside(call.actor, owner)
    if user.id not in owner.members:
        raise not_found()
    return Answer(200, membership(call.github.at, owner, user))


@route("PUT /orgs/{org}/memberships/{username}")
async def set_membership(call: Call) -> Answer:
    """Here an invitation is accepted at once."""
    owner, user = organization_of(call), user_of(call)
    require_inside(call.actor, owner, "write")
    owner.members[user.id] = (call.body or {}).get("role", "member")
    return Answer(200, membership(call.github.at, owner, user))


@route("DELETE /orgs/{org}/memberships/{username}")
async def remove_membership(call: Call) -> Answer:
    """Who leaves loses the teams as well; the last owner can't."""
    owner, user = organization_of(call), user_of(call)
    require_inside(call.actor, owner, "write")
    if user.id not in owner.members:
        raise not_found()
    if list(owner.members.values()).count("admin") == 1 and owner.members[user.id] == "admin":
        raise forbidden("You can't remove the last owner.")
    del owner.members[user.id]
    owner.public_members.discard(user.id)
    for team in owner.teams.values():
        team.members.pop(user.id, None)
    return Answer(204)


@route("GET /user/orgs")
async def list_own_organizations(call: Call) -> Answer:
    match call.actor:
        case Person(account):
            return _organizations(call, lambda owner: account.id in owner.members)
        case InstallationToken():
            raise forbidden("Resource not accessible by integration")
        case _:
            raise requires_authentication()


@route("GET /users/{username}/orgs")
async def list_public_organizations(call: Call) -> Answer:
    """Only those where the person shows it."""
    user = user_of(call)
    return _organizations(call, lambda owner: user.id in owner.public_members)


def _organizations(call: Call, belongs: Callable[[Account], bool]) -> Answer:
    shown = [one for one in call.github.store.accounts.values() if one.type == "Organization" and belongs(one)]
    return call.page_of([organization(call.github.at, one) for one in shown])


def _oneself(call: Call) -> Account:
    """The person in the path, who must be the one who asks and a member."""
    owner, user = organization_of(call), user_of(call)
    if call.account is not user:
        raise forbidden("Cannot publicize or conceal another member's membership")
    if user.id not in owner.members:
        raise unprocessable("Unable to change the membership of somebody who is no member.")
    return user
