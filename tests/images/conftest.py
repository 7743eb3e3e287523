"""A workshop as Harvest has it, with local sandboxes or emulated Modal's, and repositories on the emulated GitHub."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from github_app.egress import EgressPolicy
from github_app.github.client import GitHub
from github_app.github.tokens import Tokens
from github_app.identity import OwnIdentity
from github_app.images.workshop import Workshop
from github_app.settings import Settings
from sandbox.local import LocalBackend
from sandbox.protocol import SandboxBackend
from state.database import Database
from state.repository_images import ImageRepository, RepositoryImages
from tests.github_service import GitHubService, running_github
from tests.sandbox.conftest import end_all
from tests.sandbox.modal_backend import Connected, connected, fresh_backend

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


@pytest.fixture(params=["local", "modal"])
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


async def open_workshop_on(backend: SandboxBackend, github: GitHubService, folder: Path) -> AsyncIterator[Workshop]:
    settings = Settings.model_validate(github.env)
    client = GitHub(settings.github_api_url, settings.app_id or "", settings.app_private_key())
    database = await Database.open(f"sqlite:///{folder}/harvest.db")
    egress = EgressPolicy.of(settings, "http://127.0.0.1:1", limitable=backend.limits_egress)
    yield Workshop(settings, client, Tokens(client), OwnIdentity(client), RepositoryImages(database), backend, egress)
    await client.close()
    await database.close()


@pytest.fixture
async def workshop(backend: SandboxBackend, github: GitHubService, tmp_path: Path) -> AsyncIterator[Workshop]:
    """On each backend in turn."""
    async for each in open_workshop_on(backend, github, tmp_path):
        yield each


@pytest.fixture
async def local_workshop(local: SandboxBackend, github: GitHubService, tmp_path: Path) -> AsyncIterator[Workshop]:
    """For what happens on Harvest's side alone."""
    async for each in open_workshop_on(local, github, tmp_path):
        yield each


def repository(github: GitHubService, files: dict[str, str] | None) -> ImageRepository:
    """A new repository with these files beside its README, or without any commit."""
    plain = {path: textwrap.dedent(text).lstrip() for path, text in (files or {}).items()}
    name = github.add_repository(
        f"imaged-{next(numbers)}", files={} if files is None else {"README.md": "# Imaged\n", **plain}
    )
    installation = github.as_app().get(f"/repos/{name}/installation")["id"]
    return ImageRepository(github.maintainer.get(f"/repos/{name}")["id"], installation, name)
