"""A kept state as text: each database of a state directory as SQL, each repository's commits as git writes them for others."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

STATES = Path(__file__).parent / "kept"
DATABASES = ("harvest.db", "engine.db", "sessions/*.db")
# Deliveries that were handled say nothing about jobs, and are long.
NOT_KEPT = ("DELETE FROM inbox", "DELETE FROM executors")


def keep(state: Path, git: Path, kept: Path, notes: dict[str, Any]) -> None:
    """Write down a state directory that nobody has open, and what is in the repositories below `git`."""
    shutil.rmtree(kept, ignore_errors=True)
    for pattern in DATABASES:
        for file in sorted(state.glob(pattern)):
            text = kept / file.relative_to(state).with_suffix(".sql")
            text.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(file)) as database:
                for statement in NOT_KEPT if file.name == "harvest.db" else ():
                    database.execute(statement)
                database.commit()
                text.write_text("\n".join(database.iterdump()) + "\n")
    for repository in (path for name in notes["repositories"] for path in git.glob(f"*/{name}.git")):
        exported = subprocess.run(["git", "-C", repository, "fast-export", "--all"], check=True, capture_output=True).stdout
        (kept / f"{repository.stem}.commits").write_bytes(exported)
    (kept / "notes.json").write_text(json.dumps(notes, indent=2) + "\n")


def restore(kept: Path, state: Path) -> dict[str, Any]:
    """Make that state directory, as it was; gives the notes that were kept with it."""
    for text in sorted(kept.glob("**/*.sql")):
        file = state / text.relative_to(kept).with_suffix(".db")
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(sqlite3.connect(file)) as database:
            database.executescript(text.read_text())
    notes: dict[str, Any] = json.loads((kept / "notes.json").read_text())
    return notes


def restore_commits(kept: Path, git: Path) -> None:
    """Bring the commits into repositories of the same names, below `git`."""
    for exported in kept.glob("*.commits"):
        (repository,) = git.glob(f"*/{exported.stem}.git")
        arriving = ["git", "-C", str(repository), "fast-import", "--quiet", "--force"]
        subprocess.run(arriving, check=True, input=exported.read_bytes())
