"""messages/: what Harvest has to say to the agent, each once, in the order of the names `<order>-<id>.json`."""

from __future__ import annotations

import json
import os

from sandbox.supervisor.run_folder import parse_object, read_file

# What names of messages begin with that an agent gets before it is told what to do.
EARLY = f"{0:020d}-"


class Messages:
    """`ids` are those that were taken so far; the same id under another name is the same message, sent again. `asked` counts
    those that the agent answers by a result: all but what sets it up (a control request)."""

    def __init__(self, folder: str, max_bytes: int) -> None:
        self._folder = folder
        self._max = max_bytes
        self._seen: set[str] = set()
        self.ids: list[str] = []
        self.asked = 0

    def are_there(self, names: list[str]) -> bool:
        """Whether the messages of these names have come."""
        return all(os.path.lexists(os.path.join(self._folder, name)) for name in names)

    def take(self, beginning: str = "") -> bytes:
        """The messages that have come since the last look, a line each; those alone whose names begin like that."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return b""
        lines = b""
        for name in sorted(name for name in names if name.startswith(beginning) and name.endswith(".json")):
            if name in self._seen:
                continue
            self._seen.add(name)
            identity = name[: -len(".json")].partition("-")[2]
            message = parse_object(read_file(os.path.join(self._folder, name), self._max) or b"")
            if message is not None and identity not in self.ids:
                self.ids.append(identity)
                self.asked += message.get("type") != "control_request"
                lines += json.dumps(message).encode() + b"\n"
        return lines
