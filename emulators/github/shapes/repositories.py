"""Repositories and labels in JSON."""

from __future__ import annotations

from typing import Any

from emulators.github.clock import stamp
from emulators.github.model.accounts import Role
from emulators.github.model.discussions import Label
from emulators.github.model.merge_settings import ALLOWING
from emulators.github.model.repositories import Repository
from emulators.github.shapes.accounts import role_flags, simple_user
from emulators.github.shapes.addresses import Addresses, node_id, path_part

# Links that are the repository's own URL and a fixed ending.
_LINK_ENDINGS = {
    "forks_url": "/forks",
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams",
    "hooks_url": "/hooks",
    "issue_events_url": "/issues/events{/number}",
    "events_url": "/events",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "tags_url": "/tags",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages",
    "stargazers_url": "/stargazers",
    "contributors_url": "/contributors",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}",
    "downloads_url": "/downloads",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
    "deployments_url": "/deployments",
}


def repository(at: Addresses, repo: Repository, role: Role | None = None) -> dict[str, Any]:
    """`repository`: as it stands inside other things and in webhooks; with `role`, what that role may do is added."""
    url, page = at.repository(repo), at.page(repo)
    shape: dict[str, Any] = {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": simple_user(at, repo.owner),
        "html_url": page,
        "description": repo.description,
        "fork": repo.parent is not None,
        "url": url,
        **{name: url + ending for name, ending in _LINK_ENDINGS.items()},
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.updated_at),
        "pushed_at": stamp(repo.pushed_at),
        "git_url": f"git://{at.clone(repo).partition('://')[2]}",
        "ssh_url": f"git@{at.html.partition('://')[2].partition(':')[0]}:{repo.full_name}.git",
        "clone_url": at.clone(repo),
        "svn_url": page,
        "homepage": None,
        "size": repo.size_kb if repo.claimed_size_kb is None else repo.claimed_size_kb,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": "Python",
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": repo.open_issue_count,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repo.private else "public",
        "forks": 0,
        "open_issues": repo.open_issue_count,
        "watchers": 0,
        "default_branch": repo.default_branch,
    }
    if role is not None:
        shape["permissions"] = role_flags(role)
    return shape


def full_repository(at: Addresses, repo: Repository, role: Role) -> dict[str, Any]:
    """`full-repository`: looked at by itself."""
    return {
        **repository(at, repo, role),
        "temp_clone_token": None,
        **{setting: method in repo.merging.methods for method, setting in ALLOWING.items()},
        "allow_auto_merge": repo.merging.auto_merge,
        "delete_branch_on_merge": repo.merging.delete_branch,
        "allow_update_branch": False,
        "network_count": 0,
        "subscribers_count": 1,
        **({"parent": repository(at, repo.parent), "source": repository(at, repo.root)} if repo.parent else {}),
    }


def repository_in_webhook(at: Addresses, repo: Repository) -> dict[str, Any]:
    return {**repository(at, repo), "custom_properties": {}}


def repository_in_push(at: Addresses, repo: Repository) -> dict[str, Any]:
    """The repository in a `push` payload, which writes two times as seconds and has a few fields more."""
    return {
        **repository_in_webhook(at, repo),
        "created_at": int(repo.created_at.timestamp()),
        "pushed_at": int(repo.pushed_at.timestamp()),
        "owner": {"name": repo.owner.login, "email": None, **simple_user(at, repo.owner)},
        "stargazers": 0,
        "master_branch": repo.default_branch,
    }


def repository_in_installation(repo: Repository) -> dict[str, Any]:
    """The few fields that `installation` payloads have."""
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }


def label(at: Addresses, repo: Repository, shown: Label) -> dict[str, Any]:
    return {
        "id": shown.id,
        "node_id": node_id("LA", shown.id),
        "url": f"{at.repository(repo)}/labels/{path_part(shown.name)}",
        "name": shown.name,
        "color": shown.color,
        "default": shown.default,
        "description": shown.description,
    }
