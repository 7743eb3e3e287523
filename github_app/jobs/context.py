"""The work in hand: one job with its rows, as its steps see it. Each step reads them afresh: steps outlive processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from github_app.domain.ending import Ending
from github_app.domain.job_report import JobReport
from github_app.domain.request import Request
from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from sandbox.protocol import Sandbox
from sandbox.secret import Secret
from state.jobs import Job
from state.sessions import Session


class LostSandbox(msgspec.Struct, frozen=True):
    """A sandbox that was lost while the job ran in it. `snapshot` is what it left when it ended, None if nothing;
    `last_position` that of the last event that was seen of it."""

    id: str
    why: str
    snapshot: str | None
    last_position: int


@dataclass(frozen=True)
class JobContext:
    """`first_try` is False when this step may have been begun before: whatever it creates, it looks for first."""

    services: Services
    job: Job
    session: Session
    first_try: bool = True

    @classmethod
    async def load(cls, services: Services, job_id: str, *, first_try: bool = True) -> JobContext:
        job = await services.jobs.get(job_id)
        return cls(services, job, await services.sessions.get(job.session_id), first_try)

    @property
    def request(self) -> Request:
        return Request.from_json(self.job.request)

    @property
    def asked(self) -> str:
        """What was asked, for people: the prompt, or the issue's title."""
        return self.request.prompt or self.request.title

    @property
    def model(self) -> str:
        """The model that the job's agent is asked to use: the one it began with, whatever the setting says by now."""
        model: str = self.job.detail.get("model", self.services.settings.model)
        return model

    @property
    def branch(self) -> str:
        if self.session.branch is None:
            raise RuntimeError(f"session {self.session.id} has no branch before its workspace was prepared")
        return self.session.branch

    @property
    def on_a_persons_pull(self) -> bool:
        """Whether the commits go to a pull request that Harvest did not open."""
        pull = self.request.pull
        return pull is not None and pull.number == self.session.thread and pull.branch == self.branch

    @property
    def folder(self) -> Path:
        return self.services.job_folder(self.job.id)

    @property
    def remote_url(self) -> str:
        return self.services.settings.remote_url(self.session.repository)

    @property
    def sandbox_name(self) -> str:
        return f"harvest-{self.job.id}-{len(self.lost) + 1}" if self.lost else f"harvest-{self.job.id}"

    @property
    def agents_secrets(self) -> list[Secret]:
        """Keys of the operator's that the agent was given itself: none, unless it reaches the model directly."""
        settings = self.services.settings
        if not settings.agent_holds_key:
            return []
        return [key for key in (settings.anthropic_api_key, settings.claude_code_oauth_token) if key is not None]

    async def thread(self, urgency: Urgency = Urgency.END) -> Thread:
        """The thread on which the session's comment stands."""
        token = await self.services.tokens.get(self.session.installation_id, self.session.repository_id, Purpose.REPLY)
        services = self.services
        repository, number = self.session.repository, self.session.thread
        return Thread(services.github, token.value, services.app_id, repository, number, self.job.id, urgency)

    async def sandbox(self) -> Sandbox:
        """The job's living sandbox; raises SandboxGone."""
        return await self.services.backend.attach(self.job.sandbox_id or "")

    # What the steps hand to each other, kept in the job's row.

    @property
    def card(self) -> JobReport:
        return JobReport.from_json(self.job.detail.get("card", {}))

    @property
    def ending(self) -> Ending | None:
        document = self.job.detail.get("ending")
        return None if document is None else Ending.from_json(document)

    @property
    def notes(self) -> list[str]:
        """Sentences that Harvest adds to what the agent says: what was out of the ordinary."""
        return list(self.job.detail.get("notes", []))

    @property
    def lost(self) -> list[LostSandbox]:
        """The sandboxes that this job has lost so far, the first one first."""
        return msgspec.convert(self.job.detail.get("lost", []), list[LostSandbox])

    @property
    def snapshot_to_start_from(self) -> str | None:
        """What the lost sandbox left, else the session's last snapshot."""
        return (self.lost[-1].snapshot if self.lost else None) or self.session.snapshot_id

    @property
    def saved_commits(self) -> Path:
        """Where the session's commits are saved until a snapshot holds them."""
        return self.services.settings.state_dir / "saved" / f"{self.session.id}.bundle"

    async def add_notes(self, *sentences: str) -> None:
        """Add to the notes what does not stand there yet."""
        latest = (await JobContext.load(self.services, self.job.id)).notes
        await self.remember(notes=list(dict.fromkeys([*latest, *sentences])))

    async def remember(self, **parts: object) -> None:
        """Add to the job's detail; JSON values only."""
        latest = await self.services.jobs.get(self.job.id)
        await self.services.jobs.update(self.job.id, detail={**latest.detail, **parts})
