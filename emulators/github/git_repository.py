"""What the rest of the emulator asks a bare git repository: refs, commits, differences, files, merges."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emulators.github.git_diff import FileChange, parse_changes
from emulators.github.git_process import GitFailed, run_git

ABSENT = "0" * 40

# One record a commit: fields end in NUL, and the message stands last because only it can hold line ends.
_LOG_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00%x1e"


@dataclass(frozen=True)
class Signature:
    """Who and when; `date` is ISO 8601 with its offset."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True)
class TreeEntry:
    """One line of a tree: `mode` as git writes it, `size` None for anything but a blob."""

    mode: str
    type: Literal["blob", "tree", "commit"]
    sha: str
    size: int | None
    path: str


class BareRepository:
    """One bare repository on disk. Differences between two commits never change, so they are kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changes: dict[tuple[str, str], tuple[FileChange, ...]] = {}

    async def create(self, default_branch: str, hooks: Path) -> None:
        """Make it, set up as GitHub's are: partial clones, any commit by its SHA, no deleting of the default branch."""
        self.path.mkdir(parents=True)
        await run_git(self.path, "init", "--quiet", "--bare", f"--initial-branch={default_branch}", "--template=")
        settings = {
            "core.hooksPath": str(hooks),
            "uploadpack.allowFilter": "true",
            "uploadpack.allowAnySHA1InWant": "true",
            "http.receivepack": "true",
            "receive.advertisePushOptions": "true",
            "receive.fsckObjects": "true",
            # "deny updating a hidden ref": they are shown to who fetches, and belong to GitHub.
            # https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/checking-out-pull-requests-locally
            "receive.hideRefs": "refs/pull",
            "gc.auto": "0",
        }
        config = self.path / "config"
        sections = "".join(f"[{key.split('.')[0]}]\n\t{key.split('.')[1]} = {value}\n" for key, value in settings.items())
        config.write_text(config.read_text() + sections)

    async def set_head(self, default_branch: str) -> None:
        """HEAD names the default branch, which is how git's own protocol tells it."""
        await run_git(self.path, "symbolic-ref", "HEAD", f"refs/heads/{default_branch}")

    async def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Full ref names below a prefix, each with its SHA."""
        lines = await run_git(self.path, "for-each-ref", "--format=%(refname) %(objectname)", prefix)
        return dict(line.split(" ", 1) for line in lines.decode().splitlines())

    async def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag, full ref or SHA (also a short one) names."""
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if candidate.startswith("-"):
                return None
            found = await run_git(
                self.path,
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{candidate}^{{commit}}",
                accept=(0, 1, 128),
            )
            if found.strip():
                return found.decode().strip()
        return None

    async def branch(self, name: str) -> str | None:
        found = await self.refs(f"refs/heads/{name}")
        return found.get(f"refs/heads/{name}")

    async def commits(self, *revisions: str, limit: int = 250, skip: int = 0, path: str | None = None) -> list[Commit]:
        """Commits reachable from the revisions (`^sha` leaves out), newest first."""
        paths = ["--", path] if path else ["--"]
        arguments = ["log", f"--format={_LOG_FORMAT}", f"--max-count={limit}", f"--skip={skip}", *revisions, *paths]
        output = await run_git(self.path, *arguments)
        return [_parse_commit(record) for record in output.decode(errors="replace").split("\x1e\n") if record]

    async def commit(self, sha: str) -> Commit | None:
        try:
            found = await self.commits(sha, limit=1)
        except GitFailed:
            return None
        return found[0] if found else None

    async def count(self, *revisions: str) -> int:
        return int(await run_git(self.path, "rev-list", "--count", *revisions, "--"))

    async def new_commits(self, tip: str) -> list[str]:
        """The SHAs of commits that no ref leads to yet but this one."""
        return (await run_git(self.path, "rev-list", tip, "--not", "--all")).decode().split()

    async def paths_touched(self, sha: str, folder: str) -> list[str]:
        """What a commit adds or changes below a folder, against all of its parents."""
        flags = ("--root", "-c", "-r", "--no-commit-id", "--name-only", "--diff-filter=d", "-z")
        output = await run_git(self.path, "diff-tree", *flags, sha, "--", folder)
        return [path for path in output.decode(errors="replace").split("\0") if path]

    async def merge_base(self, one: str, other: str) -> str | None:
        found = await run_git(self.path, "merge-base", one, other, accept=(0, 1))
        return found.decode().strip() or None

    async def is_ancestor(self, old: str, new: str) -> bool:
        return await self.merge_base(old, new) == old

    async def changes(self, old: str, new: str) -> tuple[FileChange, ...]:
        """What differs between two commits or trees, file by file, with renames found."""
        if (old, new) not in self._changes:
            formats = ("-z", "--raw", "--numstat", "-p")
            output = await run_git(self.path, "diff-tree", "-r", "-M", "--no-color", "--full-index", *formats, old, new)
            self._changes[(old, new)] = parse_changes(output)
        return self._changes[(old, new)]

    async def patch(self, old: str, new: str) -> str:
        """The whole difference as text, as `git diff` prints it."""
        output = await run_git(self.path, "diff-tree", "-r", "-M", "-p", "--no-color", "--full-index", old, new)
        return output.decode(errors="replace")

    async def mails(self, start: str, end: str) -> str:
        """The commits after `start` up to `end`, oldest first, as `git format-patch` writes them."""
        output = await run_git(self.path, "format-patch", "--stdout", "--full-index", f"{start}..{end}")
        return output.decode(errors="replace")

    async def mail(self, sha: str) -> str:
        """One commit in that form."""
        return (await run_git(self.path, "format-patch", "--stdout", "--full-index", "-1", sha)).decode(errors="replace")

    async def object_id(self, name: str) -> str:
        """The SHA of what a revision names, whatever it is. Raises GitFailed."""
        return (await run_git(self.path, "rev-parse", "--verify", "--end-of-options", name)).decode().strip()

    async def tree(self, revision: str, path: str = "", *, recursive: bool = False) -> list[TreeEntry]:
        """What a folder holds at a revision; one entry for a file's path, none for an absent one."""
        flags = ["-r", "-t"] if recursive else []
        try:
            output = await run_git(self.path, "ls-tree", "-z", "--long", *flags, revision, "--", *([path] if path else []))
        except GitFailed:
            return []
        return [_parse_tree_entry(record) for record in output.decode(errors="replace").split("\0") if record]

    async def blob(self, sha: str) -> bytes | None:
        try:
            return await run_git(self.path, "cat-file", "blob", sha)
        except GitFailed:
            return None

    async def take(self, other: BareRepository, sha: str) -> None:
        """Copy a commit and all that it stands on from another repository here; no ref moves. Raises GitFailed."""
        if other is not self:
            await run_git(self.path, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(other.path), sha)

    async def update_ref(self, ref: str, new: str, old: str | None = None) -> None:
        """Set a ref, only from `old` if given. Raises GitFailed."""
        await run_git(self.path, "update-ref", ref, new, *([old] if old else []))

    async def delete_ref(self, ref: str) -> None:
        await run_git(self.path, "update-ref", "-d", ref)

    async def merged_tree(self, base: str, head: str) -> str | None:
        """The tree that merging the two gives, or None when they conflict (or git is older than 2.38)."""
        try:
            output = await run_git(self.path, "merge-tree", "--write-tree", base, head)
        except GitFailed:
            return None
        return output.decode().split("\n", 1)[0]

    async def write_commit(
        self, tree: str, parents: tuple[str, ...], message: str, author: Signature, moment: str | None = None
    ) -> str:
        """A commit that GitHub commits (at `moment`, ISO 8601, or when it was authored). Gives its SHA; no ref moves."""
        env = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": author.date,
            "GIT_COMMITTER_NAME": "GitHub",
            "GIT_COMMITTER_EMAIL": "noreply@github.com",
            "GIT_COMMITTER_DATE": moment or author.date,
        }
        arguments = [part for parent in parents for part in ("-p", parent)]
        output = await run_git(self.path, "commit-tree", tree, *arguments, stdin=message.encode(), env=env)
        return output.decode().strip()

    async def commit_file(self, parent: str | None, path: str, content: bytes, message: str, author: Signature) -> str:
        """A commit on top of `parent` that has one file more, or changed. Gives its SHA; no ref moves."""
        blob = (await run_git(self.path, "hash-object", "-w", "--stdin", stdin=content)).decode().strip()
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": f"{folder}/index"}
            if parent:
                await run_git(self.path, "read-tree", parent, env=env)
            await run_git(self.path, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
            tree = (await run_git(self.path, "write-tree", env=env)).decode().strip()
        return await self.write_commit(tree, (parent,) if parent else (), message, author)

    async def size_kb(self) -> int:
        """Size on disk in kilobytes, as the API's `size` has it."""
        lines = (await run_git(self.path, "count-objects", "-v")).decode().splitlines()
        counts = dict(line.split(": ", 1) for line in lines)
        return int(counts["size"]) + int(counts["size-pack"])


def _parse_commit(record: str) -> Commit:
    sha, tree, parents, an, ae, ad, cn, ce, cd, message, _ = record.split("\0")
    return Commit(sha, tree, tuple(parents.split()), Signature(an, ae, ad), Signature(cn, ce, cd), message.rstrip("\n"))


def _parse_tree_entry(record: str) -> TreeEntry:
    facts, path = record.split("\t", 1)
    mode, kind, sha, size = facts.split()
    entry_type: Literal["blob", "tree", "commit"] = "blob" if kind == "blob" else "tree" if kind == "tree" else "commit"
    return TreeEntry(mode, entry_type, sha, None if size == "-" else int(size), path)
