"""From the inbox to a session's queue: deliveries become events, and each is answered by a queued job or a word.

Deliveries of one repository are handled in the order in which they came, those of different ones side by side. A delivery is
done when its effect is durable; one that fails for a passing reason is handled again later.
"""

from __future__ import annotations

import asyncio

import msgspec
import structlog

from github_app.asking import Asking
from github_app.events import Ignored, Triggers, read_event
from github_app.github.failures import Passing, Refused
from github_app.harvest import Harvest
from github_app.payloads import decode
from state.inbox import Delivery

log = structlog.get_logger()

# Deliveries under way at once: enough to hide GitHub's answer times, few enough for its limits.
CONCURRENT_DELIVERIES = 16

# What is to be tried later, or came in by another process, announces itself to nobody: look this often.
LOOK_SECONDS = 2.0

# Wait before another try, doubled with each; with the inbox's limit on attempts about an hour in all.
FIRST_RETRY_SECONDS = 15.0


class Intake:
    """The loop that empties the inbox. Run it with `run()`, which ends only by cancellation."""

    def __init__(self, harvest: Harvest, triggers: Triggers) -> None:
        self._harvest = harvest
        self._triggers = triggers
        self._turns: dict[int, asyncio.Lock] = {}
        self._slots = asyncio.Semaphore(CONCURRENT_DELIVERIES)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as handling:
            while True:
                try:
                    deliveries = await self._harvest.inbox.take(CONCURRENT_DELIVERIES)
                except Exception as error:  # the database is busy or gone: the deliveries wait in it
                    log.error("the inbox can't be read", error=str(error))
                    await asyncio.sleep(LOOK_SECONDS)
                    continue
                for delivery in deliveries:
                    # The lock is asked for here, in the order of arrival; asyncio's locks are fair.
                    handling.create_task(self._in_turn(delivery))
                await self._harvest.inbox.wait_for_arrival(LOOK_SECONDS)

    async def _in_turn(self, delivery: Delivery) -> None:
        turn = self._turns.setdefault(repository_of(delivery), asyncio.Lock())
        with structlog.contextvars.bound_contextvars(delivery=delivery.delivery_id):
            try:
                async with turn, self._slots:
                    await self._handle(delivery)
            except Exception:
                # The database would not even take down that it failed: it is handed out again when its lease ends.
                log.exception("delivery left for later")

    async def _handle(self, delivery: Delivery) -> None:
        inbox = self._harvest.inbox
        try:
            event = read_event(delivery.event, decode(delivery.body), self._triggers)
            note = event.reason if isinstance(event, Ignored) else await Asking(self._harvest, delivery).answer(event)
        except Passing as problem:
            delay = max(problem.wait_seconds, FIRST_RETRY_SECONDS * 2 ** (delivery.attempts - 1))
            if not await inbox.later(delivery.number, str(problem), delay=delay):
                log.error("delivery given up", error=str(problem))
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


def repository_of(delivery: Delivery) -> int:
    """The repository whose turn a delivery waits for; 0 for one that names none or can't be read (handling it says so)."""
    try:
        payload = decode(delivery.body)
    except msgspec.DecodeError:
        return 0
    return payload.repository.id if payload.repository is not None else 0
