"""GitHub tries each delivery once: those that failed while Harvest was away are asked for again, oldest first.

Every look reads back to where the last one ended, however many deliveries came since.
https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from github_app.jobs.services import Services
from github_app.webhooks.events import HANDLED_EVENTS
from state.marks import Mark

# GitHub keeps deliveries for three days.
LOOK_BACK_SECONDS = 3 * 24 * 60 * 60

# GitHub waits ten seconds for an answer: a younger delivery may still be on its way.
UNDER_WAY_SECONDS = 10

# A delivery is listed when it has ended, under the time at which it began: what began shortly before the mark is read again.
OVERLAP = timedelta(seconds=60)

A_PAGE = 100
MARK = "deliveries"


async def ask_for_lost_deliveries(services: Services) -> int:
    """Ask GitHub to send again what never arrived; gives their number. The GUID stays, so twice is once."""
    mark = await services.marks.get(MARK)
    read_until = datetime.fromisoformat(mark.read_until) if mark else datetime.min.replace(tzinfo=UTC)
    redelivered: set[str] = set()
    lost: dict[str, int] = {}
    newest: str | None = None
    async for delivery in deliveries_since(services, read_until - OVERLAP if mark else read_until):
        newest = newest or delivery["delivered_at"]
        if 200 <= delivery["status_code"] < 300:
            if delivery["redelivery"]:
                redelivered.add(delivery["guid"])
        elif may_arrive(delivery, time.time()) and delivery["guid"] not in redelivered:
            lost.setdefault(delivery["guid"], delivery["id"])
    # Newest first is how GitHub lists them: in the order in which things happened a label comes before the close.
    for delivery_id in reversed(lost.values()):
        await services.github.as_app("POST", f"/app/hook/deliveries/{delivery_id}/attempts")
    if newest is not None:
        await services.marks.set(MARK, Mark(newest))
    return len(lost)


async def deliveries_since(services: Services, since: datetime) -> AsyncIterator[dict[str, Any]]:
    """The App's deliveries that began after that time, newest first."""
    following: str | None = f"/app/hook/deliveries?per_page={A_PAGE}"
    while following is not None:
        page, following = await services.github.as_app_page(following)
        for delivery in page:
            if datetime.fromisoformat(delivery["delivered_at"]) <= since:
                return
            yield delivery


def may_arrive(delivery: dict[str, Any], now: float) -> bool:
    """Whether sending it again may help: an event that is acted on, old enough to have failed, and not refused by Harvest
    itself (4xx). GitHub puts 0 for a connection that failed."""
    age = now - datetime.fromisoformat(delivery["delivered_at"]).timestamp()
    failed = delivery["status_code"] == 0 or delivery["status_code"] >= 500
    handled = delivery["event"] in HANDLED_EVENTS
    return handled and failed and UNDER_WAY_SECONDS < age < LOOK_BACK_SECONDS
