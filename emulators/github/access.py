"""What an actor may see and do in a repository. GitHub hides what may not be seen (404) and refuses the rest (403)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from emulators.github.errors import forbidden, not_accessible, not_found, requires_authentication
from emulators.github.model.accounts import Account, Role, at_least
from emulators.github.model.apps import covers
from emulators.github.model.repositories import Repository
from emulators.github.tokens import Actor, Anonymous, AppItself, InstallationToken, Person, UserToken


@dataclass(frozen=True)
class Needs:
    """What a route asks for: any one of these App permissions at this level, or this role of a person."""

    permissions: tuple[str, ...]
    level: Literal["read", "write"]
    role: Role


def read(*permissions: str) -> Needs:
    return Needs(permissions, "read", "read")


def write(*permissions: str, role: Role) -> Needs:
    return Needs(permissions, "write", role)


def may_see(actor: Actor, repository: Repository) -> bool:
    if not repository.private:
        return True
    match actor:
        case UserToken(account):
            return at_least(repository.role_of(account), "read") and actor.installation_for(repository, actor.app) is not None
        case Person(account):
            return at_least(repository.role_of(account), "read")
        case InstallationToken():
            return reaches(actor, repository)
        case Anonymous() | AppItself():
            return False


def reaches(token: InstallationToken, repository: Repository) -> bool:
    """Whether an installation token's narrowing leaves this repository in."""
    narrowed = token.repository_ids is None or repository.id in token.repository_ids
    return narrowed and token.installation.reaches(repository)


def lacks(actor: Actor, repository: Repository, needs: Needs) -> bool:
    """Whether an actor that sees the repository may still not do this."""
    match actor:
        case UserToken(account):
            return not at_least(repository.role_of(account), needs.role) or app_lacks(actor, repository, needs)
        case Person(account):
            return not at_least(repository.role_of(account), needs.role)
        case InstallationToken():
            if not reaches(actor, repository):
                return needs.level != "read" or repository.private
            held = any(covers(actor.permissions, permission, needs.level) for permission in needs.permissions)
            # "Can be used without the aforementioned permissions if only public resources are requested."
            return not held and (needs.level != "read" or repository.private)
        case Anonymous() | AppItself():
            return needs.level != "read"


def app_lacks(actor: UserToken, repository: Repository, needs: Needs) -> bool:
    """Whether the App that a person acts through may not do this, whoever the person is."""
    installed = actor.installation_for(repository, actor.app)
    held = installed is not None and any(covers(installed.permissions, name, needs.level) for name in needs.permissions)
    return not held and (needs.level != "read" or repository.private)


def only_because_public(actor: Actor, repository: Repository, needs: Needs) -> bool:
    """Whether a token reads here without the permission, which would fail on a private repository."""
    return isinstance(actor, InstallationToken) and not (
        reaches(actor, repository) and any(covers(actor.permissions, name, needs.level) for name in needs.permissions)
    )


def require(actor: Actor, repository: Repository, needs: Needs) -> None:
    """Raises Refused: 404 for what may not be seen, 401 without credentials, 403 for what may not be done."""
    if not may_see(actor, repository):
        raise not_found()
    if not lacks(actor, repository, needs):
        if repository.archived and needs.level == "write":
            raise forbidden("Repository was archived so is read-only.")
        return
    match actor:
        case Anonymous():
            raise requires_authentication()
        case UserToken() if app_lacks(actor, repository, needs):
            raise not_accessible(needs.permissions[0], needs.level)
        case Person():
            raise forbidden("Must have admin rights to Repository.")
        case _:
            raise not_accessible(needs.permissions[0], needs.level)


def acting_account(actor: Actor) -> Account:
    """Whose name an effect carries. Raises Refused without credentials."""
    if isinstance(actor, Person | InstallationToken):
        return actor.account
    raise requires_authentication()


def is_by(actor: Actor, author: Account) -> bool:
    """Whether this is who wrote it, and so sees it also while it is a draft."""
    return isinstance(actor, Person | InstallationToken) and actor.account is author


def require_authorship(actor: Actor, repository: Repository, author: Account, role: Role) -> None:
    """What somebody wrote is theirs to change; other people need this role. Bots need only what the route asks for."""
    if not isinstance(actor, Person) or actor.account is author:
        return
    if not at_least(repository.role_of(actor.account), role):
        raise forbidden("Must have admin rights to Repository.")
