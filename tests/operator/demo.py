"""The demo, started as people start it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]

# It comes to the agent within ten seconds; a machine under load takes its time.
PATIENCE_SECONDS = 90.0


@contextmanager
def running_demo(
    folder: Path, *arguments: str, seconds: float = PATIENCE_SECONDS, **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """A demo whose files are all below `folder`, and which is ended after so many `seconds`."""
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "github_app", "demo", *arguments],
        cwd=folder,
        env={**passed_on, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
