"""A value that must not be seen: nothing that prints, formats, serialises or pickles it shows what it is."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """Holds one secret string; only `reveal()` gives it back, so every use can be found by searching for that word.

    Two secrets compare equal in constant time. A secret can't be pickled, and JSON encoders refuse it because it is no string.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself. Call it where the value leaves the process, and nowhere earlier."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, spec: str) -> str:
        return "…"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled: keep it in this process")
