"""Copies a run's events to stdout as they are written, from any offset: this is how Harvest attaches again."""

from __future__ import annotations

import fcntl
import os
import select
import stat
import sys
import time

from sandbox.supervisor import exit_codes

READ_BYTES = 1 << 20
# Quick while events come, slower while the agent thinks: a look costs a few system calls.
QUICK_SECONDS, SLOW_SECONDS = 0.01, 0.1
# A supervisor is there within milliseconds, on a machine under load within seconds.
START_SECONDS = 20.0

# Names in the environment how large the events may be. What is written is looked at before what is read, which comes later the
# faster an agent writes. It is no argument, so that a supervisor of another version takes no offence.
MAX_BYTES_VARIABLE = "HARVEST_MAX_EVENTS_BYTES"


def follow(folder: str, offset: int) -> int:
    """Write events.jsonl from byte `offset` on; the exit code says how the run stands when this ends."""
    path = os.path.join(folder, "events.jsonl")
    reader = select.poll()
    reader.register(1, 0)  # nothing but errors: that the reading end is gone
    give_up_at = time.monotonic() + START_SECONDS
    max_bytes = int(os.environ.get(MAX_BYTES_VARIABLE, sys.maxsize))
    events, pause = None, QUICK_SECONDS
    while True:
        state = look(folder)  # before reading: what was written before it ended is read below
        if events is None and os.path.lexists(path):
            events = _open(path)
        copied = 0 if events is None else _copy(events, offset, max_bytes)
        if copied is None:
            return exit_codes.TOO_MUCH
        offset += copied
        if state in (exit_codes.DONE, exit_codes.DIED):
            return state
        if state == exit_codes.NEVER_STARTED and time.monotonic() > give_up_at:
            return state
        pause = QUICK_SECONDS if copied else min(pause * 1.5, SLOW_SECONDS)
        if reader.poll(pause * 1000):
            return exit_codes.NOBODY_READS


def look(folder: str) -> int:
    """How a run stands: DONE, DIED, NEVER_STARTED (not yet, at least) or RUNS_ALREADY."""
    exit_file = os.path.join(folder, "exit.json")
    if os.path.lexists(exit_file):
        return exit_codes.DONE
    if not os.path.lexists(os.path.join(folder, "started.json")):
        return exit_codes.NEVER_STARTED  # and its lock is left alone: trying it could get in the supervisor's way
    lock = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return exit_codes.RUNS_ALREADY
    finally:
        os.close(lock)
    return exit_codes.DONE if os.path.lexists(exit_file) else exit_codes.DIED


def _open(path: str) -> int:
    """OSError for anything but a regular file: a pipe in its place would be waited for, for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file")
    return descriptor


def _copy(events: int, offset: int, max_bytes: int) -> int | None:
    """Write all there is from `offset` on; gives how many bytes that was, None as soon as there are more than `max_bytes`."""
    copied = 0
    while chunk := os.pread(events, READ_BYTES, offset + copied):
        if os.fstat(events).st_size > max_bytes:
            return None
        copied += len(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(1, view) :]
    return copied
