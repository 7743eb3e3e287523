"""Following a running agent: its events are kept and folded, a request to stop reaches it, and it is seen when that or a limit
did not help. People see its progress by what is kept in the session's log.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing, suppress

import structlog

from github_app.domain.progress import Progress
from github_app.jobs.agent.access import expected_key_source
from github_app.jobs.agent.beside import bring_out_what_is_done, end_all, keep_looking, renew_credentials
from github_app.jobs.agent.kept_events import EVENT_ROW_BYTES, NOTE, as_kept
from github_app.jobs.agent.limits import MAX_KEPT_BYTES, MAX_WRITTEN_BYTES, must_end
from github_app.jobs.agent.seen_tests import SeenTests
from github_app.jobs.agent.steering import Steering
from github_app.jobs.context import JobContext
from github_app.jobs.results import AgentRan, SandboxLost
from github_app.replies import tools as tool_words
from github_app.text.redact import Redactor
from sandbox import run
from sandbox.agent import AgentSpec, differences
from sandbox.protocol import Sandbox, SandboxError, SandboxGone, SandboxUnavailable
from sandbox.run import TooMuchOutput
from sandbox.stream import Echo, Init, Result, StreamEvent, read_line
from sandbox.time_limit import TimeLimit
from state.holding import must_be_ours
from state.session_log import NewEntry

log = structlog.get_logger()

# How often the row is looked at for a request to stop.
TICK_SECONDS = 0.5

# Events are kept in batches of what has come in since the last write, or of this much.
BATCH_BYTES = 1024 * 1024

# What an agent had written when it was ended is on the disk and need only be read.
REST_SECONDS = 10.0


class Following:
    """One run being followed. After `until_the_end`, `progress`, `tests`, `results` and `mismatch` tell what was seen; `notes`
    are what people are told of its start, `overdue` says that it had to end and did not, `wrote_too_much` that it wrote more
    than a job's agent may."""

    def __init__(self, context: JobContext, sandbox: Sandbox, run_id: str, spec: AgentSpec) -> None:
        self.sandbox = sandbox
        self.run_id = run_id
        self.progress = Progress()
        self.tests = SeenTests(context, sandbox)
        self.results: list[StreamEvent] = []
        self.mismatch: list[str] = []
        self.notes: tuple[str, ...] = ()
        self.overdue = False
        self.wrote_too_much = False
        self._context = context
        self._spec = spec
        self._redact = Redactor(context.agents_secrets)
        self._batch: list[NewEntry] = []
        self._batch_bytes = 0
        self._keeping = asyncio.Lock()
        self._first_position = position_before(context)
        self._offset = 0
        self._kept_bytes = 0
        self._kept_at = 0.0
        self._began_otherwise = asyncio.Event()
        self._asked_at: float | None = None
        self._steering = Steering(context, sandbox, run_id)

    @property
    def taken(self) -> tuple[str, ...]:
        """The ids of what people said to the agent meanwhile, and it has taken."""
        return self._steering.taken

    async def until_the_end(self) -> None:
        """Follow the run, from behind what was kept before a restart, to its end or until it must end (`limits.py`); to end
        it then is the caller's. Raises as `run.follow` does."""
        self._offset = await self._catch_up()
        await self._steering.recall()
        looks = (
            keep_looking(self._keep_in_time),
            keep_looking(self._stop_when_asked),
            keep_looking(renew_credentials, self._context, self.sandbox),
            keep_looking(bring_out_what_is_done, self._context, self.sandbox),
            keep_looking(self._steering.hand_over),
            keep_looking(self.tests.keep_writing_down),
        )
        beside = [asyncio.create_task(look) for look in looks]
        overdue = asyncio.create_task(keep_looking(self._until_it_must_end))
        following = asyncio.create_task(self._follow())
        try:
            await asyncio.wait({following, overdue}, return_when=asyncio.FIRST_COMPLETED)
            self.overdue = not following.done()
        finally:
            await end_all([*beside, overdue, following])
        if not self.overdue:
            following.result()

    async def take_the_rest(self) -> None:
        """Read what an agent that was ended had written, and nobody had read yet."""
        try:
            async with TimeLimit(REST_SECONDS):
                await self._follow()
        except (SandboxGone, SandboxUnavailable):
            raise
        except (SandboxError, TimeoutError) as problem:
            log.info("what the agent wrote last", ended=str(problem))

    async def _follow(self) -> None:
        try:
            async with aclosing(run.follow(self.sandbox, self.run_id, self._offset, max_bytes=MAX_WRITTEN_BYTES)) as lines:
                async for position, line in lines:
                    await self._take(position, line)
                    if self._kept_bytes > MAX_KEPT_BYTES:
                        self.wrote_too_much = True
                        break
        except TooMuchOutput:
            self.wrote_too_much = True
        finally:
            await self._keep()

    async def _catch_up(self) -> int:
        """Fold what was kept before a restart; gives the offset to read on from."""
        context, after, position = self._context, 0, self._first_position
        while page := await context.services.logs.read(context.session.id, after=after, job_id=context.job.id, by="agent"):
            for kept in page:
                event = json.dumps(kept.body).encode()
                self._fold(event, of_this_run=kept.position > self._first_position, now=False)
                self._kept_bytes += len(event) + EVENT_ROW_BYTES
                after, position = kept.number, kept.position
        return position - self._first_position

    async def _take(self, position: int, line: bytes) -> None:
        kept = await as_kept(line, self._redact)
        event = json.dumps(kept).encode()
        # What is kept of it is what is folded, as after a restart; only what would be lost by that is folded as it came.
        self._fold(line if kept.get("type") == NOTE else event)
        self._batch.append(NewEntry.of_the_agent(self._first_position + position, kept))
        self._kept_bytes += len(event) + EVENT_ROW_BYTES
        self._offset = position
        # Whoever reads on after a crash begins behind the last kept event: keep them in the order in which they came.
        self._batch_bytes += len(event)
        if self._batch_bytes > BATCH_BYTES or not self._recently_kept():
            await self._keep()

    def _fold(self, line: bytes, *, of_this_run: bool = True, now: bool = True) -> None:
        """What an earlier run did, in a sandbox that was lost, is progress too; how it began and ended counts no more. What is
        read again after a restart is not `now`."""
        for event in read_line(line):
            self.progress.follow(event)
            self.tests.follow(event, now=now)
            if not of_this_run:
                continue
            if isinstance(event, Result):
                self.results = [event]  # each tells how it stands by then
            elif isinstance(event, Echo):
                self._steering.heard_echo()
            elif isinstance(event, Init):
                self.progress.model = event.model
                self._check(event)

    def _check(self, init: Init) -> None:
        """Have a CLI stopped that did not start as it was asked to: something else decides how it works."""
        found = differences(self._spec, init, api_key_source=expected_key_source(self._context.services))
        browser = self._spec.browser
        self.notes = (tool_words.BROWSER_DID_NOT_START,) if browser and not {*browser.tools} & {*init.tools} else ()
        if found:
            self.mismatch = found
            self._began_otherwise.set()

    def _recently_kept(self) -> bool:
        return time.monotonic() - self._kept_at < TICK_SECONDS

    async def _keep(self) -> None:
        async with self._keeping:
            batch, size = list(self._batch), self._batch_bytes
            taken = self._steering.news
            await self._context.services.logs.append(self._context.session.id, self._context.job.id, [*batch, *taken])
            # Not before: whoever is cancelled half-way adds them again, which is no second time.
            del self._batch[: len(batch)]
            self._batch_bytes -= size
            self._steering.logged(len(taken))
            self._kept_at = time.monotonic()

    async def _keep_in_time(self) -> None:
        """Keep also what nothing comes after for a while: people see the progress by what is kept."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._batch or self._steering.news:
                await self._keep()

    async def _stop_when_asked(self) -> None:
        """Ask the supervisor to end the agent, once it is known why."""
        while (why := await self._why_to_stop()) is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._began_otherwise.wait()
        self._asked_at = self._asked_at or time.monotonic()  # also where asking fails: what it is followed by does not
        log.info("stopping the agent", why=why)
        await must_be_ours()
        await run.stop(self.sandbox, self.run_id, why)

    async def _why_to_stop(self) -> str | None:
        if self._began_otherwise.is_set():
            return "it did not start as it was asked to"
        job = await self._context.services.jobs.get(self._context.job.id)
        return (job.stop_why or "asked to stop") if job.stop_requested else None

    async def _until_it_must_end(self) -> None:
        while True:
            asked_ago = None if self._asked_at is None else time.monotonic() - self._asked_at
            deadline = (await self._context.services.jobs.get(self._context.job.id)).deadline
            if must_end(time.time(), asked_seconds_ago=asked_ago, deadline=deadline):
                return
            await asyncio.sleep(TICK_SECONDS)


def position_before(context: JobContext) -> int:
    """Where the events of the job's runs before this one end: of those that came to their end, and of one in a sandbox that
    was lost."""
    runs = (result.last_position for result in reversed(context.results) if isinstance(result, AgentRan | SandboxLost))
    return next(runs, 0)
