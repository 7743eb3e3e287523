"""Lists as GraphQL has them: a page of nodes with cursors, forwards or backwards.

https://docs.github.com/graphql/guides/using-pagination-in-the-graphql-api,
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from emulators.github.errors import Refused

# "Clients must supply a `first` or `last` argument on any connection. Values must be within 1-100."
_MOST = 100

Item = TypeVar("Item")


class BadPage(Refused):
    """A page that GitHub doesn't give; `type` is what the error is called."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(422, message)
        self.kind = kind


def connection(items: Sequence[Item], shape: Callable[[Item], Any]) -> Callable[..., dict[str, Any]]:
    """The field of a connection over these items."""

    def page(
        info: Any,
        first: int | None = None,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        _check(info.field_name, first, last, counts=_only_counts(info))
        start = _offset(after) + 1 if after else 0
        end = min(_offset(before), len(items)) if before else len(items)
        if first is not None:
            end = min(end, start + first)
        if last is not None:
            start = max(start, end - last)
        edges = [{"node": shape(items[number]), "cursor": _cursor(number)} for number in range(start, end)]
        return {
            "edges": edges,
            "nodes": [edge["node"] for edge in edges],
            "totalCount": len(items),
            "pageInfo": {
                "hasNextPage": end < len(items),
                "hasPreviousPage": start > 0,
                "startCursor": edges[0]["cursor"] if edges else None,
                "endCursor": edges[-1]["cursor"] if edges else None,
            },
        }

    return page


def _only_counts(info: Any) -> bool:
    """Who asks how many there are needs no page."""
    asked = [one for field in info.field_nodes for one in (field.selection_set.selections if field.selection_set else ())]
    return all(getattr(getattr(one, "name", None), "value", "") in ("totalCount", "__typename") for one in asked)


def _check(name: str, first: int | None, last: int | None, *, counts: bool) -> None:
    if first is None and last is None and not counts:
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise BadPage("MISSING_PAGINATION_BOUNDARIES", message)
    for word, count in (("first", first), ("last", last)):
        if count is not None and not 0 <= count <= _MOST:
            message = f"Requesting {count} records on the `{name}` connection exceeds the `{word}` limit of {_MOST} records."
            raise BadPage("EXCESSIVE_PAGINATION", message)


def _cursor(number: int) -> str:
    return base64.b64encode(f"cursor:v2:{number}".encode()).decode()


def _offset(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("cursor:v2:"))
    except ValueError:
        raise BadPage("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None
