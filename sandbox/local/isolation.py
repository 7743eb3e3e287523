"""How far a local sandbox is kept apart from the machine: bubblewrap's mounts and namespaces, or nothing.

With bubblewrap a command sees `/usr` (all of it: keep no secret there), the few files of `/etc` that programs need, the Python
that runs Harvest and the Claude CLI, all read-only, and its own sandbox at constant paths. Of that it can write the workspace,
home, /tmp and the run folders; the rest of the control folder, git's read token included, it can only read. It has its own
pids, users, IPC and host name, no capabilities, and can't gain privileges. Where the kernel allows that, it has a network of
its own (`sandbox/local/network.py`). Not kept apart are CPU, memory and disk space.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sandbox.local import network
from sandbox.local.layout import Layout, inside_paths
from sandbox.protocol import SandboxPaths

# A container of its own takes bubblewrap some 10 ms; one that takes this long hangs.
PROBE_SECONDS = 10
# What an isolated command must not see or be able to write.
PROBE = """
test ! -e "$1" || { echo "its command saw the state folder $1" >&2; exit 1; }
test ! -w /proc/sys/kernel/core_pattern || { echo "its command could write to /proc/sys" >&2; exit 1; }
test "$2" = shared || test "$(wc -l < /proc/net/dev)" = 3 || { echo "its command saw this machine's network" >&2; exit 1; }
"""
# The user inside: any number but 0, as the Claude CLI refuses to skip permissions as root.
INSIDE_UID = 1000

# What programs need of /etc to resolve names, speak TLS, link and draw letters. Never the whole: when Harvest runs as root,
# the user inside is root's own id to the kernel and could read /etc/shadow or /etc/ssl/private.
ETC = (
    "alternatives",
    "ca-certificates",
    "chromium.d",
    "fonts",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "nsswitch.conf",
    "pki/ca-trust/extracted",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "protocols",
    "resolv.conf",
    "services",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
)
# Merged into /usr by today's distributions (then links), folders of their own on others.
BESIDE_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")

ADVICE_INSTALL = "install bubblewrap (Debian and Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)"
ADVICE_NETWORK = "let Harvest make network namespaces (in a container: as its host does)"
NOTHING_BETWEEN = "it may run any command as this user, and nothing stands between it and this machine"
ADVICE_UNISOLATED = f"set HARVEST_LOCAL_UNISOLATED=1 to run the agent all the same: {NOTHING_BETWEEN}"


@dataclass(frozen=True)
class Isolation:
    """What was found on this machine: `detail` says it in a sentence, `advice` what to do about it (empty: nothing)."""

    kind: Literal["bubblewrap", "none"]
    detail: str
    advice: str
    program: str | None = None
    can_forbid_namespaces: bool = False
    own_network: bool = False


def probe(program: str | None, layout: Layout) -> Isolation:
    """Find out by doing it: start bubblewrap exactly as for a command, and see that the state folder can't be seen. Blocks."""
    found = shutil.which(program) if program else None
    if found is None:
        return Isolation("none", "bubblewrap is not installed", f"{ADVICE_INSTALL}, or {ADVICE_UNISOLATED}")
    layout.prepare()
    folder = layout.sandboxes / ".probe"
    layout.make_folders(folder)
    refusal = ""
    # Forbidding further namespaces came with bubblewrap 0.8: an older one is good enough without. Some containers allow no
    # network namespace: that is told, and refused to whoever asks for a limit.
    for own_network, forbid in ((True, True), (True, False), (False, True), (False, False)):
        script = ["/bin/sh", "-c", PROBE, "sh", str(layout.root), "own" if own_network else "shared"]
        argv = command(found, layout, folder, script, forbid_namespaces=forbid, own_network=own_network)
        try:
            done = subprocess.run(argv, capture_output=True, timeout=PROBE_SECONDS, check=False, env={"PATH": os.defpath})
        except (OSError, subprocess.TimeoutExpired) as error:
            refusal = str(error)
            continue
        if done.returncode == 0:
            return _working(found, forbid, own_network, refusal)
        refusal = done.stderr.decode(errors="replace").strip() or f"its command ended with code {done.returncode}"
    advice = "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, AppArmor's userns restriction)"
    return Isolation("none", f"bubblewrap does not work here: {refusal}", f"{advice}, or {ADVICE_UNISOLATED}")


