"""Everything that runs below the supervisor: how much it works, and its end."""

from __future__ import annotations

import ctypes
import os
import signal

from sandbox.supervisor.run_folder import read_file

# https://man7.org/linux/man-pages/man2/prctl.2.html
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
STAT_BYTES = 4096


class Processes:
    """As the sub-reaper this process inherits what its descendants leave behind: no daemon gets out of its tree."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None)
        self._libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._ticks_a_second = os.sysconf("SC_CLK_TCK")

    def die_with_supervisor(self) -> None:
        """To be called in the agent's process before it becomes the agent."""
        self._libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)

    def work_seconds(self) -> float:
        """Processor time of all of them so far, their ended children's included."""
        return sum(ticks for _, ticks in self._below().values()) / self._ticks_a_second

    def kill(self) -> None:
        for pid in self._below():
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue  # ended by itself, or changed its user: nothing more can be done from in here

    def _below(self) -> dict[int, tuple[int, int]]:
        """pid → (parent, ticks) of every descendant, parents first: killed in this order, nobody lives to answer the death of
        its child (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html)."""
        table = {}
        for name in os.listdir("/proc"):
            line = read_file(f"/proc/{name}/stat", STAT_BYTES) if name.isdigit() else None
            if line:
                fields = line.rpartition(b")")[2].split()
                table[int(name)] = (int(fields[1]), sum(map(int, fields[11:15])))
        below: dict[int, tuple[int, int]] = {}
        generation = {os.getpid()}
        while generation:
            generation = {pid for pid, (parent, _) in table.items() if parent in generation and pid not in below}
            below.update({pid: table[pid] for pid in generation})
        return below
