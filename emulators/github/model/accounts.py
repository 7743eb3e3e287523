"""Who is on GitHub: people, organisations and the bots of Apps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from emulators.github.model.roles import FOLDED, ROLES, Role, at_least
from emulators.github.model.teams import Team

__all__ = ["FOLDED", "ROLES", "Account", "AccountType", "MemberRole", "Role", "at_least"]

AccountType = Literal["User", "Organization", "Bot"]
# An owner of an organisation is called its admin in the API.
MemberRole = Literal["member", "admin"]


@dataclass(eq=False)
class Account:
    """A user, organisation or bot.

    Of an organisation: `members` are the account ids of its people; `public_members` those who show that they are; every
    member has `base_role` on all of its repositories; its `teams` are by slug.
    """

    id: int
    login: str
    type: AccountType
    created_at: datetime
    name: str | None = None
    members: dict[int, MemberRole] = field(default_factory=dict)
    public_members: set[int] = field(default_factory=set)
    base_role: Role = "read"
    teams: dict[str, Team] = field(default_factory=dict)
