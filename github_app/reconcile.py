"""What webhooks can't be trusted with: at start and on a schedule, look for what was lost or left over.

GitHub tries each delivery once. Those that failed while Harvest was away are asked for again; sandboxes whose job has ended
are ended; old rows are forgotten.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from urllib.parse import urlencode

import structlog

from github_app.events import HANDLED_EVENTS
from github_app.github.failures import GitHubProblem
from github_app.harvest import Harvest
from sandbox.protocol import SandboxError, SandboxGone

log = structlog.get_logger()

# A failed delivery is noticed within this time; the list costs one request.
DELIVERIES_SECONDS = 5 * 60
SANDBOXES_SECONDS = 60

# GitHub keeps deliveries for three days: https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/viewing-webhook-deliveries
DELIVERIES_PAGES = 10
DELIVERIES_A_PAGE = 100
LOOK_BACK_SECONDS = 3 * 24 * 60 * 60

# What was handled is kept longer than GitHub could redeliver it, so that twice stays once.
KEEP_DAYS = 14
PURGE_SECONDS = 6 * 60 * 60

# A sandbox is younger than its job's row for a moment; leave new ones alone.
NEW_SANDBOX_SECONDS = 60


class Reconciler:
    """The loops. Run them with `run()`, which ends only by cancellation."""

    def __init__(self, harvest: Harvest) -> None:
        self._harvest = harvest

    async def run(self) -> None:
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._every(DELIVERIES_SECONDS, self.ask_for_lost_deliveries))
            loops.create_task(self._every(SANDBOXES_SECONDS, self.end_leftover_sandboxes))
            loops.create_task(self._every(PURGE_SECONDS, self.forget_old_rows))

    async def _every(self, seconds: float, look) -> None:  # type: ignore[no-untyped-def]
        while True:
            try:
                await look()
            except (GitHubProblem, SandboxError) as problem:
                log.warning("reconciling will be tried again", look=look.__name__, error=str(problem))
            except Exception:
                log.exception("reconciling failed", look=look.__name__)
            await asyncio.sleep(seconds)

    async def ask_for_lost_deliveries(self) -> int:
        """Ask GitHub to send again what it could not deliver; gives their number. The GUID stays, so twice is once.

        https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
        """
        delivered: set[str] = set()
        lost: dict[str, int] = {}
        oldest = time.time() - LOOK_BACK_SECONDS
        cursor: str | None = None
        for _ in range(DELIVERIES_PAGES):
            query = {"per_page": DELIVERIES_A_PAGE, **({"cursor": cursor} if cursor else {})}
            page = await self._harvest.github.as_app("GET", f"/app/hook/deliveries?{urlencode(query)}")
            for delivery in page:
                if delivery["event"] not in HANDLED_EVENTS:
                    continue
                if 200 <= delivery["status_code"] < 300:
                    delivered.add(delivery["guid"])
                elif datetime.fromisoformat(delivery["delivered_at"]).timestamp() > oldest and retryable(
                    delivery["status_code"]
                ):
                    lost.setdefault(delivery["guid"], delivery["id"])
            if len(page) < DELIVERIES_A_PAGE:
                break
            cursor = str(page[-1]["id"])
        asked = 0
        for guid, delivery_id in lost.items():
            if guid not in delivered:
                await self._harvest.github.as_app("POST", f"/app/hook/deliveries/{delivery_id}/attempts")
                asked += 1
        if asked:
            log.info("asked for lost deliveries", count=asked)
        return asked

    async def end_leftover_sandboxes(self) -> int:
        """End sandboxes whose job is not at work; gives their number."""
        live = {job.id for job in await self._harvest.jobs.unfinished()}
        ended = 0
        for found in await self._harvest.backend.list({"service": "harvest"}):
            if found.tags.get("job") in live or time.time() - found.created_at < NEW_SANDBOX_SECONDS:
                continue
            try:
                await (await self._harvest.backend.attach(found.id)).terminate()
            except SandboxGone:
                continue
            log.warning("ended a leftover sandbox", sandbox=found.id, job=found.tags.get("job"))
            ended += 1
        return ended

    async def forget_old_rows(self) -> None:
        """Drop deliveries and step records that nobody will ask for again."""
        await self._harvest.inbox.purge(older_than_days=KEEP_DAYS)
        await self._harvest.engine.purge(older_than_days=KEEP_DAYS)


def retryable(status: int) -> bool:
    """Whether sending again may help: our own answers 4xx say that it won't. GitHub puts 0 for a connection that failed."""
    return status >= 500 or status == 0
