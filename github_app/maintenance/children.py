"""Jobs in other repositories that agents have asked for: begun when they may be, and told of when they are over."""

from __future__ import annotations

from github_app.commands.spawning import look_after_child
from github_app.jobs.services import Services
from github_app.maintenance.due import look_after_rows
from github_app.replies import spawning as texts
from state.children import Child
from state.due_rows import MOST_FAILURES


async def look_after_children(services: Services) -> None:
    """For ever; ends only by cancellation."""

    async def look(child: Child) -> None:
        if child.failures < MOST_FAILURES:
            await look_after_child(services, child)
        else:  # nobody can be told there
            await services.children.refuse(child, texts.given_up())
            await services.children.told(child)

    await look_after_rows(services.leases, "child", services.children, look)
