"""The door's benchmark in a tiny configuration: what it sends is accepted, what it hears is counted and put into a table."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from benchmarks.door.load import is_whole
from benchmarks.door.measure import (
    ACCEPTED,
    ASKS,
    BARE,
    CHATS,
    IGNORED,
    ROOT,
    SECRET,
    DoorFigures,
    Figure,
    Loads,
    Server,
    best,
    in_rounds,
    port_in,
)
from benchmarks.door.payloads import SIZES, Deliveries
from benchmarks.table import BEGIN, END, door_tables, put_into
from github_app.operator.demo.processes import running
from github_app.webhooks.signature import signature_is_valid
from sandbox.secret import Secret

TINY = Loads({"8 KB": 8_000}, connections=(2,), burst=20, seconds=0.05, rounds=1)


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[dict[str, Server]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    async with AsyncExitStack() as stack:
        found = {}
        for name, which, comment in ((BARE, "bare", CHATS), (ACCEPTED, "inbox", ASKS)):
            starting = running("benchmarks.door.server", which, SECRET, str(tmp_path), env=environment, folder=tmp_path)
            ready = await stack.enter_async_context(starting)
            found[name] = Server(ready.process.pid, port_in(ready.line), SECRET, comment)
        yield found


@pytest.mark.campaign
async def test_each_server_answers_every_delivery_of_every_load(servers: dict[str, Server]) -> None:
    heard = await in_rounds(servers, 8_000, TINY)

    assert list(heard) == ["2 connections", "burst of 20"]
    for by_server in heard.values():
        for (one,) in by_server.values():
            assert one.statuses == {"202": one.answers}
    for (one,) in heard["burst of 20"].values():
        assert one.answers == 20
    assert best(heard["2 connections"][BARE]).per_second > 0


@pytest.mark.parametrize("size", SIZES.values())
def test_a_delivery_is_signed_of_its_size_and_like_no_other(size: int) -> None:
    deliveries = Deliveries(size=size, comment=ASKS, path="/webhooks/github", secret=SECRET)
    bodies = []
    for number in (1, 2):
        head, _, body = deliveries.request(number).partition(b"\r\n\r\n")
        signature = head.rpartition(b": ")[2]
        assert signature_is_valid(body, signature, [Secret(SECRET)])
        assert f"content-length: {len(body)}".encode() in head
        assert abs(len(body) - size) < size * 0.05
        bodies.append(json.loads(body))
    assert bodies[0]["comment"]["id"] != bodies[1]["comment"]["id"]


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\no", False),
        (b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", True),
        (b"HTTP/1.1 202 Accepted\r\nContent-Len", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nok\n\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nok\n\r\n", False),
    ],
)
def test_an_answer_is_whole_at_its_end_and_not_before(answer: bytes, whole: bool) -> None:
    assert is_whole(answer) is whole


def test_a_target_that_is_missed_stands_in_the_table_as_missed(tmp_path: Path) -> None:
    def figure(per_second: float) -> Figure:
        return Figure(per_second, 1.0, 2.0, 0.1)

    figures = {BARE: figure(1000), IGNORED: figure(900), ACCEPTED: figure(300)}
    said = door_tables(DoorFigures({"8 KB": {"32 connections": figures}}, 0.3, "there is no node on PATH"))
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter")
    put_into(page, said)

    assert "900/s · 0.90× ✓" in said
    assert "300/s · 0.30× ✗" in said
    assert "Probot was left out: there is no node on PATH." in said
    assert page.read_text() == f"before\n{BEGIN}\n\n{said}\n\n{END}\nafter"
