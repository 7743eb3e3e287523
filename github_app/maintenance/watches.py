"""Looks after the pull requests that are watched, whenever one is due."""

from __future__ import annotations

from structlog.contextvars import bind_contextvars

from github_app.commands.watching import look_after
from github_app.jobs.services import Services
from github_app.maintenance.due import look_after_rows
from state.watches import Watch


async def keep_watching(services: Services) -> None:
    """For ever; ends only by cancellation."""

    async def look(watch: Watch) -> None:
        bind_contextvars(repository=watch.repository, thread=watch.pull_number)
        await look_after(services, watch)

    await look_after_rows(services.leases, "watch", services.watches, look, whose=lambda watch: watch.installation_id)
