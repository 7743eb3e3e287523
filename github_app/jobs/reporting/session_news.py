"""What is new in a session's log, read as far as that has come: what has to be told, what was, and what the agent did and was
told meanwhile."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from github_app.domain.progress import Progress
from github_app.domain.session_events import (
    Ended,
    HarvestEvent,
    Replied,
    ReplyRefused,
    Started,
    Steered,
    SteeringTaken,
    StepEntered,
    entry_of,
    event_in,
)
from github_app.jobs.services import Services
from sandbox.stream import read_line
from state.jobs import Job
from state.session_log import ENTRIES_A_PAGE, LogEntry

# The steps in which the agent works, and what comes between them.
AGENTS_STEPS = frozenset(
    {"run_agent", "review_plan", "replan", "review_plan_again", "replan_again", "review_plan_last", "mend_review"}
)


@dataclass(frozen=True)
class Owed:
    """The last entry of the log that has to be told, and whose job's it is; the number is 0 where there is none."""

    number: int = 0
    job_id: str = ""


class SessionNews:
    """One session's. `owed` is what has to be told by now."""

    def __init__(self, services: Services, session_id: str) -> None:
        self._services = services
        self._session_id = session_id
        self._read_up_to: int | None = None
        self.owed = Owed()
        # By surface, the number of the entry up to which all is told there.
        self._told: dict[str, int] = {}
        self._steered: list[tuple[str, Steered]] = []
        self._steering_taken: set[str] = set()
        self._progress = Progress()
        self._progress_of = ""
        self._progress_up_to = 0
        self._folding = asyncio.Lock()

    async def read(self) -> bool | None:
        """Whether Harvest itself did anything since; None when no job of the session is unfinished."""
        logs = self._services.logs
        if self._read_up_to is None:
            unfinished = await self._services.jobs.live_of_session(self._session_id)
            if not unfinished:
                return None
            first = await logs.read(self._session_id, job_id=unfinished[0].id, limit=1)
            self._read_up_to = first[0].number - 1 if first else 0
        news, more = False, True
        while more:
            page = await logs.read(self._session_id, after=self._read_up_to, by="harvest")
            more = len(page) == ENTRIES_A_PAGE
            for entry in page:
                self._read_up_to = entry.number
                news = self._take(entry) or news
        return news

    def _take(self, entry: LogEntry) -> bool:
        """Whether it changes what should be told: that something was told does not, nor a step that nothing is said of."""
        match event_in(entry):
            case Replied(surface, up_to) | ReplyRefused(surface, up_to):
                self._told[surface] = max(self.told(surface), up_to)
                return False
            case StepEntered(step) if step not in AGENTS_STEPS:
                return False
            case Started() | Ended():
                self.owed = Owed(entry.number, entry.job_id)
            case Steered() as steered:
                self._steered.append((entry.job_id, steered))
            case SteeringTaken(message_id):
                self._steering_taken.add(message_id)
        return True

    def told(self, surface: str) -> int:
        """The number of the entry up to which all is told on this surface."""
        return self._told.get(surface, 0)

    async def tell(self, owed: Owed, *events: Replied | ReplyRefused) -> None:
        """Let those know who wait for it."""
        entries: list[HarvestEvent] = list(events)
        await self._services.logs.append(self._session_id, owed.job_id, [entry_of(event) for event in entries])
        for event in events:
            self._told[event.surface] = max(self.told(event.surface), event.up_to)

    def steering_of(self, job_id: str) -> list[tuple[Steered, bool]]:
        """What was said to the job's agent, in the order in which it was, and whether that has taken it."""
        return [(said, said.message_id in self._steering_taken) for job, said in self._steered if job == job_id]

    async def progress_of(self, job: Job) -> Progress:
        """What the job's agent has done."""
        async with self._folding:
            return await self._fold_progress(job)

    async def _fold_progress(self, job: Job) -> Progress:
        if job.id != self._progress_of:
            self._progress_of, self._progress, self._progress_up_to = job.id, Progress(), 0
        more = True
        while more:
            page = await self._services.logs.read(job.session_id, after=self._progress_up_to, job_id=job.id, by="agent")
            more = len(page) == ENTRIES_A_PAGE
            for entry in page:
                for event in read_line(json.dumps(entry.body).encode()):
                    self._progress.follow(event)
                self._progress_up_to = entry.number
        return self._progress
