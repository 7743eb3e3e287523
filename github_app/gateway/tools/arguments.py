"""What an agent hands to a tool: arguments of any shape, read one by one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Unclear(Exception):
    """A call that can't be carried out as it is; the message is for the agent, and says what is needed instead."""


def text_of(arguments: Mapping[str, Any], name: str, *, most: int, needed: bool = True) -> str:
    """A text of so many characters at most, as it came; empty where it was left out and is not needed. Raises Unclear."""
    given = arguments.get(name, "")
    if not isinstance(given, str) or len(given) > most:
        raise Unclear(f"{name}: a text of at most {most:,} characters is needed")
    if needed and not given.strip():
        raise Unclear(f"{name}: a text is needed")
    return given


def number_of(arguments: Mapping[str, Any], name: str) -> int:
    """A number from 1 on. Raises Unclear."""
    given = arguments.get(name)
    if type(given) is not int or not 0 < given < 2**53:
        raise Unclear(f"{name}: a whole number is needed")
    return given
