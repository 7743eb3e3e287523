"""What an actor may see and do in an organisation. https://docs.github.com/rest/orgs/members, https://docs.github.com/rest/teams/teams"""

from __future__ import annotations

from typing import Literal

from emulators.github.errors import forbidden, not_accessible, requires_authentication
from emulators.github.model.accounts import Account
from emulators.github.model.apps import covers
from emulators.github.tokens import Actor, InstallationToken, Person, UserToken


def sees_inside(actor: Actor, organization: Account, level: Literal["read", "write"] = "read") -> bool:
    """Whether concealed members and teams are shown: to members, and to the App with the permission `members`. To change
    them takes an owner."""
    match actor:
        case UserToken():
            # What an App sees of an organisation through a person is not emulated: only what is public.
            return False
        case Person(account):
            return organization.members.get(account.id) in (("admin",) if level == "write" else ("admin", "member"))
        case InstallationToken(installation=installation, permissions=permissions):
            return installation.account is organization and covers(permissions, "members", level)
        case _:
            return False


def require_inside(actor: Actor, organization: Account, level: Literal["read", "write"] = "read") -> None:
    """Raises Refused 401 without credentials, 403 for who may not."""
    if sees_inside(actor, organization, level):
        return
    match actor:
        case Person():
            raise forbidden("You must be a member of this organization." if level == "read" else "You must be an admin.")
        case InstallationToken():
            raise not_accessible("members", level)
        case _:
            raise requires_authentication()
