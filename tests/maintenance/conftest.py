"""A Harvest whose inbox nobody empties, on a GitHub of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from github_app.jobs.services import Services
from github_app.service.assembly import open_harvest
from github_app.settings.operator import Settings
from tests.github_service import GitHubService, running_github


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHubService]:
    with running_github(tmp_path / "github") as service:
        yield service
        assert service.violations() == []


@pytest.fixture
async def services(github: GitHubService, tmp_path: Path) -> AsyncIterator[Services]:
    """A Harvest whose inbox nobody empties, so that what was queued can be looked at."""
    settings = Settings.model_validate(
        {
            **github.env,
            "HARVEST_SANDBOX": "local",
            "HARVEST_LOCAL_UNISOLATED": "1",
            "HARVEST_STATE_DIR": str(tmp_path / "state"),
            "ANTHROPIC_API_KEY": "none",
        }
    )
    async with open_harvest(settings, "http://127.0.0.1:1") as services:
        yield services
