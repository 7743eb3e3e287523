"""`harvest serve`: run the service until it is told to stop."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from starlette.applications import Starlette

    from github_app.settings.operator import Settings

# Requests under way are answered, calls of tools as cut off; a model stream of minutes is cut, and the CLI asks again after
# the restart.
SHUTDOWN_SECONDS = 3

TICK_SECONDS = 1.0

# Whoever stops a service waits no longer: what holds it up (a database that another program holds, say) may do so for ever.
# Nothing is lost, as nothing is when it is killed.
LONGEST_STOP_SECONDS = 9.0
LAST_WORDS_SECONDS = 0.5


def serve() -> None:
    """Run the service. Settings come from the environment and `.env` (docs/settings.md)."""
    import asyncio
    import gc

    gc.disable()  # until all is imported and set up: looking through it again and again takes a sixth of the start
    from github_app.service.listening import listen
    from github_app.service.logs import set_up_logging
    from github_app.settings.environment import load_settings
    from github_app.settings.operator import SettingsError

    settings = load_settings()
    if missing := settings.missing_to_serve():
        raise SettingsError("\n".join(missing))
    set_up_logging(settings.log_format)
    listening = listen(settings.host, settings.port)
    # asyncio's own loop: uvloop answers a little faster, but its pipes to processes close under a writer's hands.
    asyncio.run(serve_on(listening, settings))


async def serve_on(listening: socket, settings: Settings) -> None:
    """Open everything, answer requests until a signal ends it, close everything."""
    import asyncio

    import structlog

    from github_app.service.app import open_app
    from github_app.service.listening import url_of
    from github_app.version import VERSION

    address = url_of(listening)
    # A local sandbox is on this machine: its way to the model needn't go out and come back in.
    service_url = address if settings.sandbox == "local" else settings.public_url or address
    if settings.sandbox == "local" and settings.local_unisolated:
        say_if_unisolated(settings)
    log = structlog.get_logger()
    begin, ending = asyncio.Event(), asyncio.Event()
    async with open_app(settings, service_url, begin, ending) as app:
        log.info("Harvest serves", url=address, version=VERSION, sandbox=settings.sandbox, state=str(settings.state_dir))
        await answer_requests(listening, app, begin, ending)
    log.info("Harvest has stopped")


def say_if_unisolated(settings: Settings) -> None:
    """The setting may stand there though bubblewrap is: then there is nothing to say."""
    from github_app.service.backends import open_local
    from sandbox.local.isolation import NOTHING_BETWEEN

    if open_local(settings).isolation().kind == "none":
        print(f"The agent is not isolated (HARVEST_LOCAL_UNISOLATED=1): {NOTHING_BETWEEN}", file=sys.stderr, flush=True)


async def answer_requests(
    listening: socket, app: Starlette, begin: asyncio.Event | None = None, ending: asyncio.Event | None = None
) -> None:
    """Answer requests until a signal ends it, which sets `ending` at once. Says where once they are answered, and not before,
    and sets `begin`."""
    import asyncio
    import gc
    import os
    import threading

    import uvicorn

    from github_app.service.connections import ACCEPT_AT_ONCE, watched_protocol
    from github_app.service.listening import url_of

    signalled = ending or asyncio.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"Harvest listens on {url_of(listening)}", flush=True)
            gc.freeze()  # what is there now stays: it needn't be looked through again
            gc.enable()
            if begin is not None:
                begin.set()

        async def main_loop(self) -> None:
            """uvicorn's own looks ten times a second whether it is to end. Here the signal says so, and once a second is
            enough for the date that stands in every answer."""
            while not await self.on_tick(0):
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_SECONDS):
                        await signalled.wait()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """uvicorn's own raises the signal once more when the last request is answered: the process would end before it
            has let go of its jobs, and others would wait until it counts as dead."""
            loop = asyncio.get_running_loop()
            told, tell = os.pipe()
            threading.Thread(target=end_in_any_case, args=(told,), daemon=True).start()

            def stop(number: int) -> None:
                self.handle_exit(number, None)
                signalled.set()

            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop, number)
                # The loop hears of it by other means, and only while it runs: this one also when it stands still.
                signal.signal(number, lambda *_: os.write(tell, b"."))
            try:
                yield
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.remove_signal_handler(number)
                os.close(tell)

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="off",
        http=watched_protocol(),
        backlog=ACCEPT_AT_ONCE,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    await Server(config).serve(sockets=[listening])


def end_in_any_case(told: int) -> None:
    """End the process LONGEST_STOP_SECONDS after a byte can be read from the pipe `told`, if it has not ended by itself. For a
    thread of its own: it waits for none of the others, nor for who reads the log."""
    import os
    import threading
    import time

    import structlog

    def say() -> None:
        structlog.get_logger().error("stopping took too long: what was under way goes on at the next start")

    with os.fdopen(told, "rb", buffering=0) as pipe:
        if not pipe.read(1):
            return
    time.sleep(LONGEST_STOP_SECONDS)
    last_words = threading.Thread(target=say, daemon=True)
    last_words.start()
    last_words.join(LAST_WORDS_SECONDS)
    os._exit(1)
