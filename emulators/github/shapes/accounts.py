"""Accounts, roles and the App in JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from emulators.github.clock import maybe_stamp, stamp
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, Installation
from emulators.github.model.repositories import Repository
from emulators.github.model.roles import FOLDED, Role, at_least
from emulators.github.shapes.addresses import Addresses, node_id

_NODE_PREFIX = {"User": "U", "Organization": "O", "Bot": "BOT"}


def simple_user(at: Addresses, account: Account) -> dict[str, Any]:
    """`simple-user`: how an account looks inside everything else."""
    login = quote(account.login)
    url = f"{at.api}/users/{login}"
    page = f"{at.html}/apps/{account.login.removesuffix('[bot]')}" if account.type == "Bot" else f"{at.html}/{login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id(_NODE_PREFIX[account.type], account.id),
        "avatar_url": f"{at.html}/avatars/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": page,
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def maybe_user(at: Addresses, account: Account | None) -> dict[str, Any] | None:
    return None if account is None else simple_user(at, account)


def public_user(at: Addresses, account: Account) -> dict[str, Any]:
    """`public-user`: an account looked at by itself."""
    return {
        **simple_user(at, account),
        "name": account.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(account.created_at),
        "updated_at": stamp(account.created_at),
    }


def private_user(at: Addresses, account: Account) -> dict[str, Any]:
    """`private-user`: an account looked at by its owner."""
    return {
        **public_user(at, account),
        "user_view_type": "private",
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


def role_flags(role: Role) -> dict[str, bool]:
    """The five yes-or-no permissions that a role means."""
    names: tuple[tuple[str, Role], ...] = (
        ("admin", "admin"),
        ("maintain", "maintain"),
        ("push", "write"),
        ("triage", "triage"),
        ("pull", "read"),
    )
    return {name: at_least(role, needed) for name, needed in names}


def collaborator(at: Addresses, account: Account, role: Role) -> dict[str, Any]:
    return {**simple_user(at, account), "permissions": role_flags(role), "role_name": role}


def collaborator_permission(at: Addresses, account: Account, role: Role) -> dict[str, Any]:
    """`repository-collaborator-permission`: the exact role and the older, folded one."""
    return {"permission": FOLDED[role], "role_name": role, "user": collaborator(at, account, role)}


def association(repository: Repository, account: Account) -> str:
    """`author_association`. Membership of an organisation counts only when it is public: so a maintainer through the
    organisation looks like a contributor, as many do on GitHub."""
    owner = repository.owner
    if account is owner:
        return "OWNER"
    if account.id in owner.members:
        return "MEMBER" if account.id in owner.public_members else "CONTRIBUTOR"
    return "COLLABORATOR" if repository.role_given_to(account) != "none" else "NONE"


def integration(at: Addresses, app: App) -> dict[str, Any]:
    """`integration`: the App."""
    return {
        "id": app.id,
        "client_id": app.client_id,
        "slug": app.slug,
        "node_id": node_id("A", app.id),
        "owner": simple_user(at, app.owner),
        "name": app.name,
        "description": "",
        "external_url": f"{at.html}/{app.owner.login}",
        "html_url": f"{at.html}/apps/{app.slug}",
        "created_at": stamp(app.created_at),
        "updated_at": stamp(app.created_at),
        "permissions": {"metadata": "read", **app.permissions},
        "events": app.events,
    }


def maybe_integration(at: Addresses, app: App | None) -> dict[str, Any] | None:
    return None if app is None else integration(at, app)


def installation(at: Addresses, installed: Installation) -> dict[str, Any]:
    """`installation`: the App on one account."""
    return {
        "id": installed.id,
        "client_id": installed.app.client_id,
        "account": simple_user(at, installed.account),
        "repository_selection": installed.selection,
        "access_tokens_url": f"{at.api}/app/installations/{installed.id}/access_tokens",
        "repositories_url": f"{at.api}/installation/repositories",
        "html_url": f"{at.html}/organizations/{installed.account.login}/settings/installations/{installed.id}",
        "app_id": installed.app.id,
        "app_slug": installed.app.slug,
        "target_id": installed.account.id,
        "target_type": installed.account.type,
        "permissions": {"metadata": "read", **installed.permissions},
        "events": installed.events,
        "created_at": stamp(installed.created_at),
        "updated_at": stamp(installed.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": maybe_user(at, installed.suspended_by),
        "suspended_at": maybe_stamp(installed.suspended_at),
    }
