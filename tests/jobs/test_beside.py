"""What is done beside an agent ends when the agent does."""

from __future__ import annotations

import asyncio

from github_app.jobs.agent.beside import end_all


async def test_a_look_that_took_its_cancellation_for_a_failure_is_ended_all_the_same() -> None:
    taken_for_failures = 0

    async def look() -> None:
        nonlocal taken_for_failures
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if taken_for_failures:
                    raise
                taken_for_failures += 1

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await end_all([looking])
    assert looking.cancelled()
    assert taken_for_failures == 1
