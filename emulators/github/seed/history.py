"""Makes commits out of files, with fixed authors and dates, so that every run has the same SHAs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from emulators.github.git_process import run_git
from emulators.github.git_repository import BareRepository


@dataclass(frozen=True)
class PlannedCommit:
    """A commit to be made on top of the one before; `date` is ISO 8601 with its offset, `files` by path."""

    author_name: str
    author_email: str
    date: str
    message: str
    files: Mapping[str, bytes]


async def write_history(
    git: BareRepository, branch: str, commits: Iterable[PlannedCommit], *, start: str | None = None
) -> None:
    """Write the commits to a branch, all in one `git fast-import`, on top of the commit `start` (None: from nothing)."""
    first = f"from {start}\n".encode() if start else b""
    stream = b"".join(_stream_of(branch, commit, first if number == 0 else b"") for number, commit in enumerate(commits))
    await run_git(git.path, "fast-import", "--quiet", "--date-format=raw", stdin=stream)


def _stream_of(branch: str, commit: PlannedCommit, start: bytes) -> bytes:
    moment = datetime.fromisoformat(commit.date)
    who = f"{commit.author_name} <{commit.author_email}> {int(moment.timestamp())} {moment.strftime('%z')}"
    head = f"commit refs/heads/{branch}\nauthor {who}\ncommitter {who}\n".encode() + _data(f"{commit.message}\n".encode())
    files = [f"M 100644 inline {path}\n".encode() + _data(content) for path, content in sorted(commit.files.items())]
    return head + start + b"".join(files) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)
