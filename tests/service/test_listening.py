"""Where the service listens, as who connects finds it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from github_app.service.listening import listen, url_of
from github_app.settings.operator import SettingsError


async def test_an_answer_in_two_parts_does_not_wait_for_the_first_to_be_acknowledged() -> None:
    accepted: asyncio.Queue[socket.socket] = asyncio.Queue()

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.put_nowait(writer.get_extra_info("socket"))

    bound = listen("127.0.0.1", 0)
    async with await asyncio.start_server(take, sock=bound):
        _, writer = await asyncio.open_connection(*bound.getsockname())
        connection = await accepted.get()
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()


def test_an_address_that_is_taken_is_named_with_what_to_set() -> None:
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        assert url_of(bound) == f"http://127.0.0.1:{port}"
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port}.*HARVEST_PORT"):
            listen("127.0.0.1", port)
