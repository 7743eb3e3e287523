"""One Modal sandbox: its commands, its files, its snapshot, its end."""

from __future__ import annotations

import asyncio
import inspect
import json
import secrets as random
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from sandbox.capture import completed
from sandbox.modal import end_program, file_program, kill_program, layout
from sandbox.modal.egress import allowlists
from sandbox.modal.errors import TokenRefused, told_as_sandbox_errors
from sandbox.modal.process import ModalProcess
from sandbox.protocol import (
    MAX_CAPTURED_BYTES,
    Completed,
    Egress,
    NewFile,
    SandboxError,
    SandboxGone,
    SandboxPaths,
    SandboxUnavailable,
    StartedFrom,
)
from sandbox.secret import Secret

if TYPE_CHECKING:
    import modal
    from modal.container_process import ContainerProcess

# The SDK refuses more than 64 KiB of arguments; what starts the command needs some of it.
_MAX_ARGUMENT_BYTES = 48 * 1024
# A snapshot of a large workspace takes longer than the SDK's 55 s, and must not be given up half-way.
_SNAPSHOT_SECONDS = 600

# Every process of a command carries it, so that `kill` finds those whose parents are gone.
_MARK_VARIABLE = "HARVEST_COMMAND"
_FILE_SECONDS = 120
_KILL_SECONDS = 60

# Takes a command line from a file, NUL between the words: longer than Modal would carry.
_RUN_SPOOLED = (
    "import os,sys; words=open(sys.argv[1],'rb').read().split(b'\\0'); os.unlink(sys.argv[1]); os.execvp(words[0],words)"
)


