"""events.jsonl: the agent's stdout in whole lines of bounded length, and which messages were answered in it."""

from __future__ import annotations

import json
import os

from sandbox.supervisor.run_folder import parse_object


class Events:
    """Holds at most one unfinished line of `max_line_bytes`; a longer one is replaced by a small event of its own.

    `results` counts the CLI's results. `answered` counts messages: a result answers all that were echoed before it (seen with
    Claude Code 2.1: a message that comes during a tool call joins the turn, and both are answered by one result), and
    at least one, as there may be no echoes.
    """

    def __init__(self, path: str, max_line_bytes: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        self._max = max_line_bytes
        self._unfinished = bytearray()
        self._dropped = 0  # bytes so far of a line that is too long to keep
        self._echoed = 0
        self.bytes_read = 0
        self.results = 0
        self.answered = 0

    def feed(self, chunk: bytes) -> None:
        self.bytes_read += len(chunk)
        lines, newline, rest = chunk.rpartition(b"\n")
        if newline:
            self._finish_line(lines + newline)
        if self._dropped or len(self._unfinished) + len(rest) > self._max:
            self._dropped += len(self._unfinished) + len(rest)
            self._unfinished.clear()
        else:
            self._unfinished += rest

    def close(self) -> None:
        """The agent has ended: a last line that lacks only its newline is kept. On the disk when this returns."""
        if self._dropped:
            self._note("oversized_line", self._dropped)
        elif self._unfinished and parse_object(bytes(self._unfinished)) is not None:
            self._append(bytes(self._unfinished) + b"\n")
        elif self._unfinished:
            self._note("partial_line", len(self._unfinished))
        os.fsync(self._file)
        os.close(self._file)

    def _finish_line(self, lines: bytes) -> None:
        """Take whole lines, the first of which completes what was unfinished."""
        if self._dropped:
            end = lines.index(b"\n")
            self._note("oversized_line", self._dropped + end)
            self._dropped, lines = 0, lines[end + 1 :]
        else:
            lines = bytes(self._unfinished) + lines
            self._unfinished.clear()
        if len(lines) <= self._max:
            self._append(lines)
            return
        for line in lines.split(b"\n")[:-1]:
            if len(line) > self._max:
                self._note("oversized_line", len(line))
            else:
                self._append(line + b"\n")

    def _note(self, subtype: str, size: int) -> None:
        self._append(json.dumps({"type": "supervisor", "subtype": subtype, "bytes": size}).encode() + b"\n")

    def _append(self, lines: bytes) -> None:
        if b'"result"' in lines or b'"isReplay"' in lines:
            for line in lines.split(b"\n"):
                self._count(line)
        view = memoryview(lines)
        while view:
            view = view[os.write(self._file, view) :]

    def _count(self, line: bytes) -> None:
        if b'"result"' not in line and b'"isReplay"' not in line:
            return  # nearly all: reading them as JSON would cost more than everything else here
        event = parse_object(line) or {}
        if event.get("type") == "user" and event.get("isReplay") is True:
            self._echoed += 1
        elif event.get("type") == "result":
            self.results += 1
            self.answered = max(self.answered + 1, self._echoed)
