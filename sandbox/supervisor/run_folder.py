"""Reads and writes the small files of a run folder. The agent may write there too: nothing is taken for granted."""

from __future__ import annotations

import json
import os
from typing import Any

# In started.json: the agent's first messages are looked for in told.json.
WAITS_TO_BE_TOLD = "waits_to_be_told"


def read_file(path: str, max_bytes: int) -> bytes | None:
    """The first bytes of a file, or None when it can't be read; never through a link, and never waiting for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, max_bytes)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def write_file(path: str, data: bytes) -> None:
    """Write a file whole or not at all, and on the disk when this returns."""
    temporary = f"{path}.new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    os.replace(temporary, path)


def parse_object(line: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
