"""Local sandboxes for tests, with and without bubblewrap; whatever a test started in them is ended with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.local import LocalBackend
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxSpec
from tests.publish.agent_repository import AgentRepository

WITHOUT, WITH = "unisolated", "bubblewrap"
# For what happens on Harvest's side alone, and is the same whatever the sandbox runs in.
outside_of_the_sandbox = pytest.mark.parametrize("backend", [WITHOUT], indirect=True)
# Nothing here takes a second by itself; the rest is room for a machine under load.


def make_backend(root: Path, isolation: str) -> LocalBackend:
    """A backend of this isolation; skips the test, saying why, where bubblewrap can't run."""
    backend = LocalBackend(root, allow_unisolated=True, bubblewrap="bwrap" if isolation == WITH else None)
    if isolation == WITH and backend.isolation().kind != "bubblewrap":
        pytest.skip(f"no bubblewrap: {backend.isolation().detail}")
    return backend


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where a backend keeps its things."""
    return tmp_path / "sandboxes-of-the-test"


@pytest.fixture(params=[pytest.param(WITHOUT, marks=pytest.mark.further), WITH])
async def backend(root: Path, request: pytest.FixtureRequest) -> AsyncIterator[LocalBackend]:
    """A backend of each isolation in turn."""
    backend = make_backend(root, request.param)
    yield backend
    await end_all(backend)


@pytest.fixture
async def unisolated_backend(root: Path) -> AsyncIterator[LocalBackend]:
    backend = make_backend(root, WITHOUT)
    yield backend
    await end_all(backend)


@pytest.fixture
async def isolated_backend(root: Path) -> AsyncIterator[LocalBackend]:
    backend = make_backend(root, WITH)
    yield backend
    await end_all(backend)


@pytest.fixture
async def sandbox(backend: LocalBackend) -> LocalSandbox:
    """A sandbox of each isolation in turn."""
    return await backend.create(SandboxSpec(name="job-1", session="issue-7"))


@pytest.fixture
async def unisolated(unisolated_backend: LocalBackend) -> LocalSandbox:
    return await unisolated_backend.create(SandboxSpec(name="job-1", session="issue-7"))


@pytest.fixture
async def isolated(isolated_backend: LocalBackend) -> LocalSandbox:
    return await isolated_backend.create(SandboxSpec(name="job-1", session="issue-7"))


async def end_all(backend: LocalBackend) -> None:
    for summary in await backend.list({}):
        await (await backend.attach(summary.id)).terminate()


@pytest.fixture(scope="session")
def fresh_remote(tmp_path_factory: pytest.TempPathFactory) -> AgentRepository:
    return AgentRepository.create(tmp_path_factory.mktemp("remote"))


@pytest.fixture
def remote(fresh_remote: AgentRepository, tmp_path: Path) -> AgentRepository:
    """A repository on a server; its `clone` is somebody else's, who can push."""
    (tmp_path / "remote").mkdir()
    return fresh_remote.copy_to(tmp_path / "remote")
