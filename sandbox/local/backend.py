"""Makes, finds and lists local sandboxes.

A sandbox of a name that lives already is adopted, also by another process: everything that is known about it lies on disk.
Its time limit is kept by a process of its own around every command; a sandbox past its limit is ended as soon as anybody
creates, lists or attaches.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sandbox.local import network, record, snapshots
from sandbox.local.isolation import Isolation, probe
from sandbox.local.layout import PRIVATE, Layout
from sandbox.local.record import Record
from sandbox.local.sandbox import LocalSandbox, clear, end, refuse_a_limit
from sandbox.protocol import PlaceTaken, SandboxError, SandboxGone, SandboxSpec, SandboxSummary

# The folder's name and a random word. An id comes from outside: nothing else becomes a path.
SANDBOX_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.[0-9a-f]{16}")


class LocalBackend:
    """Sandboxes below `root`, each in bubblewrap where that works.

    `claude` is the CLI to offer in them as `claude`, `browser_server` the program with the browser's tools. `bubblewrap` names
    its program; None does without. Where there is no isolation, `create` refuses unless `allow_unisolated`. `cpu` and
    `memory_mib` of a spec are not enforced here.
    """

    name = "local"
    makes_ahead = False

    def __init__(
        self,
        root: Path,
        *,
        claude: Path | None = None,
        browser_server: Path | None = None,
        allow_unisolated: bool = False,
        bubblewrap: str | None = "bwrap",
    ) -> None:
        self._layout = Layout(root, claude, browser_server)
        self._allow_unisolated = allow_unisolated
        self._bubblewrap = bubblewrap
        self._isolation: Isolation | None = None

    def isolation(self) -> Isolation:
        """How far sandboxes made here are isolated; the first call finds out by trying and blocks for some 10 ms."""
        if self._isolation is None:
            self._isolation = probe(self._bubblewrap, self._layout)
        return self._isolation

    @property
    def limits_egress(self) -> bool:
        """Whether sandboxes made here have a network of their own; the first call blocks as `isolation` does."""
        return self.isolation().own_network

    async def create(self, spec: SandboxSpec) -> LocalSandbox:
        """As the protocol says. Another one in the session's place is ended and removed first, unless the new one gives way.

        Cancelled half-way it is finished in the background, and adopted by the next `create` of that name.
        """
        made = await asyncio.to_thread(self._create, spec)
        await made.keep_proxy()  # while its first command is being prepared
        return made

    async def attach(self, sandbox_id: str) -> LocalSandbox:
        return await asyncio.to_thread(self._attach, sandbox_id)

    async def hand_over(self, sandbox_id: str, tags: Mapping[str, str]) -> LocalSandbox:
        """To a job of the session that it was made for: it is bound to that session's folder."""
        return await asyncio.to_thread(self._hand_over, sandbox_id, tags)

    async def list(self, tags: Mapping[str, str]) -> list[SandboxSummary]:
        return await asyncio.to_thread(_living, self._layout, tags)

    async def exit_snapshot(self, sandbox_id: str) -> str | None:
        """None: a local sandbox leaves nothing behind."""
        return None

    async def cost(self, sandbox_id: str) -> float | None:
        """Nobody charges for this machine by the sandbox."""
        return 0.0

    async def delete_snapshot(self, snapshot_id: str) -> None:
        path = snapshots.path_of(self._layout.snapshots, snapshot_id)
        if path is not None:
            await asyncio.to_thread(snapshots.remove, path)

    async def old_snapshots(self, before: float) -> Sequence[str]:
        return await asyncio.to_thread(snapshots.taken_before, self._layout.snapshots, before)

    async def close(self) -> None:
        """Nothing is held open: sandboxes go on."""

    def _create(self, spec: SandboxSpec) -> LocalSandbox:
        isolation = self._usable_isolation()
        refuse_a_limit(isolation, spec.egress)
        self._layout.prepare()
        folder = self._layout.folder_of(spec.session)
        with self._layout.locked(folder):
            living = record.read(folder)
            if living is not None and living.name == spec.name and living.is_usable(isolation.kind):
                return LocalSandbox(self._layout, isolation, folder, living)
            if living is not None and spec.gives_way:
                raise PlaceTaken(f"the sandbox {living.name} lives in the place of session {spec.session}")
            if living is not None:
                clear(self._layout, folder, living)
            made = self._build(spec, folder, isolation)
        return LocalSandbox(self._layout, isolation, folder, made)

    def _build(self, spec: SandboxSpec, folder: Path, isolation: Isolation) -> Record:
        """Build it beside its place and move it there whole: a crash half-way leaves no sandbox."""
        building = folder.with_name(snapshots.BUILDING + folder.name)
        for leftover in (folder, building):
            snapshots.remove(leftover)
        building.mkdir(mode=PRIVATE)
        started_from, kept = spec.start
        try:
            if kept is not None:  # a repository image is a snapshot here
                snapshots.restore(self._layout.snapshots, kept, building)
            self._layout.make_folders(building)
            now = time.time()
            made = Record(
                id=f"{folder.name}.{secrets.token_hex(8)}",
                name=spec.name,
                session=spec.session,
                tags=dict(spec.tags),
                created_at=now,
                deadline=now + spec.timeout_seconds,
                started_from=started_from,
                isolation=isolation.kind,
                image=spec.image_id,
                snapshot=spec.snapshot_id,
            )
            if isolation.own_network:
                network.set_rules(building, made.id, spec.egress)
            record.write(building, made)
            building.rename(folder)
        except BaseException:
            snapshots.remove(building)
            raise
        return made

    def _attach(self, sandbox_id: str) -> LocalSandbox:
        isolation = self._usable_isolation()
        if not SANDBOX_ID.fullmatch(sandbox_id):
            raise SandboxGone(f"{sandbox_id!r} is not the id of a local sandbox")
        folder = self._layout.sandboxes / sandbox_id.partition(".")[0]
        try:
            living = record.read_living(folder, sandbox_id)
            if not living.is_usable(isolation.kind):
                raise SandboxGone(f"sandbox {sandbox_id} was made with other isolation ({living.isolation}) than there is now")
        except SandboxGone:
            end(self._layout, folder, sandbox_id)
            raise
        return LocalSandbox(self._layout, isolation, folder, living)

    def _hand_over(self, sandbox_id: str, tags: Mapping[str, str]) -> LocalSandbox:
        self._attach(sandbox_id)
        folder = self._layout.sandboxes / sandbox_id.partition(".")[0]
        with self._layout.locked(folder):
            given = replace(record.read_living(folder, sandbox_id), tags=dict(tags), stands_by=False)
            try:
                record.write(folder, given)
            except OSError as error:
                raise SandboxError(f"the sandbox {sandbox_id} can't be handed over: {error}") from error
        return LocalSandbox(self._layout, self.isolation(), folder, given)

    def _usable_isolation(self) -> Isolation:
        if not sys.platform.startswith("linux"):
            raise SandboxError("local sandboxes need Linux: set HARVEST_SANDBOX=modal to work elsewhere")
        isolation = self.isolation()
        if isolation.kind == "none" and not self._allow_unisolated:
            raise SandboxError(f"no sandbox without isolation: {isolation.detail}. Way out: {isolation.advice}")
        return isolation


def _living(layout: Layout, tags: Mapping[str, str]) -> list[SandboxSummary]:
    """The living sandboxes with these tags; those past their time are ended on the way."""
    for folder in (layout.sandboxes, layout.snapshots):
        snapshots.sweep(folder)
    if not layout.sandboxes.is_dir():
        return []
    found = []
    for folder in sorted(layout.sandboxes.iterdir()):
        noted = None if folder.name.startswith(".") else record.read(folder)
        if noted is not None and noted.seconds_left <= 0:
            end(layout, folder, noted.id)
        elif noted is not None and noted.carries(tags):
            found.append(noted.summary())
    return found