class ModalSandbox:
    """A container with the layout of `layout.py`. Any number of these objects may stand for one sandbox; `forget` is called
    when this one is of no use any more: it has ended, or can't be reached."""

    paths: SandboxPaths = layout.PATHS
    isolated = True

    def __init__(
        self,
        handle: modal.Sandbox,
        client: modal.Client,
        *,
        boot: str,
        created_at: float,
        started_from: StartedFrom,
        snapshot_ttl_seconds: int,
        forget: Callable[[], object] = lambda: None,
    ) -> None:
        self._handle = handle
        self._client = client
        self._boot = boot
        self._created_at = created_at
        self._started_from = started_from
        self._snapshot_ttl_seconds = snapshot_ttl_seconds
        self._forget = forget

    @property
    def id(self) -> str:
        return str(self._handle.object_id)

    @property
    def started_from(self) -> StartedFrom:
        return self._started_from

    @property
    def created_at(self) -> float:
        return self._created_at

    @property
    def programs_are_those_of(self) -> str | None:
        """Not known: they are its image's, which an agent may have changed."""
        return None

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
    ) -> ModalProcess:
        """As the protocol says. `secrets` travel with this one command and are stored nowhere."""
        if sum(len(word.encode()) for word in argv) > _MAX_ARGUMENT_BYTES:
            argv = await self._spooled(argv)
        return await self._start(
            argv, cwd=cwd or self.paths.workspace, env=env, secrets=secrets, stdin=stdin, detached=detached
        )

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
        process = await self.start(argv, cwd=cwd, env=env, secrets=secrets, stdin=stdin)
        return await self._completed(process, argv[0], timeout_seconds, max_bytes)

    async def read_file(self, path: str, *, max_bytes: int = MAX_CAPTURED_BYTES) -> bytes:
        place, of_root = layout.place(path, self.id)
        done = await self._file_operation(["read", place, str(max_bytes)], of_root, path, max_bytes=max_bytes + 1)
        return done.stdout

    async def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """As the protocol says. A file of the control folder is root's, and commands can read it: `mode` counts for them."""
        await self.write_files([NewFile(path, data, mode)])

    async def write_files(self, files: Sequence[NewFile]) -> None:
        """As the protocol says: root's come first, then the program that writes them becomes the user."""
        placed = sorted(((file, *layout.place(file.path, self.id)) for file in files), key=lambda each: not each[2])
        listed = [
            {"place": place, "mode": file.mode, "of_root": of_root, "bytes": len(file.data)} for file, place, of_root in placed
        ]
        content = b"".join([json.dumps(listed).encode(), b"\n", *(file.data for file, _, _ in placed)])
        shown = ", ".join(file.path for file, _, _ in placed)
        as_root = any(of_root for _, _, of_root in placed)
        await self._file_operation(["write", layout.USER], as_root, shown, stdin=content)

    async def set_egress(self, egress: Egress) -> None:
        """As the protocol says, by a call that Modal names experimental: an SDK without it can't."""
        change = getattr(self._handle, "_experimental_set_outbound_network_policy", None)
        if change is None:
            raise SandboxError(
                "this version of Modal's SDK can't change what a living sandbox reaches: install modal>=1.6.4,<1.7"
            )
        with told_as_sandbox_errors(f"changing what {self.id} may reach", inside=True):
            await change.aio(**allowlists(egress))

    async def renew_home(self) -> None:
        """As the protocol says, by root: no command reaches the copy that it is made from."""
        if self.started_from == "base":
            return  # it is new
        process = await self._start(["sh", "-c", layout.RENEW_HOME, "sh", self.started_from], cwd="/", as_user=False)
        done = await self._completed(process, "making the home anew", _FILE_SECONDS, MAX_CAPTURED_BYTES)
        if done.exit_code:
            said = done.stderr.decode(errors="replace").strip()[:300]
            raise SandboxError(f"the home of {self.id} can't be made anew: {said}")

    async def stand_by(self) -> None:
        """Any number of sandboxes start from one snapshot."""

    async def snapshot(self) -> str:
        with told_as_sandbox_errors(f"keeping a snapshot of {self.id}", inside=True):
            # Of an ended sandbox the SDK would wait for the task for ever.
            await self.check_alive()
            image = await self._handle.snapshot_filesystem.aio(_SNAPSHOT_SECONDS, ttl=self._snapshot_ttl_seconds)
        return str(image.object_id)

    async def end_processes(self) -> None:
        """As the protocol says, by a program of root's: whatever commands start runs as the user, who can't reach it."""
        program = layout.python(_source(end_program.__name__), layout.USER)
        process = await self._start(program, cwd="/", as_user=False)
        done = await self._completed(process, "ending all processes", _KILL_SECONDS, MAX_CAPTURED_BYTES)
        if done.exit_code:
            raise SandboxError(f"processes in {self.id} would not end: {done.stderr.decode(errors='replace').strip()}")

    async def terminate(self) -> None:
        await asyncio.shield(asyncio.ensure_future(self._terminate()))

    async def check_alive(self) -> None:
        """Raises SandboxGone when it has ended, and says why if it is the image's fault."""
        try:
            with told_as_sandbox_errors(f"looking whether {self.id} lives"):
                code = await self._handle.poll.aio()
        except SandboxGone:
            self._forget()
            raise
        if code is not None:
            self._forget()
        if code == layout.UNFIT_IMAGE:
            raise SandboxGone(f"sandbox {self.id} could not be set up: its image is not Harvest's. Run `harvest image build`")
        if code is not None:
            raise SandboxGone(f"sandbox {self.id} has ended with code {code}")

    async def _terminate(self) -> None:
        try:
            with told_as_sandbox_errors(f"ending {self.id}"):
                await self._handle.terminate.aio(wait=True)
                await self._handle.detach.aio()  # type: ignore[no-untyped-call]  # the SDK's stub leaves its result open
        except SandboxGone:
            pass  # as wished
        self._forget()

    async def _start(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        env: Mapping[str, str] | None = None,
        secrets: Mapping[str, Secret] | None = None,
        stdin: bytes = b"",
        detached: bool = False,
        as_user: bool = True,
    ) -> ModalProcess:
        import modal
        from modal.stream_type import StreamType

        command_id = random.token_hex(8)
        output = StreamType.DEVNULL if detached else StreamType.PIPE
        given: dict[str, str | None] = {name: secret.reveal() for name, secret in (secrets or {}).items()}
        variables: dict[str, str | None] = {**layout.ENVIRONMENT, **(env or {}), _MARK_VARIABLE: command_id}
        launched = layout.launched(
            argv, boot=self._boot, cwd=cwd, command_id=command_id, as_user=as_user, has_input=bool(stdin)
        )

        async def execute() -> ContainerProcess[bytes]:
            with told_as_sandbox_errors(f"starting {argv[0]} in {self.id}", inside=True):
                return await self._handle.exec.aio(
                    *launched,
                    env=variables,
                    secrets=[modal.Secret.from_dict(given)] if given else [],
                    stdout=output,
                    stderr=output,
                    text=False,
                )

        try:
            try:
                process = await execute()
            except TokenRefused:
                with told_as_sandbox_errors(f"looking for {self.id}"):
                    self._handle = await modal.Sandbox.from_id.aio(self.id, client=self._client)
                process = await execute()
        except SandboxGone:
            await self.check_alive()  # it may know why
            raise
        except SandboxUnavailable:
            self._forget()
            raise
        started = ModalProcess(
            f"{argv[0]} in {self.id}",
            process,
            end=partial(self._end_command, command_id, as_user),
            check_alive=self.check_alive,
            detached=detached,
        )
        await started.feed(stdin)
        return started

    async def _completed(
        self, process: ModalProcess, name: str, seconds: float, max_bytes: int, *, may_be_ended: bool = True
    ) -> Completed:
        what = f"{name} in sandbox {self.id}"
        return await completed(process, what, timeout_seconds=seconds, max_bytes=max_bytes, may_be_ended=may_be_ended)

    async def _file_operation(
        self, arguments: Sequence[str], as_root: bool, path: str, *, stdin: bytes = b"", max_bytes: int = 0
    ) -> Completed:
        """One run of `file_program`. FileNotFoundError, or SandboxError with its reason."""
        program = layout.python(_source(file_program.__name__), *arguments)
        process = await self._start(program, cwd="/", stdin=stdin, as_user=not as_root)
        done = await self._completed(process, "a file operation", _FILE_SECONDS, max(max_bytes, MAX_CAPTURED_BYTES))
        reason = done.stderr.decode(errors="replace").strip()
        if done.exit_code == file_program.ABSENT:
            raise FileNotFoundError(f"{path} in sandbox {self.id}: {reason}")
        if done.exit_code:
            verb = "read" if arguments[0] == "read" else "written"
            raise SandboxError(f"{path} in sandbox {self.id} can't be {verb}: {reason or f'exit code {done.exit_code}'}")
        return done

    async def _spooled(self, argv: Sequence[str]) -> list[str]:
        path = f"{self.paths.tmp}/harvest-{random.token_hex(8)}"
        await self.write_file(path, b"\0".join(word.encode() for word in argv))
        return layout.python(_RUN_SPOOLED, path)

    async def _end_command(self, command_id: str, as_user: bool) -> None:
        program = layout.python(_source(kill_program.__name__), layout.note_of(command_id), _MARK_VARIABLE, command_id)
        process = await self._start(program, cwd="/", as_user=as_user)
        done = await self._completed(process, "ending a command", _KILL_SECONDS, MAX_CAPTURED_BYTES, may_be_ended=False)
        if done.exit_code:
            raise SandboxError(f"a command in {self.id} could not be ended: {done.stderr.decode(errors='replace').strip()}")


@cache
def _source(module: str) -> str:
    """A program's own source without its documentation: it travels with every call."""
    import importlib

    loaded = importlib.import_module(module)
    return inspect.getsource(loaded).replace(loaded.__doc__ or "", "", 1)
