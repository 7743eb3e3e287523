"""Branch protection in JSON. https://docs.github.com/rest/branches/branch-protection"""

from __future__ import annotations

from typing import Any

from emulators.github.model.accounts import Account
from emulators.github.model.apps import App
from emulators.github.model.repositories import Repository
from emulators.github.model.rules import Protection, RequiredChecks
from emulators.github.shapes.accounts import integration, simple_user
from emulators.github.shapes.addresses import Addresses, path_part


def protection_shape(
    at: Addresses, repo: Repository, branch: str, shown: Protection, users: list[Account], apps: list[App]
) -> dict[str, Any]:
    """`branch-protection`, which is a `protected-branch` too. `users` and `apps` are those that its restrictions name."""
    url = f"{at.repository(repo)}/branches/{path_part(branch)}/protection"
    shape: dict[str, Any] = {
        "url": url,
        "required_signatures": {"url": f"{url}/required_signatures", "enabled": shown.signatures},
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": shown.enforce_admins},
        "required_linear_history": {"enabled": shown.linear_history},
        "allow_force_pushes": {"enabled": shown.force_pushes},
        "allow_deletions": {"enabled": shown.deletions},
        "block_creations": {"enabled": shown.block_creations},
        "required_conversation_resolution": {"enabled": shown.conversations},
        "lock_branch": {"enabled": shown.locked},
        "allow_fork_syncing": {"enabled": shown.fork_syncing},
    }
    if shown.checks:
        shape["required_status_checks"] = checks_shape(url, shown.checks)
    if reviews := shown.reviews:
        shape["required_pull_request_reviews"] = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": reviews.dismiss_stale,
            "require_code_owner_reviews": False,
            "required_approving_review_count": reviews.count,
            "require_last_push_approval": False,
        }
    if shown.restrictions:
        shape["restrictions"] = _restrictions(at, url, users, apps)
    return shape


def checks_shape(url: str, checks: RequiredChecks) -> dict[str, Any]:
    """`status-check-policy`."""
    inner = f"{url}/required_status_checks"
    return {
        "url": inner,
        "strict": checks.strict,
        "contexts": list(checks.contexts),
        "contexts_url": f"{inner}/contexts",
        "checks": [{"context": name, "app_id": app} for name, app in checks.contexts.items()],
    }


def summary(protection: Protection | None) -> dict[str, Any]:
    """What a branch says of its protection."""
    checks = protection.checks if protection else None
    level = "off" if not checks else "everyone" if protection and protection.enforce_admins else "non_admins"
    listed = [{"context": name, "app_id": app} for name, app in checks.contexts.items()] if checks else []
    contexts = list(checks.contexts) if checks else []
    return {"enforcement_level": level, "contexts": contexts, "checks": listed}


def _restrictions(at: Addresses, url: str, users: list[Account], apps: list[App]) -> dict[str, Any]:
    inner = f"{url}/restrictions"
    return {
        "url": inner,
        "users_url": f"{inner}/users",
        "teams_url": f"{inner}/teams",
        "apps_url": f"{inner}/apps",
        "users": [simple_user(at, one) for one in users],
        "teams": [],
        "apps": [integration(at, one) for one in apps],
    }
