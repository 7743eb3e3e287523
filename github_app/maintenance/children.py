"""Jobs in other repositories that agents have asked for: begun when they may be, and told of when they are over."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.commands.spawning import look_after_child
from github_app.jobs.services import Services
from github_app.maintenance.due import MOST_FAILURES
from github_app.replies import spawning as texts
from state.children import Child


class DueChildren:
    """A `Due`."""

    name = "child"

    def __init__(self, services: Services) -> None:
        self._services = services

    async def rows(self, limit: int) -> Sequence[Child]:
        return await self._services.children.due(limit)

    def id_of(self, row: Child) -> str:
        return row.id

    def failures_of(self, row: Child) -> int:
        return row.failures

    async def look(self, row: Child) -> None:
        children = self._services.children
        if row.failures >= MOST_FAILURES:  # nobody can be told there
            await children.refuse(row, texts.given_up())
            await children.told(row)
            return
        child = await children.get(row.parent_job_id, row.number)
        if child.over_at is None:
            await look_after_child(self._services, child)

    async def put_off(self, row: Child, seconds: float) -> None:
        await self._services.children.put_off(row, seconds)

    async def wait(self, seconds: float) -> None:
        await self._services.children.wait_for_news(seconds)
