"""What a request asks for, and which of it a handler has looked at: what nobody looks at, GitHub would have heeded."""

from __future__ import annotations

from typing import Any


class Asked(dict[str, Any]):
    """The query, or a body that is an object. Looking for a field (also in vain) counts as reading it; taking the whole along
    (`{**asked}`) does not."""

    def __init__(self, fields: dict[str, Any] | None = None) -> None:
        super().__init__(fields or {})
        self._read: set[str] = set()

    @property
    def unread(self) -> list[str]:
        """The fields that were asked for and that nobody has looked at."""
        return [field for field in self if field not in self._read]

    def __getitem__(self, field: str) -> Any:
        self._read.add(field)
        return super().__getitem__(field)

    def __contains__(self, field: object) -> bool:
        self._read.add(str(field))
        return super().__contains__(field)

    def get(self, field: str, default: Any = None) -> Any:
        self._read.add(field)
        return super().get(field, default)
