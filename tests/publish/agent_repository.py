"""Builds, for the tests of vetting, a repository on a server, the agent's clone of it, and the bundle that comes out."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from github_app.publish.vet.authorship import CoAuthors
from github_app.publish.vet.clean_git import Remote
from github_app.publish.vet.rules import Policy
from github_app.publish.vet.vetting import VetSpec
from sandbox.bundle import BUNDLE_REF
from sandbox.git import Identity
from sandbox.secret import Secret

HARVEST = Identity("Claude (Harvest)", "harvest[bot]@users.noreply.github.com")
LATEST = 1_800_000_000

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "agent",
    "GIT_AUTHOR_EMAIL": "agent@example.com",
    "GIT_COMMITTER_NAME": "agent",
    "GIT_COMMITTER_EMAIL": "agent@example.com",
    "GIT_AUTHOR_DATE": "1700000100 +0200",
    "GIT_COMMITTER_DATE": "1700000100 +0200",
}


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git there and give what it printed."""
    command = ["git", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, cwd=folder, env=_ENVIRONMENT, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, f"git {arguments} said {done.stderr.decode()}"
    return done.stdout.decode().strip()


@dataclass
class AgentRepository:
    """`server` is what GitHub has; `clone` is the agent's. The agent begins at `start`."""

    root: Path
    server: Path
    clone: Path
    start: str
    known: tuple[Secret, ...] = field(default=())

    @classmethod
    def create(cls, root: Path) -> AgentRepository:
        """Make both in this folder, with one commit."""
        clone, server = root / "clone", root / "server.git"
        clone.mkdir()
        git(clone, "init", "--quiet", "--initial-branch=main")
        (clone / "README.md").write_text("# A project\n")
        (clone / "src").mkdir()
        (clone / "src" / "app.py").write_text("def answer():\n    return 41\n")
        git(clone, "add", "--all")
        git(clone, "commit", "--quiet", "--message=Begin")
        git(root, "clone", "--quiet", "--bare", "clone", "server.git")
        git(server, "config", "uploadpack.allowFilter", "true")
        return cls(root, server, clone, git(clone, "rev-parse", "HEAD"))

    def copy_to(self, root: Path) -> AgentRepository:
        """The same in another folder, for a test that changes it."""
        shutil.copytree(self.clone, root / "clone")
        shutil.copytree(self.server, root / "server.git")
        return AgentRepository(root, root / "server.git", root / "clone", self.start)

    @property
    def url(self) -> str:
        return f"file://{self.server}"

    def write(self, path: str, content: str | bytes) -> None:
        file = self.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str = "Work", **files: str | bytes) -> str:
        """Commit everything that was written, and these files at the top."""
        for path, content in files.items():
            self.write(path, content)
        git(self.clone, "add", "--all", "--force")
        git(self.clone, "commit", "--quiet", "--allow-empty", "--file=-", stdin=message.encode())
        return git(self.clone, "rev-parse", "HEAD")

    def commit_entry(self, mode: str, path: str, content: bytes) -> str:
        """Commit one entry that no worktree could hold: any mode, any path. The worktree is left behind."""
        blob = content.decode() if mode == "160000" else git(self.clone, "hash-object", "-w", "--stdin", stdin=content)
        tree = blob
        for depth, name in enumerate(reversed(path.split("/"))):
            kind = {"160000": "commit"}.get(mode, "blob") if depth == 0 else "tree"
            entry = f"{mode if depth == 0 else '040000'} {kind} {tree}\t{name}"
            existing = git(self.clone, "ls-tree", "HEAD") if depth == path.count("/") else ""
            tree = git(self.clone, "mktree", "--missing", stdin=f"{existing}\n{entry}\n".lstrip("\n").encode())
        commit = git(self.clone, "commit-tree", tree, "-p", "HEAD", "-m", "An odd entry")
        git(self.clone, "update-ref", "HEAD", commit)
        return commit

    def spec(self, *, start: str | None = None, policy: Policy | None = None, bundle: Path | None = None) -> VetSpec:
        """What to hand to `vet` for what the clone's HEAD is now."""
        return VetSpec(
            folder=self.root / "clean.git",
            remote=Remote(self.url, Secret("ghs_" + "r" * 36)),
            bundle=bundle or self.bundle(start or self.start),
            start_sha=start or self.start,
            base_sha=self.start,
            base_branch="main",
            identity=HARVEST,
            co_authors=CoAuthors("Claude Opus 4.5"),
            title="Change what was asked for",
            not_after=LATEST,
            known_secrets=self.known,
            policy=policy or Policy(),
        )

    def bundle(self, start: str) -> Path:
        path = self.root / "work.bundle"
        git(self.clone, "update-ref", BUNDLE_REF, "HEAD")
        git(self.clone, "bundle", "create", "--quiet", str(path), BUNDLE_REF, f"^{start}", f"^{self.start}")
        return path
