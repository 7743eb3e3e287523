"""Teams of an organisation. https://docs.github.com/rest/teams/teams, https://docs.github.com/rest/teams/members"""

from __future__ import annotations

from typing import Any

from emulators.github.access import may_see, read, write
from emulators.github.clock import now
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.accounts import Account
from emulators.github.model.roles import ROLE_OF_PERMISSION, Role
from emulators.github.model.teams import Team, slug_of
from emulators.github.organization_access import require_inside, sees_inside
from emulators.github.rest.organizations import organization_of, public_repositories, user_of
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.organizations import full_team, team, team_membership
from emulators.github.shapes.repositories import repository
from emulators.github.tokens import Person

_ADMINISTER = write("administration", role="admin")
_TEAM = "/orgs/{org}/teams/{team_slug}"


@route("GET /orgs/{org}/teams")
async def list_teams(call: Call) -> Answer:
    owner = organization_of(call)
    require_inside(call.actor, owner)
    return call.page_of([team(call.github.at, owner, one) for one in owner.teams.values() if _visible(call, owner, one)])


@route("POST /orgs/{org}/teams")
async def create_team(call: Call) -> Answer:
    """Who makes a team maintains it. Teams inside others can't be secret."""
    owner, asked = organization_of(call), call.body
    require_inside(call.actor, owner)
    if slug_of(asked["name"]) in owner.teams:
        raise unprocessable(resource="Team", field="name", code="already_exists")
    parent = next((one for one in owner.teams.values() if one.id == asked.get("parent_team_id")), None)
    privacy = asked.get("privacy", "closed" if parent else "secret")
    made = Team(call.github.store.new_id("team"), asked["name"], now(), asked.get("description"), privacy, parent)
    for login in asked.get("maintainers") or ():
        if (account := call.github.store.account(login)) and account.id in owner.members:
            made.members[account.id] = "maintainer"
    if isinstance(call.actor, Person):
        made.members[call.account.id] = "maintainer"
    for name in asked.get("repo_names") or ():
        if repo := call.github.store.repository(*name.split("/", 1)):
            made.repositories[repo.id] = "read"
    owner.teams[made.slug] = made
    return Answer(201, _full(call, owner, made))


@route(f"GET {_TEAM}")
async def get_team(call: Call) -> Answer:
    owner, found = _team(call)
    return Answer(200, _full(call, owner, found))


@route(f"PATCH {_TEAM}")
async def update_team(call: Call) -> Answer:
    owner, found = _maintained(call)
    asked = call.body or {}
    del owner.teams[found.slug]
    found.name = asked.get("name", found.name)
    found.description = asked.get("description", found.description)
    found.privacy = asked.get("privacy", found.privacy)
    owner.teams[found.slug] = found
    return Answer(200, _full(call, owner, found))


@route(f"DELETE {_TEAM}")
async def delete_team(call: Call) -> Answer:
    """Teams inside of it go with it."""
    owner, found = _maintained(call)
    owner.teams = {slug: one for slug, one in owner.teams.items() if found not in _with_parents(one)}
    return Answer(204)


@route(f"GET {_TEAM}/members")
async def list_team_members(call: Call) -> Answer:
    _, found = _team(call)
    wanted = call.query.get("role", "all")
    accounts = call.github.store.accounts
    shown = [accounts[number] for number, role in found.members.items() if wanted in ("all", role)]
    return call.page_of([simple_user(call.github.at, one) for one in shown])


@route(f"GET {_TEAM}/memberships/{{username}}")
async def get_team_membership(call: Call) -> Answer:
    (owner, found), user = _team(call), user_of(call)
    if user.id not in found.members:
        raise not_found()
    return Answer(200, team_membership(call.github.at, owner, found, user, found.members[user.id]))


