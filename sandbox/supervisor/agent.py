"""One agent, from its start to the end of everything that it started.

It is started before anybody knows what to tell it, as that takes a while: until it is told, its stdin stays open and takes
what sets it up, and neither time nor silence counts. Where not even that comes within `wait_seconds` of its plan, it is
stopped. Once it is told, its stdin takes messages as long as some are unanswered.

It is stopped by request, by the time limit, by too much output, and by silence. Silence is no output *and* no work: a test
suite that prints nothing for an hour uses the processor and is left alone, an agent that waits for an answer that never comes
is not. Stopping is INT, TERM, KILL, each to the whole group.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from typing import Any

from sandbox.supervisor.events import Events
from sandbox.supervisor.messages import EARLY, Messages
from sandbox.supervisor.plan import Plan
from sandbox.supervisor.processes import Processes
from sandbox.supervisor.run_folder import parse_object, read_file, write_file

# How soon a stop, a message or a limit is noticed; a look is a few system calls.
TICK_SECONDS = 0.05
# How soon it is noticed that it was told: everybody waits for that.
UNTOLD_TICK_SECONDS = 0.01
# The same for one that has heard nothing at all in its first seconds: it may wait for minutes, and looking takes a processor.
UNWANTED_TICK_SECONDS, UNWANTED_AFTER_SECONDS = 0.25, 3.0
# Adding up the processor time of all processes costs a millisecond or more.
WORK_LOOK_SECONDS = 1.0
# An idle agent's timers use under a percent of a core; anything that works uses more than this.
WORKING_SHARE = 0.05
# With everything answered and its stdin closed the agent exits within a second; one that doesn't hangs.
EXIT_SECONDS = 60.0
# SIGKILL takes milliseconds; what stays longer waits in the kernel for a dead disk.
KILL_SECONDS = 10.0
READ_BYTES = 1 << 20
MAX_STDERR_BYTES = 64 * 1024
KEEP_STDERR_SECONDS = 1.0
MAX_STOP_BYTES = MAX_TOLD_BYTES = 4096


class Agent:
    """Run it once with `run_to_the_end`; `be_told_to_end` may be called from a signal handler."""

    def __init__(self, folder: str, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._events = Events(os.path.join(folder, "events.jsonl"), plan.max_line_bytes)
        self._messages = Messages(os.path.join(folder, "messages"), plan.max_line_bytes)
        self._processes = Processes()
        self._selector = selectors.DefaultSelector()
        self._stdin: int | None = None
        self._outgoing = b""
        self._stderr, self._stderr_bytes, self._stderr_kept_at = b"", 0, 0.0
        self._status: int | None = None
        self._reason, self._detail = "ended", ""
        self._signals_left: list[signal.Signals] = []
        self._next_signal_at = 0.0
        self._told_to_end = False

    def be_told_to_end(self) -> None:
        self._told_to_end = True

    def run_to_the_end(self) -> dict[str, Any]:
        """Gives what exit.json says. Times are in seconds since the epoch."""
        started_at = time.time()
        try:
            if not self._wait_until_it_may_start():
                self._reason, self._detail = "stopped", "before it was started"
                return {**self._exit_status(), "started_at": started_at, "ended_at": time.time()}
            self._start()
        except (OSError, ValueError, KeyError) as error:
            why = f"its secret {error} was not given" if isinstance(error, KeyError) else str(error)
            self._reason, self._detail = "start_failed", f"{self._plan.argv[:1]} in {self._plan.cwd}: {why}"
        else:
            try:
                self._watch()
                self._end_leftovers()
                self._drain()
                self._events.close()
                self._keep_stderr(float("inf"))
            except OSError as error:  # the disk is full, say: an agent whose events are lost must not go on
                self._reason, self._detail = "supervisor_failed", str(error)
                self._end_leftovers()
        return {**self._exit_status(), "started_at": started_at, "ended_at": time.time()}

    def _wait_until_it_may_start(self) -> bool:
        """False when it is to end before that."""
        while not os.path.lexists(os.path.join(self._folder, "may_start")):
            if self._told_to_end or os.path.lexists(os.path.join(self._folder, "stop")):
                return False
            time.sleep(UNTOLD_TICK_SECONDS)
        return True

    def _start(self) -> None:
        self._agent = subprocess.Popen(
            self._plan.argv,
            cwd=self._plan.cwd,
            env=self._plan.environment(dict(os.environ)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            preexec_fn=self._processes.die_with_supervisor,
        )
        for pipe, take in ((self._agent.stdout, self._take_stdout), (self._agent.stderr, self._take_stderr)):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                self._selector.register(pipe.fileno(), selectors.EVENT_READ, take)
        if self._agent.stdin is not None:
            self._stdin = os.dup(self._agent.stdin.fileno())
            self._agent.stdin.close()
            os.set_blocking(self._stdin, False)
        self._started_at = self._heard_at = self._work_seen_at = time.monotonic()
        self._work = 0.0
        self._wall_seconds = 0.0
        self._told_at: float | None = None

    def _watch(self) -> None:
        """Until the agent itself has ended."""
        while self._status is None:
            for key, _ in self._selector.select(self._tick()):
                key.data(key.fd)
            self._reap()
            if self._status is None:
                now = time.monotonic()
                self._look_whether_it_is_told(now)
                self._speak(now)
                self._check(now)
                self._signal(now)
                self._keep_stderr(now)

    def _tick(self) -> float:
        if self._told_at is not None:
            return TICK_SECONDS
        unwanted = not self._messages.ids and time.monotonic() - self._started_at > UNWANTED_AFTER_SECONDS
        return UNWANTED_TICK_SECONDS if unwanted else UNTOLD_TICK_SECONDS

    def _take_stdout(self, pipe: int) -> None:
        chunk = self._read(pipe)
        self._heard_at = time.monotonic()
        self._events.feed(chunk)
        if self._events.bytes_read > self._plan.max_output_bytes:
            self._stop("output_limit", f"more than {self._plan.max_output_bytes} bytes of output")

    def _take_stderr(self, pipe: int) -> None:
        chunk = self._read(pipe)
        self._stderr_bytes += len(chunk)
        self._stderr = (self._stderr + chunk)[-MAX_STDERR_BYTES:]

    def _read(self, pipe: int) -> bytes:
        chunk = os.read(pipe, READ_BYTES)
        if not chunk:
            self._selector.unregister(pipe)
        return chunk

    def _look_whether_it_is_told(self, now: float) -> None:
        if self._told_at is not None:
            return
        told = parse_object(read_file(os.path.join(self._folder, "told.json"), MAX_TOLD_BYTES) or b"")
        if told is not None and self._messages.are_there(told["messages"]):
            self._wall_seconds = float(told["wall_seconds"])
            self._told_at = self._heard_at = now

    def _speak(self, now: float) -> None:
        """Hand over the messages that have come; close stdin when all are answered, for that is what ends the agent."""
        if self._stdin is None:
            return
        self._outgoing += self._messages.take(EARLY if self._told_at is None else "")
        if self._outgoing:
            try:
                self._outgoing = self._outgoing[os.write(self._stdin, self._outgoing) :]
            except BlockingIOError:
                return
            except BrokenPipeError:  # it listens no more; how it ends tells the rest
                self._outgoing = b""
        if self._told_at is None:
            return
        asked, answered = self._messages.asked, self._events.answered
        # Should counting never get there: closing loses nothing that was written.
        settled = answered > 0 and now - self._heard_at > self._plan.settle_seconds
        if not self._outgoing and (answered >= asked or settled):
            os.close(self._stdin)
            self._stdin = None

    def _check(self, now: float) -> None:
        """The reasons to stop."""
        request = read_file(os.path.join(self._folder, "stop"), MAX_STOP_BYTES)
        if request is not None or self._told_to_end:
            self._stop("stopped", (request or b"the supervisor was told to end").decode("utf-8", "replace"))
        if self._told_at is None:
            if not self._messages.ids and now - self._started_at > self._plan.wait_seconds:
                self._stop("stopped", f"nobody wanted it for {self._plan.wait_seconds:g} s")
            return
        if now - self._told_at > self._wall_seconds:
            self._stop("time_limit", f"not finished after {self._wall_seconds:g} s")
        quiet = now - self._heard_at
        if self._is_done() and quiet > min(EXIT_SECONDS, self._plan.silence_seconds):
            self._stop("silence", "everything was answered but it did not exit")
        elif quiet > self._plan.silence_seconds:
            self._stop("silence", f"no output and no work for {self._plan.silence_seconds:g} s")
        elif now - self._work_seen_at > min(WORK_LOOK_SECONDS, self._plan.silence_seconds / 4):
            work = self._processes.work_seconds()
            if work - self._work > WORKING_SHARE * (now - self._work_seen_at) and not self._is_done():
                self._heard_at = now
            self._work, self._work_seen_at = work, now

    def _is_done(self) -> bool:
        return self._stdin is None and self._events.results > 0

    def _stop(self, reason: str, detail: str) -> None:
        """The first reason stays."""
        if self._reason == "ended":
            self._reason, self._detail = reason, detail
            self._signals_left = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]

    def _signal(self, now: float) -> None:
        """The next signal when its time has come: to the agent's group, the last one to everything that descends from it."""
        if self._signals_left and now >= self._next_signal_at:
            number = self._signals_left.pop(0)
            os.killpg(self._agent.pid, number)
            if number == signal.SIGKILL:
                self._processes.kill()
            self._next_signal_at = now + self._plan.grace_seconds

    def _reap(self) -> bool:
        """Take note of what has ended; False when nothing is left that could."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._agent.pid:
                self._status = self._agent.returncode = status

    def _end_leftovers(self) -> None:
        deadline = time.monotonic() + KILL_SECONDS
        while self._reap() and time.monotonic() < deadline:
            self._processes.kill()
            time.sleep(TICK_SECONDS / 10)

    def _drain(self) -> None:
        """What is still in the pipes: nobody is left to write to them, so they end."""
        deadline = time.monotonic() + KILL_SECONDS
        while self._selector.get_map() and time.monotonic() < deadline:
            for key, _ in self._selector.select(TICK_SECONDS):
                key.data(key.fd)

    def _keep_stderr(self, now: float) -> None:
        if self._stderr and now - self._stderr_kept_at > KEEP_STDERR_SECONDS:
            write_file(os.path.join(self._folder, "stderr.log"), self._stderr)
            self._stderr_kept_at = now

    def _exit_status(self) -> dict[str, Any]:
        status = self._status
        was_signalled = status is not None and os.WIFSIGNALED(status)
        return {
            "reason": self._reason,
            "detail": self._detail,
            "exit_code": os.WEXITSTATUS(status) if status is not None and not was_signalled else None,
            "signal": os.WTERMSIG(status) if status is not None and was_signalled else None,
            "stdout_bytes": self._events.bytes_read,
            "stderr_bytes": self._stderr_bytes,
            "results": self._events.results,
            "messages": self._messages.ids,
        }
