"""One local sandbox: its commands, its files, its end."""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from sandbox.capture import completed
from sandbox.local import command, files, network, reaper, record, snapshots
from sandbox.local.isolation import Isolation
from sandbox.local.layout import Layout, inside_paths, outside_paths
from sandbox.local.process import LocalProcess
from sandbox.local.record import Record
from sandbox.protocol import MAX_CAPTURED_BYTES, Completed, Egress, NewFile, SandboxError, SandboxPaths, StartedFrom
from sandbox.secret import Secret

T = TypeVar("T")


class LocalSandbox:
    """A folder and the processes that carry its mark. Any number of these objects may stand for one sandbox."""

    def __init__(self, layout: Layout, isolation: Isolation, folder: Path, noted: Record) -> None:
        self._layout = layout
        self._isolation = isolation
        self._folder = folder
        self._record = noted
        self._outside = outside_paths(folder)
        self._paths = inside_paths() if self.isolated else self._outside
        self._kept_as: str | None = None  # the snapshot that holds it as it is

    @property
    def id(self) -> str:
        return self._record.id

    @property
    def paths(self) -> SandboxPaths:
        return self._paths

    @property
    def started_from(self) -> StartedFrom:
        return self._record.started_from

    @property
    def created_at(self) -> float:
        return self._record.created_at

    @property
    def programs_are_those_of(self) -> str | None:
        """Those of this machine, which nobody inside can change: unless the agent is a process like any other."""
        return "this machine" if self.isolated else None

    @property
    def isolated(self) -> bool:
        return self._isolation.kind == "bubblewrap"

    async def start(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        secrets: Mapping[str, Secret] | None = None,
        stdin: bytes = b"",
        detached: bool = False,
        offline: bool = False,
    ) -> LocalProcess:
        """As the protocol says. What a command leaves running ends with it: always under bubblewrap, otherwise while
        Harvest is there to see it end. A program that isn't there shows as exit code 127, as in a shell."""
        noted = record.read_living(self._folder, self.id)
        self._kept_as = None
        mark = f"{self.id}/{random.token_hex(8)}"
        extra = {**(env or {}), **{name: secret.reveal() for name, secret in (secrets or {}).items()}}
        programs = self._layout.inside_programs if self.isolated else str(self._layout.programs)
        if not offline:
            await self.keep_proxy()
        process = await LocalProcess.start(
            command.build(
                argv,
                layout=self._layout,
                folder=self._folder,
                isolation=self._isolation,
                seconds_left=noted.seconds_left,
                cwd=cwd,
                offline=offline,
            ),
            cwd="/" if self.isolated else cwd or self._paths.workspace,
            env=command.environment(self._paths, programs, mark, self._isolation, extra),
            stdin=stdin,
            detached=detached,
            end_leftovers=partial(reaper.end_marked, mark),
            contained=self.isolated,
        )
        try:  # it may have been terminated while the command was being started
            record.read_living(self._folder, self.id)
        except SandboxError:
            await process.kill()
            raise
        return process

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        secrets: Mapping[str, Secret] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float = 60,
        max_bytes: int = MAX_CAPTURED_BYTES,
        offline: bool = False,
    ) -> Completed:
        process = await self.start(argv, cwd=cwd, env=env, secrets=secrets, stdin=stdin, offline=offline)
        try:
            what = f"{argv[0]} in sandbox {self.id}"
            return await completed(process, what, timeout_seconds=timeout_seconds, max_bytes=max_bytes)
        finally:
            await process.kill()  # also what it left running

    async def read_file(self, path: str, *, max_bytes: int = MAX_CAPTURED_BYTES) -> bytes:
        folder, parts = self._place(path)
        return await self._in_thread(partial(files.read, folder, parts, max_bytes))

    async def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        folder, parts = self._place(path)
        self._kept_as = None
        await self._in_thread(partial(files.write, folder, parts, data, mode))

    async def write_files(self, files: Sequence[NewFile]) -> None:
        for file in files:
            await self.write_file(file.path, file.data, mode=file.mode)

    async def set_egress(self, egress: Egress) -> None:
        refuse_a_limit(self._isolation, egress)
        if self._isolation.own_network:
            await self._in_thread(partial(network.set_rules, self._folder, self.id, egress))

    async def keep_proxy(self) -> None:
        """Start the proxy that is this sandbox's way out, unless it is there or none is needed."""
        if not self._isolation.own_network:
            return
        with network.lock_for_a_proxy(self._folder) as lock:
            if lock is not None:
                await LocalProcess.start(
                    network.proxy_command(self._folder, self.id, self._record.seconds_left),
                    cwd="/",
                    env=network.proxy_environment(self.id),
                    stdin=b"",
                    detached=True,
                    end_leftovers=lambda: None,
                    inherits=(lock,),
                )

    async def renew_home(self) -> None:
        if self.started_from == "snapshot":  # elsewhere it is new
            await self._in_thread(partial(snapshots.renew_home, self._folder, self._layout.snapshots, self._record.image))

    async def stand_by(self) -> None:
        await self._in_thread(self._stand_by)

    def _stand_by(self) -> None:
        with self._layout.locked(self._folder):
            record.write(self._folder, replace(record.read_living(self._folder, self.id), stands_by=True))

    async def snapshot(self) -> str:
        self._kept_as = await self._in_thread(partial(snapshots.keep, self._folder, self._layout.snapshots, self.id))
        return self._kept_as

    async def end_processes(self) -> None:
        await self._in_thread(partial(reaper.end_marked, f"{self.id}/"))

    async def terminate(self) -> None:
        await asyncio.shield(asyncio.to_thread(end, self._layout, self._folder, self.id, kept_as=self._kept_as))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do blocking work off the loop; an error of a sandbox that has ended meanwhile is told as that."""

        def checked() -> T:
            record.read_living(self._folder, self.id)
            try:
                return work()
            except (SandboxError, OSError):
                record.read_living(self._folder, self.id)
                raise

        return await asyncio.to_thread(checked)

    def _place(self, path: str) -> tuple[Path, tuple[str, ...]]:
        """The folder on this machine that `path` (as seen from inside) lies in, and the way on from there."""
        wanted = PurePosixPath(path)
        for inside, outside in zip(_folders(self._paths), _folders(self._outside), strict=True):
            if wanted.is_relative_to(inside):
                parts = wanted.relative_to(inside).parts
                if parts and ".." not in parts:
                    return Path(outside), parts
        raise SandboxError(f"{path} does not name a file in the folders of sandbox {self.id}: give an absolute path in one")


def refuse_a_limit(isolation: Isolation, egress: Egress) -> None:
    """Raises SandboxError for a list of hosts where sandboxes share the machine's network."""
    if egress.hosts is not None and not isolation.own_network:
        raise SandboxError(
            "the local sandbox can't limit what is reached on the network here: use Modal, or set HARVEST_EGRESS=open"
        )


