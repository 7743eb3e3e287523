"""Workflow runs, their jobs and steps, as GitHub remembers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from emulators.github.git_repository import Commit
from emulators.github.model.accounts import Account
from emulators.github.model.checks import CheckRun, CheckSuite

if TYPE_CHECKING:
    from emulators.github.model.repositories import Repository

RunStatus = Literal["queued", "in_progress", "completed"]
RunConclusion = Literal["success", "failure", "cancelled", "skipped", "timed_out"]


@dataclass(eq=False)
class Workflow:
    """One file below `.github/workflows/`, known by its path."""

    id: int
    path: str
    name: str
    created_at: datetime
    next_number: int = 1


@dataclass(eq=False)
class Step:
    """One step of a job; `log` is what it printed, in GitHub's form."""

    number: int
    name: str
    status: RunStatus = "queued"
    conclusion: RunConclusion | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    log: str = ""


@dataclass(eq=False)
class Job:
    """One job of one attempt. Its check run has the same id, as at GitHub."""

    id: int
    key: str
    name: str
    attempt: int
    check_run: CheckRun
    created_at: datetime
    steps: list[Step]
    status: RunStatus = "queued"
    conclusion: RunConclusion | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(eq=False)
class Artifact:
    """A zip that a job has left."""

    id: int
    name: str
    content: bytes
    created_at: datetime


@dataclass(eq=False)
class WorkflowRun:
    """A workflow on a commit. `sha` is what is checked out: of a pull request the test merge, while `head_sha` is its head.
    `attempts` are the jobs of each attempt by number; a job that was not run again stands in several. `problem` is what is
    wrong with a file that can't be run."""

    id: int
    workflow: Workflow
    number: int
    event: str
    title: str
    head_branch: str
    head_sha: str
    head_commit: Commit
    ref: str
    sha: str
    suite: CheckSuite
    actor: Account
    triggering_actor: Account
    created_at: datetime
    started_at: datetime
    updated_at: datetime
    status: RunStatus = "queued"
    conclusion: RunConclusion | None = None
    attempt: int = 1
    pull_number: int | None = None
    fork: Repository | None = None
    problem: str | None = None
    attempts: dict[int, list[Job]] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)

    @property
    def jobs(self) -> list[Job]:
        """Those of the latest attempt."""
        return self.attempts.get(self.attempt, [])


@dataclass(eq=False)
class Actions:
    """What one repository's workflows have done. `enabled` is its setting, which the emulator's start decides at first.
    https://docs.github.com/rest/actions/permissions#set-github-actions-permissions-for-a-repository"""

    enabled: bool
    workflows: dict[str, Workflow] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)

    def job(self, job_id: int) -> tuple[WorkflowRun, Job] | None:
        for run in self.runs.values():
            for jobs in run.attempts.values():
                for job in jobs:
                    if job.id == job_id:
                        return run, job
        return None
