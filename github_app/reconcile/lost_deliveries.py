"""GitHub tries each delivery once: those that failed while Harvest was away are asked for again.

https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from github_app.events import HANDLED_EVENTS
from github_app.harvest import Harvest

# GitHub keeps deliveries for three days.
LOOK_BACK_SECONDS = 3 * 24 * 60 * 60

# GitHub waits ten seconds for an answer: a younger delivery may still be on its way.
UNDER_WAY_SECONDS = 10

PAGES = 10
A_PAGE = 100


async def ask_for_lost_deliveries(harvest: Harvest) -> int:
    """Ask GitHub to send again what never arrived; gives their number. The GUID stays, so twice is once."""
    arrived: set[str] = set()
    lost: dict[str, int] = {}
    async for delivery in recent_deliveries(harvest):
        if 200 <= delivery["status_code"] < 300:
            arrived.add(delivery["guid"])
        elif may_arrive(delivery, time.time()):
            lost.setdefault(delivery["guid"], delivery["id"])
    missing = [delivery_id for guid, delivery_id in lost.items() if guid not in arrived]
    for delivery_id in missing:
        await harvest.github.as_app("POST", f"/app/hook/deliveries/{delivery_id}/attempts")
    return len(missing)


async def recent_deliveries(harvest: Harvest) -> AsyncIterator[dict[str, Any]]:
    """The App's latest deliveries, newest first."""
    following: str | None = f"/app/hook/deliveries?per_page={A_PAGE}"
    for _ in range(PAGES):
        if following is None:
            return
        page, following = await harvest.github.as_app_page(following)
        for delivery in page:
            yield delivery


def may_arrive(delivery: dict[str, Any], now: float) -> bool:
    """Whether sending it again may help: an event that is acted on, old enough to have failed, and not refused by Harvest
    itself (4xx). GitHub puts 0 for a connection that failed."""
    age = now - datetime.fromisoformat(delivery["delivered_at"]).timestamp()
    failed = delivery["status_code"] == 0 or delivery["status_code"] >= 500
    handled = delivery["event"] in HANDLED_EVENTS
    return handled and failed and UNDER_WAY_SECONDS < age < LOOK_BACK_SECONDS
