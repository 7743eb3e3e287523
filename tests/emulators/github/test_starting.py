from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from pathlib import Path

from tests.emulators.github.git_client import GitClient
from tests.github_service import ROOT, GitHubService, running_github, wait_until
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
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
    assert not folder.exists()


def test_options_set_webhook_events_and_visibility(tmp_path: Path) -> None:
    manifest = tmp_path / "app.yml"
    manifest.write_text("default_permissions: {contents: read, issues: write}\ndefault_events: [issues]\n")
    options = ["--manifest", str(manifest), "--private", "--webhook-url", "http://127.0.0.1:9/x", "--webhook-secret", "s3"]
    with running_github(tmp_path / "root", *options) as github:
        app = github.as_app().get("/app")
        assert (app["permissions"], app["events"]) == ({"contents": "read", "issues": "write", "metadata": "read"}, ["issues"])
        assert github.as_app().get("/app/hook/config")["url"] == "http://127.0.0.1:9/x"
        assert github.env["GITHUB_WEBHOOK_SECRET"] == "s3"
        assert github.maintainer.get(github.repo_path)["private"] is True
        assert github.outsider.send("GET", github.repo_path).status_code == 404


def test_a_webhook_that_takes_too_long_counts_as_failed(tmp_path: Path) -> None:
    with running_github(tmp_path, "--webhook-timeout", "0.2") as github, receiving_webhooks() as hook:
        github.point_hook_at(hook.url)
        hook.held.clear()
        github.maintainer.post(f"{github.repo_path}/issues", {"title": "x"})
        wait_until(lambda: [one for one in github.deliveries() if one["status"] == "timed out"], "the time-out")


def test_the_seeded_repository_is_always_the_same(github: GitHubService, git: GitClient) -> None:
    clone = git.clone(github.repo_path)
    log = git.ok(clone, "log", "--format=%H %an")
    assert log.splitlines()[0] == "fe2b844f648d146c671536218adb1af73eeb5208 Mira Okafor"
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
