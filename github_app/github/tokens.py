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
from typing import Any

from github_app.github.client import GitHub
from github_app.github.failures import NotInstalled, Refused
from github_app.github.installation_token import InstallationToken
from sandbox.secret import Secret


class Purpose(Enum):
    """What a token is for. A job has one that may write contents only after its agent has ended, and an approval to delete the
    branch that showed the plan; the sandbox never sees any but `READ`."""

    READ = (("contents", "read"),)
    REPLY = (("checks", "write"), ("issues", "write"), ("pull_requests", "write"))
    CHECKS = (("actions", "read"), ("checks", "read"), ("statuses", "read"))
    TOOLS = (("contents", "read"), ("issues", "read"), ("pull_requests", "read"))
    TOOL_WRITES = (("issues", "write"),)
    PUSH = (("contents", "write"),)
    # For one push that somebody with the role maintain or admin has let touch workflow files.
    PUSH_WORKFLOWS = (("contents", "write"), ("workflows", "write"))
    # GitHub takes both, though a thread is no content: https://github.com/orgs/community/discussions/44650
    RESOLVE = (("contents", "write"), ("pull_requests", "write"))

    @property
    def permissions(self) -> Mapping[str, str]:
        return dict(self.value)


# Not kept for the next one who asks.
USED_ONCE = frozenset({Purpose.PUSH, Purpose.PUSH_WORKFLOWS, Purpose.RESOLVE})

LEVELS = ("read", "write", "admin")

# A token with less life than this is not handed out again; GitHub's tokens last an hour.
FRESH_SECONDS = 10 * 60


@dataclass(frozen=True)
class Token:
    """`expires_at` is in seconds since the epoch."""

    value: InstallationToken = field(repr=False)
    expires_at: float


class Tokens:
    """Mints tokens and hands the same one out again while it is fresh; they are kept in memory only."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._kept: dict[tuple[int, int, Purpose], Token] = {}
        self._locks: dict[tuple[int, int, Purpose], asyncio.Lock] = {}
        github.on_token_refused = self._drop

    async def get(
        self, installation_id: int, repository_id: int, purpose: Purpose, *, fresh_seconds: float = FRESH_SECONDS
    ) -> Token:
        """A token with at least `fresh_seconds` of life. Raises InstallationSuspended, NotInstalled, Refused, Passing."""
        key = (installation_id, repository_id, purpose)
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is not None and kept.expires_at - time.time() > fresh_seconds:
                return kept
            token = await self._mint(installation_id, repository_id, purpose)
            if purpose not in USED_ONCE:
                self._kept[key] = token
            return token

    async def for_looking(self, installation_id: int) -> Token:
        """A token that sees which repositories an installation has, and nothing in them."""
        path = f"/app/installations/{installation_id:d}/access_tokens"
        answer = await self._github.as_app("POST", path, {"permissions": {"metadata": "read"}})
        return token_of(answer, installation_id)

    def forget(self, installation_id: int, repository_id: int) -> None:
        """Drop what is kept for a repository, after GitHub said that a token is no longer good."""
        for purpose in Purpose:
            self._kept.pop((installation_id, repository_id, purpose), None)

    def _drop(self, refused: Secret) -> None:
        self._kept = {key: token for key, token in self._kept.items() if token.value != refused}

    async def _mint(self, installation_id: int, repository_id: int, purpose: Purpose) -> Token:
        path = f"/app/installations/{installation_id:d}/access_tokens"
        asked = {"repository_ids": [repository_id], "permissions": dict(purpose.permissions)}
        try:
            answer = await self._github.as_app("POST", path, asked)
        except Refused as problem:
            if problem.status == 404:
                raise NotInstalled(problem.what, problem.reason, 404) from problem
            missing = await self.missing(installation_id, purpose) if problem.status == 422 else []
            if not missing:
                raise
            raise Refused(problem.what, f"the App was not granted {' and '.join(missing)}", 422) from problem
        return token_of(answer, installation_id)

    async def missing(self, installation_id: int, purpose: Purpose) -> list[str]:
        """What this purpose takes and the installation was not granted: new permissions count only once they are accepted."""
        granted = (await self._github.as_app("GET", f"/app/installations/{installation_id:d}"))["permissions"]
        return [
            f"`{name}: {level}`"
            for name, level in purpose.permissions.items()
            if name not in granted or LEVELS.index(granted[name]) < LEVELS.index(level)
        ]


def token_of(answer: Mapping[str, Any], installation_id: int) -> Token:
    """The token in GitHub's answer."""
    value = InstallationToken(answer["token"], installation_id)
    return Token(value, datetime.fromisoformat(answer["expires_at"]).timestamp())
