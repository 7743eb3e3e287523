"""The command line and environment that a sandbox's command is started with: its limits, and bubblewrap if there is one."""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.local import network
from sandbox.local.isolation import Isolation
from sandbox.local.isolation import command as bubblewrap_command
from sandbox.local.layout import Layout
from sandbox.local.reaper import MARK_VARIABLE
from sandbox.protocol import SandboxPaths

# One file of 4 GiB is more than a checkout or a build needs, and keeps a runaway log from filling the disk at once.
MAX_FILE_BLOCKS = 4 * 1024**3 // 512
# Enough for watchers and test suites; keeps one process from emptying the machine's table of open files.
MAX_OPEN_FILES = 16384
# Enough for parallel builds and browsers, threads included; four times as many, all busy, made a machine with two cores too
# slow to end them. A command's own are counted (Linux 5.14 and later; not when Harvest is root, whom the kernel exempts).
# Without a user namespace every process of this user would be: then it is left alone.
MAX_PROCESSES = 1024

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def build(
    argv: Sequence[str],
    *,
    layout: Layout,
    folder: Path,
    isolation: Isolation,
    seconds_left: float,
    cwd: str | None,
    offline: bool = False,
) -> list[str]:
    """`argv` within its limits: `timeout` ends it with the sandbox's time even when Harvest is dead, and stands outside of
    bubblewrap where the agent can't reach it; a shell sets what every process below inherits and can't raise again.

    No RLIMIT_AS: the Claude CLI reserves far more address space than it uses.
    """
    limited = ["/bin/sh", "-c", _limits(isolation) + 'exec "$@"', "sh", *argv]
    if isolation.own_network and not offline:
        limited = network.forwarded(folder, limited, f"{layout.inside_programs}/python3")
    if isolation.program is not None:
        limited = bubblewrap_command(
            isolation.program,
            layout,
            folder,
            limited,
            cwd=cwd,
            forbid_namespaces=isolation.can_forbid_namespaces,
            own_network=isolation.own_network,
        )
    return ["timeout", "-s", "KILL", f"{max(seconds_left, 0.001):.3f}", *limited]


def environment(
    paths: SandboxPaths,
    programs: str,
    mark: str,
    isolation: Isolation,
    extra: Mapping[str, str],
) -> dict[str, str]:
    """All that a command gets: nothing of Harvest's own environment but, without bubblewrap, its PATH."""
    system_path = SYSTEM_PATH if isolation.kind == "bubblewrap" else os.environ.get("PATH", SYSTEM_PATH)
    return {
        "PATH": f"{programs}:{system_path}",
        "HOME": paths.home,
        "TMPDIR": paths.tmp,
        "USER": "harvest",
        "LOGNAME": "harvest",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        **(network.ENVIRONMENT if isolation.own_network else {}),
        **extra,
        MARK_VARIABLE: mark,
    }


def _limits(isolation: Isolation) -> str:
    """Shell commands that lower the limits. One that the shell refuses (already lower) stays as it is."""
    _, open_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_files = MAX_OPEN_FILES if open_files == resource.RLIM_INFINITY else min(open_files, MAX_OPEN_FILES)
    lines = ["ulimit -c 0", f"ulimit -f {MAX_FILE_BLOCKS}", f"ulimit -n {open_files}"]
    if isolation.kind == "bubblewrap":  # -u in bash, -p in dash
        lines.append(f"{{ ulimit -u {MAX_PROCESSES} || ulimit -p {MAX_PROCESSES}; }}")
    return "".join(f"{line} 2>/dev/null; " for line in lines)
