"""The running job as its steps see it: its rows, and what the steps before found out.

It is frozen: a step gives a result, and writes nothing that another step reads. It is loaded anew for each step, since steps
outlive processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from github_app.domain.ask import Ask
from github_app.domain.ending import Ending
from github_app.domain.session_events import HarvestEvent, entry_of
from github_app.github.pacing import Urgency
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.results import (
    RESULT_OF,
    Acknowledged,
    BranchChosen,
    PromptComposed,
    SandboxLost,
    SandboxOpened,
    StepResult,
)
from github_app.jobs.services import Services
from github_app.settings.budgets import Payer, accounts_of, own_account
from github_app.settings.narrowing import Narrowed, narrow
from github_app.settings.repository import RepositorySettings
from sandbox.protocol import Sandbox
from sandbox.secret import Secret
from state.budgets import Account
from state.job_steps import StepRow
from state.jobs import Job
from state.sessions import Session

R = TypeVar("R", bound=StepResult)


@dataclass(frozen=True)
class JobContext:
    """`results` are those of the steps that have finished, in their order. `ending` is how the job ends, once a step said so.
    `first_try` is False when this step may have been begun before: whatever it creates, it looks for first.
    `entered_at` is when it was first begun, in seconds since the epoch, and `patience` how many seconds it may
    wait for others."""

    services: Services
    job: Job
    session: Session
    results: tuple[StepResult, ...] = ()
    ending: Ending | None = None
    first_try: bool = True
    entered_at: float = 0.0
    patience: float = 0.0

    @classmethod
    async def load(
        cls, services: Services, job_id: str, *, first_try: bool = True, entered_at: float = 0.0, patience: float = 0.0
    ) -> JobContext:
        """Raises KeyError for a job that is not there."""
        job, session, steps = await services.job_steps.with_job(job_id)
        return cls(services, job, session, _results_in(steps), _ending_in(steps), first_try, entered_at, patience)

    def latest(self, kind: type[R]) -> R | None:
        """What the last step of this kind found out; None when none has finished yet."""
        return next((result for result in reversed(self.results) if isinstance(result, kind)), None)

    def found(self, kind: type[R]) -> R:
        """What the step before found out. Raises LookupError: the recipe has no such step before this one."""
        result = self.latest(kind)
        if result is None:
            raise LookupError(f"job {self.job.id} has no {kind.__name__} yet")
        return result

    @property
    def ask(self) -> Ask:
        """What was asked, as it was at the trigger."""
        return Ask.from_json(self.job.ask)

    @property
    def asked(self) -> str:
        """What was asked, for people: their own words, or the issue's title."""
        return self.ask.command.shown or self.ask.target.title

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that Harvest adds to what the agent says: what was out of the ordinary, each once."""
        return tuple(dict.fromkeys(note for result in self.results for note in result.notes))

    @property
    def lost(self) -> tuple[SandboxLost, ...]:
        """The sandboxes that this job has lost so far, the first one first."""
        return tuple(result for result in self.results if isinstance(result, SandboxLost))

    @property
    def was_interrupted(self) -> bool:
        """Whether an agent of this job had been told what to do in a sandbox that was lost: from then on it has a deadline."""
        return bool(self.lost) and self.job.deadline is not None

    @property
    def model(self) -> str:
        """The model that the job's agent is asked to use: the one it began with, whatever the setting says by now."""
        begun = (result.model for result in self.results if isinstance(result, Acknowledged | PromptComposed))
        return next(filter(None, begun), "") or self.ask.command.options.get("model", "") or self.narrowed.model

    @property
    def repository_settings(self) -> RepositorySettings:
        """What the repository set for itself, as it was at the trigger."""
        return RepositorySettings() if self.job.settings is None else RepositorySettings.from_json(self.job.settings)

    @property
    def allows_workflows(self) -> bool:
        """Whether a person who may has let this job touch workflow files."""
        return "allow-workflows" in self.ask.command.options and self.repository_settings.allow_workflows

    @property
    def narrowed(self) -> Narrowed:
        """What the operator allows, as narrow as the repository wants it."""
        return narrow(self.services.settings, self.services.egress, self.repository_settings)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """What the job spends from."""
        return accounts_of(self._payer, self.services.settings, self.repository_settings)

    @property
    def own_account(self) -> Account:
        """The one of these that is its own, or that of the job from whose budget it goes on."""
        return own_account(self._payer, self.services.settings, self.repository_settings)

    @property
    def _payer(self) -> Payer:
        return Payer.of(self.ask, self.job.id, self.session.id, self.job.created_at)

    @property
    def branch(self) -> str:
        """The branch that the agent works on."""
        return self.found(BranchChosen).branch

    @property
    def on_a_persons_pull(self) -> bool:
        """Whether the commits go to a pull request that Harvest did not open."""
        pull = self.ask.target.pull
        return pull is not None and pull.number == self.session.thread and pull.branch == self.branch and not pull.fork

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
    def sandbox_id(self) -> str | None:
        """The job's sandbox; None before it has one, and when it has lost the last one."""
        last = next((result for result in reversed(self.results) if isinstance(result, SandboxOpened | SandboxLost)), None)
        return last.sandbox_id if isinstance(last, SandboxOpened) else None

    async def append(self, event: HarvestEvent) -> int:
        """Append to the session's log what happened to this job, once; gives the entry's number."""
        (number,) = await self.services.logs.append(self.session.id, self.job.id, [entry_of(event)])
        return number

    async def sandbox(self) -> Sandbox:
        """The job's living sandbox; raises SandboxGone."""
        return await self.services.backend.attach(self.sandbox_id or "")

    @property
    def snapshot_to_start_from(self) -> str | None:
        """What the lost sandbox left, else the session's last snapshot."""
        return (self.lost[-1].snapshot if self.lost else None) or self.session.snapshot_id

    @property
    def agents_secrets(self) -> list[Secret]:
        """Keys of the operator's that the agent was given itself: none, unless it reaches the model directly."""
        settings = self.services.settings
        if not settings.agent_holds_key:
            return []
        return [key for key in (settings.anthropic_api_key, settings.claude_code_oauth_token) if key is not None]

    async def thread(self, urgency: Urgency = Urgency.END) -> Thread:
        """The thread on which the session's comment stands."""
        services, session = self.services, self.session
        token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.REPLY)
        repository, number = session.repository, session.thread
        return Thread(services.github, token.value, services.app_id, repository, number, self.job.id, urgency)

    async def where_it_was_asked(self) -> Thread:
        """The thread in which it was asked, which may be one on a line of the pull request."""
        asked = self.ask
        return replace(await self.thread(), number=asked.said_in, inline=asked.origin.inline)


def _results_in(rows: Sequence[StepRow]) -> tuple[StepResult, ...]:
    """The results that stand in a job's rows, as their types. A step that no recipe knows any more is passed over."""
    return tuple(
        msgspec.convert(row.result, RESULT_OF[row.step]) for row in rows if row.result is not None and row.step in RESULT_OF
    )


def _ending_in(rows: Sequence[StepRow]) -> Ending | None:
    """How the job ends, as the first step that ended it has said."""
    documents: list[Mapping[str, object]] = [row.ending for row in rows if row.ending is not None]
    return msgspec.convert(documents[0], Ending) if documents else None
