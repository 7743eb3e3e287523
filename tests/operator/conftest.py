"""A GitHub that the operator's commands are pointed at."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github_service import GitHubService, running_github
from tests.operator.command_line import MANIFEST


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    with running_github(tmp_path_factory.mktemp("github"), "--manifest", str(MANIFEST)) as service:
        yield service


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, for a socket's path has to fit in it, and outside of what pytest's own processes name."""
    with tempfile.TemporaryDirectory(prefix="demo-test-") as folder:
        yield Path(folder)
