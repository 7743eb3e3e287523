"""The App as others see it, and where it is installed, found by name. https://docs.github.com/rest/apps/apps"""

from __future__ import annotations

from emulators.github.errors import forbidden, not_found, requires_authentication
from emulators.github.model.accounts import Account
from emulators.github.rest.organizations import organization_of, user_of
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import installation, integration
from emulators.github.tokens import InstallationToken, Person


@route("GET /apps/{app_slug}")
async def get_app_by_slug(call: Call) -> Answer:
    app = call.github.store.app_called(call.parameters["app_slug"])
    if app is None:
        raise not_found()
    return Answer(200, integration(call.github.at, app))


@route("GET /orgs/{org}/installation", audience="app")
async def get_organization_installation(call: Call) -> Answer:
    return _installed_on(call, organization_of(call))


@route("GET /users/{username}/installation", audience="app")
async def get_user_installation(call: Call) -> Answer:
    return _installed_on(call, user_of(call))


@route("GET /orgs/{org}/installations")
async def list_organization_installations(call: Call) -> Answer:
    """For the organisation's owners."""
    owner = organization_of(call)
    match call.actor:
        case Person(account) if owner.members.get(account.id) == "admin":
            shown = [one for one in call.github.store.installations.values() if one.account is owner]
            window, headers = call.window(len(shown))
            shapes = [installation(call.github.at, one) for one in shown[window]]
            return Answer(200, {"total_count": len(shown), "installations": shapes}, headers)
        case InstallationToken():
            raise forbidden("Resource not accessible by integration")
        case Person():
            raise not_found()
        case _:
            raise requires_authentication()


def _installed_on(call: Call, account: Account) -> Answer:
    for one in call.github.store.installations.values():
        if one.account is account and one.app is call.as_app:
            return Answer(200, installation(call.github.at, one))
    raise not_found()
