"""From the inbox to what becomes of it: deliveries become asks, and each is answered by a queued job or a word.

Only what can start now is claimed, and the inbox says what that is: one delivery of a repository at a time, the repositories
in turn. A delivery is done when its effect is durable; one that fails for a passing reason is handled again later.
"""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from structlog.contextvars import bind_contextvars

from github_app.commands.dispatcher import CommandDispatcher
from github_app.commands.refused_askers import RefusedAskers
from github_app.domain.ask import Ask
from github_app.github.failures import Passing, Refused
from github_app.jobs.services import Services
from github_app.webhooks.events import read_beside
from github_app.webhooks.inbox_place import domain_key
from github_app.webhooks.payloads import decode
from github_app.webhooks.triggers import triggers_of
from github_app.webhooks.whole_ask import ask_in, takes_reading
from state.holding import held_by
from state.inbox import RENEW_SECONDS, Delivery
from state.jobs import job_id_of

log = structlog.get_logger()

# Deliveries under way at once: enough to hide GitHub's answer times, few enough for its limits.
CONCURRENT_DELIVERIES = 16

# Where the inbox can't be read, it is tried again after this.
PAUSE_SECONDS = 2.0

# Wait before another try, doubled with each; with the inbox's limit on attempts about an hour in all.
FIRST_RETRY_SECONDS = 15.0


class Intake:
    """The loop that empties the inbox. Run it with `run()`, which ends only by cancellation."""

    def __init__(self, services: Services, refused: RefusedAskers) -> None:
        self._services = services
        self._dispatcher = CommandDispatcher(services, refused)
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        inbox = self._services.inbox
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_holding())
            while True:
                try:
                    for delivery in await inbox.claim(CONCURRENT_DELIVERIES - len(self._under_way)):
                        self._under_way[delivery.number] = tasks.create_task(self._begin(delivery))
                    await inbox.wait_for_arrival()
                except Exception as error:  # the database is busy or gone: the deliveries wait in it
                    log.error("the inbox can't be read", error=str(error))
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _keep_holding(self) -> None:
        """Renew the leases of what is under way. What another process has taken meanwhile is let alone here."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if not self._services.inbox.holds:
                continue
            try:
                lost = await self._services.inbox.renew()
            except Exception as error:  # the next renewal may still be in time
                log.error("leases of deliveries could not be renewed", error=str(error))
                continue
            for number in lost:
                log.warning("a delivery was taken over by another process", number=number)
                if number in self._under_way:
                    self._under_way[number].cancel()

    async def _begin(self, delivery: Delivery) -> None:
        # Each is handled by a task of its own: what is bound here and on the way is on no other's lines.
        bind_contextvars(delivery=delivery.delivery_id)
        if delivery.thread is not None:
            bind_contextvars(thread=delivery.thread)
        inbox = self._services.inbox
        try:
            with held_by(lambda: inbox.must_hold(delivery.number)):
                await self._handle(delivery)
        except Exception:
            # The database would not even take down that it failed: it is handed out again when its lease ends.
            log.exception("delivery left for later")
            inbox.let_lease_end(delivery.number)
        finally:
            self._under_way.pop(delivery.number, None)

    async def _carry_out(self, ask: Ask, key: str, delivery: Delivery) -> str:
        """All that was said in one place, in order; each command becomes an ask of its own."""
        notes = []
        for number, command in enumerate(ask.commands):
            one = msgspec.structs.replace(ask, command=command, then=())
            job_id = job_id_of(f"{key}/{number}" if number else key)
            notes.append(await self._dispatcher.carry_out(one, job_id, delivery))
        return "; ".join(notes)

    async def _handle(self, delivery: Delivery) -> None:
        inbox = self._services.inbox
        try:
            payload = decode(delivery.body)
            if payload.repository is not None:
                bind_contextvars(repository=payload.repository.full_name)
            await self._services.identity.slug()  # it was known at the door, maybe of another process
            event = await read_beside(
                delivery.event, payload, triggers_of(self._services, payload.repository_id), len(delivery.body)
            )
            key = domain_key(event) or delivery.delivery_id
            note = None
            if isinstance(event, Ask) and takes_reading(event):
                note = await self._dispatcher.refuse_stranger(event, job_id_of(key))
            if note is None:
                ask = await ask_in(event, self._services)
                note = await self._carry_out(ask, key, delivery) if isinstance(ask, Ask) else ask.reason
        except Passing as problem:
            delay = max(problem.wait_seconds, FIRST_RETRY_SECONDS * 2 ** (delivery.attempts - 1))
            await inbox.later(delivery.number, str(problem), delay=delay)
        except Refused as problem:
            # Nothing can be said in a thread that GitHub won't let us write to; the operator finds it in the log.
            log.warning("GitHub refused", error=str(problem))
            await inbox.done(delivery.number, f"GitHub refused: {problem}")
        except Exception as error:
            log.exception("delivery failed")
            delay = FIRST_RETRY_SECONDS * 2 ** (delivery.attempts - 1)
            await inbox.later(delivery.number, f"{type(error).__name__}: {error}", delay=delay)
        else:
            log.info("delivery handled", note=note)
            await inbox.done(delivery.number, note)
