from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.github.git_client import GitClient
from tests.github_service import ROOT, GitHubService, running_github
from tests.waiting import wait_until
from tests.webhook_receiver import receiving_webhooks


def test_the_ready_line_names_all_that_harvest_needs(github: GitHubService) -> None:
    assert set(github.env) == {
        "GITHUB_API_URL",
        "GITHUB_SERVER_URL",
        "GITHUB_APP_ID",
        "GITHUB_PRIVATE_KEY_PATH",
        "GITHUB_WEBHOOK_SECRET",
    }
    key = Path(github.env["GITHUB_PRIVATE_KEY_PATH"])
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert github.env["GITHUB_API_URL"].startswith(github.url)
    assert github.maintainer.get("/user")["login"] == github.maintainer.login


def test_sigterm_ends_it_cleanly_and_takes_its_folder_along() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "emulators.github"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    with process.stdout, process.stderr:
        folder = Path(json.loads(process.stdout.readline())["env"]["GITHUB_PRIVATE_KEY_PATH"]).parent
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
    assert not folder.exists()


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    """Started with a manifest and other options."""
    folder = tmp_path_factory.mktemp("configured")
    manifest = folder / "app.yml"
    manifest.write_text("default_permissions: {contents: read, issues: write}\ndefault_events: [issues]\n")
    webhook = ["--webhook-url", "http://127.0.0.1:9/x", "--webhook-secret", "s3", "--webhook-timeout", "0.2"]
    with running_github(folder / "root", "--manifest", str(manifest), "--private", *webhook) as service:
        yield service


def test_options_set_the_app_its_webhook_and_who_sees_the_repository(configured: GitHubService) -> None:
    app = configured.as_app().get("/app")
    assert (app["permissions"], app["events"]) == ({"contents": "read", "issues": "write", "metadata": "read"}, ["issues"])
    assert configured.as_app().get("/app/hook/config")["url"] == "http://127.0.0.1:9/x"
    assert configured.env["GITHUB_WEBHOOK_SECRET"] == "s3"
    assert configured.maintainer.get(configured.repo_path)["private"] is True
    assert configured.outsider.send("GET", configured.repo_path).status_code == 404


def test_a_webhook_that_takes_too_long_counts_as_failed(configured: GitHubService) -> None:
    with receiving_webhooks() as hook:
        configured.point_hook_at(hook.url)
        hook.held.clear()
        configured.maintainer.post(f"{configured.repo_path}/issues", {"title": "x"})
        wait_until(lambda: [one for one in configured.deliveries() if one["status"] == "timed out"], "the time-out")


def test_what_the_app_does_not_subscribe_to_is_not_sent(configured: GitHubService) -> None:
    with receiving_webhooks() as hook:
        configured.point_hook_at(hook.url)
        number = configured.maintainer.post(f"{configured.repo_path}/issues", {"title": "x"})["number"]
        configured.maintainer.post(f"{configured.repo_path}/issues/{number}/comments", {"body": "x"})
        configured.maintainer.patch(f"{configured.repo_path}/issues/{number}", {"state": "closed"})
        wait_until(lambda: hook.of("issues", "closed"), "the last event")
        assert {one.event for one in hook.received} == {"issues"}


def test_the_seeded_repository_is_always_the_same(github: GitHubService, git: GitClient) -> None:
    clone = git.clone(github.repo_path)
    log = git.ok(clone, "log", "--format=%H %an")
    assert log.splitlines()[0] == "c7b41414fb956e0847840ec6a760edb10998e1f5 Mira Okafor"
    assert len(log.splitlines()) == 5
    assert (clone / "CLAUDE.md").exists()


def test_the_seeded_bug_is_real_and_one_line_mends_it(github: GitHubService, git: GitClient) -> None:
    clone = git.clone(github.repo_path)

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *arguments], cwd=clone, capture_output=True, text=True, check=False)

    show = ("-c", "from timespan import format_span; print(format_span(119.6), '/', format_span(3599.7))")
    assert python("-m", "unittest").returncode == 0
    assert python(*show).stdout == "1m 60s / 59m 60s\n"

    source = clone / "timespan" / "formatting.py"
    source.write_text(source.read_text().replace("rest = seconds\n", "rest = round(seconds)\n"))

    assert python(*show).stdout == "2m / 1h\n"
    assert python("-m", "unittest").returncode == 0
