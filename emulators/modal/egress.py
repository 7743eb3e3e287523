"""Lists of address ranges, enforced: an eBPF program on a sandbox's control group decides each outgoing connection.

Sandboxes share the host's network unless it is blocked for them, so that they reach servers on its loopback; loopback is
therefore never limited. TCP and UDP are decided where they name their destination (connect, sendmsg); raw sockets are not
covered. The programs are assembled here: a handful of compare instructions need no compiler.
https://docs.kernel.org/bpf/prog_cgroup_sockopt.html, https://www.kernel.org/doc/html/latest/bpf/standardization/instruction-set.html
"""

from __future__ import annotations

import ctypes
import ipaddress
import os
import socket
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from emulators.modal import kernel
from emulators.modal.machine import Egress

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LOOPBACK = ("127.0.0.0/8", "::1/128")
_TLS_PORT, _DNS_PORT = 443, 53

_PROG_LOAD, _PROG_ATTACH, _PROG_DETACH = 5, 8, 9
_CGROUP_SOCK_ADDR = 18
_V4_HOOKS = (10, 14)  # BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_UDP4_SENDMSG
_V6_HOOKS = (11, 15)  # BPF_CGROUP_INET6_CONNECT, BPF_CGROUP_UDP6_SENDMSG

# Offsets in `struct bpf_sock_addr`.
_USER_IP4, _USER_IP6, _USER_PORT = 4, 8, 24

_LOAD_WORD, _MOVE, _AND, _JUMP_UNLESS_EQUAL, _SET, _EXIT = 0x61, 0xBC, 0x54, 0x56, 0xB7, 0x95


def limit(group: Path, egress: Egress) -> None:
    """Hold a control group's processes to `egress` from their next connection on. Raises OSError where the kernel won't."""
    if egress.cidrs is None and not egress.blocked:
        for hook in (*_V4_HOOKS, *_V6_HOOKS):
            _attach(_PROG_DETACH, group, 0, hook)
        return
    cidrs = (*_LOOPBACK, *(egress.cidrs or ()))
    ports = (_TLS_PORT, _DNS_PORT) if egress.tls_anywhere else ()
    networks = [ipaddress.ip_network(cidr, strict=False) for cidr in cidrs]
    v4: list[_Network] = [network for network in networks if network.version == 4]
    v6: list[_Network] = [network for network in networks if network.version == 6]
    # An IPv6 socket can name an IPv4 address; it is the same destination.
    v6 += [ipaddress.ip_network(f"::ffff:{network.network_address}/{96 + network.prefixlen}") for network in v4]
    for hooks, offset, ranges in ((_V4_HOOKS, _USER_IP4, v4), (_V6_HOOKS, _USER_IP6, v6)):
        for hook in hooks:
            program = _load(_assemble(offset, ranges, ports), hook)
            try:
                _attach(_PROG_ATTACH, group, program, hook)
            finally:
                os.close(program)


def _assemble(offset: int, ranges: Sequence[_Network], ports: Iterable[int]) -> list[bytes]:
    """Instructions: 1 (allow) when the destination lies in a range or has one of the ports, else 0."""
    allow = [_instruction(_SET, 0, value=1), _instruction(_EXIT)]
    program: list[bytes] = []
    for port in ports:
        program += [
            _instruction(_LOAD_WORD, 2, source=1, offset=_USER_PORT),
            _instruction(_JUMP_UNLESS_EQUAL, 2, offset=len(allow), value=socket.htons(port)),
            *allow,
        ]
    for network in ranges:
        words = list(zip(_words(network.network_address.packed), _words(network.netmask.packed), strict=True))
        compares: list[bytes] = []
        for index, (address, mask) in reversed(list(enumerate(words))):
            to_next = len(compares) + len(allow)
            compares = [
                _instruction(_LOAD_WORD, 2, source=1, offset=offset + 4 * index),
                _instruction(_MOVE, 3, source=2),
                _instruction(_AND, 3, value=mask),
                _instruction(_JUMP_UNLESS_EQUAL, 3, offset=to_next, value=address),
                *compares,
            ]
        program += [*compares, *allow]
    return [*program, _instruction(_SET, 0, value=0), _instruction(_EXIT)]


def _words(packed: bytes) -> list[int]:
    """An address as the 32-bit words that the kernel hands over, in network order."""
    return [word for (word,) in struct.iter_unpack("=I", packed)]


def _instruction(code: int, target: int = 0, *, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    return struct.pack("=BBhI", code, target | source << 4, offset, value)


def _load(program: list[bytes], hook: int) -> int:
    code = b"".join(program)
    text = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"MIT")
    attributes = struct.pack(
        "=IIQQIIQII16sII",
        _CGROUP_SOCK_ADDR,
        len(program),
        ctypes.addressof(text),
        ctypes.addressof(licence),
        *(0, 0, 0, 0, 0),  # log level, log size, log buffer, kernel version, flags
        b"egress",
        0,  # interface
        hook,
    )
    return kernel.bpf(_PROG_LOAD, attributes)


def _attach(command: int, group: Path, program: int, hook: int) -> None:
    directory = os.open(group, os.O_RDONLY | os.O_DIRECTORY)
    try:
        kernel.bpf(command, struct.pack("=IIII", directory, program, hook, 0))
    except FileNotFoundError:
        if command != _PROG_DETACH:  # nothing attached is as good as detached
            raise
    finally:
        os.close(directory)
