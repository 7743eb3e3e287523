"""The pages on which a person lets an App act in their name: in the browser that it has sent them from, or for a device.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app#using-the-web-application-flow-to-generate-a-user-access-token
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from emulators.github.control.asking import github_of
from emulators.github.errors import Refused, not_found
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App
from emulators.github.pages.forms import acting_form, fields_of, people_of
from emulators.github.pages.html import el
from emulators.github.pages.layout import page
from emulators.github.pages.leading_back import lead_back

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_ALLOW, _DENY = ("allow", "Authorize"), ("deny", "Cancel")


async def authorize_page(request: Request) -> Response:
    """Who are you, and do you let it? `login` names a person to choose from the start."""
    query = request.query_params
    app, target = _asked_by(request)
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        raise Refused(400, "The code_challenge_method must be S256.")
    people = sorted(people_of(request), key=lambda one: one.login != query.get("login"))
    return page(
        f"Authorize {app.name}",
        el("h1", f"Authorize {app.name}"),
        el("p", f"{app.name} would like to verify who you are and to act on your behalf, where both of you may."),
        acting_form(f"/login/oauth/authorize?{query}", people, [], [_ALLOW, _DENY]),
        el("p", "You will be sent to ", el("code", target), class_="soft"),
        leads_to=target,
    )


async def authorize(request: Request) -> Response:
    """Back to the App, with a code or with the refusal."""
    query, asked = request.query_params, await fields_of(request)
    app, target = _asked_by(request)
    state = {"state": query.get("state", "")}
    if asked.get("do") != "allow":
        description = "The user has denied your application access."
        return lead_back(target, {"error": "access_denied", "error_description": description, **state})
    who = _person(request, asked)
    challenge = query.get("code_challenge", "")
    code = github_of(request).authorizations.code_for(app, who, target, challenge)
    return lead_back(target, {"code": code, **state})


async def device_page(request: Request) -> Response:
    field = el(
        "input", name="user_code", value=request.query_params.get("user_code", ""), placeholder="XXXX-XXXX", aria_label="code"
    )
    return page(
        "Device activation",
        el("h1", "Device activation"),
        el("p", "Enter the code that is shown on your device."),
        acting_form("/login/device", people_of(request), [field], [_ALLOW, _DENY]),
    )


async def activate_device(request: Request) -> Response:
    asked = await fields_of(request)
    device = github_of(request).authorizations.device_of(asked.get("user_code", ""))
    if device is None:
        raise Refused(404, "There is no device with this code, or it has expired.")
    device.account, device.allowed = _person(request, asked), asked.get("do") == "allow"
    words = "Your device is connected." if device.allowed else "Your device was refused."
    return page("Device activation", el("h1", words))


def _asked_by(request: Request) -> tuple[App, str]:
    """The App, and where it wants its person back. Raises Refused for an address that it has not registered."""
    app = github_of(request).store.app_of_client(request.query_params.get("client_id", ""))
    if app is None:
        raise not_found()
    target = request.query_params.get("redirect_uri") or next(iter(app.callback_urls), "")
    if not any(_belongs(target, registered) for registered in app.callback_urls):
        raise Refused(400, "The redirect_uri is not associated with this application.")
    return app, target


def _belongs(target: str, registered: str) -> bool:
    """The same host and port, and the same path or one below it; on loopback the port is free.
    https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#redirect-urls"""
    asked, known = urlsplit(target), urlsplit(registered)
    local = asked.hostname in _LOOPBACK and asked.hostname == known.hostname
    host = local or asked.netloc == known.netloc
    path = known.path.rstrip("/")
    below = asked.path.rstrip("/") == path or asked.path.startswith(f"{path}/")
    return asked.scheme == known.scheme and host and below and ".." not in asked.path


def _person(request: Request, asked: dict[str, str]) -> Account:
    who = github_of(request).store.account(asked.get("as", ""))
    if who is None or who.type != "User":
        raise not_found()
    return who
