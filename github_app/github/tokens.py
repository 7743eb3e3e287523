"""Installation tokens, each narrowed to one repository by its id and to the permissions of one purpose.

https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from github_app.github.client import GitHub
from sandbox.secret import Secret


class Purpose(Enum):
    """What a token is for. The push token exists only after the agent has ended; the sandbox never sees any but `READ`."""

    READ = (("contents", "read"),)
    REPLY = (("checks", "write"), ("issues", "write"), ("pull_requests", "write"))
    PUSH = (("contents", "write"),)

    @property
    def permissions(self) -> Mapping[str, str]:
        return dict(self.value)


# A token with less life than this is not handed out again; GitHub's tokens last an hour.
FRESH_SECONDS = 10 * 60


@dataclass(frozen=True)
class Token:
    """`expires_at` is in seconds since the epoch."""

    value: Secret = field(repr=False)
    expires_at: float


class Tokens:
    """Mints tokens and hands the same one out again while it is fresh; they are kept in memory only."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._kept: dict[tuple[int, int, Purpose], Token] = {}
        self._locks: dict[tuple[int, int, Purpose], asyncio.Lock] = {}

    async def get(
        self, installation_id: int, repository_id: int, purpose: Purpose, *, fresh_seconds: float = FRESH_SECONDS
    ) -> Token:
        """A token with at least `fresh_seconds` of life. Raises InstallationSuspended, Refused, Passing."""
        key = (installation_id, repository_id, purpose)
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is not None and kept.expires_at - time.time() > fresh_seconds:
                return kept
            token = await self._mint(installation_id, repository_id, purpose)
            if purpose is not Purpose.PUSH:
                self._kept[key] = token
            return token

    async def for_looking(self, installation_id: int) -> Token:
        """A token that sees which repositories an installation has, and nothing in them."""
        path = f"/app/installations/{installation_id:d}/access_tokens"
        answer = await self._github.as_app("POST", path, {"permissions": {"metadata": "read"}})
        return Token(Secret(answer["token"]), datetime.fromisoformat(answer["expires_at"]).timestamp())

    def forget(self, installation_id: int, repository_id: int) -> None:
        """Drop what is kept for a repository, after GitHub said that a token is no longer good."""
        for purpose in Purpose:
            self._kept.pop((installation_id, repository_id, purpose), None)

    async def _mint(self, installation_id: int, repository_id: int, purpose: Purpose) -> Token:
        answer = await self._github.as_app(
            "POST",
            f"/app/installations/{installation_id:d}/access_tokens",
            {"repository_ids": [repository_id], "permissions": dict(purpose.permissions)},
        )
        return Token(Secret(answer["token"]), datetime.fromisoformat(answer["expires_at"]).timestamp())
