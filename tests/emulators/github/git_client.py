"""Real git as a client: with a clean home, and the token in a header and never in a URL."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

from tests.github_service import Person


class GitClient:
    def __init__(self, url: str, home: Path) -> None:
        self.url = url
        self.home = home
        self._clones = 0

    def run(self, folder: Path, *arguments: str, who: Person | None = None) -> subprocess.CompletedProcess[str]:
        """One git command, whatever its outcome; what it says is in English."""
        config = {"user.name": "Somebody", "user.email": "somebody@example.com", "init.defaultBranch": "main"}
        if who:
            basic = base64.b64encode(f"x-access-token:{who.token}".encode()).decode()
            config["http.extraHeader"] = f"Authorization: Basic {basic}"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": str(len(config)),
        }
        for number, (key, value) in enumerate(config.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)

    def ok(self, folder: Path, *arguments: str, who: Person | None = None) -> str:
        done = self.run(folder, *arguments, who=who)
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def address(self, repo: str) -> str:
        """Where to clone `/repos/owner/name` from."""
        return f"{self.url}/{repo.removeprefix('/repos/')}.git"

    def clone(self, repo: str, *options: str, who: Person | None = None) -> Path:
        self._clones += 1
        folder = self.home / f"clone-{self._clones}"
        self.ok(self.home, "clone", "--quiet", *options, self.address(repo), str(folder), who=who)
        return folder

    def commit(self, folder: Path, files: dict[str, str], message: str = "Change") -> str:
        """Write the files and commit them; gives the SHA."""
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        self.ok(folder, "add", "--all")
        self.ok(folder, "commit", "--quiet", "--message", message)
        return self.ok(folder, "rev-parse", "HEAD")
