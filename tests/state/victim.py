"""A little Harvest to be killed: `victim.py URL DELIVERIES`. It takes deliveries in (all of them, at each start, as if GitHub
sent them again), carries out their jobs, says line by line what it does, and ends when everything has ended."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress

from state import inbox as inbox_settings
from state.backlog import count_deliveries
from state.database import Database
from state.engine import Engine
from state.inbox import Inbox
from state.jobs import Jobs, job_id_of
from state.sessions import Sessions

SESSIONS = 4
STEPS = ("open", "run", "publish")


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, [time.monotonic(), *words])) + "\n").encode())


async def main(url: str, deliveries: int) -> None:
    inbox_settings.MAX_ATTEMPTS = 1000  # what kills this process is not the delivery it has in hand
    inbox_settings.LEASE_SECONDS = 5  # what a killed process had in hand is handed out again this much later
    database = await Database.open(url)
    sessions, jobs = Sessions(database), Jobs(database)
    inbox = await Inbox.open(database)
    engine = Engine(database, installation_cap=3, total_cap=5, look_seconds=0.5, dead_after_seconds=1.5)

    async def work(job_id: str, step: str) -> str:
        say("begin", job_id, step)
        await asyncio.sleep(0.02)
        say("end", job_id, step)
        return step

    async def carry_out(job_id: str) -> None:
        for step in STEPS:
            assert await engine.step(step, work, job_id, step) == step
        await engine.step("close", close, job_id)

    async def close(job_id: str) -> None:
        if await jobs.end(job_id, "succeeded"):
            say("closed", job_id)

    async def on_failure(job_id: str, error: Exception) -> None:
        say("failed", job_id, repr(error))

    async def handle_deliveries() -> None:
        while True:
            for delivery in await inbox.claim():
                thread = int(delivery.body) % SESSIONS
                session = await sessions.open_session(
                    installation_id=thread % 2, repository_id=1, repository="a/b", thread=thread + 1, kind="issue"
                )
                job_id = job_id_of(delivery.delivery_id)
                await jobs.add(
                    job_id,
                    session_id=session.id,
                    installation_id=session.installation_id,
                    kind="issue",
                    recipe="change/1",
                    ask={},
                )
                await engine.submit(job_id)
                await inbox.done(delivery.number, "queued")
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await inbox.wait_for_arrival()

    async def feed(number: int) -> None:
        answer = await inbox.accept(
            delivery_id=f"d{number}",
            domain_key=f"k{number}",
            event="issues",
            action="labeled",
            body=str(number).encode(),
            received_at=time.time(),
        )
        say(answer, number)

    engine.register(carry_out, on_failure=on_failure)
    await engine.start()
    handler = asyncio.create_task(handle_deliveries())
    say("ready")
    await asyncio.gather(*(feed(number) for number in range(deliveries)))
    while (await count_deliveries(inbox._database)).waiting or await jobs.unfinished():  # noqa: ASYNC110 - they set no event
        await asyncio.sleep(0.05)
    handler.cancel()
    await engine.stop()
    await inbox.close()
    await database.close()
    say("finished")


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
