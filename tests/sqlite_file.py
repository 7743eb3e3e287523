"""A SQLite database for a test. Making its tables takes ten times as long as all else that most tests do with it, so they are
made once in a process and copied."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from state.database import Database

_made: list[bytes] = []


async def open_sqlite(folder: Path) -> Database:
    """The database in this folder, as `Database.open` gives it: empty, unless there was one already."""
    file = folder / "harvest.db"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(await _empty_one())
    return await Database.open(f"sqlite:///{file}")


async def _empty_one() -> bytes:
    if not _made:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "harvest.db"
            await (await Database.open(f"sqlite:///{file}")).close()
            _made.append(file.read_bytes())
    return _made[0]
