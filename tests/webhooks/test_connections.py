"""Callers who say nothing, or only half of it, are let go, and nobody has to wait for them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from github_app.commands.refused_askers import RefusedAskers
from github_app.operator.cli.serve import answer_requests
from github_app.service import connections
from github_app.service.listening import listen
from github_app.webhooks import bodies
from github_app.webhooks.door import WebhookDoor
from github_app.webhooks.triggers import Triggers
from sandbox.secret import Secret
from state.inbox import Inbox
from state.sessions import Sessions
from state.watches import Watches
from tests.sqlite_file import open_sqlite

SECRET = "the webhook's secret"
PATIENCE_SECONDS = 60
Address = tuple[str, int]
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def release() -> asyncio.Event:
    """Until it is set, `GET /slow` is not answered."""
    return asyncio.Event()


@pytest.fixture
async def address(tmp_path: Path, release: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Address]:
    """The door under the server that `harvest serve` runs, with time limits that no test comes to by itself."""
    for module, name in ((connections, "HEAD_SECONDS"), (connections, "REQUEST_SECONDS"), (bodies, "BODY_SECONDS")):
        monkeypatch.setattr(module, name, PATIENCE_SECONDS)
    monkeypatch.setattr(connections, "SWEEP_SECONDS", 0.05)

    async def slow(_request: Request) -> Response:
        await release.wait()
        return Response(b"at last")

    database = await open_sqlite(tmp_path)
    inbox = await Inbox.open(database)
    door = WebhookDoor(
        inbox,
        (Secret(SECRET),),
        lambda _: Triggers("harvest", "/harvest", 1),
        RefusedAskers(),
        Watches(database),
        Sessions(database),
    )
    app = Starlette(routes=[Route("/webhooks/github", door.receive, methods=["POST"]), Route("/slow", slow)])
    listening = listen("127.0.0.1", 0)
    serving = asyncio.create_task(answer_requests(listening, app))
    host, port = listening.getsockname()[:2]
    yield host, port
    release.set()
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving
    await inbox.close()
    await database.close()


async def say(address: Address, words: bytes) -> Stream:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(words)
    await writer.drain()
    return reader, writer


async def until_cut(stream: Stream) -> bytes:
    """What was answered before the other side let go."""
    reader, writer = stream
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def status(stream: Stream) -> bytes:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return (await stream[0].readline()).split()[1]


def delivery(body: bytes, *, of: int | None = None, signature: str | None = None) -> bytes:
    """A webhook's head and the body's beginning; `of` is the declared length if there is more to come."""
    right = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = [
        "POST /webhooks/github HTTP/1.1",
        "Host: here",
        "X-GitHub-Event: ping",
        "X-GitHub-Delivery: from-the-test",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if of is None else of}",
        f"X-Hub-Signature-256: {signature or right}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


@pytest.mark.parametrize("words", [b"", b"GET /slow HT", b"GET /slow HTTP/1.1\r\nHost: here\r\n"])
async def test_half_a_head_is_waited_for_so_long_and_no_longer(
    address: Address, words: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    assert await until_cut(await say(address, words)) == b""


async def test_a_body_that_does_not_go_on_is_waited_for_so_long_and_no_longer(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.4)
    assert await until_cut(await say(address, delivery(b"{", of=100))) == b""


async def test_a_head_without_end_is_not_read(address: Address) -> None:
    endless = b"GET /slow HTTP/1.1\r\nX-Padding: " + b"x" * (connections.MAX_HEAD_BYTES + 1)
    assert await until_cut(await say(address, endless)) == b""


async def test_a_request_that_is_there_is_answered_however_long_it_takes(
    address: Address, release: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1)
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 1)
    asked = await say(address, b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n")
    for _ in range(2):
        await until_cut(await say(address, b"GET /half"))
    release.set()
    assert await status(asked) == b"200"


async def test_when_connections_run_out_who_has_kept_us_waiting_longest_makes_way(
    address: Address, release: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 3)
    asked = await say(address, b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n")
    silent = [await say(address, b"GET /half") for _ in range(5)]
    for stream in silent[:3]:
        assert await until_cut(stream) == b""
    assert await status(await say(address, delivery(b"{}"))) == b"202"
    release.set()
    assert await status(asked) == b"200"
    for _, writer in silent:
        writer.close()


async def test_a_slow_large_body_makes_way_for_another(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BUDGET_BYTES", 500_000)
    monkeypatch.setattr(bodies, "SLOW_SECONDS", 0)
    slow = await say(address, delivery(b"{" + b" " * 400_000, of=500_000, signature="sha256=" + "0" * 64))
    large = json.dumps({"zen": "x" * 400_000}).encode()
    assert await status(await say(address, delivery(large))) == b"202"
    assert await status(slow) == b"503"


async def test_without_room_a_large_body_is_told_to_come_again_and_a_small_one_is_taken(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BUDGET_BYTES", 100_000)
    large = json.dumps({"zen": "x" * 400_000}).encode()
    assert await status(await say(address, delivery(large))) == b"503"
    assert await status(await say(address, delivery(b"{}"))) == b"202"


async def test_a_body_that_takes_longer_than_github_would_wait_is_refused(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    assert await status(await say(address, delivery(b"{", of=100))) == b"400"
