"""The few Linux calls that Python 3.11 has no function for, by way of the C library. Each raises OSError."""

from __future__ import annotations

import ctypes
import os
import platform

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWNS = 0x00020000
# https://man7.org/linux/man-pages/man2/syscalls.2.html: the number differs by architecture.
_BPF_CALL = {"x86_64": 321, "aarch64": 280}

MS_BIND, MS_REC, MS_PRIVATE, MS_SHARED = 4096, 16384, 1 << 18, 1 << 20


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def own_mounts() -> None:
    """Give this process a mount namespace of its own: what it mounts is gone when its last child is."""
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    mount("none", "/", "", MS_REC | MS_PRIVATE)


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    _check(_libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()), f"mount {kind} on {target}")


def unmount(target: str) -> None:
    """umount2(2), lazily."""
    lazily = 2
    _check(_libc.umount2(target.encode(), lazily), f"umount {target}")


def bpf(command: int, attributes: bytes) -> int:
    """bpf(2); `attributes` is the packed `union bpf_attr`."""
    number = _BPF_CALL.get(platform.machine())
    if number is None:
        raise OSError(f"bpf on {platform.machine()} is not known here")
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    return _check(_libc.syscall(number, command, buffer, len(attributes)), "bpf")
