"""What holds for all tests, and what `make campaign ARGS=…` may ask for."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.module_process import fork_from_now_on

# How long an example takes says something about the machine and what else it does, and nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

fork_from_now_on()

# What is tested there is what the other tests stand on: it changes seldom, and whatever it breaks shows in those as well.
EMULATORS = Path(__file__).parent / "emulators"

# The folders whose files have whole scenes, or wait for locks and time-outs.
SLOW = {"service", "webhooks"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("campaign")
    group.addoption("--campaign-jobs", type=int, default=200, help="how many jobs the campaign of random kills carries out")
    group.addoption("--campaign-seed", type=int, default=None, help="repeat the kills of that seed (default: a new one)")


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """Thousands of tests and what they import stay to the end: they are looked through for garbage once and not a thousand
    times."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest first: one of them begun at the end would be waited for by all other workers."""
    items.sort(key=lambda item: item.path.parent.name not in SLOW)
    for item in items:
        if EMULATORS in item.path.parents:
            item.add_marker(pytest.mark.further)
