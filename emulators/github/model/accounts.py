"""Who is on GitHub: people, organisations and the bots of Apps, and what roles they can have on a repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AccountType = Literal["User", "Organization", "Bot"]
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


def at_least(role: Role, needed: Role) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


@dataclass(eq=False)
class Account:
    """A user, organisation or bot. `members` are the logins of an organisation's people."""

    id: int
    login: str
    type: AccountType
    created_at: datetime
    name: str | None = None
    members: set[str] = field(default_factory=set)
