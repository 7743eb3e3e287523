"""What a transaction can do, whichever database it is on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar, TypeVarTuple, overload

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TypedReturnsRows

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Parameters: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Connection(Protocol):
    """A transaction under way, with the methods of SQLAlchemy's own: `AsyncConnection` is one. What a statement gives is there
    whole when it has come back.

    https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.AsyncConnection
    """

    @property
    def dialect(self) -> sa.Dialect: ...

    @overload
    async def execute(self, statement: TypedReturnsRows[*Ts], parameters: Parameters = None) -> sa.CursorResult[*Ts]: ...

    @overload
    async def execute(self, statement: sa.Executable, parameters: Parameters = None) -> sa.CursorResult[*tuple[Any, ...]]: ...

    @overload
    async def scalar(self, statement: TypedReturnsRows[T], parameters: Mapping[str, Any] | None = None) -> T | None: ...

    @overload
    async def scalar(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Any: ...

    @overload
    async def scalars(self, statement: TypedReturnsRows[T], parameters: Parameters = None) -> sa.ScalarResult[T]: ...

    @overload
    async def scalars(self, statement: sa.Executable, parameters: Parameters = None) -> sa.ScalarResult[Any]: ...

    async def run_sync(self, fn: Callable[Concatenate[sa.Connection, P], T], *arg: P.args, **kw: P.kwargs) -> T: ...
