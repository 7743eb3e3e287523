"""Fixtures for the tests of vetting and pushing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vet.agent_repository import AgentRepository


@pytest.fixture
def agent(tmp_path: Path) -> AgentRepository:
    return AgentRepository.create(tmp_path)
