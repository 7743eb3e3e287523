"""An event goes into the inbox: under its domain key, and in the line in which it waits its turn."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from msgspec.structs import replace

from github_app.domain.ask import Ask, By
from github_app.webhooks.events import Event, is_by
from github_app.webhooks.inbox_place import domain_key, line_of
from state.inbox import Inbox
from state.row_writers import Accepted

# The delivery ids of what Harvest found by itself begin like this; GitHub's are UUIDs.
FOUND = "looked-"

# A label's delivery bears the time of the last change, the list of events that of the label. They are mostly the same
# second, but another change may come in between.
NEAR_SECONDS = 5


async def accept_event(
    inbox: Inbox, event: Event, *, delivery_id: str, name: str, action: str | None, body: bytes
) -> Accepted:
    """Store the delivery that this event was read from; `name` is its X-GitHub-Event. Raises InboxUnavailable."""
    if is_by(event, By.LABEL) and await inbox.known(near_keys(event), delivered_as=FOUND):
        return "duplicate"
    return await store(inbox, event, delivery_id=delivery_id, name=name, action=action, body=body)


async def accept_found(inbox: Inbox, event: Event, *, found: str, name: str, action: str, body: bytes) -> Accepted:
    """Store what was found by looking, unless a delivery told of it; `found` names it. Raises InboxUnavailable."""
    if is_by(event, By.LABEL) and await inbox.known(near_keys(event)):
        return "duplicate"
    return await store(inbox, event, delivery_id=f"{FOUND}{found}", name=name, action=action, body=body)


async def store(inbox: Inbox, event: Event, *, delivery_id: str, name: str, action: str | None, body: bytes) -> Accepted:
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


def near_keys(event: Ask) -> list[str]:
    """The keys under which the other way may have told of the same label."""
    labelled_at = datetime.fromisoformat(event.origin.at)
    moments = (labelled_at + timedelta(seconds=seconds) for seconds in range(-NEAR_SECONDS, NEAR_SECONDS + 1))
    origins = (replace(event.origin, at=f"{one:%Y-%m-%dT%H:%M:%SZ}") for one in moments)
    return [str(domain_key(replace(event, origin=origin))) for origin in origins]
