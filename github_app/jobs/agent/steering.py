"""Steering an agent at work: what people say to it meanwhile goes to its stdin in the order of the session's log, and what it
took is seen by its echo.

The CLI repeats each message when its turn takes it (`--replay-user-messages`), in the order in which they came.
https://code.claude.com/docs/en/headless
"""

from __future__ import annotations

from contextlib import aclosing

import structlog

from github_app.domain.session_events import Steered, SteeringTaken, entry_of, event_in
from github_app.jobs.agent.prompt import to_steer
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan, SandboxLost
from sandbox import run
from sandbox.agent import user_message
from sandbox.protocol import Sandbox
from state.holding import must_be_ours
from state.session_log import LogEntry, NewEntry

log = structlog.get_logger()


class Steering:
    """What was said to the agent of one run. A run in another sandbox is told all of it anew; a later one in the same, which
    goes on with the conversation, what no earlier one has taken."""

    def __init__(self, context: JobContext, sandbox: Sandbox, run_id: str) -> None:
        self._context = context
        self._sandbox = sandbox
        self._run_id = run_id
        self._taken_before = taken_before(context)
        # In the order of the log, which is that of handing over and of the echoes.
        self._said: list[Steered] = []
        # The first echo is the prompt's.
        self._echoes = 0
        self._logged = 0

    async def recall(self) -> None:
        """Know what was said so far. Before the run is followed: of what was handed over before a crash, the echo may be
        the first that is read, and the run's end the next."""
        context, after, said = self._context, 0, list[Steered]()
        while page := await context.services.logs.read(context.session.id, after=after, job_id=context.job.id, by="harvest"):
            said += [event for entry in page if (event := self._to_hand_over(entry)) is not None]
            after = page[-1].number
        self._said = said

    async def hand_over(self) -> None:
        """Hand over what is said from now on and was said before, until cancelled. What is handed over again arrives once."""
        context = self._context
        entries = context.services.logs.follow(context.session.id, job_id=context.job.id, by="harvest")
        async with aclosing(entries):
            async for entry in entries:
                if (event := self._to_hand_over(entry)) is not None:
                    await must_be_ours()
                    if event not in self._said:
                        self._said.append(event)
                    message = user_message(to_steer(event.by, event.text, event.material))
                    await run.send(self._sandbox, self._run_id, message, message_id=event.message_id)

    def _to_hand_over(self, entry: LogEntry) -> Steered | None:
        event = event_in(entry)
        return event if isinstance(event, Steered) and event.message_id not in self._taken_before else None

    def heard_echo(self) -> None:
        """The agent's turn has taken the next message."""
        self._echoes += 1

    @property
    def news(self) -> list[NewEntry]:
        """What was taken and is not in the log yet."""
        taken = self._said[self._logged : max(self._echoes - 1, 0)]
        return [entry_of(SteeringTaken(message_id=steered.message_id)) for steered in taken]

    @property
    def taken(self) -> tuple[str, ...]:
        """The ids of what the agent has taken."""
        return tuple(steered.message_id for steered in self._said[: max(self._echoes - 1, 0)])

    def logged(self, count: int) -> None:
        """So many of the news are in the log now."""
        self._logged += count


def taken_before(context: JobContext) -> frozenset[str]:
    """The ids of what earlier runs in the job's sandbox have taken: the conversation has them."""
    taken: frozenset[str] = frozenset()
    for result in context.results:
        if isinstance(result, SandboxLost):
            taken = frozenset()
        elif isinstance(result, AgentRan):
            taken |= frozenset(result.taken)
    return taken
