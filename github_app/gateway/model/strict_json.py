"""JSON that means the same to every reader: what was checked here is what is read where it is sent on to. Pure.

RFC 8259 leaves open what a repeated name means and how deep a document may be, and Python reads NaN, which is no JSON.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

# The deepest that the Claude CLI sends is a tool's schema, some ten levels.
MAX_DEPTH = 100
# Each value becomes some dozens of bytes in memory: a body of nothing but brackets would fill it. A long conversation about
# code has some ten thousand of these, most of them inside its texts.
MAX_PUNCTUATION = 1_000_000


def read(data: bytes) -> Any:
    """The document. Raises ValueError with what is wrong with it."""
    if sum(data.count(mark) for mark in (b"{", b"[", b",")) > MAX_PUNCTUATION:
        raise ValueError("it consists of too many values")
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    _measure(document)
    return document


def write(document: Any) -> bytes:
    """The document in as few bytes as it takes. Half a surrogate pair, which is no text, becomes a question mark."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same name twice")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _measure(document: Any) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        if not (level := [inner for value in level for inner in _inside(value)]):
            return
    raise ValueError("it is nested too deeply")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
