"""Numbered folders that images are stacked from. A layer is written once, then only read."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from pathlib import Path


class LayerStore:
    """Layers under one folder; their names are numbers because the kernel caps a stack's description at one page."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count(1)

    def new(self) -> tuple[int, Path]:
        number = next(self._numbers)
        folder = self.path(number)
        folder.mkdir()
        folder.chmod(0o755)  # the root of a file tree is open to everybody, whatever this process's umask
        return number, folder

    def path(self, number: int) -> Path:
        return self.root / str(number)

    def drop(self, number: int) -> None:
        shutil.rmtree(self.path(number), ignore_errors=True)

    async def copy(self, source: Path) -> int:
        """A new layer with what `source` holds now: links, modes, owners, device nodes and attributes as they are."""
        number, folder = self.new()
        await copy_tree(source, folder)
        return number


async def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder's contents into another. Files may come and go meanwhile, as in any snapshot of a living tree."""
    process = await asyncio.create_subprocess_exec(
        *("cp", "-a", "--reflink=auto", f"{source}/.", str(target)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    unexpected = [line for line in errors.decode(errors="replace").splitlines() if "No such file or directory" not in line]
    if process.returncode and unexpected:
        raise OSError(f"copying {source} failed: {unexpected[0]}")
