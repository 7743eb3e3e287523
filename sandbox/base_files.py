"""Reads files as they are in a commit, out of a clone that an earlier agent could write to.

git takes an object for what its name says: forged files in `.git/objects` would answer for a commit that everybody knows. So
the objects are named anew here, from the commit down to the file, and one that git gives under a wrong name counts as none.
https://git-scm.com/book/en/v2/Git-Internals-Git-Objects, https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sandbox.git import git_environment
from sandbox.protocol import MAX_CAPTURED_BYTES, Sandbox

# Larger ones are not brought out of the sandbox. A folder of 20,000 entries has this size; what people write has not.
MAX_OBJECT_BYTES = 1024 * 1024

# A blob that a partial clone lacks is fetched.
_SECONDS = 120

# Takes revisions on stdin and gives the objects of at most $1 bytes; the others, and what is not there, are left out.
_OBJECTS = """
git cat-file --batch-check='%(objectsize) %(objectname)' |
while read -r size name; do if [ "$size" -le "$1" ] 2>/dev/null; then printf '%s\\n' "$name"; fi; done |
git cat-file --batch
"""

_NAME_BYTES = 20
_FOLDER, _FILE = (b"40000",), (b"100644", b"100755")


@dataclass(frozen=True)
class GitObject:
    """What git keeps under one name: its type ("commit", "tree", "blob") and its bytes."""

    type: str
    content: bytes

    @property
    def name(self) -> str:
        header = f"{self.type} {len(self.content)}\0".encode()
        return hashlib.sha1(header + self.content, usedforsecurity=False).hexdigest()  # git's own choice


@dataclass(frozen=True)
class BaseFiles:
    """`files` are those that were read; one that isn't in the commit, or is a link or a folder there, is in neither.
    `unread` are those that are too large, could not be fetched, or are not what the commit says; `complaint` is what git
    said meanwhile."""

    files: Mapping[str, bytes]
    unread: tuple[str, ...]
    complaint: str

    @property
    def not_fetched(self) -> bool:
        """Whether a file is unread because the server did not give it: trying again may help."""
        return bool(self.unread) and "from promisor remote" in self.complaint


class _NotRead(Exception):
    """An object is not among those that were brought out."""


async def read_base_files(sandbox: Sandbox, commit: str, paths: Sequence[str]) -> BaseFiles:
    """These files (paths with `/`) as they are in the commit (40 hex digits), in one command. Raises SandboxError."""
    on_the_way = {part for path in paths for part in (PurePosixPath(path), *PurePosixPath(path).parents)}
    revisions = [commit, f"{commit}:", *(f"{commit}:{part}" for part in on_the_way if part.name)]
    brought = await sandbox.run(
        ["sh", "-c", _OBJECTS, "sh", str(MAX_OBJECT_BYTES)],
        env=git_environment(sandbox),
        stdin="".join(f"{revision}\n" for revision in revisions).encode(),
        timeout_seconds=_SECONDS,
        max_bytes=min(MAX_CAPTURED_BYTES, len(revisions) * (MAX_OBJECT_BYTES + 100)),
    )
    objects = {found.name: found for found in parse_objects(brought.stdout)}
    files, unread = {}, []
    for path in paths:
        try:
            content = file_in(objects, commit, path)
        except _NotRead:
            unread.append(path)
            continue
        if content is not None:
            files[path] = content
    return BaseFiles(files, tuple(unread), brought.stderr.decode("utf-8", "replace").strip())


def parse_objects(output: bytes) -> list[GitObject]:
    """The objects in what `git cat-file --batch` printed, as far as it makes sense."""
    found = []
    at = 0
    while (end := output.find(b"\n", at)) >= 0:
        words = output[at:end].split(b" ")
        at = end + 1
        if len(words) == 3 and words[2].isdigit() and len(words[2]) <= len(str(MAX_OBJECT_BYTES)):
            size = int(words[2])
            found.append(GitObject(words[1].decode("ascii", "replace"), output[at : at + size]))
            at += size + 1
    return found


def file_in(objects: Mapping[str, GitObject], commit: str, path: str) -> bytes | None:
    """A file's bytes, found by the names that `objects` were given here; None when the commit has no such file."""
    first, _, _ = _object(objects, commit, "commit").partition(b"\n")
    name = first.removeprefix(b"tree ").decode("ascii", "replace")
    *folders, file = path.split("/")
    for part, modes in [*((folder, _FOLDER) for folder in folders), (file, _FILE)]:
        mode, name = entries_of(_object(objects, name, "tree")).get(part.encode(), (b"", ""))
        if mode not in modes:
            return None
    return _object(objects, name, "blob")


def entries_of(tree: bytes) -> dict[bytes, tuple[bytes, str]]:
    """What a folder holds: by its name, each entry's mode and the name of its object."""
    entries = {}
    at = 0
    while (end := tree.find(b"\0", at)) >= 0:
        mode, _, entry = tree[at:end].partition(b" ")
        at = end + 1 + _NAME_BYTES
        entries[entry] = (mode, tree[end + 1 : at].hex())
    return entries


def _object(objects: Mapping[str, GitObject], name: str, type_: str) -> bytes:
    found = objects.get(name)
    if found is None or found.type != type_:
        raise _NotRead(name)
    return found.content
