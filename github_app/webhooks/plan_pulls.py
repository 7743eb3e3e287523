"""What is said on the pull request that shows a plan is about the issue that the plan is for, and answered where it was said.

Closing that pull request drops the plan, and a review that approves it approves the plan.
"""

from __future__ import annotations

import msgspec

from github_app.domain.ask import Ask, By, Command
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.webhooks.events import Ignored


async def about_its_issue(ask: Ask, services: Services) -> Ask | Ignored:
    """The ask itself where it was said anywhere else. Raises Passing, Refused."""
    target, origin = ask.target, ask.origin
    if target.place != "pull":
        return ask
    session = await services.sessions.by_plan_pull(target.repository.id, target.thread)
    if session is None:
        return Ignored("it approves a pull request that shows no plan") if origin.commit else ask
    if origin.by is By.REOPEN:
        return Ignored("a plan can be approved again")
    origin = msgspec.structs.replace(origin, thread=target.thread)
    about = msgspec.structs.replace(target, thread=session.thread, place=session.kind)
    if origin.by is By.CLOSE:
        return msgspec.structs.replace(ask, command=Command("drop"), origin=origin, target=about)
    token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.REPLY)
    path = f"{repository_path(target.repository.full_name)}/issues/{session.thread}"
    issue = await services.github.with_token(token.value, "GET", path)
    about = msgspec.structs.replace(
        about,
        title=issue["title"],
        body=issue["body"] or "",
        author=(issue["user"] or {}).get("login", ""),
        locked=target.locked or issue["locked"],
    )
    return msgspec.structs.replace(ask, origin=origin, target=about)
