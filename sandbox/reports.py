"""Files that a command of the repository's has written: those of some patterns, with what is in them, in one call.

All of it is the sandbox's word. A file that was there before with the same content is none that this command wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence, Set

from sandbox.protocol import Completed, Sandbox

MAX_FILES = 200
# Of all files together.
MAX_BYTES = 8 * 1024 * 1024
SECONDS = 60.0

# Reads {"patterns", "known", "most", "room", "send"} from stdin; prints for each file a line of JSON, and its bytes behind it.
_PROGRAM = """
import glob, hashlib, json, os, stat, sys
asked = json.load(sys.stdin)
room, out = asked["room"], sys.stdout.buffer
names = {name for pattern in asked["patterns"] for name in glob.iglob(pattern, recursive=True)}
for name in sorted(names)[: asked["most"]]:
    try:
        with open(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                continue
            content = file.read(room + 1)
    except OSError:
        continue
    digest = hashlib.sha256(content).hexdigest()
    if digest in asked["known"] or len(content) > room:
        continue
    room -= len(content)
    out.write(json.dumps({"sha256": digest, "size": len(content) if asked["send"] else 0}).encode() + b"\\n")
    if asked["send"]:
        out.write(content)
"""


async def digests_of(sandbox: Sandbox, patterns: Sequence[str]) -> frozenset[str]:
    """What is there: SHA-256s, hex. Raises SandboxError, SandboxGone."""
    looked = await _look(sandbox, patterns, frozenset(), send=False)
    return frozenset(digest for digest, _ in _files_in(looked.stdout))


async def new_files(sandbox: Sandbox, patterns: Sequence[str], known: Set[str]) -> list[bytes]:
    """The contents of those files that are none of the known ones, at most MAX_BYTES in all. Raises as `digests_of` does."""
    looked = await _look(sandbox, patterns, known, send=True)
    return [content for _, content in _files_in(looked.stdout)]


async def _look(sandbox: Sandbox, patterns: Sequence[str], known: Set[str], *, send: bool) -> Completed:
    asked = {"patterns": list(patterns), "known": sorted(known), "most": MAX_FILES, "room": MAX_BYTES, "send": send}
    return await sandbox.run(
        ["python3", "-I", "-S", "-c", _PROGRAM],
        stdin=json.dumps(asked).encode(),
        timeout_seconds=SECONDS,
        max_bytes=MAX_BYTES + MAX_FILES * 200,
    )


def _files_in(printed: bytes) -> list[tuple[str, bytes]]:
    """Digest and content of each file; what is not as the program writes it ends the list."""
    found: list[tuple[str, bytes]] = []
    while printed and len(found) < MAX_FILES:
        line, _, rest = printed.partition(b"\n")
        try:
            header = json.loads(line)
            digest, size = str(header["sha256"]), int(header["size"])
        except (ValueError, KeyError, TypeError):
            break
        content, printed = rest[:size], rest[size:]
        if size and hashlib.sha256(content).hexdigest() != digest:
            break
        found.append((digest, content))
    return found
