"""Putting replies on an issue or pull request, each once: what was put there before is found again by its marker and adopted.

An answer of GitHub's can be lost after its effect, and a step can be run again after a crash: so everything that creates looks
first when it is not the first try, and believes only comments that were written by our own App.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from github_app.github.client import GitHub
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.pacing import Urgency
from github_app.github.paths import repository_path

Reaction = Literal["eyes", "+1", "-1", "confused", "rocket"]

COMMENTS_A_PAGE = 100
# A thread with more comments than this is searched from `since` on, or not found in: then a second comment is the lesser evil.
MAX_PAGES = 10


@dataclass(frozen=True)
class Thread:
    """One issue or pull request, with a token that may write to it. `urgency` is that of what is written there: an end comes
    before an answer, and progress is written when there is nothing else to say. `inline` is the first comment of a thread on
    a line of the pull request's difference: then comments are those of that thread. 0 for the conversation itself."""

    github: GitHub
    token: InstallationToken = field(repr=False)
    app_id: int
    repository: str
    number: int
    job_id: str | None = None
    urgency: Urgency = Urgency.ANSWER
    inline: int = 0

    async def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, repeatable: bool | None = None
    ) -> Any:
        """A request below this repository's path."""
        return await self.github.with_token(
            self.token,
            method,
            repository_path(self.repository) + path,
            body,
            job_id=self.job_id,
            repeatable=repeatable,
            urgency=self.urgency,
            session=f"{self.repository}#{self.number}",
        )

    @property
    def _comments(self) -> str:
        return "/pulls/comments" if self.inline else "/issues/comments"

    def _is_ours(self, comment: dict[str, Any]) -> bool:
        """GitHub names the App of a comment in the conversation; of one on a line it tells only that a bot wrote it."""
        if self.inline:
            return bool((comment.get("user") or {}).get("type") == "Bot")
        return bool((comment.get("performed_via_github_app") or {}).get("id") == self.app_id)

    async def react(self, comment_id: int | None, reaction: Reaction) -> None:
        """React to the comment that asked, or to the issue; GitHub itself keeps a second reaction from counting. A deleted
        comment is no error: there is nothing left to react to."""
        place = f"/issues/{self.number}" if comment_id is None else f"{self._comments}/{comment_id}"
        try:
            await self.request("POST", f"{place}/reactions", {"content": reaction}, repeatable=True)
        except Refused as problem:
            if problem.status not in (404, 410):
                raise

    async def find_comment(self, marker: str, *, since: float | None = None) -> int | None:
        """Our own comment that carries the marker. `since` (seconds since the epoch) leaves out older ones."""
        async with aclosing(self._own_comments(since)) as comments:
            async for comment in comments:
                if marker in (comment.get("body") or ""):
                    return int(comment["id"])
        return None

    async def said_on_lines(self, *, since: float) -> str:
        """All that was said by our own App on lines of the pull request since then (seconds since the epoch)."""
        on_lines = replace(self, inline=self.inline or 1)
        return "\n".join([comment.get("body") or "" async for comment in on_lines._own_comments(since)])

    async def _own_comments(self, since: float | None) -> AsyncGenerator[dict[str, Any], None]:
        for page in range(1, MAX_PAGES + 1):
            query: dict[str, object] = {"per_page": COMMENTS_A_PAGE, "page": page}
            if since is not None:
                query["since"] = stamp(since)
            place = f"/pulls/{self.number}" if self.inline else f"/issues/{self.number}"
            comments = await self.request("GET", f"{place}/comments?{urlencode(query)}")
            for comment in comments:
                if self._is_ours(comment):
                    yield comment
            if len(comments) < COMMENTS_A_PAGE:
                return

    async def write_comment(self, body: str) -> int:
        """A new comment's id. Raises Passing when it is not known whether it was written."""
        place = f"/pulls/{self.number}/comments/{self.inline}/replies" if self.inline else f"/issues/{self.number}/comments"
        comment = await self.request("POST", place, {"body": body})
        return int(comment["id"])

    async def edit_comment(self, comment_id: int, body: str) -> bool:
        """Replace a comment's text; False when somebody deleted it."""
        try:
            await self.request("PATCH", f"{self._comments}/{comment_id}", {"body": body})
        except Refused as problem:
            if problem.status in (404, 410):
                return False
            raise
        return True

    async def say_once(self, marker: str, text: str) -> None:
        """Write a comment unless one with this marker is there already."""
        if await self.find_comment(marker) is None:
            await self.write_comment(f"{marker}\n{text}")


def stamp(at: float) -> str:
    """A time as GitHub writes it, from seconds since the epoch."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def create_or_adopt(
    create: Callable[[], Awaitable[int]], find: Callable[[], Awaitable[int | None]], *, look_first: bool
) -> int:
    """Create something once: on a first try without looking, on any later one only if it is not there yet."""
    if look_first and (found := await find()) is not None:
        return found
    return await create()
