"""`python -m sandbox.egress FOLDER ID`: the proxy of the sandbox ID, until its rules are gone or another sandbox's.

Started by whoever makes or uses the sandbox, with the folder's lock as an open file: it is held until this process ends, and
as long nobody starts a second one. It is given nothing else.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

import msgspec

from sandbox.egress import proxy
from sandbox.egress.rules import Rules

# Relative to the folder: a socket's whole path may be no longer than 107 bytes.
RULES, SOCKET, LOCK, LOG = Path("rules.json"), Path("socket/proxy"), Path("lock"), Path("proxy.log")

# How soon the proxy ends when its sandbox is removed by somebody who does not end it.
LOOK_SECONDS = 2.0
BACKLOG = 256
# An error that comes again and again fills no disk.
MAX_LOG_BYTES = 64 * 1024


def main(folder: str, sandbox: str) -> None:
    os.chdir(folder)
    try:
        asyncio.run(serve(sandbox))
    except Exception:
        note(traceback.format_exc())
        raise


async def serve(sandbox: str) -> None:
    open_now = 0

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now
        open_now += 1
        try:
            rules = current_rules(sandbox)
            if rules is not None and open_now <= proxy.MAX_CONNECTIONS:
                await proxy.answer(reader, writer, rules)
        except (OSError, TimeoutError):
            pass  # one side is gone, and with it the connection
        except Exception:
            note(traceback.format_exc())
        finally:
            open_now -= 1
            writer.close()

    SOCKET.unlink(missing_ok=True)  # noqa: ASYNC240 - this process has nothing else to do
    async with await asyncio.start_unix_server(answered, SOCKET, limit=proxy.CHUNK_BYTES, backlog=BACKLOG):
        while current_rules(sandbox) is not None:  # noqa: ASYNC110 - nobody tells of a folder that was removed
            await asyncio.sleep(LOOK_SECONDS)


def current_rules(sandbox: str) -> Rules | None:
    """The sandbox's rules as they are now; None when it is gone."""
    try:
        rules = msgspec.json.decode(RULES.read_bytes(), type=Rules)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return rules if rules.sandbox == sandbox else None


def note(text: str) -> None:
    """Write down what went wrong here, as far as there is room."""
    with suppress(OSError), LOG.open("a") as log:
        if log.tell() < MAX_LOG_BYTES:
            log.write(f"{time.time():.0f} {text[-4096:]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
