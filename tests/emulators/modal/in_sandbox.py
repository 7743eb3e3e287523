"""What runs in an emulated sandbox, and what of it this machine sees."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import modal


def run(sandbox: modal.Sandbox, command: str, secrets: Collection[modal.Secret] = ()) -> tuple[str, str, int]:
    process = sandbox.exec("bash", "-c", command, secrets=secrets)
    return process.stdout.read(), process.stderr.read(), process.wait()


def command_lines() -> str:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended meanwhile
    return "\n".join(found)
