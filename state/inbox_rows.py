"""The inbox's table, and who is next in it: the statements by which a process claims deliveries.

A repository has one delivery in hand at a time, and repositories take turns: the one that was served longest ago comes first.
Within a repository the oldest goes first; one that waits for another try holds back its own thread and nothing else. An urgent
delivery (stop, close) overtakes, and waits only for what its own thread has in hand. A suspect, one whose handler ended
without a word, may be what ends processes: one of them is in hand at a time, the least suspected first.

All this is read from the rows alone, so that any number of processes may claim from one database.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from state.clock import database_now
from state.columns import ForeignText, GitHubId, RowNumber, Seconds
from state.tables import metadata

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", sa.Text, nullable=False, unique=True),
    sa.Column("domain_key", sa.Text, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("received_at", Seconds, nullable=False),
    sa.Column("due_at", Seconds, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", ForeignText),
    sa.Column("parked_at", Seconds),
    sa.Column("handled_at", Seconds),
    sa.Column("note", ForeignText),
    # Empty when it was handled: nobody reads it again.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("repository_id", GitHubId, nullable=False),
    sa.Column("thread", sa.Integer),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("suspect", sa.Boolean, nullable=False),
    # Who has it in hand, until `due_at`; None when nobody has.
    sa.Column("holder", sa.Text),
    sa.Column("begun_at", Seconds),
    sqlite_autoincrement=True,
)

undone = sa.and_(inbox.c.handled_at.is_(None), inbox.c.parked_at.is_(None))
in_hand = inbox.c.holder.is_not(None)


def partial_index(name: str, where: sa.ColumnElement[bool], *columns: sa.Column[Any]) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


partial_index("inbox_handled", inbox.c.handled_at.is_not(None), inbox.c.handled_at)
partial_index("inbox_undone", undone, inbox.c.number, inbox.c.due_at, inbox.c.attempts)
partial_index("inbox_in_line", undone, inbox.c.repository_id, inbox.c.number, inbox.c.thread)
partial_index("inbox_urgent", sa.and_(undone, inbox.c.urgent), inbox.c.repository_id, inbox.c.number)
partial_index("inbox_suspects", sa.and_(undone, inbox.c.suspect), inbox.c.attempts, inbox.c.number)
partial_index("inbox_in_hand", in_hand, inbox.c.repository_id, inbox.c.thread)
partial_index("inbox_parked", inbox.c.parked_at.is_not(None), inbox.c.number)
partial_index("inbox_served", inbox.c.begun_at.is_not(None), inbox.c.repository_id, inbox.c.begun_at)


# Whether a claim may find anything: much cheaper than a claim. What waits for others of its repository counts as due.
anything_due = sa.exists().where(undone, inbox.c.due_at <= database_now())


def left_behind(me: str, mine: Collection[int], now: float) -> sa.Update:
    """Free what a process had in hand when its lease ended: its handler has died, so it is suspect. What this one has in hand
    is not, even if it was too busy to renew its lease."""
    known = sa.and_(inbox.c.holder == me, inbox.c.number.in_(mine))
    lost = sa.and_(in_hand, inbox.c.due_at <= now, undone, ~known)
    return sa.update(inbox).where(lost).values(holder=None, suspect=True)


def next_suspect(now: float) -> sa.Select[int]:
    """The one suspect that may be claimed now; none while another is in hand."""
    other = inbox.alias("other")
    one_in_hand = sa.exists().where(other.c.holder.is_not(None), other.c.suspect, undone_of(other))
    free = sa.and_(undone, inbox.c.suspect, inbox.c.holder.is_(None), inbox.c.due_at <= now, ~one_in_hand)
    return sa.select(inbox.c.number).where(free).order_by(inbox.c.attempts, inbox.c.number).limit(1)


def next_in_line(now: float, suspect: int | None, limit: int) -> sa.Select[int]:
    """The numbers of those that are to be claimed now, at most one a repository, in the order of their turns."""
    repositories = waiting_repositories()
    repository = repositories.c.repository_id
    number = sa.func.coalesce(
        first(repository, now, suspect, urgent=True), first(repository, now, suspect, urgent=False)
    ).label("number")
    served_at = last_served(repository).label("served_at")
    candidates = sa.select(number, served_at).where(repository.is_not(None)).cte("candidates")
    return (
        sa.select(inbox.c.number)
        .join(candidates, candidates.c.number == inbox.c.number)
        .order_by(inbox.c.urgent.desc(), sa.func.coalesce(candidates.c.served_at, 0), inbox.c.number)
        .limit(limit)
    )


def waiting_repositories() -> sa.CTE:
    """Every repository with something undone, one step in the index each, however long its line is."""
    lowest = sa.select(sa.func.min(inbox.c.repository_id).label("repository_id")).where(undone)
    found = lowest.cte("repositories", recursive=True)
    row = inbox.alias("row")
    following = (
        sa.select(sa.func.min(row.c.repository_id))
        .where(undone_of(row), row.c.repository_id > found.c.repository_id)
        .scalar_subquery()
    )
    return found.union_all(sa.select(following).where(found.c.repository_id.is_not(None)))


def first(repository: sa.ColumnElement[int], now: float, suspect: int | None, *, urgent: bool) -> sa.ScalarSelect[int]:
    """The delivery of this repository that may be claimed now, if there is one."""
    row, other = inbox.alias(), inbox.alias()
    same_thread = sa.and_(
        undone_of(other),
        other.c.repository_id == repository,
        other.c.thread == row.c.thread,
        other.c.number != row.c.number,
    )
    held_or_before = sa.or_(other.c.holder.is_not(None), other.c.number < row.c.number)
    in_its_way = other.c.holder.is_not(None) if urgent else held_or_before
    may_go = [
        undone_of(row),
        row.c.repository_id == repository,
        row.c.urgent == urgent,
        row.c.holder.is_(None),
        row.c.due_at <= now,
        sa.or_(~row.c.suspect, row.c.number == (suspect or 0)),
        ~sa.exists().where(same_thread, in_its_way).correlate_except(other),
    ]
    query = sa.select(row.c.number).where(*may_go).order_by(row.c.number).limit(1).correlate_except(row)
    if urgent:
        return query.scalar_subquery()
    holding = inbox.alias()
    busy = (
        sa.exists()
        .where(undone_of(holding), holding.c.repository_id == repository, holding.c.holder.is_not(None), ~holding.c.urgent)
        .correlate_except(holding)
    ).correlate_except(holding)
    return query.where(~busy).scalar_subquery()


def last_served(repository: sa.ColumnElement[int]) -> sa.ScalarSelect[float]:
    """When a delivery of this repository was last begun with."""
    row = inbox.alias()
    began = sa.select(sa.func.max(row.c.begun_at)).where(row.c.repository_id == repository, row.c.begun_at.is_not(None))
    return began.correlate_except(row).scalar_subquery()


def undone_of(row: Any) -> sa.ColumnElement[bool]:
    """`undone`, of an alias of the table."""
    return sa.and_(row.c.handled_at.is_(None), row.c.parked_at.is_(None))
