"""Host names, and patterns that stand for several of them: what an allow list of the network is made of. Pure.

A pattern is a host name, or `*.` and a host name for everything below it. https://www.rfc-editor.org/rfc/rfc1123#section-2.1
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_BELOW = "*."
_LONGEST_NAME = 253  # https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, without the root's dot
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# A last label of digits alone is the end of an address.
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}", re.ASCII | re.IGNORECASE)


def is_host_name(text: str) -> bool:
    """Whether it is a full host name: with a dot in it, and no address."""
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def is_pattern(text: str) -> bool:
    """Whether it is a host name or stands for all below one. All of a top-level domain is no pattern."""
    return is_host_name(text.removeprefix(_BELOW))


def with_all_below(name: str) -> tuple[str, str]:
    """The patterns for a host and everything below it."""
    return name, _BELOW + name


def covers(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns stands for this host."""
    return any(
        name.endswith(pattern[1:]) if pattern.startswith(_BELOW) else name == pattern for pattern in map(str.lower, patterns)
    )


def host_of(url: str) -> str:
    """The host in a URL, a name or an address, in lower case; empty when there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
