"""Webhooks: signed, sent one after the other in the background, never sent again by themselves, and all recorded.

https://docs.github.com/webhooks/webhook-events-and-payloads, https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx

from emulators.github.clock import now
from emulators.github.delivery_faults import DeliveryFaults
from emulators.github.description.checking import Description
from emulators.github.model.apps import App, Delivery
from emulators.github.store import Store
from emulators.github.violations import Violations

# "GitHub expects a 2XX within 10 seconds; after that the delivery counts as failed."
TIME_LIMIT_SECONDS = 10.0
# Kept of an answer, for who looks at a delivery.
_RECORDED_ANSWER_BYTES = 64 * 1024

# GitHub names a delivery's outcome in words.
_OUTCOMES = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 400: "Invalid HTTP Response: 400"}


class Webhooks:
    """Sends every App's deliveries. `start` and `stop` it on the running loop."""

    def __init__(
        self,
        store: Store,
        faults: DeliveryFaults,
        description: Description,
        violations: Violations,
        time_limit_seconds: float = TIME_LIMIT_SECONDS,
    ) -> None:
        self._store = store
        self._description = description
        self._violations = violations
        self._faults = faults
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._time_limit_seconds = time_limit_seconds
        self._client = httpx.AsyncClient(timeout=time_limit_seconds, trust_env=False)
        self._sending = 0

    def start(self) -> None:
        self._spawn(self._send_in_order())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    @property
    def pending(self) -> int:
        """How many deliveries have not been answered yet, late ones included."""
        return self._queue.qsize() + self._sending

    def send(
        self,
        event: str,
        payload: dict[str, Any],
        app: App,
        *,
        installation_id: int | None = None,
        repository_id: int | None = None,
    ) -> None:
        """Queue one delivery to an App's hook, subject to the faults that were asked for."""
        if problems := self._description.check_payload(event, payload.get("action"), payload):
            self._violations.record("webhook", f"{event} {payload.get('action', '')}", problems)
        hook = app.hook
        if not hook.url:
            return
        delivery = Delivery(
            id=self._store.new_id("delivery"),
            app=app,
            guid=str(uuid.uuid1()),
            event=event,
            action=payload.get("action"),
            installation_id=installation_id,
            repository_id=repository_id,
            url=hook.url,
            headers={},
            payload=payload,
            delivered_at=now(),
        )
        for planned in self._faults.plan(event, delivery.action):
            copy = delivery if planned.first else replace(delivery, id=self._store.new_id("delivery"))
            if planned.new_guid:
                copy.guid = str(uuid.uuid1())
            if planned.lost:
                continue  # GitHub never made it: it isn't listed either
            self._store.deliveries.append(copy)
            if planned.unreached:
                copy.status, copy.status_code = "failed to connect to host", 0
            elif planned.delay_seconds:
                self._spawn(self._later(copy, planned.delay_seconds))
            else:
                self._queue.put_nowait(copy)

    def redeliver(self, delivery: Delivery) -> None:
        """Send a recorded delivery again, under its own GUID."""
        again = replace(delivery, id=self._store.new_id("delivery"), delivered_at=now(), redelivery=True, status="pending")
        again.url = delivery.app.hook.url
        self._store.deliveries.append(again)
        self._queue.put_nowait(again)

    async def _later(self, delivery: Delivery, delay_seconds: float) -> None:
        self._sending += 1
        try:
            await asyncio.sleep(delay_seconds)
            await self._post(delivery)
        finally:
            self._sending -= 1

    async def _send_in_order(self) -> None:
        while True:
            delivery = await self._queue.get()
            self._sending += 1
            try:
                await self._post(delivery)
            finally:
                self._sending -= 1

    async def _post(self, delivery: Delivery) -> None:
        body = self._encode(delivery)
        delivery.headers = self._headers(delivery, body)
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._time_limit_seconds):
                answer = await self._client.post(delivery.url, content=body, headers=delivery.headers)
            delivery.status_code = answer.status_code
            delivery.status = _OUTCOMES.get(answer.status_code, f"Invalid HTTP Response: {answer.status_code}")
            delivery.response_headers = dict(answer.headers)
            delivery.response_body = answer.content[:_RECORDED_ANSWER_BYTES].decode(errors="replace")
        except (TimeoutError, httpx.TimeoutException):
            delivery.status = "timed out"
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            delivery.status = f"failed to connect to host: {type(failure).__name__}"
        delivery.duration = round(time.monotonic() - started, 2)

    def _encode(self, delivery: Delivery) -> bytes:
        text = json.dumps(delivery.payload, separators=(",", ":"), ensure_ascii=False)
        if delivery.app.hook.content_type == "form":
            return urlencode({"payload": text}).encode()
        return text.encode()

    def _headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        hook = delivery.app.hook
        content_type = "application/json" if hook.content_type == "json" else "application/x-www-form-urlencoded"
        headers = {
            "Accept": "*/*",
            "Content-Type": content_type,
            "User-Agent": "GitHub-Hookshot/4f2a1c9",
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Hook-ID": str(hook.id),
            "X-GitHub-Hook-Installation-Target-ID": str(delivery.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        if hook.secret:
            key = hook.secret.encode()
            headers["X-Hub-Signature"] = f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}"
            headers["X-Hub-Signature-256"] = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
        return headers

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        with contextlib.suppress(asyncio.CancelledError):
            task.result()
