"""The command `harvest` as an operator types it: in an empty folder, with just the settings that a test gives it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.module_process import run_module

ROOT = Path(__file__).parents[2]

MANIFEST = ROOT / "app.yml"


def environment(**settings: str) -> dict[str, str]:
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**own, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **settings}


def harvest(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in an empty folder with just these settings."""
    return run_module("github_app", *arguments, cwd=cwd, env=environment(**settings))
