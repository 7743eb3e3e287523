"""Volumes with Modal's commit rule: what a sandbox writes is its own until it is committed, then it is everybody's.

A volume is a folder of committed files. A sandbox that mounts it works on a view, a copy of its own; a commit carries the
view's changes over file by file (the last writer wins), a reload brings the others' in. A commit happens when the sandbox
ends or runs `sync` on the mount; Modal's background commits "every few seconds" are left out, so that what a program has
not asked for it can't come to rely on. https://modal.com/docs/guide/volumes
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from grpclib import GRPCError, Status

from emulators.modal.credentials import new_id
from emulators.modal.layers import copy_tree

# A file as a view remembers it: mode, size, time of last change in ns. Links and folders count by mode alone.
Trace = tuple[int, int, int]


@dataclass
class Volume:
    id: str
    name: str
    committed: Path


class VolumeView:
    """One sandbox's copy of a volume, or of one folder of it."""

    def __init__(self, volume: Volume, sub_path: str, folder: Path, target: str, read_only: bool) -> None:
        self.volume = volume
        self.folder = folder
        self.target = target
        self.read_only = read_only
        self._committed = volume.committed / sub_path.strip("/")
        self._seen: dict[str, Trace] = {}

    async def fill(self) -> None:
        """Take over what is committed now, as when the sandbox starts."""
        self._committed.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(parents=True)
        await copy_tree(self._committed, self.folder)
        self._seen = _traces(self.folder)

    async def commit(self) -> None:
        """Publish this view's changes; what it never touched is left as others made it."""
        if self.read_only:
            return
        now = _traces(self.folder)
        for name in sorted(now):
            if now[name] != self._seen.get(name):
                _carry(self.folder / name, self._committed / name)
        for name in sorted(self._seen.keys() - now.keys(), reverse=True):
            _remove(self._committed / name)
        self._seen = now

    async def reload(self) -> None:
        """Bring in what others committed; this view's own changes are committed first, as Modal may do. FAILED_PRECONDITION
        while one of its files is open."""
        if self._has_open_files():
            raise GRPCError(Status.FAILED_PRECONDITION, "there are open files preventing the operation")
        await self.commit()
        for name in sorted(_traces(self.folder).keys() - _traces(self._committed).keys(), reverse=True):
            _remove(self.folder / name)
        await copy_tree(self._committed, self.folder)
        self._seen = _traces(self.folder)

    def _has_open_files(self) -> bool:
        ours = {(facts.st_dev, facts.st_ino) for facts in _facts(self.folder).values()}
        for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                facts = descriptor.stat()
            except OSError:
                continue  # closed meanwhile, or another user's
            if (facts.st_dev, facts.st_ino) in ours:
                return True
        return False


class VolumeStore:
    """Volumes by id, each under its own folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._volumes: dict[str, Volume] = {}

    def get(self, volume_id: str) -> Volume:
        if volume_id not in self._volumes:
            raise GRPCError(Status.NOT_FOUND, f"Volume {volume_id} not found")
        return self._volumes[volume_id]

    def named(self, name: str) -> Volume | None:
        return next((volume for volume in self._volumes.values() if name and volume.name == name), None)

    def create(self, name: str) -> Volume:
        volume_id = new_id("vo")
        volume = Volume(volume_id, name, self._root / volume_id)
        volume.committed.mkdir(parents=True)
        self._volumes[volume_id] = volume
        return volume

    def delete(self, volume_id: str) -> None:
        shutil.rmtree(self.get(volume_id).committed)
        del self._volumes[volume_id]

    def path(self, volume_id: str, inside: str, *, must_exist: bool = True) -> Path:
        """A committed file's place; INVALID_ARGUMENT when it would lie outside of the volume."""
        root = self.get(volume_id).committed
        path = Path(os.path.normpath(root / inside.lstrip("/")))
        if not path.is_relative_to(root):
            raise GRPCError(Status.INVALID_ARGUMENT, f"{inside!r} leads out of the volume")
        if must_exist and not os.path.lexists(path):
            raise GRPCError(Status.NOT_FOUND, f"{inside}: no such file or directory")
        return path


def _facts(folder: Path) -> dict[str, os.stat_result]:
    return {str(path.relative_to(folder)): path.lstat() for path in folder.rglob("*")}


def _traces(folder: Path) -> dict[str, Trace]:
    traces = {}
    for name, facts in _facts(folder).items():
        plain = not (folder / name).is_dir() or (folder / name).is_symlink()
        traces[name] = (facts.st_mode, facts.st_size if plain else 0, facts.st_mtime_ns if plain else 0)
    return traces


def _carry(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.committing")
    shutil.copy2(source, partial, follow_symlinks=False)
    partial.replace(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
