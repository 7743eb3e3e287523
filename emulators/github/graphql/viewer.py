"""Who asks, and what they may see and do: GraphQL's words for what `access.py` decides."""

from __future__ import annotations

from dataclasses import dataclass

from emulators.github.access import Needs, acting_account, is_by, lacks, may_see
from emulators.github.errors import Refused
from emulators.github.model.accounts import Account, Role, at_least
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.tokens import Actor, Person


@dataclass(frozen=True)
class Viewer:
    github: GitHub
    actor: Actor

    @property
    def account(self) -> Account:
        """Whose name an effect carries."""
        return acting_account(self.actor)

    def sees(self, repo: Repository) -> bool:
        return may_see(self.actor, repo)

    def wrote(self, author: Account) -> bool:
        return is_by(self.actor, author)

    def has(self, repo: Repository, role: Role) -> bool:
        """Whether a person has this role; an App has none, its permissions decide."""
        return not isinstance(self.actor, Person) or at_least(repo.role_of(self.actor.account), role)

    def require(self, repo: Repository, *needs: Needs) -> None:
        """Raises Refused as GitHub forbids it to Apps and people who may see the repository."""
        if any(lacks(self.actor, repo, need) for need in needs):
            raise Refused(403, "Resource not accessible by integration")
        if repo.archived and any(need.level == "write" for need in needs):
            raise Refused(403, "Repository was archived so is read-only.")

    def forbid(self, doing: str) -> Refused:
        """What a person is told who lacks the rights; `doing` is the mutation's name in capitals."""
        return Refused(403, f"{self.account.login} does not have the correct permissions to execute `{doing}`")
