"""Watching a running agent: its events are kept and folded, people see the progress, and a request to stop reaches it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable

import structlog

from github_app.agent_start import expected_key_source
from github_app.github.failures import GitHubProblem, NotNow
from github_app.github.pacing import Urgency
from github_app.github.tokens import Purpose
from github_app.progress import Progress
from github_app.replies.session_thread import refresh_comment
from github_app.text.redact import Redactor
from github_app.work import Work
from sandbox import run
from sandbox.agent import AgentSpec, differences
from sandbox.bundle import CollectError
from sandbox.git_credentials import refresh_credentials
from sandbox.protocol import Sandbox, SandboxError
from sandbox.saved_commits import bring_out_commits
from sandbox.stream import Init, Result, StreamEvent, read_line
from state.session_state import SessionState

log = structlog.get_logger()

# How often the row is looked at for a request to stop, and the comment for whether it is worth an edit.
TICK_SECONDS = 0.5

# The first edit waits for the agent's plan, which is what people look for, but not for ever.
PLAN_SECONDS = 4.0

# GitHub takes 80 content changes a minute from an App in all: one comment of one job gets a small part of that.
EDIT_SECONDS = 15.0

# The read token lasts an hour; the one in the sandbox is replaced while the old one still works.
RENEW_BEFORE_SECONDS = 15 * 60

# Events are kept in batches of what has come in since the last write; one that is larger than this is kept as its kind alone.
MAX_EVENT_BYTES = 256 * 1024

# The type of what is kept in place of an event; the CLI has none of this name.
NOTE = "harvest"


class Watch:
    """One run being watched. After `until_the_end`, `progress`, `results` and `mismatch` tell what was seen."""

    def __init__(self, work: Work, sandbox: Sandbox, state: SessionState, spec: AgentSpec) -> None:
        self.sandbox = sandbox
        self.progress = Progress()
        self.results: list[StreamEvent] = []
        self.mismatch: list[str] = []
        self._work = work
        self._state = state
        self._spec = spec
        self._redact = Redactor(work.agents_secrets)
        self._batch: list[tuple[int, dict[str, object]]] = []
        # Events of a run in a sandbox that was lost stand before this one's.
        self._first_position = work.lost[-1].last_position if work.lost else 0
        self._kept_at = 0.0

    async def until_the_end(self) -> None:
        """Follow the run to its end, from behind what an earlier watch had kept."""
        offset = await self._catch_up()
        looks = (self._stop_when_asked, self._show, self._renew_credentials, self._save_commits)
        beside = [asyncio.create_task(keep_looking(look)) for look in looks]
        try:
            async for position, line in run.follow(self.sandbox, self._work.job.id, offset):
                await self._take(self._first_position + position, line)
            await self._keep()
        finally:
            await end_all(beside)

    async def _catch_up(self) -> int:
        """Fold what was kept before a restart; gives the offset to read on from."""
        after, position = 0, self._first_position
        while page := await self._state.read_events(after=after, job_id=self._work.job.id):
            for kept in page:
                await self._fold(json.dumps(kept.event).encode(), of_this_run=kept.position > self._first_position)
                after, position = kept.number, kept.position
        return position - self._first_position

    async def _take(self, position: int, line: bytes) -> None:
        kept = storable(line, self._redact)
        # What is kept of it is what is folded, as after a restart; only what would be lost by that is folded as it came.
        await self._fold(line if kept.get("type") == NOTE else json.dumps(kept).encode())
        self._batch.append((position, kept))
        # Whoever reads on after a crash begins behind the last kept event: keep them in the order in which they came.
        if len(self._batch) >= 50 or not self._recently_kept():
            await self._keep()

    async def _fold(self, line: bytes, *, of_this_run: bool = True) -> None:
        """What an earlier run did, in a sandbox that was lost, is progress too; how it began and ended counts no more."""
        for event in read_line(line):
            self.progress.follow(event)
            if not of_this_run:
                continue
            if isinstance(event, Result):
                self.results.append(event)
            elif isinstance(event, Init):
                self.progress.model = event.model
                await self._check(event)

    async def _check(self, init: Init) -> None:
        """Stop a CLI that did not start as it was asked to: something else decides how it works."""
        found = differences(self._spec, init, api_key_source=expected_key_source(self._work.harvest))
        if found:
            self.mismatch = found
            await run.stop(self.sandbox, self._work.job.id, "it did not start as it was asked to")

    def _recently_kept(self) -> bool:
        return time.monotonic() - self._kept_at < TICK_SECONDS

    async def _keep(self) -> None:
        batch, self._batch = self._batch, []
        await self._state.append_events(self._work.job.id, batch)
        self._kept_at = time.monotonic()

    async def _stop_when_asked(self) -> None:
        while True:
            job = await self._work.harvest.jobs.get(self._work.job.id)
            if job.stop_requested:
                log.info("stopping the agent", asked_by=job.stop_by, why=job.stop_why)
                await run.stop(self.sandbox, job.id, job.stop_why or "asked to stop")
                return
            await asyncio.sleep(TICK_SECONDS)

    async def _show(self) -> None:
        """Edit the comment when there is something new to see, and not too often."""
        plan_by = time.monotonic() + PLAN_SECONDS
        while not self.progress.tasks and time.monotonic() < plan_by:  # noqa: ASYNC110 - looked at in ticks, like the rest
            await asyncio.sleep(TICK_SECONDS)
        shown = ""
        while True:
            look = f"{self.progress.tasks} {self.progress.activity} {await self._waiting()}"
            if look != shown and await self._edit():
                shown = look
                await asyncio.sleep(EDIT_SECONDS)
            await asyncio.sleep(TICK_SECONDS)

    async def _waiting(self) -> int:
        return len(await self._work.harvest.jobs.live_of_session(self._work.session.id)) - 1

    async def _edit(self) -> bool:
        """False when there was more urgent to say: what is new by then is shown as soon as there is not."""
        spent = (await self._work.harvest.usage.of_job(self._work.job.id)).cost_microdollars / 1_000_000
        try:
            # The thread anew each time: its token lasts an hour, an agent may work longer.
            thread = await self._work.thread(Urgency.PROGRESS)
            await refresh_comment(self._work, thread, doing="the agent is at work", progress=self.progress, cost_usd=spent)
        except NotNow:
            return False
        except GitHubProblem as problem:
            # Progress is a courtesy: the next edit shows it, and the end waits for GitHub as long as it takes.
            log.warning("progress not shown", error=str(problem))
        return True

    async def _renew_credentials(self) -> None:
        """Replace the read token in the sandbox before it expires."""
        work = self._work
        while True:
            await asyncio.sleep(60)
            try:
                token = await work.harvest.tokens.get(
                    work.session.installation_id,
                    work.session.repository_id,
                    Purpose.READ,
                    fresh_seconds=RENEW_BEFORE_SECONDS,
                )
                await refresh_credentials(self.sandbox, token.value)
            except GitHubProblem as problem:
                log.warning("the read token could not be renewed", error=str(problem))

    async def _save_commits(self) -> None:
        """Bring out what the agent has committed so far, so that a sandbox that is lost takes no commit along."""
        work, known = self._work, ""
        since = (work.job.detail["start_sha"], work.job.base_sha or work.job.detail["start_sha"])
        await asyncio.to_thread(work.saved_commits.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        while True:
            await asyncio.sleep(work.harvest.settings.save_seconds)
            try:
                known = await bring_out_commits(self.sandbox, since, work.saved_commits, known=known)
            except (SandboxError, CollectError) as problem:
                log.warning("the agent's commits could not be saved", error=str(problem))


async def end_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel them and wait until all have ended. What a task calls may turn its cancellation into another error, and it goes
    on: then it is asked again."""
    going_on = set(tasks)
    while going_on:
        for task in going_on:
            task.cancel()
        _, going_on = await asyncio.wait(going_on, timeout=TICK_SECONDS)


async def keep_looking(look: Callable[[], Awaitable[None]]) -> None:
    """Begin a look anew when it fails: the database or the sandbox may be away for a moment, and the run goes on."""
    while True:
        try:
            return await look()
        except Exception:
            log.exception("watching the agent", look=look.__name__)
            await asyncio.sleep(TICK_SECONDS)


def storable(line: bytes, redact: Redactor) -> dict[str, object]:
    """An event as it is kept: secrets redacted; a huge one or one that is no JSON object is kept as a note of itself."""
    if len(line) > MAX_EVENT_BYTES:
        return note_of(line, "large_event")
    try:
        document = json.loads(redact(line.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return note_of(line, "not_json")
    return document if isinstance(document, dict) else note_of(line, "not_json")


def note_of(line: bytes, subtype: str) -> dict[str, object]:
    """What is kept in place of a line."""
    return {"type": NOTE, "subtype": subtype, "bytes": len(line)}
