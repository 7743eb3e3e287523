"""What is seen of the tests in an agent's shell, on its way into the evidence ledger: command, exit code, when, and the files
as they were right after it.

The files are looked at when the run was seen to end. Where the agent has gone on by then, they are not known.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from github_app.domain.evidence import Evidence, EvidenceSeen, SeenRun, evidence_in
from github_app.jobs.context import JobContext
from github_app.jobs.results import BranchChosen, WorkspacePrepared
from sandbox.protocol import Sandbox, SandboxError
from sandbox.stream import StreamEvent
from sandbox.work_tree import work_tree

# A look takes git a part of a second, on Modal a call.
MAX_LOOKS = 20
LOOK_SECONDS = 20.0


@dataclass(frozen=True)
class _Ended:
    """A run as it was seen to end. `calls` is how many tools the agent had called by then, None for what is long past."""

    number: int
    run: SeenRun
    at: float
    calls: int | None


class SeenTests:
    """Fed with every event of the job's agents in order, by `follow`; what is long past, before `now`."""

    def __init__(self, context: JobContext, sandbox: Sandbox) -> None:
        self._context = context
        self._sandbox = sandbox
        self._fold = EvidenceSeen(context.repository_settings.test)
        self._waiting: deque[_Ended] = deque(maxlen=200)
        self._news = asyncio.Event()
        self._looks = 0

    def follow(self, event: StreamEvent, *, now: bool) -> None:
        before = self._fold.total
        self._fold.follow(event)
        if self._fold.total > before:
            calls = self._fold.calls if now else None
            self._waiting.append(_Ended(self._fold.total, self._fold.runs[-1], time.time(), calls))
            self._news.set()

    async def keep_writing_down(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self.write_down()

    async def write_down(self) -> None:
        """All that was seen so far. What fails is there for the next time."""
        ledger, job_id = self._context.services.evidence, self._context.job.id
        while self._waiting:
            ended = self._waiting[0]
            run, tree = ended.run, await self._files_after(ended)
            await ledger.saw(
                job_id, ended.number, run.command, at=ended.at, exit_code=run.exit_code, code_of=run.of, tree=tree
            )
            if self._waiting and self._waiting[0] is ended:
                self._waiting.popleft()

    async def _files_after(self, ended: _Ended) -> str:
        """The tree that it left; empty where that is not known, or of no use."""
        useless = ended.run.exit_code is None or self._context.found(BranchChosen).to_read
        if useless or ended.calls != self._fold.calls or self._looks >= MAX_LOOKS:
            return ""
        self._looks += 1
        hidden = self._context.found(WorkspacePrepared).hidden
        try:
            tree = await work_tree(self._sandbox, hidden=hidden, timeout_seconds=LOOK_SECONDS)
        except SandboxError:
            return ""
        return tree if ended.calls == self._fold.calls else ""

    async def evidence(self) -> Evidence:
        """What the ledger has of the job by now."""
        await self.write_down()
        rows = await self._context.services.evidence.of_job(self._context.job.id)
        return evidence_in(rows, seen=self._fold.total, edited_since=self._fold.edited_since)
