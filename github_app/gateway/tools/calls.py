"""One call of a tool: whether the job may make it, what goes out and what comes back, and that it is written down.

A call is counted before it is made, in the database, so that no number of processes or restarts gives a job more of them.
What it costs is reserved from the job's budgets, as with a request to the model. The session's log has each call.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import structlog

from github_app.domain.session_events import ToolUsed, entry_of
from github_app.gateway.tools.answers import Answer, as_given, refusal
from github_app.gateway.tools.problems import ServerProblem
from github_app.gateway.tools.servers import Servers
from github_app.metrics import TOOL_CALLS, TOOL_SECONDS
from github_app.text.redact import Redactor
from sandbox.secret import Secret
from state.columns import storable, to_dollars
from state.job_tools import GivenServer, JobTools, Place
from state.session_log import SessionLogs
from state.usage import Amount, Grant

log = structlog.get_logger()

MAX_ARGUMENTS_BYTES = 64 * 1024
# Another request of the job may hold what is left of a budget, and give most of it back in a moment.
TRIES_FOR_BUDGET, PAUSE_SECONDS = 20, 0.5
# Whoever stops Harvest waits for this, and most calls are over by then.
CLOSE_SECONDS = 0.5
REDACTORS_KEPT = 100
# Of the arguments, in the log.
MAX_LOGGED_CHARACTERS = 2_000


# Of a call that stopping cut off, in the log.
ENDED = "Harvest was ended meanwhile"


class Ledger(Protocol):
    """What is spent: `state.usage.UsageLedger`."""

    async def reserve(self, token_sha256: str, reservation_id: str, model: str, most_microdollars: int) -> Grant | None: ...

    async def settle(self, reservation_id: str, job_id: str, model: str, amount: Amount | None) -> None: ...


@dataclass(frozen=True)
class Caller:
    """A job that has come with its token, and the server that it came to."""

    token: Secret = field(repr=False)
    token_sha256: str
    place: Place
    given: GivenServer

    @property
    def job_id(self) -> str:
        return self.place.job_id


class Refused(Exception):
    """A call that is not made; the message is for the agent, `problem` a few words for the log."""

    def __init__(self, sentence: str, problem: str = "budget") -> None:
        super().__init__(sentence)
        self.problem = problem


class Calls:
    """Makes the calls of all jobs."""

    def __init__(self, servers: Servers, job_tools: JobTools, logs: SessionLogs, ledger: Ledger) -> None:
        self._servers = servers
        self._job_tools = job_tools
        self._logs = logs
        self._ledger = ledger
        self._closing = False
        self._under_way: set[asyncio.Task[Answer]] = set()

    async def make(self, caller: Caller, tool: str, arguments: dict[str, Any]) -> Answer:
        """What the agent gets. Nothing is raised for what goes wrong at the server: that is an answer too. A call that has
        begun goes on to its end, whether the client stays or not. None begins after `close`."""
        if self._closing:
            return refusal(not_asked(caller))
        call = asyncio.create_task(self._make(caller, tool, arguments))
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
        return await asyncio.shield(call)

    async def close(self) -> None:
        """Wait a moment for the calls under way, then end them: each is answered and written down as cut off."""
        self._closing = True
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=CLOSE_SECONDS)
            for call in late:
                call.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _make(self, caller: Caller, tool: str, arguments: dict[str, Any]) -> Answer:
        name = caller.given.server
        names = [str(one["name"]) for one in caller.given.tools]
        if tool not in names:
            return refusal(f"{name} has no tool of that name for this job; it has: {', '.join(names)}")
        redact = self._redactor(caller)
        sent, shown = _outgoing(arguments, redact)
        if sent is None:
            return refusal(f"the arguments are larger than {MAX_ARGUMENTS_BYTES // 1024} KiB")
        number = await self._job_tools.count_call(caller.job_id, name, most=self._servers.declared[name].calls)
        if number is None:
            most = self._servers.declared[name].calls
            return refusal(f"this job has made its {most} calls to {name}, and may make no more; go on without it")
        declared = self._servers.declared[name]
        began, problem, dollars = time.monotonic(), "", declared.dollars
        answer = refusal(f"{name} was not asked")
        try:
            async with self._paid(caller):
                result = await self._servers.call(caller.place, name, tool, sent)
            dollars += result.get("dollars", 0.0) if declared.builtin is not None else 0.0
            answer = as_given(name, tool, result, redact, as_people_see_it=self._servers.shows_pages(name))
        except Refused as refused:
            problem, answer, dollars = refused.problem, refusal(str(refused)), 0.0
        except ServerProblem as told:
            problem = str(told)
            answer = refusal(f"{name} gave no answer: {problem}. Go on without it, or try again later")
            log.warning("a tool server gave no answer", server=name, tool=tool, problem=problem)
        except asyncio.CancelledError:  # by `close` alone
            problem = ENDED
            answer = refusal(
                f"{name} was asked, and Harvest is being restarted: whether it did it is not known. Wait a moment, look, and "
                "try again"
            )
        except Exception:
            log.exception("a tool could not be called", server=name, tool=tool)
            problem = "Harvest itself failed"
            answer = refusal(f"{name} gave no answer, because Harvest itself failed. Go on without it")
        finally:
            seconds = time.monotonic() - began
            await self._write_down(caller, number, tool, shown, answer, seconds, dollars, problem or _in_a_word(answer))
        return answer

    @asynccontextmanager
    async def _paid(self, caller: Caller) -> AsyncIterator[None]:
        """Within, the call's price is reserved; it is paid unless the server was never reached. Raises Refused."""
        price = self._servers.declared[caller.given.server].microdollars
        if not price:
            yield
            return
        reservation, paid_for = uuid.uuid4().hex, f"tools/{caller.given.server}"
        try:
            for _ in range(TRIES_FOR_BUDGET):
                grant = await self._ledger.reserve(caller.token_sha256, reservation, paid_for, price)
                if grant is None or not grant.open or grant.reserved or grant.exhausted is not None:
                    break
                await asyncio.sleep(PAUSE_SECONDS)
        except asyncio.CancelledError:  # by `close` alone; it may have been reserved all the same
            await self._ledger.settle(reservation, caller.job_id, paid_for, None)
            raise Refused(not_asked(caller), ENDED) from None
        if grant is None or not grant.open:
            raise Refused("this job has ended, and its access to tools with it")
        if not grant.reserved:
            spent = grant.exhausted or grant.full
            whose = "the job" if spent is None else spent.whose
            raise Refused(f"{whose} has nothing left of its budget that a call for ${to_dollars(price):g} could be paid from")
        amount: Amount | None = Amount(cost_microdollars=price)
        try:
            yield
        except ServerProblem as problem:
            amount = None if problem.refused else amount
            raise
        finally:
            await self._ledger.settle(reservation, caller.job_id, paid_for, amount)

    async def _write_down(
        self,
        caller: Caller,
        number: int,
        tool: str,
        shown: str,
        answer: Answer,
        seconds: float,
        dollars: float,
        problem: str,
    ) -> None:
        name = caller.given.server
        TOOL_CALLS.labels(name, "failed" if problem else "answered").inc()
        TOOL_SECONDS.labels(name).observe(seconds)
        used = ToolUsed(
            server=name,
            number=number,
            tool=tool,
            arguments=shown,
            seconds=round(seconds, 3),
            characters=answer.characters,
            dollars=round(dollars, 6),
            problem=problem,
        )
        await self._logs.append(caller.place.session_id, caller.job_id, [entry_of(used)])

    def _redactor(self, caller: Caller) -> Redactor:
        return redactor_of(caller.token, self._servers.credential_of(caller.given.server))