def end(layout: Layout, folder: Path, sandbox_id: str, *, kept_as: str | None = None) -> None:
    """End a sandbox and remove it, if it is still the one at `folder`. Of one that a snapshot was just made of, workspace and
    home are left to whoever starts from that first. Blocks."""
    with layout.locked(folder):
        noted = record.read(folder)
        if noted is None or noted.id != sandbox_id:
            return
        clear(layout, folder, noted, kept_as=kept_as)


def clear(layout: Layout, folder: Path, noted: Record, *, kept_as: str | None = None) -> None:
    """End what lives at `folder` and remove it; its record goes with it, so from then on nothing can be started there. What
    stood by is still what it was made from, but for its home, unless its agent did something unasked."""
    reaper.end_marked(f"{noted.id}/")
    reaper.end_marked(network.proxy_mark(noted.id))
    if kept_as is not None:
        snapshots.remove_but_spare(folder, layout.snapshots, kept_as)
    elif noted.stands_by and noted.snapshot is not None and not _has_spoken(folder):
        snapshots.remove_but_spare(folder, layout.snapshots, noted.snapshot, home=snapshots.REPLACED_HOME)
    else:
        snapshots.remove(folder)
    # What was started before its folder went: whoever started it may not live to see that it is gone.
    reaper.end_marked(f"{noted.id}/")


def _has_spoken(folder: Path) -> bool:
    """Whether an agent there has said anything."""
    return any(events.lstat().st_size > 0 for events in (folder / "control" / "runs").glob("*/events.jsonl"))


def _folders(paths: SandboxPaths) -> tuple[str, ...]:
    return (paths.workspace, paths.home, paths.control, paths.tmp)
