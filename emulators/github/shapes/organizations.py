"""Organisations, their members and teams in JSON."""

from __future__ import annotations

from typing import Any

from emulators.github.clock import stamp
from emulators.github.model.accounts import Account
from emulators.github.model.roles import PERMISSION_OF_ROLE, Role
from emulators.github.model.teams import Team, TeamRole
from emulators.github.shapes.accounts import role_flags, simple_user
from emulators.github.shapes.addresses import Addresses, node_id


def organization(at: Addresses, owner: Account) -> dict[str, Any]:
    """`organization-simple`: as it stands inside other things and in webhooks."""
    url = f"{at.api}/orgs/{owner.login}"
    return {
        "login": owner.login,
        "id": owner.id,
        "node_id": node_id("O", owner.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{at.html}/avatars/{owner.id}?v=4",
        "description": "",
    }


def full_organization(at: Addresses, owner: Account, public_repositories: int) -> dict[str, Any]:
    """`organization-full`: looked at by itself. What only its owners see is left out."""
    return {
        **organization(at, owner),
        **({"name": owner.name} if owner.name else {}),
        "html_url": f"{at.html}/{owner.login}",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": public_repositories,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "type": "Organization",
        "is_verified": False,
        "created_at": stamp(owner.created_at),
        "updated_at": stamp(owner.created_at),
        "archived_at": None,
    }


def membership(at: Addresses, owner: Account, member: Account) -> dict[str, Any]:
    """`org-membership`."""
    url = f"{at.api}/orgs/{owner.login}"
    return {
        "url": f"{url}/memberships/{member.login}",
        "state": "active",
        "role": owner.members[member.id],
        "organization_url": url,
        "organization": organization(at, owner),
        "user": simple_user(at, member),
        "direct_membership": True,
    }


def team(at: Addresses, owner: Account, shown: Team, role: Role | None = None) -> dict[str, Any]:
    """`team`: as lists have it; with `role`, as the list of a repository's teams does."""
    parent = shown.parent
    shape = {
        **_simple(at, owner, shown),
        "permission": PERMISSION_OF_ROLE.get(role or "read", "pull"),
        "parent": _simple(at, owner, parent) if parent else None,
    }
    if role is not None:
        shape["permissions"] = role_flags(role)
    return shape


def full_team(at: Addresses, owner: Account, shown: Team, public_repositories: int) -> dict[str, Any]:
    """`team-full`: looked at by itself."""
    return {
        **team(at, owner, shown),
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.created_at),
        "members_count": len(shown.members),
        "repos_count": len(shown.repositories),
        "organization": full_organization(at, owner, public_repositories),
    }


def team_membership(at: Addresses, owner: Account, shown: Team, member: Account, role: TeamRole) -> dict[str, Any]:
    url = f"{_url(at, owner, shown)}/memberships/{member.login}"
    return {"url": url, "role": role, "state": "active"}


def _simple(at: Addresses, owner: Account, shown: Team) -> dict[str, Any]:
    url = _url(at, owner, shown)
    return {
        "id": shown.id,
        "node_id": node_id("T", shown.id),
        "name": shown.name,
        "slug": shown.slug,
        "description": shown.description,
        "privacy": shown.privacy,
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "type": "organization",
        "organization_id": owner.id,
        "url": url,
        "html_url": f"{at.html}/orgs/{owner.login}/teams/{shown.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
    }


def _url(at: Addresses, owner: Account, shown: Team) -> str:
    return f"{at.api}/organizations/{owner.id}/team/{shown.id}"
