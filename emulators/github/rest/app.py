"""The App itself: who it is, where it is installed, and the tokens it gets. https://docs.github.com/rest/apps/apps"""

from __future__ import annotations

from typing import Any

from emulators.github.clock import now, stamp
from emulators.github.errors import forbidden, not_found, unprocessable
from emulators.github.model.apps import Installation, covers
from emulators.github.model.repositories import Repository
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import installation, integration
from emulators.github.shapes.repositories import repository
from emulators.github.tokens import InstallationToken


@route("GET /app", audience="app")
async def get_app(call: Call) -> Answer:
    count = len(_installations(call))
    return Answer(200, {**integration(call.github.at, call.as_app), "installations_count": count})


@route("GET /app/installations", audience="app")
async def list_installations(call: Call) -> Answer:
    return call.page_of([installation(call.github.at, one) for one in _installations(call)])


@route("GET /app/installations/{installation_id}", audience="app")
async def get_installation(call: Call) -> Answer:
    return Answer(200, installation(call.github.at, _installation(call)))


@route("PUT /app/installations/{installation_id}/suspended", audience="app")
async def suspend_installation(call: Call) -> Answer:
    suspended = _installation(call)
    call.github.announce.installation("suspend", suspended, call.as_app.owner)
    suspended.suspended_at, suspended.suspended_by = now(), call.as_app.owner
    return Answer(204)


@route("DELETE /app/installations/{installation_id}/suspended", audience="app")
async def unsuspend_installation(call: Call) -> Answer:
    suspended = _installation(call)
    suspended.suspended_at = suspended.suspended_by = None
    call.github.announce.installation("unsuspend", suspended, call.as_app.owner)
    return Answer(204)


@route("GET /repos/{owner}/{repo}/installation", audience="app")
async def get_repository_installation(call: Call) -> Answer:
    found = call.github.store.installation_for(call.repository, call.as_app)
    if found is None:
        raise not_found()
    return Answer(200, installation(call.github.at, found))


@route("POST /app/installations/{installation_id}/access_tokens", audience="app")
async def create_installation_token(call: Call) -> Answer:
    """A token for an installation, narrowed to the repositories and permissions asked for."""
    installed = _installation(call)
    if installed.suspended_at:
        raise forbidden("This installation has been suspended")
    asked: dict[str, Any] = call.body or {}
    permissions = _narrowed_permissions(installed, asked.get("permissions"))
    chosen = _narrowed_repositories(call, installed, asked)
    ids = None if chosen is None else frozenset(repo.id for repo in chosen)
    token, grant = call.github.tokens.for_installation(installed, permissions, ids)
    answer: dict[str, Any] = {
        "token": token,
        "expires_at": stamp(grant.expires_at),
        "permissions": permissions,
        "repository_selection": "selected" if chosen is not None else installed.selection,
    }
    if chosen is not None:
        answer["repositories"] = [repository(call.github.at, repo) for repo in chosen]
    return Answer(201, answer)


@route("GET /installation/repositories", audience="installation")
async def list_installation_repositories(call: Call) -> Answer:
    token = _token(call)
    covered = call.github.store.repositories_of(token.installation)
    if token.repository_ids is not None:
        covered = [repo for repo in covered if repo.id in token.repository_ids]
    window, headers = call.window(len(covered))
    shown = [repository(call.github.at, repo) for repo in covered[window]]
    return Answer(200, {"total_count": len(covered), "repositories": shown}, headers)


@route("DELETE /installation/token", audience="installation")
async def revoke_installation_token(call: Call) -> Answer:
    call.github.tokens.revoke(_token(call))
    return Answer(204)


def _installations(call: Call) -> list[Installation]:
    return [one for one in call.github.store.installations.values() if one.app is call.as_app]


def _installation(call: Call) -> Installation:
    found = call.github.store.installations.get(call.number("installation_id"))
    if found is None or found.app is not call.as_app:
        raise not_found()
    return found


def _token(call: Call) -> InstallationToken:
    if isinstance(call.actor, InstallationToken):
        return call.actor
    raise forbidden("You must authenticate with an installation access token in order to use this endpoint.")


def _narrowed_permissions(installed: Installation, asked: dict[str, str] | None) -> dict[str, str]:
    if not asked:
        return {"metadata": "read", **installed.permissions}
    for permission, level in asked.items():
        if not covers(installed.permissions, permission, level):
            raise unprocessable("The permissions requested are not granted to this installation.")
    return {"metadata": "read", **asked}


def _narrowed_repositories(call: Call, installed: Installation, asked: dict[str, Any]) -> list[Repository] | None:
    ids, names = asked.get("repository_ids"), asked.get("repositories")
    if ids is None and names is None:
        return None
    covered = call.github.store.repositories_of(installed)
    by_id = {repo.id: repo for repo in covered}
    by_name = {repo.name.lower(): repo for repo in covered}
    chosen: dict[int, Repository] = {}
    for found in [*(by_id.get(one) for one in ids or ()), *(by_name.get(str(one).lower()) for one in names or ())]:
        if found is None:
            raise unprocessable(
                "There is at least one repository that does not exist or is not accessible to the parent installation."
            )
        chosen[found.id] = found
    if not chosen:
        raise unprocessable("No repositories were given.")
    return list(chosen.values())
