"""The App with more events than the emulator gives it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.github_service import GitHubService


@contextmanager
def subscribed(github: GitHubService, *events: str) -> Iterator[None]:
    """The installation on the first repository's account gets these events as well, for the length of the block."""
    found = github.as_app().get(f"{github.repo_path}/installation")
    path = f"installations/{found['id']}"
    github.control("PATCH", path, {"events": [*found["events"], *events]})
    yield
    github.control("PATCH", path, {"events": found["events"]})
