"""The roles that somebody can have on a repository.

https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]

ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")

# `GET …/collaborators/{user}/permission` folds the six roles into four in its older field.
# https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
FOLDED: dict[Role, str] = {
    "none": "none",
    "read": "read",
    "triage": "read",
    "write": "write",
    "maintain": "write",
    "admin": "admin",
}

# What requests call them that give a role; the roles in between keep their names.
ROLE_OF_PERMISSION: dict[str, Role] = {
    "pull": "read",
    "triage": "triage",
    "push": "write",
    "maintain": "maintain",
    "admin": "admin",
}
PERMISSION_OF_ROLE: dict[Role, str] = {role: permission for permission, role in ROLE_OF_PERMISSION.items()}


def at_least(role: Role, needed: Role) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


def highest(roles: Iterable[Role]) -> Role:
    """The one that allows most; none when there is none."""
    return max(roles, key=ROLES.index, default="none")
