"""Fixtures for the tests of vetting and pushing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.publish.agent_repository import AgentRepository


@pytest.fixture(scope="session")
def fresh_agent(tmp_path_factory: pytest.TempPathFactory) -> AgentRepository:
    """Made once; every test gets a copy."""
    return AgentRepository.create(tmp_path_factory.mktemp("agent"))


@pytest.fixture
def agent(fresh_agent: AgentRepository, tmp_path: Path) -> AgentRepository:
    return fresh_agent.copy_to(tmp_path)