def not_asked(caller: Caller) -> str:
    return f"Harvest is being restarted, and {caller.given.server} was not asked. Wait a moment and try again"


@lru_cache(maxsize=REDACTORS_KEPT)
def redactor_of(token: Secret, credential: Secret | None) -> Redactor:
    """Making one takes a millisecond, and a job calls many tools."""
    return Redactor([token, *([credential] if credential is not None else [])])


def _outgoing(arguments: dict[str, Any], redact: Redactor) -> tuple[dict[str, Any] | None, str]:
    """The arguments as they are sent, None when they are too large, and as they are shown: without the job's own token and
    whatever looks like one, which no server is to be told."""
    written = json.dumps(arguments, ensure_ascii=False)
    if len(written.encode("utf-8", "replace")) > MAX_ARGUMENTS_BYTES:
        return None, ""
    sent = _redacted(arguments, redact)
    return sent, storable(redact(json.dumps(sent, ensure_ascii=False)))[:MAX_LOGGED_CHARACTERS]


def _redacted(value: Any, redact: Redactor) -> Any:
    match value:
        case dict():
            return {redact(storable(str(key))): _redacted(inner, redact) for key, inner in value.items()}
        case list():
            return [_redacted(inner, redact) for inner in value]
        case str():
            return redact(storable(value))
        case _:
            return value


def _in_a_word(answer: Answer) -> str:
    return "the tool reported an error" if answer.is_error else ""
