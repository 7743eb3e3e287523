"""An event goes into the inbox: under its domain key, and in the line in which it waits its turn."""

from __future__ import annotations

import time

from github_app.webhooks.events import Event, domain_key, line_of
from state.inbox import Inbox
from state.row_writers import Accepted


async def accept_event(
    inbox: Inbox, event: Event, *, delivery_id: str, name: str, action: str | None, body: bytes
) -> Accepted:
    """Store the delivery that this event was read from; `name` is its X-GitHub-Event. Raises InboxUnavailable."""
    line = line_of(event)
    return await inbox.accept(
        delivery_id=delivery_id,
        domain_key=domain_key(event),
        event=name,
        action=action,
        body=body,
        received_at=time.time(),
        repository_id=line.repository_id,
        thread=line.thread,
        urgent=line.urgent,
    )
