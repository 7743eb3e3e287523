"""An answer that takes long is begun before it is known, and is the same JSON; one that comes at once is as it was."""

from __future__ import annotations

import asyncio
import json

from starlette.responses import JSONResponse
from starlette.types import Message

from github_app.gateway.tools.held_open import held_open

SCOPE = {"type": "http", "method": "POST", "path": "/", "headers": []}


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def test_one_that_takes_long_begins_with_spaces() -> None:
    sent: list[Message] = []
    two_spaces = asyncio.Event()

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 3:
            two_spaces.set()

    async with held_open(send, 0.01) as patient:
        await two_spaces.wait()
        await JSONResponse({"done": True})(SCOPE, receive, patient)

    assert [message["type"] for message in sent].count("http.response.start") == 1
    assert not [name for name, _ in sent[0]["headers"] if name == b"content-length"]
    body = b"".join(message["body"] for message in sent[1:])
    assert body.startswith(b"  ")
    assert json.loads(body) == {"done": True}
    assert sent[-1].get("more_body", False) is False


async def test_one_that_comes_at_once_is_passed_on_as_it_is() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async with held_open(send) as patient:
        await JSONResponse({"error": "none"}, 406)(SCOPE, receive, patient)

    assert [message.get("status") for message in sent] == [406, None]
    assert (b"content-length", b"16") in sent[0]["headers"]
