"""What Harvest notes about a living sandbox, in a file that the sandbox itself can't see."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from sandbox.local.layout import replace
from sandbox.protocol import SandboxGone, SandboxSummary, StartedFrom

FILE_NAME = "record.json"


@dataclass(frozen=True)
class Record:
    """A living sandbox. `created_at` and `deadline` are in seconds since the epoch.

    It was made from `snapshot`, and is still the same where it `stands_by`. `image` is the snapshot that a renewed home is
    made from. No pids: the processes of a sandbox are found by the mark in their environment, which begins with its id.
    """

    id: str
    name: str
    session: str
    tags: dict[str, str]
    created_at: float
    deadline: float
    started_from: StartedFrom
    isolation: Literal["bubblewrap", "none"]
    image: str | None = None
    snapshot: str | None = None
    stands_by: bool = False

    @property
    def seconds_left(self) -> float:
        return self.deadline - time.time()

    def is_usable(self, isolation: str) -> bool:
        """It has time left, and its paths mean the same as when it was made."""
        return self.seconds_left > 0 and self.isolation == isolation

    def carries(self, tags: Mapping[str, str]) -> bool:
        return tags.items() <= self.tags.items()

    def summary(self) -> SandboxSummary:
        return SandboxSummary(id=self.id, name=self.name, tags=dict(self.tags), created_at=self.created_at)


def write(folder: Path, record: Record) -> None:
    replace(folder / FILE_NAME, msgspec.json.encode(record))


def read(folder: Path) -> Record | None:
    """The record of the sandbox at `folder`, or None when none lives there (a half-written one can't be: see `write`)."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Record)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None


def read_living(folder: Path, sandbox_id: str) -> Record:
    """The record of exactly this sandbox; raises SandboxGone when it has ended, was replaced or is past its time."""
    record = read(folder)
    if record is None or record.id != sandbox_id:
        raise SandboxGone(f"sandbox {sandbox_id} has ended")
    if record.seconds_left <= 0:
        raise SandboxGone(f"sandbox {sandbox_id} has reached its time limit")
    return record
