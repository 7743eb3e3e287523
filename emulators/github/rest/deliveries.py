"""The App's webhook: where it goes, what was delivered, and delivering it again. https://docs.github.com/rest/apps/webhooks"""

from __future__ import annotations

from typing import Any

from emulators.github.clock import stamp
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.apps import Delivery, HookConfig
from emulators.github.rest.routing import DEFAULT_PAGE_SIZE, Answer, Call, route


@route("GET /app/hook/config", audience="app")
async def get_hook_config(call: Call) -> Answer:
    return Answer(200, _config(call.as_app.hook))


@route("PATCH /app/hook/config", audience="app")
async def update_hook_config(call: Call) -> Answer:
    hook, asked = call.as_app.hook, call.body or {}
    hook.url = asked.get("url", hook.url)
    hook.secret = asked.get("secret", hook.secret)
    hook.content_type = asked.get("content_type", hook.content_type)
    hook.insecure_ssl = str(asked.get("insecure_ssl", hook.insecure_ssl))
    return Answer(200, _config(hook))


@route("GET /app/hook/deliveries", audience="app")
async def list_deliveries(call: Call) -> Answer:
    """Newest first, those that were answered or could not be. The cursor of the next page is the id of the last delivery on
    this one."""
    sent = [one for one in reversed(call.github.store.deliveries) if one.status != "pending"]
    listed = [one for one in sent if one.app is call.as_app]
    if status := call.query.get("status"):
        listed = [one for one in listed if (200 <= one.status_code < 300) == (status == "success")]
    if cursor := call.query.get("cursor"):
        listed = [one for one in listed if one.id < _cursor_id(cursor)]
    size = int(call.query.get("per_page", DEFAULT_PAGE_SIZE))
    shown, headers = listed[:size], {}
    if len(listed) > size:
        headers["link"] = f'<{call.url}?per_page={size}&cursor=v1_{shown[-1].id}>; rel="next"'
    return Answer(200, [_item(one) for one in shown], headers)


@route("GET /app/hook/deliveries/{delivery_id}", audience="app")
async def get_delivery(call: Call) -> Answer:
    found = _delivery(call)
    whole = {
        **_item(found),
        "url": found.url,
        "request": {"headers": found.headers, "payload": found.payload},
        "response": {"headers": found.response_headers, "payload": found.response_body},
    }
    return Answer(200, whole)


@route("POST /app/hook/deliveries/{delivery_id}/attempts", audience="app")
async def redeliver(call: Call) -> Answer:
    call.github.webhooks.redeliver(_delivery(call))
    return Answer(202, {})


def _config(hook: HookConfig) -> dict[str, Any]:
    return {
        "content_type": hook.content_type,
        "insecure_ssl": hook.insecure_ssl,
        "url": hook.url,
        **({"secret": "********"} if hook.secret else {}),
    }


def _item(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": stamp(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


def _delivery(call: Call) -> Delivery:
    wanted = call.number("delivery_id")
    for delivery in call.github.store.deliveries:
        if delivery.id == wanted and delivery.app is call.as_app:
            return delivery
    raise not_found()


def _cursor_id(cursor: str) -> int:
    version, _, number = cursor.partition("_")
    if version != "v1" or not number.isdecimal():
        raise unprocessable("Invalid cursor")
    return int(number)
