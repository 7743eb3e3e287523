"""Which files and commits of a repository a query finds: on the default branch only, as GitHub looks.

https://docs.github.com/search-github/searching-on-github/searching-code
https://docs.github.com/search-github/searching-on-github/searching-commits
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import PurePosixPath

from emulators.github.git_repository import Commit, TreeEntry
from emulators.github.model.repositories import Repository
from emulators.github.search.issues import PLACES
from emulators.github.search.query import Qualifier, Query, in_range

# "Only files smaller than 384 KB are searchable."
MAX_FILE_BYTES = 384 * 1024
# What one search looks through at most.
_MAX_COMMITS = 10_000

FILE_QUALIFIERS = PLACES | {"path", "filename", "extension", "language", "in"}
COMMIT_QUALIFIERS = PLACES | {
    "author", "author-name", "author-email", "author-date", "committer-name", "committer-email", "committer-date", "hash",
    "parent", "tree", "merge",
}  # fmt: skip

_EXTENSIONS = {
    "python": (".py", ".pyi"), "javascript": (".js", ".mjs", ".cjs"), "js": (".js", ".mjs", ".cjs"), "typescript": (".ts",),
    "go": (".go",), "rust": (".rs",), "markdown": (".md",), "json": (".json",), "yaml": (".yml", ".yaml"), "css": (".css",),
    "html": (".html",), "shell": (".sh",), "toml": (".toml",), "text": (".txt",),
}  # fmt: skip


async def files(query: Query, repo: Repository) -> list[TreeEntry]:
    """Files that hold every word, in their content or (with `in:path`) in their path."""
    head = await repo.git.branch(repo.default_branch)
    if head is None:
        return []
    looked_at = {field for value in query.values("in") for field in value.split(",")} or {"file", "path"}
    found = []
    for entry in await repo.git.tree(head, recursive=True):
        if entry.type != "blob" or (entry.size or 0) >= MAX_FILE_BYTES or not _fits(query, entry.path):
            continue
        content = (await repo.git.blob(entry.sha) or b"") if "file" in looked_at else b""
        text = "" if b"\0" in content else content.decode(errors="replace")
        if query.finds(text, entry.path if "path" in looked_at else None):
            found.append(entry)
    return found


async def commits(query: Query, repo: Repository) -> AsyncIterator[Commit]:
    """Newest first."""
    head = await repo.git.branch(repo.default_branch)
    for commit in await repo.git.commits(head, limit=_MAX_COMMITS) if head else ():
        if query.finds(commit.message) and all(_said(one, commit) is not one.negated for one in query.qualifiers):
            yield commit


def _fits(query: Query, path: str) -> bool:
    return all(_about_path(one, PurePosixPath(path)) is not one.negated for one in query.qualifiers)


def _about_path(asked: Qualifier, path: PurePosixPath) -> bool:
    value = asked.value.strip("/").lower()
    match asked.name:
        case "path":
            return f"{path}".lower().startswith(f"{value}/") or f"{path}".lower() == value or value == ""
        case "filename":
            return value in path.name.lower()
        case "extension":
            return path.suffix.lower() == f".{value.lstrip('.')}"
        case "language":
            return path.suffix.lower() in _EXTENSIONS.get(value, ())
        case _:
            return not asked.negated


def _said(asked: Qualifier, commit: Commit) -> bool:
    value, author, committer = asked.value.lower(), commit.author, commit.committer
    match asked.name:
        case "author":
            return value in author.email.lower() or value == author.name.lower()
        case "author-name":
            return value in author.name.lower()
        case "author-email":
            return value == author.email.lower()
        case "committer-name":
            return value in committer.name.lower()
        case "committer-email":
            return value == committer.email.lower()
        case "author-date":
            return in_range(asked.value)(datetime.fromisoformat(author.date))
        case "committer-date":
            return in_range(asked.value)(datetime.fromisoformat(committer.date))
        case "hash":
            return commit.sha.startswith(value)
        case "parent":
            return any(parent.startswith(value) for parent in commit.parents)
        case "tree":
            return commit.tree.startswith(value)
        case "merge":
            return (len(commit.parents) > 1) is (value == "true")
        case _:
            return not asked.negated
