"""The declared Linear, asked by Harvest: an issue with what was said on it, whether a comment stands there, and a new one.

Its conversation, credential and bounds are those of every tool server. Which tools it has is looked up before it is written
to, since Linear has renamed them: `save_comment` was `create_comment` until early 2026.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from github_app.gateway.linear.answers import (
    MAX_COMMENTS,
    Comment,
    Issue,
    Unreadable,
    comments_in,
    issue_in,
    refused,
    text_of,
)
from github_app.gateway.tools.problems import ServerProblem
from github_app.gateway.tools.servers import Servers
from github_app.text.redact import Redactor
from state.job_tools import Place

# A job waits for no more than this, whatever its agent may wait for a tool.
READ_SECONDS = 20.0
# Of comments, when one is looked for among them.
COMMENTS_A_PAGE, MAX_PAGES = 250, 4
READERS, WRITERS = ("get_issue", "list_comments"), ("save_comment", "create_comment")


def lacks(there: Collection[str], *, tells: bool) -> list[str]:
    """What a server with these tools lacks of those that are called here; `tells` is whether it is to be written to."""
    lacking = [name for name in READERS if name not in there]
    return lacking + ([WRITERS[0]] if tells and not any(name in there for name in WRITERS) else [])


class Linear:
    """One declared server, asked for the sake of a job; or what stands in its place and keeps a conversation of its own."""

    def __init__(self, servers: Servers, name: str, place: Place) -> None:
        self._servers = servers
        self._name = name
        self._place = place

    async def read(self, key: str) -> tuple[Issue, str] | None:
        """The issue, and all of it as an agent reads it, without the credential; None when there is none of that key that the
        credential may read. Raises ServerProblem."""
        async with self._within_time():
            issue = issue_in(key, await self._call("get_issue", {"id": key}))
            if issue is None:
                return None
            comments, _ = await self._comments(issue.reference, {"limit": MAX_COMMENTS, "orderBy": "createdAt"})
        credential = self._servers.credential_of(self._name)
        redact = Redactor([credential] if credential is not None else [])
        return issue, redact(text_of(issue, comments))

    async def has_comment_with(self, reference: str, words: str) -> bool:
        """Whether a comment with these words stands on the issue. Raises ServerProblem."""
        async with self._within_time():
            cursor: str | None = None
            for _ in range(MAX_PAGES):
                page = {"limit": COMMENTS_A_PAGE, "orderBy": "createdAt", **({"cursor": cursor} if cursor else {})}
                found, cursor = await self._comments(reference, page)
                if any(words in comment.body for comment in found):
                    return True
                if cursor is None:
                    break
        return False

    async def write_comment(self, reference: str, body: str) -> None:
        """Comment on the issue. Raises ServerProblem: then it may stand there all the same."""
        async with self._within_time():
            there = {tool.get("name") for tool in await self._servers.listed(self._place.job_id, self._name)}
            tool = next((name for name in WRITERS if name in there), None)
            if tool is None:
                raise ServerProblem(f"it has no tool {' or '.join(WRITERS)}")
            if refused(await self._call(tool, {"issueId": reference, "body": body})):
                raise ServerProblem("it takes no comment there")

    async def _comments(self, reference: str, page: Mapping[str, Any]) -> tuple[list[Comment], str | None]:
        return comments_in(await self._call("list_comments", {"issueId": reference, **page}))

    async def _call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return await self._servers.call(self._place, self._name, tool, arguments)

    @asynccontextmanager
    async def _within_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(READ_SECONDS):
                yield
        except TimeoutError:
            raise ServerProblem(f"it gave no answer in {READ_SECONDS:g} s") from None
        except Unreadable as problem:
            raise ServerProblem(str(problem)) from problem
