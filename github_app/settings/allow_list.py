"""How an egress limit is written in settings: its kinds, and the entries of an allow list. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Literal

from sandbox.hosts import is_pattern
from sandbox.registries import ECOSYSTEMS

# open: anything. allowlist: what is needed, and what is allowed besides. none: what is needed.
EgressKind = Literal["open", "allowlist", "none"]

# Among what repositories may allow for themselves: whatever they name, or nothing at all.
ANYTHING_ELSE = "*"
NOTHING = "none"


def checked_operator_entries(entries: Sequence[str]) -> tuple[str, ...]:
    """As `checked_entries`, for a list in which addresses and ranges may stand as well."""
    return tuple(entry for each in entries for entry in ((each,) if is_network(each) else checked_entries([each])))


def checked_addable(entries: Sequence[str]) -> tuple[str, ...]:
    """As `checked_entries`, for what repositories may add."""
    if tuple(entries) == (NOTHING,):
        return ()
    return tuple(entry for each in entries for entry in ((each,) if each == ANYTHING_ELSE else checked_entries([each])))


def is_network(entry: str) -> bool:
    """Whether it is an address or a range of them."""
    try:
        ipaddress.ip_network(entry)
    except ValueError:
        return False
    return "%" not in entry


def checked_entries(entries: Sequence[str]) -> tuple[str, ...]:
    """The entries of an allow list in lower case. ValueError says which one can't be used, and what it could be."""
    for entry in entries:
        if "." not in entry and entry.lower() not in ECOSYSTEMS:
            known = ", ".join(ECOSYSTEMS)
            raise ValueError(f"{entry[:80]!r} is neither a host, which has a dot, nor one of the ecosystems {known}")
        if "." in entry and not is_pattern(entry):
            raise ValueError(f"{entry[:80]!r} is no host: give a name like example.com, or *.example.com for all below it")
    return tuple(entry.lower() for entry in entries)
