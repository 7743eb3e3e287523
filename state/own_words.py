"""The label and the command word that a repository has instead of the operator's. Deliveries are looked at by them before
anybody can be asked, so each process knows all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from state.columns import ForeignText, GitHubId
from state.database import Database
from state.tables import metadata

own_words = sa.Table(
    "own_words",
    metadata,
    sa.Column("repository_id", GitHubId, primary_key=True, autoincrement=False),
    sa.Column("label", ForeignText),
    sa.Column("command", ForeignText),
)


@dataclass(frozen=True)
class Words:
    """None where the operator's counts."""

    label: str | None = None
    command: str | None = None


class OwnWords:
    """Those of all repositories in a database, as this process knows them. Make one with `await OwnWords.open(database)`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, Words] = {}

    @classmethod
    async def open(cls, database: Database) -> OwnWords:
        words = cls(database)
        await words.load()
        return words

    def of(self, repository_id: int) -> Words:
        return self._known.get(repository_id, Words())

    async def load(self) -> int:
        """Learn what other processes have noted; gives the number of repositories with words of their own."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(own_words))
            self._known = {repository_id: Words(label, command) for repository_id, label, command in rows}
        return len(self._known)

    async def note(self, repository_id: int, words: Words) -> None:
        """The repository has these now."""
        if words == self.of(repository_id):
            return
        values = {"label": words.label, "command": words.command}
        new = self._database.insert(own_words).values(repository_id=repository_id, **values)
        async with self._database.write() as connection:
            if words == Words():
                await connection.execute(sa.delete(own_words).where(own_words.c.repository_id == repository_id))
            else:
                await connection.execute(new.on_conflict_do_update(index_elements=["repository_id"], set_=values))
        self._known = {**self._known, repository_id: words} if words != Words() else without(self._known, repository_id)


def without(known: dict[int, Words], repository_id: int) -> dict[int, Words]:
    return {id_: words for id_, words in known.items() if id_ != repository_id}
