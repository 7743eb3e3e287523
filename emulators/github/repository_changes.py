"""What happens to a repository as a whole: another name, another owner, other settings, its end.

https://docs.github.com/repositories/creating-and-managing-repositories/renaming-a-repository
https://docs.github.com/repositories/creating-and-managing-repositories/transferring-a-repository
"""

from __future__ import annotations

from emulators.github.clock import now
from emulators.github.errors import unprocessable
from emulators.github.model.accounts import Account
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.organizations import organization


def rename(github: GitHub, repo: Repository, name: str, sender: Account) -> None:
    """What asks for the old name is sent on, until somebody takes that name. Raises Refused 422 when it is taken."""
    if name == repo.name:
        return
    _require_free(github, repo, repo.owner, name)
    before = repo.name
    github.store.leave_name(repo)
    repo.name, repo.updated_at = name, now()
    github.announce.repository("renamed", repo, sender, changes={"repository": {"name": {"from": before}}})


def give_to(github: GitHub, repo: Repository, owner: Account, name: str | None, sender: Account) -> None:
    """Another account has it from now on, with its issues and its history; an App that was chosen for it has lost it, an App
    on all that the new owner has has got it."""
    _require_free(github, repo, owner, name or repo.name)
    before, were_installed = repo.owner, github.store.installations_on(repo)
    github.store.leave_name(repo)
    repo.owner, repo.name, repo.updated_at = owner, name or repo.name, now()
    for team in before.teams.values():
        team.repositories.pop(repo.id, None)
    kind = "organization" if before.type == "Organization" else "user"
    shape = organization(github.at, before) if kind == "organization" else simple_user(github.at, before)
    github.announce.repository("transferred", repo, sender, changes={"owner": {"from": {kind: shape}}})
    for installed in were_installed:
        if installed.repository_ids is not None:
            installed.repository_ids.discard(repo.id)
        github.announce.installation_repositories(installed, [], [repo], sender)
    for installed in github.store.installations_on(repo):
        github.announce.installation_repositories(installed, [repo], [], sender)


def set_private(github: GitHub, repo: Repository, private: bool, sender: Account) -> None:
    if repo.private is not private:
        repo.private = private
        github.announce.repository("privatized" if private else "publicized", repo, sender)


def set_archived(github: GitHub, repo: Repository, archived: bool, sender: Account) -> None:
    if repo.archived is not archived:
        repo.archived = archived
        github.announce.repository("archived" if archived else "unarchived", repo, sender)


async def edit(github: GitHub, repo: Repository, sender: Account, description: str | None, default_branch: str | None) -> None:
    """Another description or default branch (None: as it is). Raises Refused 422 for a branch that isn't there."""
    changes: dict[str, dict[str, str | None]] = {}
    if description is not None and description != repo.description:
        changes["description"] = {"from": repo.description}
        repo.description = description
    if default_branch is not None and default_branch != repo.default_branch:
        if await repo.git.branch(default_branch) is None:
            message = (
                f"The branch {default_branch} was not found. Please push that ref first or create it via the Git Data API."
            )
            raise unprocessable(resource="Repository", field="default_branch", code="invalid", message=message)
        changes["default_branch"] = {"from": repo.default_branch}
        repo.default_branch = default_branch
        await repo.git.set_head(default_branch)
    if changes:
        github.announce.repository("edited", repo, sender, changes=changes)


def delete(github: GitHub, repo: Repository, sender: Account) -> None:
    github.announce.repository("deleted", repo, sender)
    github.store.forget(repo)


def _require_free(github: GitHub, repo: Repository, owner: Account, name: str) -> None:
    if github.store.repository(owner.login, name) not in (None, repo):
        message = "name already exists on this account"
        raise unprocessable(resource="Repository", field="name", code="custom", message=message)
