"""The tool servers that a job is given: what tools each had when the job first saw it, and how often it was called.

What is written first stays: a server that changes its tools in mid-job changes nothing for the job, whichever process looks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from state.columns import Seconds
from state.database import Database
from state.forgetting import forget_in_batches, rows_of_ended_jobs
from state.frequent import Frequent
from state.jobs import jobs
from state.sessions import sessions
from state.tables import metadata

job_tools = sa.Table(
    "job_tools",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey(jobs.c.id), primary_key=True),
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("tools", sa.JSON, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("given_at", Seconds, nullable=False),
    sa.Index("job_tools_by_time", "given_at"),
)

# Both are run at each call of a tool.
HELD_BY = Frequent(
    sa.select(
        jobs.c.id,
        jobs.c.state != "ended",
        sessions.c.id,
        sessions.c.installation_id,
        sessions.c.repository_id,
        sessions.c.repository,
        job_tools.c.tools,
        job_tools.c.problem,
    )
    .join(sessions, sessions.c.id == jobs.c.session_id)
    .outerjoin(job_tools, sa.and_(job_tools.c.job_id == jobs.c.id, job_tools.c.server == sa.bindparam("server")))
    .where(jobs.c.gateway_token_sha256 == sa.bindparam("token_sha256"))
)
COUNT_CALL = Frequent(
    sa.update(job_tools)
    .where(
        job_tools.c.job_id == sa.bindparam("of_job"),
        job_tools.c.server == sa.bindparam("of_server"),
        job_tools.c.calls < sa.bindparam("most"),
    )
    .values(calls=job_tools.c.calls + 1)
    .returning(job_tools.c.calls)
)

Tool = dict[str, Any]


@dataclass(frozen=True)
class GivenServer:
    """A server and the tools of it that a job has, each as plain JSON. `problem` is a few words on why there is none."""

    server: str
    tools: tuple[Tool, ...]
    problem: str


@dataclass(frozen=True)
class Place:
    """Whose job it is: its id, the session that it belongs to, and its repository as `owner/name` and by its ids."""

    job_id: str
    session_id: str
    installation_id: int
    repository_id: int
    repository: str


@dataclass(frozen=True)
class Held:
    """A job that a token stands for, `open` until it has ended. `given` is None for a server that it doesn't have."""

    open: bool
    place: Place
    given: GivenServer | None


class JobTools:
    """The tools of the jobs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(self, job_id: str, server: str, tools: Sequence[Mapping[str, Any]], problem: str = "") -> None:
        """Write down what the job sees of a server. What was written before stays."""
        row = {"job_id": job_id, "server": server, "tools": [dict(tool) for tool in tools], "problem": problem}
        new = self._database.insert(job_tools).values(**row, calls=0, given_at=time.time()).on_conflict_do_nothing()
        async with self._database.write() as connection:
            await connection.execute(new)

    async def of_job(self, job_id: str) -> list[GivenServer]:
        """All that the job was given, in the order of the servers' names."""
        columns = (job_tools.c.server, job_tools.c.tools, job_tools.c.problem)
        query = sa.select(*columns).where(job_tools.c.job_id == job_id).order_by(job_tools.c.server)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [GivenServer(server, tuple(tools), problem) for server, tools, problem in rows]

    async def held_by(self, token_sha256: str, server: str) -> Held | None:
        """Whose token this is (its SHA-256, hex), and what that job has of the server; None for a token of no job."""
        asked = {"token_sha256": token_sha256, "server": server}
        rows = await self._database.read_at_once(lambda connection: HELD_BY.rows(connection, asked))
        if not rows:
            return None
        [(job_id, is_open, session_id, installation_id, repository_id, repository, tools, problem)] = rows
        place = Place(job_id, session_id, installation_id, repository_id, repository)
        given = json.loads(tools) if isinstance(tools, str) else tools
        return Held(bool(is_open), place, None if given is None else GivenServer(server, tuple(given), problem))

    async def count_call(self, job_id: str, server: str, *, most: int) -> int | None:
        """Count one more call; gives its number, from 1, or None when the job has made `most` already. Callers at the same
        time get different numbers, whichever process they are in."""
        asked = {"of_job": job_id, "of_server": server, "most": most}
        numbers = await self._database.write_at_once(lambda connection: COUNT_CALL.rows(connection, asked))
        return next((number for (number,) in numbers), None)

    async def forget(self, *, ended_before: float) -> int:
        """Drop what jobs were given that ended before then, in batches; gives the number of rows."""
        old = rows_of_ended_jobs(job_tools.c.job_id, job_tools.c.given_at, ended_before=ended_before)
        return await forget_in_batches(self._database, old)
