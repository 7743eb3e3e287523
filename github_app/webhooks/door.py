"""POST /webhooks/github: cap, verify, parse, store, answer, in that order, and nothing else.

The answer is 202 only after the delivery is committed to the inbox; GitHub waits ten seconds and never sends again by itself,
so nothing here calls out. What Harvest doesn't act on is counted and not stored. No answer repeats any of the payload.
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from github_app.commands.refused_askers import RefusedAskers
from github_app.domain.ask import Ask
from github_app.metrics import DELIVERIES
from github_app.webhooks.accept import accept_event
from github_app.webhooks.bodies import BodyTooLarge, BodyTooSlow, NoRoom, UnverifiedBodies
from github_app.webhooks.events import HANDLED_EVENTS, Event, Ignored, anybody_can_say, read_beside
from github_app.webhooks.news import edited_in, news_in
from github_app.webhooks.payloads import Payload, decode, decode_unread
from github_app.webhooks.signature import is_a_signature, signature_is_valid
from github_app.webhooks.triggers import Triggers
from sandbox.secret import Secret
from state.arrivals import InboxUnavailable
from state.database import is_away
from state.inbox import Inbox
from state.sessions import Sessions
from state.watches import Watches

# Hashing is quick for ordinary payloads (10-30 KB); from here on it would hold up the event loop for over a millisecond.
HASH_IN_THREAD_BYTES = 512 * 1024

SAY_AGAIN_SECONDS = 60.0

DELIVERY_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

log = structlog.get_logger()


class NotAWebhook(Exception):
    """The request can't be a webhook delivery; `status` is the answer's HTTP status and the message its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class WebhookDoor:
    """The endpoint."""

    def __init__(
        self,
        inbox: Inbox,
        secrets: tuple[Secret, ...],
        triggers: Callable[[int], Triggers],
        refused: RefusedAskers,
        watches: Watches,
        sessions: Sessions,
    ) -> None:
        self._inbox = inbox
        self._secrets = secrets
        self._triggers = triggers
        self._refused = refused
        self._watches = watches
        self._sessions = sessions
        self._bodies = UnverifiedBodies()
        self._wrong_signatures = WrongSignatures()

    async def receive(self, request: Request) -> Response:
        """Answer one delivery: 202 once it is stored or when there is nothing to do, else the status that says why not."""
        try:
            return await self._receive(request)
        except NotAWebhook as problem:
            DELIVERIES.labels("refused").inc()
            return answer(problem.status, "refused", str(problem))
        except BodyTooLarge:
            DELIVERIES.labels("refused").inc()
            return answer(413, "refused", "the body is larger than the 25 MB that GitHub sends")
        except (ClientDisconnect, BodyTooSlow):
            DELIVERIES.labels("refused").inc()
            return answer(400, "refused", "the body ended early or took too long")
        except NoRoom:
            DELIVERIES.labels("unavailable").inc()
            return answer(503, "refused", "too many large bodies are arriving; redeliver it later", {"retry-after": "30"})
        except Exception:
            DELIVERIES.labels("unavailable").inc()
            log.exception("delivery not handled")
            return answer(503, "refused", "Harvest made a mistake; redeliver it later", {"retry-after": "30"})

    async def _receive(self, request: Request) -> Response:
        headers = request.headers
        name, delivery_id = headers.get("x-github-event"), headers.get("x-github-delivery")
        if not name or not delivery_id or not DELIVERY_ID.fullmatch(delivery_id):
            raise NotAWebhook(400, "not a webhook: X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in ("application/json", "application/x-www-form-urlencoded"):
            raise NotAWebhook(415, "the content type has to be application/json")
        body = await self._verified_body(request, delivery_id)
        document = body if content_type == "application/json" else form_payload(body)
        payload = parse(name, document)
        if name == "ping":
            DELIVERIES.labels("ignored").inc()
            return answer(202, "ignored", "ping: the webhook reaches Harvest and its signature is right")
        triggers = self._triggers(payload.repository_id)
        event = await read_beside(name, payload, triggers, len(document))
        if isinstance(event, Ignored):
            if await self._is_noted(name, payload, triggers):
                DELIVERIES.labels("accepted").inc()
                return answer(202, "accepted", "it is of a pull request that is watched")
            DELIVERIES.labels("ignored").inc()
            return answer(202, "ignored", event.reason)
        if isinstance(event, Ask) and anybody_can_say(event) and self._refused.was_told(event):
            DELIVERIES.labels("ignored").inc()
            return answer(202, "ignored", "its sender was refused a moment ago and was told so")
        return await self._store(name, delivery_id, payload.action, event, document)

    async def _verified_body(self, request: Request, delivery_id: str) -> bytes:
        signature = dict(request.scope["headers"]).get(b"x-hub-signature-256")
        async with self._bodies.read(request, wanted=is_a_signature(signature)) as body:
            if await self._verified(body, signature):
                return bytes(body)
        self._wrong_signatures.say(delivery_id)
        raise NotAWebhook(
            401, "the signature is missing or wrong: compare the App's webhook secret with GITHUB_WEBHOOK_SECRET"
        )

    async def _verified(self, body: bytearray, signature: bytes | None) -> bool:
        if len(body) < HASH_IN_THREAD_BYTES:
            return signature_is_valid(body, signature, self._secrets)
        return await asyncio.to_thread(signature_is_valid, body, signature, self._secrets)

    async def _is_noted(self, name: str, payload: Payload, triggers: Triggers) -> bool:
        """Whether a watch will look at it. Raises NotAWebhook where the database is away: GitHub is asked for it again."""
        news, edited = news_in(name, payload, triggers.app_id), edited_in(name, payload, triggers.login)
        try:
            if edited is not None:
                await self._sessions.note_pull_edited(payload.repository_id, edited)
            if news is None:
                return False
            return await self._watches.stir(news.repository_id, pull=news.pull, pushed=news.pushed, sha=news.sha)
        except Exception as problem:
            if not is_away(problem):
                raise
            log.error("news that asks for nothing not noted", error=str(problem))
            raise NotAWebhook(503, "it could not be noted; redeliver it later") from problem

    async def _store(self, name: str, delivery_id: str, action: str | None, event: Event, body: bytes) -> Response:
        try:
            result = await accept_event(self._inbox, event, delivery_id=delivery_id, name=name, action=action, body=body)
        except InboxUnavailable as error:
            DELIVERIES.labels("unavailable").inc()
            log.error("delivery not stored", delivery=delivery_id, github_event=name, error=str(error))
            return answer(503, "refused", "the delivery could not be stored; redeliver it later", {"retry-after": "30"})
        DELIVERIES.labels(result).inc()
        if result == "duplicate":
            return answer(202, "accepted", "already known: this was accepted before")
        return answer(202, "accepted", "stored")


class WrongSignatures:
    """Tells the operator, at once and then at most once a minute: as often as not it is the secret, and nothing works until it
    is mended. Anybody can cause these, so they must not fill the log."""

    def __init__(self) -> None:
        self._count = 0
        self._said_at = -math.inf

    def say(self, delivery_id: str) -> None:
        self._count += 1
        if time.monotonic() - self._said_at < SAY_AGAIN_SECONDS:
            return
        log.warning(
            "deliveries refused: the signature is missing or wrong. If they are GitHub's, the App's webhook secret is not "
            "the one in GITHUB_WEBHOOK_SECRET",
            delivery=delivery_id,
            count=self._count,
        )
        self._count, self._said_at = 0, time.monotonic()


def form_payload(body: bytes) -> bytes:
    """The JSON in a form body: GitHub sends it as the field `payload` when the hook is set to form encoding."""
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10)
        (value,) = fields["payload"]
    except (UnicodeDecodeError, ValueError, KeyError):
        raise NotAWebhook(400, "the form has no field `payload`") from None
    return value.encode()


def parse(name: str, document: bytes) -> Payload:
    """The slim payload, or 400: the reason names the field at fault but never its value."""
    try:
        return decode(document) if name in HANDLED_EVENTS else decode_unread(document)
    except msgspec.ValidationError as error:
        raise NotAWebhook(400, f"not a payload of GitHub's: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotAWebhook(400, "the body is not JSON") from None


def answer(status: int, result: str, reason: str, headers: dict[str, str] | None = None) -> Response:
    """Every answer of this door has one shape: {"status": …, "reason": …}."""
    content = msgspec.json.encode({"status": result, "reason": reason})
    return Response(content, status, headers, media_type="application/json")
