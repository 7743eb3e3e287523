"""Puts the parts on one address: the API at `/api/v3` and `/api/graphql`, git and the pages at the root, the control at
`/_emulator`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Scope

from emulators.github.actions.triggers import Triggers
from emulators.github.auto_merging import AutoMerging
from emulators.github.control.routes import control_routes
from emulators.github.errors import Refused
from emulators.github.git_http import GitHttp
from emulators.github.graphql.api import GraphQLApi
from emulators.github.pages.routes import page_routes
from emulators.github.recording import Recorded
from emulators.github.rest.api import RestApi
from emulators.github.service import GitHub


class _GitPath(Convertor[str]):
    """The paths of git's smart protocol."""

    regex = "info/refs|git-upload-pack|git-receive-pack"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("git_path", _GitPath())

# Where GitHub Enterprise Server has its API, on the same address as everything else.
API_PREFIX = "/api/v3"
GRAPHQL_PATH = "/api/graphql"


def make_app(
    github: GitHub,
    refuse_connections: Callable[[float, Scope], Awaitable[None]],
    on_ready: Callable[[], None],
) -> Starlette:
    """The whole emulator as one ASGI app. `on_ready` is called once, when it can answer."""
    api = Recorded(RestApi(github, API_PREFIX), github, "rest", API_PREFIX)
    graphql = Recorded(GraphQLApi(github), github, "rest", "/api")
    git = Recorded(GitHttp(github), github, "git")
    git_methods = ["GET", "POST"]
    app = Starlette(
        routes=[
            Mount(API_PREFIX, api),
            Route(GRAPHQL_PATH, graphql, methods=["POST"]),
            *control_routes(),
            Route("/_actions/downloads/{key}", _download),
            # Git adds its own paths to whatever it was told to clone, with `.git` or without.
            Route("/{owner}/{repo}.git/{rest:path}", git, methods=git_methods),
            Route("/{owner}/{repo}/{rest:git_path}", git, methods=git_methods),
            *page_routes(),
        ],
        lifespan=_lifespan(github, on_ready),
        exception_handlers={404: _no_such_route, 405: _no_such_route},
    )
    app.state.github = github
    app.state.refuse_connections = refuse_connections
    return app


async def _download(request: Request) -> Response:
    """A log or an artifact, whoever asks: the link is the key to it."""
    github: GitHub = request.app.state.github
    found = github.downloads.take(request.path_params["key"])
    if found is None:
        return JSONResponse({"message": "The link has expired."}, 403)
    headers = {"content-disposition": f'attachment; filename="{quote(found.name)}"'}
    return Response(found.content, headers=headers, media_type=found.media_type)


async def _no_such_route(request: Request, reason: Exception) -> Response:
    """Neither the API, nor git, nor a page: a client has a wrong idea of where something is."""
    github: GitHub = request.app.state.github
    name = f"{request.method} {request.url.path}"
    github.violations.record("unknown-route", name, ["nothing of this address and method is emulated"])
    status = reason.status_code if isinstance(reason, HTTPException) else 404
    return JSONResponse(Refused(status, "Not Found").body(), status)


def _lifespan(
    github: GitHub, on_ready: Callable[[], None]
) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        github.webhooks.start()
        github.announce.followers += [
            Triggers(github).follow,
            AutoMerging(github).follow,
        ]
        on_ready()
        try:
            yield
        finally:
            await github.background.stop()
            await github.webhooks.stop()

    return running
