"""A team of an organisation's people, and what it may do where. https://docs.github.com/organizations/organizing-members-into-teams/about-teams"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from emulators.github.model.roles import Role

TeamRole = Literal["member", "maintainer"]
Privacy = Literal["secret", "closed"]


@dataclass(eq=False)
class Team:
    """`members` are by account id, `repositories` (with the role that the team has there) by repository id. Who is in a
    team inside of this one has this one's roles as well."""

    id: int
    name: str
    created_at: datetime
    description: str | None = None
    privacy: Privacy = "secret"
    parent: Team | None = None
    members: dict[int, TeamRole] = field(default_factory=dict)
    repositories: dict[int, Role] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return slug_of(self.name)

    def role_on(self, repository_id: int) -> Role:
        """What its people may do there, because of it or of a team around it."""
        if repository_id in self.repositories:
            return self.repositories[repository_id]
        return self.parent.role_on(repository_id) if self.parent else "none"


def slug_of(name: str) -> str:
    """`Core Team!` is found as `core-team`."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")
