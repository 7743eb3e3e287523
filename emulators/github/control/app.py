"""What the App's owner does in its settings, and what the owner of an account answers to it."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from emulators.github.asking_for_more import accept, ask_for
from emulators.github.control.asking import account_named, asked_as, github_of
from emulators.github.control.world import installation_of
from emulators.github.shapes.accounts import simple_user


class AppChange(msgspec.Struct, forbid_unknown_fields=True):
    """`permissions` and `events` replace those that the App asks for, `callback_urls` those that people are sent back to."""

    permissions: dict[str, Literal["read", "write", "admin"]] | None = None
    events: list[str] | None = None
    callback_urls: list[str] | None = None
    setup_url: str | None = None


async def change_app(request: Request) -> Response:
    """Ask for other permissions or events. Nothing is gained before it is accepted."""
    github, asked = github_of(request), await asked_as(request, AppChange)
    app = github.store.app
    app.callback_urls = app.callback_urls if asked.callback_urls is None else asked.callback_urls
    app.setup_url = app.setup_url if asked.setup_url is None else asked.setup_url
    ask_for(github, app, dict(app.permissions if asked.permissions is None else asked.permissions), asked.events)
    return Response(status_code=204)


async def accept_permissions(request: Request) -> Response:
    """The account's owner accepts what the App asks for by now."""
    github = github_of(request)
    accept(github, installation_of(request), github.store.app.owner)
    return Response(status_code=204)


async def revoke_authorization(request: Request) -> Response:
    """A person takes back, in their settings, what they have allowed the App."""
    github = github_of(request)
    account = account_named(github, request.path_params["login"])
    github.authorizations.revoke(github.store.app, account)
    payload = {"action": "revoked", "sender": simple_user(github.at, account)}
    github.webhooks.send("github_app_authorization", payload, github.store.app)
    return Response(status_code=204)
