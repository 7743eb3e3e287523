"""What `make campaign ARGS=…` may ask for."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("campaign")
    group.addoption("--campaign-jobs", type=int, default=200, help="how many jobs the campaign of random kills carries out")
    group.addoption("--campaign-seed", type=int, default=None, help="repeat the kills of that seed (default: a new one)")