def _working(program: str, can_forbid_namespaces: bool, own_network: bool, refusal: str) -> Isolation:
    has, not_limited, advice = "mounts, pids, user and network", "memory and disk", []
    if not own_network:
        has = "mounts, pids and user"
        not_limited = f"the network is this machine's, its loopback included ({refusal}), memory and disk"
        advice.append(ADVICE_NETWORK)
    detail = f"own {has} by bubblewrap; {not_limited} are not limited"
    if os.geteuid() == 0:
        detail += (
            "; Harvest runs as root, so the agent's user is root's id without its powers and may start any number of processes"
        )
        advice.append("run Harvest as a user that is not root")
    return Isolation("bubblewrap", detail, ", and ".join(advice), program, can_forbid_namespaces, own_network)


def command(
    program: str,
    layout: Layout,
    folder: Path,
    argv: Sequence[str],
    *,
    cwd: str | None = None,
    forbid_namespaces: bool,
    own_network: bool,
) -> list[str]:
    """The bubblewrap command line that runs `argv` in the sandbox at `folder`.

    It dies with its parent: that parent is the time limit's process, which outlives Harvest and not the sandbox.
    """
    inside = inside_paths()
    return [
        program,
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        *(["--unshare-net"] if own_network else []),
        *(["--disable-userns"] if forbid_namespaces else []),
        *("--uid", str(INSIDE_UID), "--gid", str(INSIDE_UID)),
        *("--hostname", "harvest"),
        *("--cap-drop", "ALL"),
        "--die-with-parent",
        "--new-session",
        *_system(layout),
        # Read-only: the kernel lets root's id write /proc/sys (core_pattern runs a program outside) whatever its powers, and
        # when Harvest is root the user inside has that id.
        *("--proc", "/proc", "--remount-ro", "/proc"),
        *("--dev", "/dev", "--tmpfs", "/run"),
        *_sandbox(folder, inside),
        *_tools(layout),
        *(network.mounts(folder) if own_network else ()),
        *("--chdir", cwd or inside.workspace),
        "--",
        *argv,
    ]


def _system(layout: Layout) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in BESIDE_USR:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for name in ETC:
        path = Path("/etc", name)
        if path.exists():  # resolved, because resolv.conf is often a link into /run
            yield from ("--ro-bind", str(path.resolve()), str(path))
    for name in ("passwd", "group"):
        yield from ("--ro-bind", str(layout.etc / name), f"/etc/{name}")


def _sandbox(folder: Path, inside: SandboxPaths) -> Iterator[str]:
    yield from ("--bind", str(folder / "tmp"), inside.tmp)
    yield from ("--bind", str(folder / "workspace"), inside.workspace)
    yield from ("--bind", str(folder / "home"), inside.home)
    # The agent can read what Harvest put there and can't change it; only what its own runs write is writable.
    yield from ("--ro-bind", str(folder / "control"), inside.control)
    yield from ("--bind", str(folder / "control" / "runs"), f"{inside.control}/runs")


def _tools(layout: Layout) -> Iterator[str]:
    """At their own places, after the sandbox's /tmp: they may lie below it. Of Python the real one and not its virtual
    environment, which holds Harvest's own packages."""
    for path in (Path(sys.base_prefix).resolve(), *layout.claude_files(), *layout.browser_files()):
        if not path.is_relative_to("/usr"):
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--ro-bind", str(layout.programs), layout.inside_programs)
