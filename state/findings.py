"""What was found on pull requests without anybody asking, and the job that each finding was given to.

There is no second job for the same finding on the same head of a pull request: a job takes its findings in the transaction in
which it is written down. How often something was tried on a head, and whether there is less to settle each time, is read here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from state.columns import ForeignText, GitHubId, Seconds
from state.connection import Connection
from state.database import Database
from state.tables import metadata

# Work that is the same whoever asks for it: of each kind a session has one under way at most.
Chore = Literal["fix-ci", "rebase", "resolve", "resume", "review"]

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("repository_id", GitHubId, primary_key=True, autoincrement=False),
    sa.Column("pull", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("head_sha", sa.Text, primary_key=True),
    sa.Column("chore", sa.Text, primary_key=True),
    sa.Column("finding", ForeignText, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("found_at", Seconds, nullable=False),
    # There was nothing of its kind since then.
    sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.false()),
)


@dataclass(frozen=True)
class Found:
    """What one look found on a pull request's head, for a job of that chore to settle. A finding's name is the same for as
    long as it is the same finding: a check's name, a thread's id, the commit that the head is in conflict with."""

    repository_id: int
    pull: int
    head_sha: str
    chore: Chore
    findings: tuple[str, ...]


async def give(database: Database, connection: Connection, found: Found, job_id: str) -> bool:
    """Give the job what no other one was given on that head; False when that is nothing."""
    now = time.time()
    where = {"repository_id": found.repository_id, "pull": found.pull, "head_sha": found.head_sha, "chore": found.chore}
    rows = [{**where, "finding": name, "job_id": job_id, "found_at": now} for name in dict.fromkeys(found.findings)]
    given = False
    for row in rows:
        new = database.insert(findings).values(row).on_conflict_do_nothing().returning(findings.c.job_id)
        given = (await connection.execute(new)).first() is not None or given
    return given


class Findings:
    """The findings in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rounds(self, repository_id: int, pull: int, chore: Chore) -> list[tuple[str, frozenset[str]]]:
        """What jobs of that chore were given since there was nothing for it, by the head that it was found on, the first one
        first."""
        its = sa.and_(on_pull(repository_id, pull, chore), ~findings.c.settled)
        query = sa.select(findings.c.head_sha, findings.c.finding).where(its).order_by(findings.c.found_at)
        heads: dict[str, set[str]] = {}
        async with self._database.read() as connection:
            for head, finding in await connection.execute(query):
                heads.setdefault(head, set()).add(finding)
        return [(head, frozenset(found)) for head, found in heads.items()]

    async def settle(self, repository_id: int, pull: int, chore: Chore) -> None:
        """There is nothing for that chore now: what comes after is another round's. On the same head no job is given it again
        all the same."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(findings).where(on_pull(repository_id, pull, chore)).values(settled=True))

    async def tries(self, repository_id: int, pull: int, head_sha: str) -> int:
        """How many jobs were given something that was found on that head."""
        its = sa.and_(findings.c.repository_id == repository_id, findings.c.pull == pull, findings.c.head_sha == head_sha)
        query = sa.select(sa.func.count(sa.distinct(findings.c.job_id))).where(its)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()


def on_pull(repository_id: int, pull: int, chore: Chore) -> sa.ColumnElement[bool]:
    return sa.and_(findings.c.repository_id == repository_id, findings.c.pull == pull, findings.c.chore == chore)
