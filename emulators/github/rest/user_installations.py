"""Where a person meets an App. https://docs.github.com/rest/apps/installations"""

from __future__ import annotations

from emulators.github.choosing import add_repository, remove_repository
from emulators.github.errors import forbidden, not_found, requires_authentication
from emulators.github.model.accounts import Account
from emulators.github.model.apps import Installation
from emulators.github.model.repositories import Repository
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import installation
from emulators.github.shapes.repositories import repository
from emulators.github.tokens import Anonymous, Person, UserToken

_REPOSITORY = "/user/installations/{installation_id}/repositories/{repository_id}"


@route("GET /user/installations")
async def list_user_installations(call: Call) -> Answer:
    """Those of the App that the person signed in to, where they have a role of their own on something."""
    token = _user_token(call)
    shown = [
        one for one in call.github.store.installations.values() if _meets(call, token.account, one) and one.app is token.app
    ]
    window, headers = call.window(len(shown))
    shapes = [installation(call.github.at, one) for one in shown[window]]
    return Answer(200, {"total_count": len(shown), "installations": shapes}, headers)


@route("GET /user/installations/{installation_id}/repositories")
async def list_user_installation_repositories(call: Call) -> Answer:
    token = _user_token(call)
    found = call.github.store.installations.get(call.number("installation_id"))
    if found is None or found.app is not token.app or not _meets(call, token.account, found):
        raise not_found()
    shown = _shared(call, token.account, found)
    window, headers = call.window(len(shown))
    shapes = [repository(call.github.at, one, one.role_of(token.account)) for one in shown[window]]
    return Answer(200, {"total_count": len(shown), "repositories": shapes}, headers)


@route(f"PUT {_REPOSITORY}")
async def add_to_installation(call: Call) -> Answer:
    """Only with a personal token, by who administers the repository."""
    installed, repo = _chosen(call)
    return Answer(204) if add_repository(call.github, installed, repo, call.account) else Answer(304)


@route(f"DELETE {_REPOSITORY}")
async def remove_from_installation(call: Call) -> Answer:
    installed, repo = _chosen(call)
    return Answer(204) if remove_repository(call.github, installed, repo, call.account) else Answer(304)


def _user_token(call: Call) -> UserToken:
    match call.actor:
        case UserToken():
            return call.actor
        case Anonymous():
            raise requires_authentication()
        case _:
            raise forbidden(
                "You must authenticate with an access token authorized to a GitHub App in order to list installations"
            )


def _chosen(call: Call) -> tuple[Installation, Repository]:
    if not isinstance(call.actor, Person) or isinstance(call.actor, UserToken):
        raise forbidden("You must use a personal access token to change the repositories of an installation.")
    installed = call.github.store.installations.get(call.number("installation_id"))
    repo = call.github.store.repositories.get(call.number("repository_id"))
    if installed is None or repo is None or repo.owner is not installed.account or repo.role_of(call.account) != "admin":
        raise not_found()
    return installed, repo


def _meets(call: Call, account: Account, installed: Installation) -> bool:
    return installed.account is account or bool(_shared(call, account, installed))


def _shared(call: Call, account: Account, installed: Installation) -> list[Repository]:
    """Where the App is installed and the person has been given a role."""
    covered = call.github.store.repositories_of(installed)
    return [one for one in covered if one.role_given_to(account) != "none"]
