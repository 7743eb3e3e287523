"""Which texts match words best: Postgres's full text search, or SQLite's FTS5 where this SQLite has it.

On SQLite the few hundred texts that may be read are put into an index in memory for each search: it takes some milliseconds,
and there is none in the file that an older SQLite could not write to or that could get out of step.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import sqlalchemy as sa

WORD = re.compile(r"[^\W_]+")


async def best_of(texts: Mapping[int, str], words: Sequence[str]) -> list[int]:
    """The numbers of those that have some of these words, those that match best first."""
    return await asyncio.to_thread(_best_of, texts, words)


def _best_of(texts: Mapping[int, str], words: Sequence[str]) -> list[int]:
    """https://www.sqlite.org/fts5.html"""
    try:
        with closing(sqlite3.connect(":memory:")) as index:
            index.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'porter unicode61')")
            index.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", texts.items())
            found = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank, rowid DESC"
            return [number for (number,) in index.execute(found, (" OR ".join(f'"{word}"' for word in words),))]
    except sqlite3.OperationalError:
        return by_words_in_common(texts, words)


def by_words_in_common(texts: Mapping[int, str], words: Sequence[str]) -> list[int]:
    """For a SQLite without FTS5: those that have most of the words first, and of these the newest."""
    wanted = frozenset(words)
    common = {number: len(wanted & set(WORD.findall(text.casefold()))) for number, text in texts.items()}
    return sorted((number for number, count in common.items() if count), key=lambda number: (-common[number], -number))


def words_match(
    text: sa.ColumnElement[str], path: sa.ColumnElement[str], words: Sequence[str]
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[Any]]:
    """On Postgres: whether they do, and how well. https://www.postgresql.org/docs/current/textsearch-controls.html"""
    english: sa.ColumnElement[str] = sa.literal_column("'english'::regconfig")
    # Else a path or a name with underscores is one word to it.
    plain = sa.func.regexp_replace(text + " " + path, "[^[:alnum:]]+", " ", "g")
    document = sa.func.to_tsvector(english, plain)
    query = sa.func.to_tsquery(english, " | ".join(words))
    return document.bool_op("@@")(query), sa.func.ts_rank(document, query)
