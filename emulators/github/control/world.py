"""Changing what is there: accounts, repositories, roles, installations."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulators.github.clock import now
from emulators.github.control.asking import NotUnderstood, account_named, asked_as, github_of, repository_of
from emulators.github.git_repository import ABSENT
from emulators.github.model.accounts import AccountType, Role
from emulators.github.model.apps import Installation
from emulators.github.model.repositories import Repository
from emulators.github.model.rules import Protection
from emulators.github.pushes import ref_moved
from emulators.github.seed.history import PlannedCommit, write_history
from emulators.github.service import GitHub

# When a repository made for a test was committed; its SHAs are the same in every run.
_COMMITTED = "2026-01-05T12:00:00+00:00"


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    login: str
    type: AccountType = "User"
    name: str | None = None


class NewRepository(msgspec.Struct, forbid_unknown_fields=True):
    """`files` (path to text) become one commit; without files the repository is empty."""

    owner: str
    name: str
    private: bool = False
    default_branch: str = "main"
    files: dict[str, str] = {}
    roles: dict[str, Role] = {}
    size_kb: int | None = None


class NewCommit(msgspec.Struct, forbid_unknown_fields=True):
    branch: str
    files: dict[str, str]
    sender: str
    message: str = "Change"


class RepositoryChange(msgspec.Struct, forbid_unknown_fields=True):
    """`protected_branches` replace those that were: each is protected from force pushes and deletion."""

    private: bool | None = None
    default_branch: str | None = None
    protected_branches: list[str] | None = None
    archived: bool | None = None
    size_kb: int | None = None


class NewRole(msgspec.Struct, forbid_unknown_fields=True):
    role: Role


class NewInstallation(msgspec.Struct, forbid_unknown_fields=True):
    """`repositories` are names; None: all that the account has."""

    account: str
    repositories: list[str] | None = None


class InstallationChange(msgspec.Struct, forbid_unknown_fields=True):
    """`permissions` replace those that were granted, `events` those that were wanted."""

    permissions: dict[str, Literal["read", "write", "admin"]] | None = None
    events: list[str] | None = None
    suspended: bool | None = None
    add_repositories: list[str] = []
    remove_repositories: list[str] = []


async def add_account(request: Request) -> Response:
    """A new person, bot or organisation, with a token of their own."""
    github, asked = github_of(request), await asked_as(request, NewAccount)
    if github.store.account(asked.login):
        raise NotUnderstood(f"{asked.login} is taken")
    account = github.store.add_account(asked.login, asked.type, asked.name)
    return JSONResponse({"login": account.login, "id": account.id, "token": github.tokens.for_person(account)}, 201)


async def add_repository(request: Request) -> Response:
    github, asked = github_of(request), await asked_as(request, NewRepository)
    owner = account_named(github, asked.owner)
    if github.store.repository(asked.owner, asked.name):
        raise NotUnderstood(f"{asked.owner}/{asked.name} is there already")
    repo = github.store.add_repository(owner, asked.name, private=asked.private, default_branch=asked.default_branch)
    repo.roles.update({account_named(github, login).id: role for login, role in asked.roles.items()})
    repo.claimed_size_kb = asked.size_kb
    await repo.git.create(repo.default_branch, github.hooks)
    if asked.files:
        email = f"{owner.id}+{owner.login}@users.noreply.github.com"
        files = {path: text.encode() for path, text in asked.files.items()}
        await write_history(repo.git, repo.default_branch, [PlannedCommit(owner.login, email, _COMMITTED, "Start", files)])
    return JSONResponse({"id": repo.id, "full_name": repo.full_name}, 201)


async def push_commit(request: Request) -> Response:
    """A person pushes one commit to a branch, as they would with git; a new branch starts at the default one."""
    github, repo, asked = github_of(request), repository_of(request), await asked_as(request, NewCommit)
    sender = account_named(github, asked.sender)
    before = await repo.git.branch(asked.branch)
    start = before or await repo.git.branch(repo.default_branch)
    email = f"{sender.id}+{sender.login}@users.noreply.github.com"
    files = {path: text.encode() for path, text in asked.files.items()}
    commit = PlannedCommit(sender.name or sender.login, email, now().isoformat(), asked.message, files)
    await write_history(repo.git, asked.branch, [commit], start=start)
    after = await repo.git.branch(asked.branch) or ABSENT
    await ref_moved(github, repo, f"refs/heads/{asked.branch}", before or ABSENT, after, sender)
    return JSONResponse({"sha": after}, 201)


async def change_repository(request: Request) -> Response:
    repo, asked = repository_of(request), await asked_as(request, RepositoryChange)
    repo.private = repo.private if asked.private is None else asked.private
    repo.archived = repo.archived if asked.archived is None else asked.archived
    repo.claimed_size_kb = repo.claimed_size_kb if asked.size_kb is None else asked.size_kb
    if asked.protected_branches is not None:
        repo.rules.protections = {name: Protection() for name in asked.protected_branches}
    if asked.default_branch is not None:
        repo.default_branch = asked.default_branch
        await repo.git.set_head(asked.default_branch)
    return Response(status_code=204)


async def delete_repository(request: Request) -> Response:
    """It is gone for everybody, and nobody is told: 404 from now on."""
    github_of(request).store.forget(repository_of(request))
    return Response(status_code=204)


async def set_role(request: Request) -> Response:
    repo, asked = repository_of(request), await asked_as(request, NewRole)
    account = account_named(github_of(request), request.path_params["login"])
    repo.roles[account.id] = asked.role
    return Response(status_code=204)


async def add_installation(request: Request) -> Response:
    github, asked = github_of(request), await asked_as(request, NewInstallation)
    account = account_named(github, asked.account)
    names = asked.repositories
    ids = None if names is None else {repo.id for repo in _named(github, account.login, names)}
    installed = github.store.add_installation(account, ids)
    github.announce.installation("created", installed, account)
    return JSONResponse({"id": installed.id}, 201)


async def change_installation(request: Request) -> Response:
    """Other permissions, a suspension or its end, more or fewer repositories; each is announced as GitHub does."""
    github, asked, installed = github_of(request), await asked_as(request, InstallationChange), installation_of(request)
    sender = github.store.app.owner
    if asked.permissions is not None:
        installed.permissions = dict[str, Any](asked.permissions)
        github.announce.installation("new_permissions_accepted", installed, sender)
    if asked.events is not None:
        installed.events = asked.events
    if asked.suspended is not None:
        github.announce.installation("suspend" if asked.suspended else "unsuspend", installed, sender)
        installed.suspended_at, installed.suspended_by = (now(), sender) if asked.suspended else (None, None)
    added = _named(github, installed.account.login, asked.add_repositories)
    removed = _named(github, installed.account.login, asked.remove_repositories)
    if added or removed:
        covered = {repo.id for repo in github.store.repositories_of(installed)}
        installed.repository_ids = (covered | {repo.id for repo in added}) - {repo.id for repo in removed}
    if added:
        github.announce.installation_repositories(installed, added, [], sender)
    if removed:
        github.announce.installation_repositories(installed, [], removed, sender)
    return Response(status_code=204)


async def delete_installation(request: Request) -> Response:
    github, installed = github_of(request), installation_of(request)
    github.announce.installation("deleted", installed, github.store.app.owner)
    del github.store.installations[installed.id]
    github.tokens.revoke_of(installed)
    return Response(status_code=204)


def installation_of(request: Request) -> Installation:
    found = github_of(request).store.installations.get(request.path_params["installation"])
    if found is None:
        raise NotUnderstood(f"there is no installation {request.path_params['installation']}")
    return found


def _named(github: GitHub, owner: str, names: list[str]) -> list[Repository]:
    found = [(name, github.store.repository(owner, name)) for name in names]
    for name, repo in found:
        if repo is None:
            raise NotUnderstood(f"there is no repository {owner}/{name}")
    return [repo for _, repo in found if repo]
