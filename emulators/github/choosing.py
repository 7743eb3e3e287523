"""Which of its repositories an account lets an App have. https://docs.github.com/apps/using-github-apps/reviewing-and-modifying-installed-github-apps"""

from __future__ import annotations

from collections.abc import Iterable

from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, Installation
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub


def may_install(owner: Account, who: Account) -> bool:
    """On one's own account, and on an organisation that one owns."""
    return owner is who or owner.members.get(who.id) == "admin"


def install(github: GitHub, app: App, owner: Account, chosen: Iterable[Repository] | None, sender: Account) -> Installation:
    """With all that the App asks for; `chosen` None: on all that the account has and will have."""
    ids = None if chosen is None else {repo.id for repo in chosen}
    installed = github.store.add_installation(owner, ids, app)
    github.announce.installation("created", installed, sender)
    return installed


def choose(github: GitHub, installed: Installation, chosen: Iterable[Repository] | None, sender: Account) -> None:
    """Others than before; told as what was added, then as what was removed."""
    before = set(github.store.repositories_of(installed))
    installed.repository_ids = None if chosen is None else {repo.id for repo in chosen}
    after = set(github.store.repositories_of(installed))
    for added, removed in ((after - before, set[Repository]()), (set[Repository](), before - after)):
        if added or removed:
            github.announce.installation_repositories(installed, _sorted(added), _sorted(removed), sender)


def add_repository(github: GitHub, installed: Installation, repo: Repository, sender: Account) -> bool:
    """Whether it was not there before."""
    if installed.reaches(repo):
        return False
    choose(github, installed, [*github.store.repositories_of(installed), repo], sender)
    return True


def remove_repository(github: GitHub, installed: Installation, repo: Repository, sender: Account) -> bool:
    """Whether it was there before."""
    if not installed.reaches(repo):
        return False
    choose(github, installed, [one for one in github.store.repositories_of(installed) if one is not repo], sender)
    return True


def uninstall(github: GitHub, installed: Installation, sender: Account) -> None:
    github.announce.installation("deleted", installed, sender)
    del github.store.installations[installed.id]
    github.tokens.revoke_of(installed)


def _sorted(repositories: Iterable[Repository]) -> list[Repository]:
    return sorted(repositories, key=lambda repo: repo.id)
