"""GitHub's deliveries as a test sends them itself, and what Harvest noted on those that it handled."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.scene import Scene, eventually


def wait_for_notes(scene: Scene, beginning: str, count: int) -> None:
    """Until so many deliveries were handled with such a note."""
    eventually(lambda: sum(note.startswith(beginning) for note in scene.handled()) >= count, f"{count} × {beginning!r}")


def wait_for_a_new_second(scene: Scene, issue: int) -> None:
    """GitHub's times are whole seconds; a label set again within one is the same request."""
    before = scene.maintainer.get(f"{scene.repo}/issues/{issue}")["updated_at"]

    eventually(lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") > before, "the next second")


def payload_of(scene: Scene, event: str, action: str) -> dict[str, Any]:
    """The payload of the latest such delivery, as GitHub's own page of deliveries shows it."""
    latest = eventually(lambda: scene.github.deliveries(event, action), f"a delivery of {event}.{action}")[-1]
    payload: dict[str, Any] = scene.github.as_app().get(f"/app/hook/deliveries/{latest['id']}")["request"]["payload"]
    return payload


def deliver(scene: Scene, event: str, payload: dict[str, Any], *, guid: str = "made-by-the-test-1") -> httpx.Response:
    """Send a delivery as GitHub does, signed with the App's secret."""
    body = json.dumps(payload).encode()
    secret = scene.harvest.env["GITHUB_WEBHOOK_SECRET"].encode()
    headers = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": guid,
        "x-hub-signature-256": f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}",
    }
    return httpx.post(scene.harvest.webhook_url, content=body, headers=headers, trust_env=False, timeout=30)
