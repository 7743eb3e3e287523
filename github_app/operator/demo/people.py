"""The people of the demo's repository: a maintainer who opens, labels and comments, and anybody who looks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from github_app.operator.demo.processes import DemoFailed

# Follow what happens closely enough for timings that mean something, without being the load itself.
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Person:
    """Somebody with an account and a token, acting through GitHub's REST API."""

    client: httpx.AsyncClient
    login: str

    @classmethod
    def at(cls, api_url: str, login: str, token: str) -> Person:
        headers = {"authorization": f"Bearer {token}", "accept": "application/vnd.github+json"}
        return cls(httpx.AsyncClient(base_url=api_url, headers=headers, timeout=30), login)

    async def get(self, path: str, **parameters: str) -> Any:
        return await self._do("GET", path, params=parameters or None)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        return await self._do("POST", path, json=body)

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        return await self._do("PUT", path, json=body)

    async def _do(self, method: str, path: str, **details: Any) -> Any:
        answer = await self.client.request(method, path, **details)
        if answer.is_error:
            raise DemoFailed(f"{self.login} could not {method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer.json()


async def wait_for(look: Callable[[], Awaitable[Any]], what: str, seconds: float) -> Any:
    """Look again and again until there is something. DemoFailed after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await look()):  # noqa: ASYNC110 - the other side is another process
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise DemoFailed(f"waited {seconds:.0f} s for {what}, in vain") from None
    return found
