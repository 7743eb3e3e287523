"""Harvest as tests use it: `harvest serve` in a process of its own, asked and watched as an operator would."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.github_service import LIMITS_SPEED
from tests.module_process import Running, start_module

ROOT = Path(__file__).resolve().parents[1]
SCRIPTED_AGENT = ROOT / "tests" / "scripted_agent" / "claude"

# It starts in about two seconds; a loaded machine may take many times that.
_START_SECONDS = 60.0
_END_SECONDS = 60.0
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")

_JOBS = """
SELECT id, session_id, json_extract(ask, '$.target.thread') AS thread, state, step, outcome, ending, report
FROM jobs WHERE ? IS NULL OR thread = ? ORDER BY number
"""


@dataclass(frozen=True)
class JobRow:
    """A job as its row says. `thread` is the issue or pull request that it was asked on."""

    id: str
    session: str
    thread: int
    state: str
    step: str | None
    outcome: str | None
    ending: dict[str, Any]
    report: dict[str, Any]
    results: list[tuple[str, dict[str, Any]]]

    def results_of(self, step: str) -> list[dict[str, Any]]:
        """What that step found out, once for each sandbox that it came through in."""
        return [result for name, result in self.results if name == step]

    def result_of(self, step: str) -> dict[str, Any]:
        """What that step found out when it last came through."""
        return self.results_of(step)[-1]


class HarvestService:
    """One Harvest: it can be killed and started again on the same port and state directory.

    `env` is what it is started with, beside the few names that every program needs; its log goes to `log_path` as JSON lines.
    `program` is the Python module that it is run as.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], program: str = "github_app") -> None:
        self.state = folder / "state"
        self.log_path = folder / "harvest.log"
        self.url = ""
        self.env = {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "HARVEST_SANDBOX": "local",
            "HARVEST_PORT": "0",
            "HARVEST_STATE_DIR": str(self.state),
            "HARVEST_LOG_FORMAT": "json",
            "HARVEST_GITHUB_PACE": str(LIMITS_SPEED),
            "HARVEST_IMAGE_MINUTES": "0",  # a schedule of its own would come in between
            "HARVEST_STANDBYS": "0",  # one takes the processor at the end of each job, when the next test begins
            **env,
        }
        self._folder = folder
        self._program = program
        self.process: Running | None = None

    @property
    def webhook_url(self) -> str:
        return f"{self.url}/webhooks/github"

    def start(self) -> None:
        """Start it and wait until it listens. On the port that it had before, if it had one."""
        self.process = start_module(self._program, "serve", cwd=self._folder, env=self.env, log=self.log_path)
        watchdog = threading.Timer(_START_SECONDS, self.process.kill)
        watchdog.start()
        try:
            line = self.process.stdout.readline() if self.process.stdout else ""
        finally:
            watchdog.cancel()
        assert line.startswith("Harvest listens on "), f"Harvest did not start: {line!r}\n{self.log()[-2000:]}"
        self.url = line.split()[-1]
        self.env["HARVEST_PORT"] = self.url.rpartition(":")[2]

    def kill(self) -> None:
        """As the power cut does: no word, no clean-up. The agents' sandboxes go on."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As an operator does."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Kill it, and start it again."""
        self.kill()
        self.start()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """The log's entries of this event."""
        entries = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [entry for entry in entries if entry.get("event") == event]

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the state's database, read only; none before there is one."""
        path = self.state / "harvest.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(sql, values).fetchall()

    def jobs(self, thread: int | None = None) -> list[JobRow]:
        """All jobs, or those asked for on that issue or pull request, oldest first."""
        rows = self.query(_JOBS, thread, thread)
        return [
            JobRow(
                id_,
                session,
                at,
                state,
                step,
                outcome,
                json.loads(ending or "{}"),
                json.loads(report or "{}"),
                self._results(id_),
            )
            for id_, session, at, state, step, outcome, ending, report in rows
        ]

    def _results(self, job_id: str) -> list[tuple[str, dict[str, Any]]]:
        found = "SELECT step, result FROM job_steps WHERE job_id = ? AND result IS NOT NULL ORDER BY number"
        return [(step, json.loads(result)) for step, result in self.query(found, job_id)]

    def _end(self, how: signal.Signals) -> None:
        assert self.process is not None, "it was never started"
        self.process.send_signal(how)
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"Harvest did not end within {_END_SECONDS:.0f} s of {how.name}") from None
        finally:
            if self.process.stdout:
                self.process.stdout.close()


@contextmanager
def running_harvest(folder: Path, env: Mapping[str, str], program: str = "github_app") -> Iterator[HarvestService]:
    """Start Harvest with its state and log in `folder`; after the block it has ended. Its sandboxes may go on."""
    folder.mkdir(parents=True, exist_ok=True)
    service = HarvestService(folder, env, program)
    try:
        service.start()
        yield service
    finally:
        if service.running:
            service.stop()
