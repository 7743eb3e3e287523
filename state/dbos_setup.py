"""How DBOS is set up for Harvest: its database, the way it writes things down, its logging. Only the engine imports this,
and late, because DBOS takes a while to import.

https://docs.dbos.dev/python/reference/configuration
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from dbos import DBOSConfig, Serializer
from sqlalchemy.engine import ExceptionContext

from state import serializers as records
from state.database import Database, is_away, session_options
from state.sqlite import BUSY_SECONDS, create_sqlite_file

# A constant, because jobs are only continued by the version that began them: DBOS's default is a hash of the code, and
# every upgrade would leave the running jobs behind.
APPLICATION_VERSION = "1"
ENGINE_FILE = "engine.db"
# DBOS makes its pool the event loop's own and doesn't bound it. Its calls are short.
THREADS = 32
SQLITE_CONNECTIONS = 10
# DBOS's own: until a Postgres that doesn't answer is away.
CONNECT_SECONDS = 10
# Harvest sends none; stopping takes as long as one look at them.
NOTIFICATION_SECONDS = 0.1
# https://www.sqlite.org/releaselog/3_42_0.html; Debian 12 has 3.40, Ubuntu 22.04 3.37, without the function.
UNIXEPOCH_KNOWS_SUBSEC = (3, 42, 0)


class JSONSerializer(Serializer):
    """Everything DBOS stores for us is JSON (its default is pickle)."""

    def serialize(self, data: Any) -> str:
        return records.encode(data)

    def deserialize(self, serialized_data: str) -> Any:
        return records.decode(serialized_data)

    def name(self) -> str:
        return "harvest_json"


def configuration(database: Database, executor_id: str) -> DBOSConfig:
    """DBOS on Harvest's Postgres, or on a SQLite file of its own beside Harvest's: in the same file its frequent small
    transactions make every other writer wait."""
    config: DBOSConfig = {
        "name": "harvest",
        "application_version": APPLICATION_VERSION,
        "executor_id": executor_id,
        "serializer": JSONSerializer(),
        "log_level": "WARNING",
        "max_executor_threads": THREADS,
        "notification_listener_polling_interval_sec": NOTIFICATION_SECONDS,
        "enable_otlp": False,
    }
    if database.folder is None:
        config["system_database_url"] = database.url.render_as_string(hide_password=False)
        engine = postgres_engine(database.url)
    else:
        file = database.folder / ENGINE_FILE
        create_sqlite_file(file)
        config["system_database_url"] = f"sqlite:///{file}"
        engine = sqlite_engine(f"sqlite:///{file}")
    wait_while_away(engine)
    config["system_database_engine"] = engine
    return config


def postgres_engine(url: sa.URL) -> sa.Engine:
    """As DBOS would make it itself, but that a transaction which lies idle ends sooner."""
    settings = {"connect_timeout": CONNECT_SECONDS, "options": session_options(url)}
    return sa.create_engine(
        url, pool_size=THREADS, max_overflow=0, pool_timeout=BUSY_SECONDS, pool_pre_ping=True, connect_args=settings
    )


def sqlite_engine(url: str) -> sa.Engine:
    """DBOS's own engine would neither use a write-ahead log nor wait for the disk at each commit. Unlike ours, its
    transactions begin at the first write: it opens some of them itself."""
    engine = sa.create_engine(url, pool_size=SQLITE_CONNECTIONS, max_overflow=0, pool_timeout=BUSY_SECONDS)

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if sqlite3.sqlite_version_info < UNIXEPOCH_KNOWS_SUBSEC:
            connection.create_function("unixepoch", 1, unixepoch)

    return engine


def unixepoch(modifier: str) -> float:
    """SQLite's `unixepoch('subsec')`: seconds since the epoch, to the millisecond.

    DBOS takes it from Python 3.12 on, in queries and as what its tables' columns default to, whatever the SQLite. Raises
    ValueError for every other modifier: it is none that DBOS uses.
    """
    if modifier != "subsec":
        raise ValueError(f"unixepoch({modifier!r}) is not known here")
    return round(time.time(), 3)


def wait_while_away(engine: sa.Engine) -> None:
    """Let DBOS wait for a database that is away. It does so for what it takes for a lost connection, and that is not all: a
    full disk, or a socket that is not there, it takes for the end of the job's function, which nobody then goes on with."""

    @sa.event.listens_for(engine, "handle_error")
    def tell(context: ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None and is_away(context.sqlalchemy_exception):
            context.is_disconnect = True


def quiet_logging(stopping: Callable[[], bool]) -> None:
    """Let DBOS's warnings go where Harvest's own go. Left alone it prints to the terminal by itself."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # it adds its own unless there is one
    logger.propagate = True
    logger.filters.clear()
    logger.addFilter(lambda record: is_news(record, stopping=stopping()))


def is_news(record: logging.LogRecord, *, stopping: bool) -> bool:
    """A job's exception is logged by the engine, with the job's id; and that its steps are cancelled while Harvest stops is
    what was asked for."""
    message = str(record.msg)
    if stopping and message.startswith("Asyncio task cancelled for workflow or step"):
        return False
    return not message.startswith("Exception encountered in asynchronous workflow")
