"""When a bot was last listened to in a thread: two bots that answer each other would never come to an end, so one is answered
once an hour at most.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from state.columns import GitHubId, Seconds
from state.database import Database
from state.tables import metadata

ONCE_IN_SECONDS = 60 * 60.0

bot_asks = sa.Table(
    "bot_asks",
    metadata,
    sa.Column("repository_id", GitHubId, primary_key=True, autoincrement=False),
    sa.Column("thread", sa.Integer, primary_key=True, autoincrement=False),
    # What was said, by the id that GitHub gave it.
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("at", Seconds, nullable=False),
)


class BotAsks:
    """The bots' asks in a database, the last one of each thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, repository_id: int, thread: int, said: str) -> bool:
        """Whether what a bot said is to be answered in this thread: nothing else of a bot's was within the hour. The same
        answer however often it is asked, until the hour is over."""
        now, again = time.time(), bot_asks.c.said == said
        new = self._database.insert(bot_asks).values(repository_id=repository_id, thread=thread, said=said, at=now)
        taken = new.on_conflict_do_update(
            index_elements=["repository_id", "thread"],
            set_={"said": said, "at": sa.case((again, bot_asks.c.at), else_=now)},
            where=sa.or_(again, bot_asks.c.at <= now - ONCE_IN_SECONDS),
        ).returning(bot_asks.c.thread)
        async with self._database.write() as connection:
            return (await connection.execute(taken)).first() is not None

    async def forget(self) -> int:
        """Drop what is older than the hour; gives the number of threads."""
        async with self._database.write() as connection:
            old = sa.delete(bot_asks).where(bot_asks.c.at <= time.time() - ONCE_IN_SECONDS)
            return (await connection.execute(old)).rowcount
