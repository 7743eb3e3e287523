"""Ends one command and all it started, inside the sandbox. Standard library only: its source is what runs there.

    NOTE VARIABLE VALUE

NOTE is a file with the command's line of /proc/<pid>/stat as it was at its start; every process with VARIABLE=VALUE in the
environment it was started with is the command's too, even when its parents are gone. It runs as the command's own user: only
that user may look into the environment of its processes. Modal has no call for this.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NamedTuple

ROUNDS = 100  # a command that starts processes faster than this ends them is stopped by the sandbox's end


class Process(NamedTuple):
    pid: int
    parent: int
    start: int


def parse(line: str) -> tuple[Process, str] | None:
    """A line of /proc/<pid>/stat and the state in it; the name in it may hold anything. man 5 proc_pid_stat"""
    before, _, after = line.rpartition(")")
    fields = after.split()
    if len(fields) < 20 or not before.split(" ", 1)[0].isdigit():
        return None
    return Process(int(before.split(" ", 1)[0]), int(fields[1]), int(fields[19])), fields[0]


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def living() -> dict[int, Process]:
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parsed = parse(read(f"/proc/{name}/stat").decode(errors="replace"))
            if parsed is not None and parsed[1] not in "ZX":
                found[parsed[0].pid] = parsed[0]
    return found


def of_command(processes: dict[int, Process], known: set[tuple[int, int]], mark: bytes) -> set[tuple[int, int]]:
    """The command's processes by pid and start: those known or marked, and all below them."""
    ours = {
        process.pid
        for process in processes.values()
        if (process.pid, process.start) in known or mark in read(f"/proc/{process.pid}/environ").split(b"\0")
    }
    grown = True
    while grown:
        below = {process.pid for process in processes.values() if process.parent in ours} - ours
        ours |= below
        grown = bool(below)
    return {(pid, processes[pid].start) for pid in ours - {os.getpid()}}


def main(note: str, variable: str, value: str) -> int:
    noted = parse(read(note).decode(errors="replace"))
    known = {(noted[0].pid, noted[0].start)} if noted else set()
    mark = f"{variable}={value}".encode()
    for _ in range(ROUNDS):
        ours = of_command(living(), known, mark)
        if not ours:
            return 0
        known |= ours
        for pid, _start in ours:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    print("some of its processes did not end", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
