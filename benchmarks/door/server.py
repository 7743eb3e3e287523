"""`python -m benchmarks.door.server bare|inbox`: what is measured beside the whole service, under the very same server.

`bare` is the least that any receiver does: read the body, verify its signature, parse it. `inbox` is Harvest's own door and
inbox, without anything behind them that would handle what was stored.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from github_app.commands.refused_askers import RefusedAskers
from github_app.operator.cli.serve import answer_requests
from github_app.service.listening import listen
from github_app.webhooks.door import WebhookDoor
from github_app.webhooks.triggers import Triggers
from sandbox.secret import Secret
from state.database import Database
from state.inbox import Inbox
from state.sessions import Sessions
from state.watches import Watches

PATH = "/webhooks/github"


def bare(secret: str) -> Starlette:
    key = secret.encode()

    async def receive(request: Request) -> Response:
        body = await request.body()
        right = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right.encode(), request.headers.get("x-hub-signature-256", "").encode()):
            return Response(status_code=401)
        json.loads(body)
        return Response(b"ok", 202)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


async def serve_bare(secret: str) -> None:
    await answer_requests(listen("127.0.0.1", 0), bare(secret))


async def serve_inbox(secret: str, folder: Path) -> None:
    database = await Database.open(f"sqlite:///{folder / 'door.db'}")
    inbox = await Inbox.open(database)
    door = WebhookDoor(
        inbox,
        (Secret(secret),),
        lambda _: Triggers("harvest", "/harvest", 1),
        RefusedAskers(),
        Watches(database),
        Sessions(database),
    )
    try:
        await answer_requests(listen("127.0.0.1", 0), Starlette(routes=[Route(PATH, door.receive, methods=["POST"])]))
    finally:
        await inbox.close()
        await database.close()


def main() -> None:
    """`python -m benchmarks.door.server <which> <secret> <folder>`"""
    which, secret, folder = sys.argv[1:]
    asyncio.run(serve_bare(secret) if which == "bare" else serve_inbox(secret, Path(folder)))


if __name__ == "__main__":
    main()
