"""Finds and ends every process of a sandbox, also those that left its process group, forked twice or outlived Harvest.

A process belongs to a sandbox when its environment carries the sandbox's mark, or its parent belongs, or the leader of its
session belongs. The mark is a random word that only this sandbox's processes were started with. Under bubblewrap nothing
escapes this: whatever loses its parent is handed to the first process of its own pid namespace, which belongs. Without
bubblewrap a process that wipes its environment *and* leaves its session *and* loses its parent does escape; that is one of
the reasons why an unisolated sandbox has to be asked for.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.protocol import SandboxError

# What every command of a sandbox is started with: `<sandbox id>/<random word of the command>`.
MARK_VARIABLE = "HARVEST_SANDBOX_MARK"
# SIGKILL takes effect within milliseconds; what is still there after this waits in the kernel for a dead disk.
PATIENCE_SECONDS = 10.0
# Between two looks: short, since a person waits for a job to stop, and a look costs a few milliseconds.
LOOK_AGAIN_SECONDS = 0.005
# A fork bomb is first frozen, then killed. Each pass freezes what the last one did not see yet.
FREEZE_PASSES = 50

PROC = Path("/proc")


@dataclass(frozen=True)
class Entry:
    """One line of the process table. `start_time` (in ticks since boot) tells two processes apart that had the same pid."""

    pid: int
    parent: int
    session: int
    start_time: int
    is_zombie: bool


def end_marked(mark: str, *, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """End every process whose mark begins with `mark`, and all that belongs to them; gives how many there were.

    Blocks (call it in a thread) until none is left. Raises SandboxError naming those that would not end.
    """
    deadline = time.monotonic() + patience_seconds
    ended: set[tuple[int, int]] = set()
    while living := find(mark):
        # First what nothing else of theirs stands above: under bubblewrap the kernel then ends all below, whatever they do.
        mine = {entry.pid for entry in living}
        for entry in living:
            if entry.parent not in mine:
                send(entry, signal.SIGKILL)
        for entry in [*living, *_freeze(mark)]:
            send(entry, signal.SIGKILL)
            ended.add((entry.pid, entry.start_time))
        if time.monotonic() > deadline:
            pids = ", ".join(str(entry.pid) for entry in living)
            raise SandboxError(f"processes {pids} did not end within {patience_seconds:g} s of SIGKILL: end them by hand")
        time.sleep(LOOK_AGAIN_SECONDS)
    return len(ended)


def _freeze(mark: str) -> list[Entry]:
    """Stop every living process of the mark, until a look finds no new one."""
    seen: set[int] = set()
    living = find(mark)
    for _ in range(FREEZE_PASSES):
        fresh = [entry for entry in living if entry.pid not in seen]
        if not fresh:
            break
        for entry in fresh:
            send(entry, signal.SIGSTOP)
            seen.add(entry.pid)
        living = find(mark)
    return living


def find(mark: str) -> list[Entry]:
    """The living processes whose mark begins with `mark`, and those that belong to them; never this process itself."""
    table = read_table()
    prefix = f"{MARK_VARIABLE}={mark}".encode()
    marked = {pid for pid in table if _environment_has(pid, prefix)}
    mine = belonging(table, marked) - {os.getpid()}
    return [table[pid] for pid in sorted(mine) if not table[pid].is_zombie]


def belonging(table: Mapping[int, Entry], marked: Collection[int]) -> set[int]:
    """`marked`, and every process whose parent or session leader is among them, to any depth."""
    mine = set(marked)
    while True:
        grown = {entry.pid for entry in table.values() if entry.parent in mine or entry.session in mine} | mine
        if grown == mine:
            return mine
        mine = grown


def send(entry: Entry, signal_number: signal.Signals) -> None:
    """Signal exactly this process: through a descriptor, so that a new process with its old pid is never hit."""
    try:
        descriptor = os.pidfd_open(entry.pid)
    except ProcessLookupError:
        return
    try:
        now = read_entry(entry.pid)
        if now is not None and now.start_time == entry.start_time:
            signal.pidfd_send_signal(descriptor, signal_number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise SandboxError(f"process {entry.pid} of a sandbox runs as another user and can't be ended: {error}") from error
    finally:
        os.close(descriptor)


def read_table() -> dict[int, Entry]:
    """Every process of this machine that can be seen."""
    pids = [int(name) for name in os.listdir(PROC) if name.isdigit()]
    return {entry.pid: entry for pid in pids if (entry := read_entry(pid)) is not None}


def read_entry(pid: int) -> Entry | None:
    """One process, or None when it is gone."""
    try:
        return parse_stat((PROC / str(pid) / "stat").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return None


def parse_stat(line: bytes) -> Entry:
    """Read a line of `/proc/<pid>/stat` (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).

    The program's name stands in brackets and may itself hold spaces and brackets: the fields begin after the last one.
    """
    pid, _, rest = line.partition(b" ")
    fields = rest.rpartition(b")")[2].split()
    return Entry(
        pid=int(pid),
        parent=int(fields[1]),
        session=int(fields[3]),
        start_time=int(fields[19]),
        is_zombie=fields[0] in (b"Z", b"X"),
    )


def _environment_has(pid: int, prefix: bytes) -> bool:
    try:
        environment = (PROC / str(pid) / "environ").read_bytes()
    except OSError:  # gone, or another user's: neither was started by us
        return False
    return environment.startswith(prefix) or b"\0" + prefix in environment
