"""What the App's owner does in its settings, and what the owner of an account answers to it."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from emulators.github.asking_for_more import accept, ask_for
from emulators.github.control.asking import asked_as, github_of
from emulators.github.control.world import installation_of


class AppChange(msgspec.Struct, forbid_unknown_fields=True):
    """`permissions` and `events` replace those that the App asks for."""

    permissions: dict[str, Literal["read", "write", "admin"]] | None = None
    events: list[str] | None = None


async def change_app(request: Request) -> Response:
    """Ask for other permissions or events. Nothing is gained before it is accepted."""
    github, asked = github_of(request), await asked_as(request, AppChange)
    app = github.store.app
    ask_for(github, app, dict(app.permissions if asked.permissions is None else asked.permissions), asked.events)
    return Response(status_code=204)


async def accept_permissions(request: Request) -> Response:
    """The account's owner accepts what the App asks for by now."""
    github = github_of(request)
    accept(github, installation_of(request), github.store.app.owner)
    return Response(status_code=204)
