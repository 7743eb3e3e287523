"""The client and GitHub's limits, over HTTP against the emulated GitHub on a clock that runs fast on both sides."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from github_app.github.client import GitHub
from github_app.github.failures import NotNow, RateLimited
from github_app.github.limiter import Limiter
from github_app.github.paces import OwnPaces, Paces, SharedPaces
from github_app.github.pacing import BURST, Urgency
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose, Tokens
from sandbox.secret import Secret
from state.database import Database
from state.pace_rows import PaceRows
from tests.github_service import GitHubService, running_github
from tests.postgres_service import PostgresService, running_postgres
from tests.waiting import PATIENCE_SECONDS, wait_until

SPEED, SLOWLY = 120.0, 20.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    with running_github(tmp_path_factory.mktemp("github"), limits_speed=SPEED) as running:
        yield running


@pytest.fixture
def emulated(service: GitHubService) -> Iterator[GitHubService]:
    service.put_limits_forward(3_600)
    yield service
    assert service.violations() == []


@pytest.fixture
async def thread(emulated: GitHubService) -> AsyncIterator[Thread]:
    """An issue's thread, written to by a client that nobody else uses."""
    github = client_of(emulated, OwnPaces(SPEED))
    yield await new_thread(emulated, github)
    await github.close()


async def new_thread(emulated: GitHubService, github: GitHub) -> Thread:
    found = await github.as_app("GET", f"{emulated.repo_path}/installation")
    repository = emulated.maintainer.get(emulated.repo_path)
    token = await Tokens(github).get(found["id"], repository["id"], Purpose.REPLY)
    number = emulated.maintainer.post(f"{emulated.repo_path}/issues", {"title": "Limits"})["number"]
    return Thread(github, token.value, int(emulated.env["GITHUB_APP_ID"]), emulated.repository, number, urgency=Urgency.END)


def client_of(emulated: GitHubService, paces: Paces) -> GitHub:
    key = Secret(Path(emulated.env["GITHUB_PRIVATE_KEY_PATH"]).read_text())
    return GitHub(emulated.env["GITHUB_API_URL"], emulated.env["GITHUB_APP_ID"], key, paces=paces)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresService]:
    with running_postgres() as server:
        yield server


@pytest.mark.campaign
async def test_two_nodes_on_one_postgres_keep_the_limits_together(tmp_path: Path, postgres: PostgresService) -> None:
    """On a clock so slow that each of them alone would be as quick as the limits are."""
    database = await Database.open(postgres.new_database())
    with running_github(tmp_path, limits_speed=SLOWLY) as emulated:
        nodes = [client_of(emulated, SharedPaces(PaceRows(database), SLOWLY)) for _ in range(2)]
        threads = [await new_thread(emulated, node) for node in nodes]
        before = time.time()
        await asyncio.gather(*(thread.write_comment(f"number {number}") for number in range(45) for thread in threads))
        assert not refused(emulated, before)
        for thread in threads:
            assert sorted(comments(emulated, thread)) == sorted(f"number {number}" for number in range(45))

        emulated.fault("secondary-limit", method="POST", path="*/comments", retry_after=2)
        before = time.time()
        await threads[0].write_comment("first")
        await threads[1].write_comment("the other node's")
        asked = [one for one in emulated.requests(before)["requests"] if one["agent"].startswith("harvest/")]
        assert [one["status"] for one in asked] == [403, 201, 201]
        assert all(one["at"] > asked[0]["at"] + 1 for one in asked[1:]), asked
        assert emulated.violations() == []
        for node in nodes:
            await node.close()
    await database.close()


async def test_a_node_alone_on_postgres_waits_for_nothing_that_it_need_not_wait_for(postgres: PostgresService) -> None:
    database = await Database.open(postgres.new_database())
    limiter, rows = Limiter(SharedPaces(PaceRows(database))), PaceRows(database)
    async with asyncio.timeout(60):  # a burst and reads without number: by the limits' own clock all at once
        for writes in [True] * BURST + [False] * 50:
            async with limiter.turn(7, "a request", writes=writes, urgency=Urgency.END, session="s") as turn:
                turn.answered()
    await limiter.close()
    async with rows.locked(7) as row:
        assert row.content["under_way"] == []
        assert [sum(amount for _, amount in window) for window in row.content["windows"]] == [5 * BURST + 50, 50, BURST, BURST]
    assert await rows.forget(written_before=time.time() - 3_600) == 0
    assert await rows.forget(written_before=time.time() + 3_600) == 1
    await database.close()


def refused(emulated: GitHubService, since: float) -> bool:
    return any(one["status"] == 403 for one in emulated.requests(since)["requests"])


def comments(emulated: GitHubService, thread: Thread) -> list[str]:
    path = f"{emulated.repo_path}/issues/{thread.number}/comments"
    return [one["body"] for page in range(1, 7) for one in emulated.maintainer.get(path, per_page=100, page=page)]


async def test_hundreds_of_writes_at_once_all_come_through_within_the_limits(emulated: GitHubService, thread: Thread) -> None:
    await asyncio.gather(*(thread.write_comment(f"number {number}") for number in range(200)))
    assert sorted(comments(emulated, thread)) == sorted(f"number {number}" for number in range(200))


@pytest.mark.parametrize(
    "rule", [{"fault": "secondary-limit", "retry_after": 2}, {"fault": "primary-limit", "retry_after": 2}]
)
async def test_the_pause_that_github_asks_for_is_kept_by_reads_and_writes(
    emulated: GitHubService, thread: Thread, rule: dict[str, object]
) -> None:
    emulated.control("POST", "faults", {"method": "POST", "path": "*/comments", **rule})
    before = time.time()
    await asyncio.gather(thread.write_comment("first"), *(thread.write_comment(f"later {n}") for n in range(3)))
    await thread.find_comment("nowhere")
    assert len(comments(emulated, thread)) == 4
    asked = [one for one in emulated.requests(before)["requests"] if one["agent"].startswith("harvest/")]
    first = next(one for one in asked if one["status"] == 403)
    # The refused one asked again, and the read; the rest may have set out before the refusal came back.
    assert [one["method"] for one in asked[-2:]] == ["POST", "GET"]
    assert all(one["at"] > first["at"] + 1 for one in asked[-2:]), asked


async def test_a_pause_of_an_hour_is_told_and_nobody_asks_meanwhile(emulated: GitHubService, thread: Thread) -> None:
    emulated.fault("primary-limit", method="POST", path="*/comments", retry_after=1_800)
    with pytest.raises(RateLimited) as told:
        await thread.write_comment("too much")
    assert 1_700 < told.value.wait_seconds <= 1_801
    before = time.time()
    with pytest.raises(RateLimited):
        await thread.find_comment("nowhere")
    assert emulated.requests(before)["requests"] == []


@pytest.mark.further
async def test_progress_is_dropped_while_there_is_something_to_say(emulated: GitHubService, thread: Thread) -> None:
    comment = await thread.write_comment("begun")
    progress = Thread(thread.github, thread.token, thread.app_id, thread.repository, thread.number, urgency=Urgency.PROGRESS)
    emulated.fault("secondary-limit", method="POST", path="*/comments", retry_after=8)
    before = time.time()
    end = asyncio.create_task(thread.write_comment("the end"))
    await asyncio.to_thread(wait_until, lambda: refused(emulated, before), "the refusal")
    async with asyncio.timeout(PATIENCE_SECONDS):
        with suppress(NotNow):  # which it has to be told, once the client knows of the limit
            while True:
                await progress.edit_comment(comment, "begun")
    await end
    assert comments(emulated, thread) == ["begun", "the end"]
