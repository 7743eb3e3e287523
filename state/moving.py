"""Moves what is stored in a state directory into a Postgres: rows, sessions, files. In the state directory it all stays.

What the engine has written down for itself stays behind: how far each job has come stands in its own rows, and it goes on from
there. So does what belongs to a process: who holds what, and who is alive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from state.artifacts import Artifacts, FolderArtifacts
from state.bot_asks import bot_asks
from state.budgets import accounts, job_accounts
from state.children import children
from state.connection import Connection
from state.database import Database
from state.evidence_ledger import evidence
from state.findings import findings
from state.inbox_rows import inbox
from state.issue_notes import issue_notes
from state.job_issues import job_issues
from state.job_steps import job_steps
from state.job_tools import job_tools
from state.jobs import jobs
from state.marks import marks
from state.memory import memory
from state.operator_problem import OperatorProblem
from state.own_words import own_words
from state.posts import posts
from state.questions import questions
from state.queue import job_queue
from state.repository_images import repository_images
from state.sandbox_times import sandbox_times
from state.session_files import SESSIONS_FOLDER, open_session_file
from state.session_log import session_log, session_log_ends
from state.session_state import messages
from state.sessions import sessions
from state.spending import reservations, usage
from state.tool_writes import tool_writes
from state.warm_sandboxes import warm_sandboxes
from state.watches import watch_tries, watches

# In the order in which they refer to each other.
MOVED = (
    inbox,
    sessions,
    jobs,
    job_queue,
    job_steps,
    usage,
    reservations,
    accounts,
    job_accounts,
    job_tools,
    job_issues,
    issue_notes,
    tool_writes,
    evidence,
    sandbox_times,
    repository_images,
    warm_sandboxes,
    marks,
    posts,
    own_words,
    findings,
    bot_asks,
    watches,
    watch_tries,
    memory,
    questions,
    children,
)
# Of each session: in a file of its own where it comes from, in one place for all where it goes.
MOVED_OF_SESSIONS = (messages, session_log, session_log_ends)
# Nobody holds anything when nobody is at work.
HELD_BY_NOBODY: dict[str, dict[str, Any]] = {
    inbox.name: {"holder": None},
    job_queue.name: {"holder": None},
    reservations.name: {"node": None},
    repository_images.name: {"builder": None, "builder_until": None},
}
BATCH_ROWS = 500


class NotEmpty(OperatorProblem):
    """The database that state is to be moved to has some of its own."""


async def move_state(source: Database, state_dir: Path, target: Database, artifacts: Artifacts) -> dict[str, int]:
    """Move everything, files into those `artifacts`; gives how many of each were moved, by their table's name, and how many
    `artifacts`. All rows or none.

    Nobody may be at work on either. Raises NotEmpty.
    """
    moved: Counter[str] = Counter()
    async with target.read() as connection:
        await must_be_empty(connection)
    # Before the rows, and again the same if this is repeated.
    moved["artifacts"] = await move_artifacts(FolderArtifacts(state_dir / "artifacts"), artifacts)
    async with source.read() as reading, target.write() as writing:
        # Nobody waits for it, and thousands of sessions may have nothing to write.
        await writing.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await must_be_empty(writing)
        for table in MOVED:
            moved[table.name] = await copy_rows(reading, writing, table)
        for file in sorted((state_dir / SESSIONS_FOLDER).glob("*.db")):
            moved += await move_session(source, file.stem, writing)
        for table in MOVED:
            await count_on_from_there(writing, table)
    return dict(moved)


async def must_be_empty(connection: Connection) -> None:
    for table in (*MOVED, *MOVED_OF_SESSIONS):
        if (await connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1))).first() is not None:
            raise NotEmpty(
                f"the database of HARVEST_DATABASE_URL has rows of its own (in {table.name}): nothing was moved. "
                "Name an empty one"
            )


async def copy_rows(reading: Connection, writing: Connection, table: sa.Table) -> int:
    changes, copied = HELD_BY_NOBODY.get(table.name, {}), 0
    async for batch in batches(reading, table):
        await writing.execute(sa.insert(table), [{**row, **changes} for row in batch])
        copied += len(batch)
    return copied


async def batches(reading: Connection, table: sa.Table) -> AsyncIterator[Sequence[sa.RowMapping]]:
    """All rows, in the order of their primary key."""
    order = list(table.primary_key.columns)
    query = sa.select(table).order_by(*order).limit(BATCH_ROWS)
    batch = (await reading.execute(query)).mappings().all()
    while batch:
        yield batch
        last = [sa.literal(batch[-1][column], column.type) for column in order]
        batch = (await reading.execute(query.where(sa.tuple_(*order) > sa.tuple_(*last)))).mappings().all()


async def move_session(source: Database, session_id: str, writing: Connection) -> Counter[str]:
    """A session's own file into the tables that all sessions share there."""
    moved: Counter[str] = Counter()
    own = await open_session_file(source, session_id)
    if own is None:
        return moved
    try:
        async with own.read() as reading:
            for table in MOVED_OF_SESSIONS:
                numbered = counted_by_itself(table)
                kept = [column.name for column in table.columns if column is not numbered]
                async for batch in batches(reading, table):
                    await writing.execute(sa.insert(table), [{name: row[name] for name in kept} for row in batch])
                    moved[table.name] += len(batch)
    finally:
        await own.close()
    return moved


async def move_artifacts(folder: FolderArtifacts, there: Artifacts) -> int:
    found = await folder.list()
    with TemporaryDirectory() as scratch:
        for each in found:
            if await folder.get(each.key, Path(scratch) / "artifact"):
                await there.put(each.key, Path(scratch) / "artifact")
    return len(found)


async def count_on_from_there(writing: Connection, table: sa.Table) -> None:
    """Postgres numbers the next row after those that brought their numbers along."""
    column = counted_by_itself(table)
    if column is None:
        return
    last = sa.select(sa.func.max(column)).scalar_subquery()
    place = sa.func.pg_get_serial_sequence(table.name, column.name)
    await writing.execute(sa.select(sa.func.setval(place, sa.func.coalesce(last, 1), last.is_not(None))))


def counted_by_itself(table: sa.Table) -> sa.Column[Any] | None:
    """The column in which the database numbers the rows, if there is one."""
    columns: Sequence[sa.Column[Any]] = [column for column in table.primary_key.columns if column.autoincrement is True]
    return columns[0] if columns else None
