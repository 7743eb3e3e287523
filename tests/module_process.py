"""Runs a module as a program in a process of its own, as `python -m` does. In tests it is forked from a process that has
imported what the programs need already: a run starts hundreds of them, and importing is most of a start."""

from __future__ import annotations

import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import IO, Protocol

# What is run to its end takes a second or two; the rest is for a machine under load.
LONGEST_SECONDS = 60.0


class Running(Protocol):
    """A program that was started: what `subprocess.Popen` and a forked one have in common."""

    pid: int
    returncode: int | None
    stdout: IO[str] | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


_forking = False


def fork_from_now_on() -> None:
    """Until then, as in the benchmarks, every program is started from nothing, as its users start it."""
    global _forking
    _forking = True


def start_module(
    module: str, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, log: Path | None = None
) -> Running:
    """Run `python -m module` with these arguments and this environment (the test's own unless told otherwise). Its output can
    be read from `stdout`; what it says beside that is added to the file `log`."""
    env = os.environ if env is None else env
    # Programs of the tests' own change others before these are imported, and so do packages of a test's own.
    if _forking and not module.startswith("tests.") and os.pathsep not in env.get("PYTHONPATH", ""):
        return ForkedProcess(module, arguments, cwd, env, log)
    beside = None if log is None else log.open("ab")
    try:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=beside,
            text=True,
        )
    finally:
        if beside is not None:
            beside.close()


def run_module(module: str, *arguments: str, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run it to its end, and give what it said."""
    with tempfile.NamedTemporaryFile() as errors:
        process = start_module(module, *arguments, cwd=cwd, env=env, log=Path(errors.name))
        watchdog = threading.Timer(LONGEST_SECONDS, process.kill)
        watchdog.start()
        try:
            said = process.stdout.read() if process.stdout else ""
            code = process.wait(LONGEST_SECONDS)
        finally:
            watchdog.cancel()
            if process.stdout:
                process.stdout.close()
        return subprocess.CompletedProcess(arguments, code, said, Path(errors.name).read_text(errors="backslashreplace"))


class ForkedProcess:
    """A program that was forked; its methods are those of `subprocess.Popen`."""

    def __init__(self, module: str, arguments: tuple[str, ...], cwd: Path, env: Mapping[str, str], log: Path | None) -> None:
        reader, writer = multiprocessing.Pipe(duplex=False)
        target = (module, arguments, str(cwd), dict(env), writer, None if log is None else str(log))
        self._process = _server().Process(target=_become, args=target, daemon=True)
        self._process.start()
        writer.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid
        self.args = (module, *arguments)
        self.returncode: int | None = None
        self.stdout: IO[str] | None = os.fdopen(os.dup(reader.fileno()), "r")
        reader.close()

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.poll() is None and not wait_for([self._process.sentinel], timeout):
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self._process.join()
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.imported_already", __name__])
    return context


def _become(module: str, arguments: tuple[str, ...], cwd: str, env: dict[str, str], out: Connection, log: str | None) -> None:
    """In the new process: be the program."""
    gc.freeze()  # what was imported before is not looked through again, nor copied by that
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    os.dup2(out.fileno(), 1)
    out.close()
    if log is not None:
        beside = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(beside, 2)
        os.close(beside)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False, errors="backslashreplace")
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