@route(f"PUT {_TEAM}/memberships/{{username}}")
async def set_team_membership(call: Call) -> Answer:
    """Who isn't in the organisation yet is invited to it, and here has accepted at once."""
    (owner, found), user = _maintained(call), user_of(call)
    owner.members.setdefault(user.id, "member")
    found.members[user.id] = (call.body or {}).get("role", "member")
    return Answer(200, team_membership(call.github.at, owner, found, user, found.members[user.id]))


@route(f"DELETE {_TEAM}/memberships/{{username}}")
async def remove_team_membership(call: Call) -> Answer:
    (_, found), user = _maintained(call), user_of(call)
    if found.members.pop(user.id, None) is None:
        raise not_found()
    return Answer(204)


@route(f"GET {_TEAM}/repos")
async def list_team_repositories(call: Call) -> Answer:
    _, found = _team(call)
    repositories = [call.github.store.repositories[number] for number in found.repositories]
    return call.page_of(
        [repository(call.github.at, one, found.role_on(one.id)) for one in repositories if may_see(call.actor, one)]
    )


@route(f"GET {_TEAM}/repos/{{owner}}/{{repo}}")
async def check_team_repository(call: Call) -> Answer:
    """204; asked for `application/vnd.github.v3.repository+json`, the repository with the team's role."""
    (_, found), repo = _team(call), call.repository
    role = found.role_on(repo.id)
    if role == "none" or not may_see(call.actor, repo):
        raise not_found()
    if call.form == "repository":
        return Answer(200, {**repository(call.github.at, repo, role), "role_name": role})
    return Answer(204)


@route(f"PUT {_TEAM}/repos/{{owner}}/{{repo}}")
async def add_team_repository(call: Call) -> Answer:
    (_, found), repo = _team(call), call.repository
    call.require(_ADMINISTER)
    permission = (call.body or {}).get("permission", "pull")
    if permission not in ROLE_OF_PERMISSION:
        raise unprocessable(resource="Team", field="permission", code="invalid")
    found.repositories[repo.id] = ROLE_OF_PERMISSION[permission]
    return Answer(204)


@route(f"DELETE {_TEAM}/repos/{{owner}}/{{repo}}")
async def remove_team_repository(call: Call) -> Answer:
    (_, found), repo = _team(call), call.repository
    call.require(_ADMINISTER)
    found.repositories.pop(repo.id, None)
    return Answer(204)


@route("GET /repos/{owner}/{repo}/teams", read("administration"))
async def list_repository_teams(call: Call) -> Answer:
    repo = call.repository
    granted: list[tuple[Team, Role]] = [(one, one.role_on(repo.id)) for one in repo.owner.teams.values()]
    return call.page_of([team(call.github.at, repo.owner, one, role) for one, role in granted if role != "none"])


def _team(call: Call) -> tuple[Account, Team]:
    """The team in the path, seen by who asks. Raises 404."""
    owner = organization_of(call)
    found = owner.teams.get(call.parameters["team_slug"].lower())
    if found is None or not sees_inside(call.actor, owner) or not _visible(call, owner, found):
        raise not_found()
    return owner, found


def _maintained(call: Call) -> tuple[Account, Team]:
    """The team in the path, changed by an owner, by who maintains it, or by an App that may."""
    owner, found = _team(call)
    maintains = isinstance(call.actor, Person) and found.members.get(call.account.id) == "maintainer"
    if not maintains:
        require_inside(call.actor, owner, "write")
    return owner, found


def _visible(call: Call, owner: Account, one: Team) -> bool:
    """A secret team is seen by its own people, by owners, and by Apps."""
    if one.privacy == "closed" or not isinstance(call.actor, Person):
        return True
    return call.account.id in one.members or owner.members.get(call.account.id) == "admin"


def _with_parents(one: Team) -> list[Team]:
    line = [one]
    while line[-1].parent:
        line.append(line[-1].parent)
    return line


def _full(call: Call, owner: Account, shown: Team) -> dict[str, Any]:
    return full_team(call.github.at, owner, shown, public_repositories(call, owner))
