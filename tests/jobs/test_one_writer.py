"""A surface has one writer, whatever the number of nodes, and what GitHub takes nowhere holds nothing else up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from github_app.domain.session_events import Replied, Started, entry_of, event_in
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose, Token
from github_app.jobs.reporting.reporters import Reporters
from github_app.jobs.reporting.session_news import Owed, SessionNews
from github_app.jobs.reporting.story import Story, story_of
from github_app.jobs.reporting.surface import Wanted
from github_app.jobs.reporting.surface_writer import SurfaceWriter
from github_app.jobs.reporting.surfaces import SURFACES
from github_app.jobs.services import Services
from github_app.service.assembly import open_harvest
from github_app.settings.operator import Settings
from state.database import Database
from state.leases import Leases
from state.posts import Post, Posts
from state.session_log import SessionLogs
from tests.asks import an_ask
from tests.github_service import GitHubService, running_github
from tests.jobs.conftest import PATIENCE_SECONDS, OpenHarvest, add_job
from tests.postgres_service import running_postgres


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHubService]:
    with running_github(tmp_path / "github") as service:
        yield service
        assert service.violations() == []


@pytest.fixture
async def nodes(github: GitHubService, tmp_path: Path, recipe: Callable[..., None]) -> AsyncIterator[list[Services]]:
    """Three on one Postgres, of which one has an engine. Jobs of `try/1` have no steps: what they do is the test's."""
    recipe()
    with running_postgres() as postgres:
        settings = Settings.model_validate(
            {
                **github.env,
                "ANTHROPIC_API_KEY": "none",
                "HARVEST_SANDBOX": "local",
                "HARVEST_LOCAL_UNISOLATED": "1",
                "HARVEST_STATE_DIR": str(tmp_path / "state"),
                "HARVEST_DATABASE_URL": postgres.new_database(),
            }
        )
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(open_harvest(settings, "http://127.0.0.1:1"))
            yield [first, *[await another_node(stack, first, f"node {number}") for number in (2, 3)]]


async def another_node(stack: AsyncExitStack, first: Services, name: str) -> Services:
    database = await Database.open(first.settings.state_url())
    stack.push_async_callback(database.close)
    logs = await SessionLogs.open(database)
    stack.push_async_callback(logs.close)
    node = replace(first, database=database, logs=logs, leases=Leases(database, name), posts=Posts(database))
    reporting = asyncio.create_task(Reporters(node).run())

    async def end() -> None:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)

    stack.push_async_callback(end)
    return node


@pytest.mark.further
async def test_of_several_nodes_one_writes_to_a_surface_however_slow_github_is(
    nodes: list[Services], github: GitHubService
) -> None:
    first, *_, last = nodes
    issue = github.maintainer.post(f"{github.repo_path}/issues", {"title": "Slow"})["number"]
    session = await first.sessions.open_session(
        installation_id=github.as_app().get(f"{github.repo_path}/installation")["id"],
        repository_id=github.maintainer.get(github.repo_path)["id"],
        repository=github.repository,
        thread=issue,
        kind="issue",
    )
    github.fault("delay", method="POST", path="/repos/*/issues/*/comments", delay_seconds=2)
    await first.jobs.add(
        "j1",
        session_id=session.id,
        installation_id=session.installation_id,
        kind="issue",
        recipe="try/1",
        ask=an_ask(thread=issue).to_json(),
    )
    await first.jobs.start("j1")
    (number,) = await first.logs.append(session.id, "j1", [entry_of(Started())])
    told: set[str] = set()
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(last.logs.follow(session.id, after=number)) as entries:
        async for entry in entries:
            if isinstance(event := event_in(entry), Replied) and event.up_to == number:
                told.add(event.surface)
            if told == {surface.name for surface in SURFACES}:
                break
    comments = f"/issues/{issue}/comments"
    asked = [(one["method"], one["path"]) for one in github.requests()["requests"] if one["path"].endswith(comments)]
    assert [method for method, _ in asked if method == "POST"] == ["POST"]
    assert len(github.maintainer.get(github.repo_path + comments)) == 1


class Places:
    """A surface of three places, of which GitHub takes nothing at the first."""

    name = "places"

    def __init__(self) -> None:
        self.written: list[str] = []

    def wanted(self, story: Story, posts: Mapping[str, Post]) -> list[Wanted]:
        return [Wanted(place, "job", "said", Urgency.END, {}) for place in ("deleted", "there", "there too")]

    async def create(self, services: Services, thread: Thread, wanted: Wanted) -> int:
        if wanted.place == "deleted":
            raise Refused("POST /replies", "Not Found", 404)
        self.written.append(wanted.place)
        return len(self.written)

    async def find(self, services: Services, story: Story, thread: Thread, wanted: Wanted) -> int | None:
        return None

    async def edit(self, thread: Thread, github_id: int, wanted: Wanted) -> bool:
        return True


class NoTokens:
    async def get(self, installation_id: int, repository_id: int, purpose: Purpose) -> Token:
        return Token(InstallationToken("none", installation_id), 0.0)


async def test_what_is_taken_nowhere_keeps_nothing_else_from_being_said(
    harvest: OpenHarvest, recipe: Callable[..., None]
) -> None:
    recipe()
    async with harvest() as opened:
        await add_job(opened)
        services = replace(opened, tokens=NoTokens())  # type: ignore[arg-type]
        (job,) = await services.jobs.unfinished()
        news, surface = SessionNews(services, job.session_id), Places()
        story_now = partial(story_of, services, job.session_id, news)
        writer, story, owed = (
            SurfaceWriter(services, job.session_id, surface, news, story_now),
            await story_now(),
            Owed(1, "job"),
        )
        await writer.write(story, writer.look(story, owed), owed)
        assert surface.written == ["there", "there too"]
        assert news.told("places") == 1, "that something could not be said is told"
