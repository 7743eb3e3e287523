"""A image_builder as Harvest has it, with local sandboxes or emulated Modal's, and repositories on the emulated GitHub."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from github_app.gateway.tools.servers import Servers
from github_app.github.client import GitHub
from github_app.github.identity import OwnIdentity
from github_app.github.repository_settings import SettingsFiles
from github_app.github.roles import Roles
from github_app.github.tokens import Tokens
from github_app.images.builder import ImageBuilder
from github_app.jobs.services import Services
from github_app.settings.operator import Settings
from sandbox.local import LocalBackend
from sandbox.protocol import SandboxBackend
from state.artifacts import artifacts_of
from state.bot_asks import BotAsks
from state.budgets import JobBudgets
from state.children import Children
from state.costs import Costs
from state.engine import Engine
from state.evidence_ledger import EvidenceLedger
from state.findings import Findings
from state.inbox import Inbox
from state.issue_notes import IssueNotes
from state.job_issues import JobIssues
from state.job_steps import JobSteps
from state.job_tools import JobTools
from state.jobs import Jobs
from state.leases import Leases
from state.marks import Marks
from state.memory import Memory
from state.own_words import OwnWords
from state.posts import Posts
from state.questions import Questions
from state.repository_images import ImageRepository, RepositoryImages
from state.sandbox_times import SandboxTimes
from state.session_log import SessionLogs
from state.sessions import Sessions
from state.standbys import Standbys
from state.usage import UsageLedger
from state.warm_sandboxes import WarmSandboxes
from state.watches import Watches
from tests.asks import an_ask
from tests.github_service import GitHubService, running_github
from tests.sandbox.conftest import end_all
from tests.sandbox.modal_backend import Connected, connected, fresh_backend
from tests.sqlite_file import open_sqlite

__all__ = ["connected"]  # a fixture

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def github_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    with running_github(tmp_path_factory.mktemp("github")) as service:
        yield service


@pytest.fixture
def github(github_of_the_session: GitHubService) -> Iterator[GitHubService]:
    yield github_of_the_session
    assert github_of_the_session.violations() == []


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[SandboxBackend]:
    backend = LocalBackend(tmp_path / "sandboxes", allow_unisolated=True)  # in bubblewrap where there is one
    yield backend
    await end_all(backend)


@pytest.fixture(params=["local", pytest.param("modal", marks=pytest.mark.campaign)])
def on(request: pytest.FixtureRequest) -> Connected | None:
    """The emulated Modal that the test's sandboxes are on, or None for local ones."""
    return request.getfixturevalue("connected") if request.param == "modal" else None


@pytest.fixture
async def backend(on: Connected | None, tmp_path: Path) -> AsyncIterator[SandboxBackend]:
    """Each in turn."""
    if on is not None:
        async with fresh_backend(on) as modal:
            yield modal
        return
    local = LocalBackend(tmp_path / "sandboxes", allow_unisolated=True)
    yield local
    await end_all(local)


@asynccontextmanager
async def services_on(backend: SandboxBackend, github: GitHubService, folder: Path) -> AsyncIterator[Services]:
    """A Harvest whose engine and inbox rest, with the schedule of images switched on: the tests take its looks and steps."""
    settings = Settings.model_validate({**github.env, "HARVEST_STATE_DIR": str(folder), "HARVEST_IMAGE_MINUTES": "30"})
    client = GitHub(settings.github_api_url, settings.app_id or "", settings.app_private_key())
    database = await open_sqlite(folder)
    yield Services(
        settings=settings,
        github=client,
        tokens=(tokens := Tokens(client)),
        identity=OwnIdentity(client),
        roles=Roles(client),
        settings_files=SettingsFiles(client, tokens, own_words := OwnWords(database)),
        own_words=own_words,
        database=database,
        inbox=Inbox(database),
        marks=Marks(database),
        sessions=Sessions(database),
        logs=SessionLogs(database),
        posts=Posts(database),
        jobs=Jobs(database),
        findings=Findings(database),
        bot_asks=BotAsks(database),
        watches=Watches(database),
        memory=Memory(database),
        questions=Questions(database),
        children=Children(database),
        job_steps=JobSteps(database),
        job_tools=JobTools(database),
        job_issues=JobIssues(database),
        issue_notes=IssueNotes(database),
        evidence=EvidenceLedger(database),
        tool_servers=Servers({}, {}),
        usage=UsageLedger(database),
        costs=Costs(database),
        budgets=JobBudgets(database),
        sandbox_times=SandboxTimes(database),
        engine=Engine(database, installation_cap=1, total_cap=1),
        leases=Leases(database, "harvest"),
        artifacts=artifacts_of(database, folder),
        images=RepositoryImages(database),
        warm=WarmSandboxes(database),
        standbys=Standbys(database),
        backend=backend,
        service_url="http://127.0.0.1:1",
    )
    await client.close()
    await database.close()


@pytest.fixture
async def services(backend: SandboxBackend, github: GitHubService, tmp_path: Path) -> AsyncIterator[Services]:
    """On each backend in turn."""
    async with services_on(backend, github, tmp_path) as services:
        yield services


@pytest.fixture
def image_builder(services: Services) -> ImageBuilder:
    """On each backend in turn."""
    return ImageBuilder.of(services)


@pytest.fixture
async def local_services(local: SandboxBackend, github: GitHubService, tmp_path: Path) -> AsyncIterator[Services]:
    """For what happens on Harvest's side alone, and is the same whatever the sandboxes run in."""
    async with services_on(local, github, tmp_path) as services:
        yield services


@pytest.fixture
def local_image_builder(local_services: Services) -> ImageBuilder:
    return ImageBuilder.of(local_services)


async def had_a_job(services: Services, imaged: ImageRepository, job_id: str = "job-1", *, thread: int = 1) -> None:
    """Somebody asks for a job on that repository."""
    session = await services.sessions.open_session(
        installation_id=imaged.installation_id, repository_id=imaged.id, repository=imaged.name, thread=thread, kind="issue"
    )
    await services.jobs.add(
        job_id,
        session_id=session.id,
        installation_id=imaged.installation_id,
        kind="issue",
        recipe="change/1",
        ask=an_ask().to_json(),
    )


def repository(github: GitHubService, files: dict[str, str] | None) -> ImageRepository:
    """A new repository with these files beside its README, or without any commit."""
    plain = {path: textwrap.dedent(text).lstrip() for path, text in (files or {}).items()}
    name = github.add_repository(
        f"imaged-{next(numbers)}", files={} if files is None else {"README.md": "# Imaged\n", **plain}
    )
    installation = github.as_app().get(f"/repos/{name}/installation")["id"]
    return ImageRepository(github.maintainer.get(f"/repos/{name}")["id"], installation, name)
