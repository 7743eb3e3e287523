"""Process 1 of a sandbox in namespaces: builds its file tree, starts the entrypoint, reaps what is orphaned.

Run as a script with nothing of the project on its path: `init.py SPEC_FD PARENT_FD`. It starts in fresh mount, process, host
name (and network) namespaces, reads its orders as JSON, says `1` on the second descriptor, a socket, when the sandbox
stands, and starts the entrypoint once it is answered.
It never comes back: when it ends, the kernel ends everything else in the sandbox.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from typing import Any, NoReturn

_BIND, _RECURSIVE, _SLAVE, _REMOUNT, _READ_ONLY = 4096, 16384, 1 << 19, 32, 1
_NOSUID, _NODEV, _NOEXEC, _LAZILY = 2, 4, 8, 2
_PR_CAPBSET_DROP = 24
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    check(libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()), f"mount {kind} {target}")


def bind(source: str, target: str, read_only: bool) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "a").close()
    mount(source, target, "", _BIND | _RECURSIVE)
    if read_only:
        mount("none", target, "", _REMOUNT | _BIND | _READ_ONLY)


def build_tree(spec: dict[str, Any]) -> None:
    tree = spec["tree"]
    os.chdir(spec["layers"])
    mount("overlay", tree, "overlay", 0, spec["overlay"])
    mount("proc", f"{tree}/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    mount("tmpfs", f"{tree}/dev", "tmpfs", _NOSUID, "mode=755,size=64k")
    for name in _DEVICES:
        bind(f"/dev/{name}", f"{tree}/dev/{name}", False)
    os.makedirs(f"{tree}/dev/pts")
    mount("devpts", f"{tree}/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    os.symlink("pts/ptmx", f"{tree}/dev/ptmx")
    shared_memory = os.path.join(tree, "dev", "shm")
    os.makedirs(shared_memory, mode=0o1777)
    mount("tmpfs", shared_memory, "tmpfs", _NOSUID | _NODEV, "mode=1777")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{tree}/dev/{name}")
    os.symlink("/proc/self/fd", f"{tree}/dev/fd")
    bind(spec["attach_point"], f"{tree}/__modal/attached", False)
    for source, target, read_only in spec["attached"]:
        bind(source, tree + target, read_only)


def leave_host(tree: str) -> None:
    os.chdir(tree)
    check(libc.pivot_root(b".", b"."), "pivot_root")
    check(libc.umount2(b".", _LAZILY), "leave the host's file tree")
    os.chdir("/")


def raise_loopback() -> None:
    with socket.socket() as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def drop_capabilities(kept: set[int]) -> None:
    for capability in range(64):
        if capability not in kept and libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            return  # past the last one that this kernel knows


def reap(entrypoint: subprocess.Popen[bytes] | None) -> NoReturn:
    """Collect every child, orphans of finished commands among them; end as the entrypoint does."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pid = 0
        if pid == 0:
            signal.sigwait({signal.SIGCHLD})
        elif entrypoint is not None and pid == entrypoint.pid:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def main(spec_descriptor: int, parent_descriptor: int) -> NoReturn:
    with os.fdopen(spec_descriptor) as orders:
        spec = json.load(orders)
    if spec["group"]:
        with open(f"{spec['group']}/cgroup.procs", "w") as group:
            group.write("0")
    socket.sethostname("modal")
    build_tree(spec)
    leave_host(spec["tree"])
    if spec["blocked"]:
        raise_loopback()
    drop_capabilities(set(spec["capabilities"]))
    os.makedirs(spec["workdir"], exist_ok=True)
    os.chdir(spec["workdir"])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=parent_descriptor) as parent:
        parent.send(b"1")
        parent.recv(1)  # until it has seen this process: a short entrypoint would be over too soon
    entrypoint = None
    if spec["argv"]:
        entrypoint = subprocess.Popen(spec["argv"], env=spec["env"], start_new_session=True)
    for standard in (0, 1, 2):
        os.close(standard)
    reap(entrypoint)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
