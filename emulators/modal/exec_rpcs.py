"""The task command router's first half: commands in a sandbox, their streams and their ends; the entrypoint's streams too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TypeVar

from grpclib import GRPCError, Status
from grpclib.server import Stream
from modal_proto import task_command_router_pb2 as tp

from emulators.modal.command import Command
from emulators.modal.faults import FaultPlan
from emulators.modal.machine import ExecPlan
from emulators.modal.output import OutputLog
from emulators.modal.sandboxes import Sandbox, Sandboxes
from emulators.modal.secret_rpcs import SecretRpcs

# The SDK's file API is one command with this name; the rest of its command line is the operation.
_FILE_TOOLS = "/__modal/.bin/modal-sandbox-fs-tools"
_DEFAULT_PROBE_INTERVAL_MS = 100

# The SDK's own cap; the service has it too.
_LARGEST_ARGUMENTS_BYTES = 64 * 1024

_Request = TypeVar("_Request")


class ExecRpcs:
    """Commands by the id that the caller chose: a repeated start is the same command."""

    def __init__(self, sandboxes: Sandboxes, secrets: SecretRpcs, faults: FaultPlan) -> None:
        self._sandboxes = sandboxes
        self._secrets = secrets
        self._faults = faults
        self._starting: dict[str, asyncio.Lock] = {}

    async def task_exec_start(self, request: tp.TaskExecStartRequest) -> tp.TaskExecStartResponse:
        sandbox = self._sandboxes.of_task(request.task_id)
        async with self._starting.setdefault(request.exec_id, asyncio.Lock()):
            if request.exec_id not in sandbox.execs:
                sandbox.execs[request.exec_id] = await self._start(sandbox, request)
        self._starting.pop(request.exec_id, None)
        return tp.TaskExecStartResponse()

    async def _start(self, sandbox: Sandbox, request: tp.TaskExecStartRequest) -> Command:
        argv = list(request.command_args)
        if sum(len(argument.encode()) for argument in argv) > _LARGEST_ARGUMENTS_BYTES:
            raise GRPCError(Status.INVALID_ARGUMENT, f"the arguments are longer than {_LARGEST_ARGUMENTS_BYTES} bytes")
        if argv[0] == _FILE_TOOLS:
            return await sandbox.guest.file_operation(argv[1])
        await self._commit_on_sync(sandbox, argv)
        env = self._secrets.environment(request.secret_sources, request.secret_ids) | dict(request.env)
        pty = request.HasField("pty_info")
        if pty:
            env["TERM"] = request.pty_info.env_term or "xterm"
        return await sandbox.guest.execute(
            ExecPlan(
                argv,
                env,
                request.workdir or sandbox.workdir,
                pty,
                keep_stdout=request.stdout_config != tp.TASK_EXEC_STDOUT_CONFIG_DEVNULL,
                keep_stderr=request.stderr_config != tp.TASK_EXEC_STDERR_CONFIG_DEVNULL,
                time_limit=request.timeout_secs,
            )
        )

    async def _commit_on_sync(self, sandbox: Sandbox, argv: list[str]) -> None:
        """`sync MOUNT` is how a sandbox commits a volume before its end."""
        if argv[0].rpartition("/")[2] == "sync":
            for view in sandbox.views:
                if view.target in (argument.rstrip("/") for argument in argv[1:]):
                    await view.commit()

    async def task_exec_wait(self, request: tp.TaskExecWaitRequest) -> tp.TaskExecWaitResponse:
        sandbox = self._sandboxes.of_task(request.task_id, living=False)
        command = self._command(request.task_id, request.exec_id)
        await command.wait()
        if not sandbox.guest.standing:
            await sandbox.ended.wait()  # it may have ended with its sandbox: nobody hears of the one before the other
            raise GRPCError(Status.NOT_FOUND, f"task {request.task_id} has finished")
        return tp.TaskExecWaitResponse(**command.status())

    async def task_exec_poll(self, request: tp.TaskExecPollRequest) -> tp.TaskExecPollResponse:
        return tp.TaskExecPollResponse(**self._command(request.task_id, request.exec_id).status())

    async def task_exec_stdio_read(self, stream: Stream[tp.TaskExecStdioReadRequest, tp.TaskExecStdioReadResponse]) -> None:
        request = _given(await stream.recv_message())
        command = self._command(request.task_id, request.exec_id)
        log = command.stderr if request.file_descriptor == tp.TASK_EXEC_STDIO_FILE_DESCRIPTOR_STDERR else command.stdout
        async for _, chunk in _cut_after(log, request.offset, self._faults.stream_allowance("TaskExecStdioRead")):
            await stream.send_message(tp.TaskExecStdioReadResponse(data=chunk))

    async def sandbox_stdio_read_v2(self, stream: Stream[tp.SandboxStdioReadV2Request, tp.SandboxStdioReadV2Response]) -> None:
        request = _given(await stream.recv_message())
        main = self._sandboxes.of_task(request.task_id, living=False).guest.main
        log = main.stderr if request.file_descriptor == tp.SANDBOX_STDIO_FILE_DESCRIPTOR_STDERR else main.stdout
        async for offset, chunk in _cut_after(log, request.offset, self._faults.stream_allowance("SandboxStdioReadV2")):
            await stream.send_message(tp.SandboxStdioReadV2Response(data=chunk, starting_offset=offset))

    async def task_exec_stdin_write(self, request: tp.TaskExecStdinWriteRequest) -> tp.TaskExecStdinWriteResponse:
        command = self._command(request.task_id, request.exec_id)
        await command.write_stdin(request.offset, request.data, request.eof)
        return tp.TaskExecStdinWriteResponse()

    async def sandbox_stdin_write_v2(self, request: tp.SandboxStdinWriteV2Request) -> tp.SandboxStdinWriteV2Response:
        main = self._sandboxes.of_task(request.task_id).guest.main
        await main.write_stdin(request.offset, request.data, request.eof)
        return tp.SandboxStdinWriteV2Response()

    async def task_exec_stdin_status(self, request: tp.TaskExecStdinStatusRequest) -> tp.TaskExecStdinStatusResponse:
        command = self._command(request.task_id, request.exec_id)
        return tp.TaskExecStdinStatusResponse(num_bytes_written=command.stdin_written, closed=command.stdin_closed)

    async def task_exec_stdin_write_stream(
        self, stream: Stream[tp.TaskExecStdinWriteStreamRequest, tp.TaskExecStdinWriteStreamResponse]
    ) -> None:
        start = _given(await stream.recv_message()).start
        command, offset = self._command(start.task_id, start.exec_id), start.offset
        async for message in stream:
            if message.WhichOneof("payload") == "end":
                await command.write_stdin(offset, b"", eof=True)
                break
            await command.write_stdin(offset, message.data, eof=False)
            offset += len(message.data)
        await stream.send_message(tp.TaskExecStdinWriteStreamResponse())

    async def sandbox_wait_until_ready(
        self, request: tp.SandboxWaitUntilReadyTcrRequest
    ) -> tp.SandboxWaitUntilReadyTcrResponse:
        sandbox = self._sandboxes.of_task(request.task_id)
        probe, ends = sandbox.definition.readiness_probe, time.monotonic() + request.timeout
        argv = list(probe.exec_command.argv)
        if probe.WhichOneof("probe_oneof") == "tcp_port":
            argv = ["bash", "-c", f"</dev/tcp/127.0.0.1/{probe.tcp_port}"]
        attempt = ExecPlan(argv, {}, sandbox.workdir, keep_stdout=False, keep_stderr=False)
        while time.monotonic() < ends:
            if not sandbox.living:
                raise GRPCError(Status.FAILED_PRECONDITION, "Sandbox finished before becoming ready")
            tried = await sandbox.guest.execute(attempt)
            if await tried.wait() == 0:
                return tp.SandboxWaitUntilReadyTcrResponse(ready_at=time.time())
            await asyncio.sleep((probe.interval_ms or _DEFAULT_PROBE_INTERVAL_MS) / 1000)
        raise GRPCError(Status.DEADLINE_EXCEEDED, "the sandbox was not ready in time")

    def _command(self, task_id: str, exec_id: str) -> Command:
        command = self._sandboxes.of_task(task_id, living=False).execs.get(exec_id)
        if command is None:
            raise GRPCError(Status.NOT_FOUND, f"exec {exec_id} not found")
        return command


async def _cut_after(log: OutputLog, offset: int, allowance: int | None) -> AsyncIterator[tuple[int, bytes]]:
    """The log from `offset` on; with an allowance, UNAVAILABLE once so many bytes were sent."""
    sent = 0
    async for start, chunk in log.read(offset):
        yield start, chunk
        sent += len(chunk)
        if allowance is not None and sent >= allowance:
            raise GRPCError(Status.UNAVAILABLE, "injected: the stream was cut")


def _given(request: _Request | None) -> _Request:
    if request is None:
        raise GRPCError(Status.INVALID_ARGUMENT, "the request is missing")
    return request
