"""One emulator for all of these tests, a repository of its own for each, and no violations at the end of any."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.emulators.github.git_client import GitClient
from tests.github_service import GitHubService, running_github
from tests.webhook_receiver import WebhookReceiver, receiving_webhooks

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    with running_github(tmp_path_factory.mktemp("github"), "--run-workflows") as service:
        yield service


@pytest.fixture
def github(running: GitHubService) -> Iterator[GitHubService]:
    """The emulator, without faults or hook, and held to what GitHub would have accepted and said."""
    running.control("DELETE", "faults")
    running.put_limits_forward(3_600)
    running.forget_violations()
    yield running
    running.point_hook_at("")
    assert running.violations() == []


@pytest.fixture
def repo(github: GitHubService) -> str:
    """`/repos/owner/name` of a new public repository with a file; the maintainer maintains it, the reader reads it."""
    roles = {github.maintainer.login: "maintain", github.reader.login: "read"}
    files = {"README.md": "# Hello\n", "src/hello.py": 'print("hello")\n'}
    return f"/repos/{github.add_repository(f'repo-{next(_numbers)}', files=files, roles=roles)}"


@pytest.fixture
def hook(github: GitHubService) -> Iterator[WebhookReceiver]:
    """Receives the App's webhooks."""
    with receiving_webhooks() as receiver:
        github.point_hook_at(receiver.url)
        yield receiver
        github.point_hook_at("")


@pytest.fixture
def git(github: GitHubService, tmp_path_factory: pytest.TempPathFactory) -> GitClient:
    """Real git with a home of its own."""
    return GitClient(github.url, tmp_path_factory.mktemp("git"))
