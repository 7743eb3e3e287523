"""Ends every process of one user, inside the sandbox. Standard library only: its source is what runs there.

    USER

It is started as root. One `kill` reaches all processes that this program may signal at once, so none of them can start another
in between. So that these are USER's and nobody else's, it takes USER's id as its effective one; its real and its saved id are
nobody's, which keeps USER's processes from signalling it. https://man7.org/linux/man-pages/man2/kill.2.html
"""

from __future__ import annotations

import os
import pwd
import signal
import sys
import time

NOBODYS_ID = 65533
PATIENCE_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.01


def living(user: int) -> list[str]:
    """The pids of the processes that have this user among their ids, this one left out."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            fields = status_of(name)
            if str(user) in fields.get("Uid", "").split() and fields.get("State", "Z")[0] not in "ZX":
                found.append(name)
    return found


def status_of(pid: str) -> dict[str, str]:
    """The lines of /proc/<pid>/status; none for a process that is gone."""
    try:
        with open(f"/proc/{pid}/status", errors="replace") as file:
            return {key: value.strip() for key, _, value in (line.partition(":") for line in file)}
    except OSError:
        return {}


def main(name: str) -> int:
    user = pwd.getpwnam(name).pw_uid
    os.setresuid(NOBODYS_ID, user, NOBODYS_ID)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := living(user):
        if time.monotonic() > deadline:
            print(f"processes {', '.join(left[:20])} did not end within {PATIENCE_SECONDS:g} s of SIGKILL", file=sys.stderr)
            return 1
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            continue  # the last one has just ended by itself
        time.sleep(LOOK_AGAIN_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
