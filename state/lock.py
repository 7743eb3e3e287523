"""One Harvest at a time on a state directory. Two would carry out the same jobs, since SQLite's jobs belong to nobody by name.

The kernel lets go of the lock when its process ends, however it ends: a lock file that is left behind means nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from state.operator_problem import OperatorProblem

LOCK_FILE = "harvest.lock"
OWN_FOLDER = "set HARVEST_STATE_DIR to a folder that you own"


class StateDirectoryInUse(OperatorProblem):
    """Another process has locked the state directory."""


class StateDirectoryUnusable(OperatorProblem):
    """The state directory can't be made or written; the message says what to do."""


def cannot_write(folder: Path, error: OSError) -> str:
    """What happened there, and what to do, for the operator."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    advice = "make room there, or set HARVEST_STATE_DIR to another disk" if full else OWN_FOLDER
    return f"can't write to {folder} ({error.strerror}): {advice}"


class StateLock:
    """The lock on a state directory, held from `StateLock.take(folder)` to `release()` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> StateLock:
        """Lock the folder, making it if needed. Raises StateDirectoryInUse, StateDirectoryUnusable."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateDirectoryUnusable(cannot_write(folder, error)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise StateDirectoryInUse(
                f"another Harvest (process {holder}) is using {folder}: stop it, or set HARVEST_STATE_DIR to another folder"
            ) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            os.close(descriptor)
            raise StateDirectoryUnusable(cannot_write(folder, error)) from error
        return cls(descriptor)

    def release(self) -> None:
        """Let go of the lock."""
        os.close(self._descriptor)
