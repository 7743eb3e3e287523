"""Waiting for what another task or process does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SECONDS = 10


async def until(happened: Callable[[], bool]) -> None:
    """Come back when it has; TimeoutError if it doesn't."""
    async with asyncio.timeout(SECONDS):
        while True:
            if happened():
                return
            await asyncio.sleep(0.005)
