"""The parts of a running Harvest, put together once: what intake, the job's steps and the doors are handed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from github_app.gateway.tools.servers import Servers
from github_app.github.client import GitHub
from github_app.github.identity import OwnIdentity
from github_app.github.repository_settings import SettingsFiles
from github_app.github.roles import Roles
from github_app.github.tokens import Tokens
from github_app.settings.egress import EgressPolicy, have_tools
from github_app.settings.operator import Settings
from sandbox.protocol import SandboxBackend
from state.artifacts import Artifacts
from state.bot_asks import BotAsks
from state.budgets import JobBudgets
from state.children import Children
from state.costs import Costs
from state.database import Database
from state.engine import Engine
from state.evidence_ledger import EvidenceLedger
from state.findings import Findings
from state.inbox import Inbox
from state.issue_notes import IssueNotes
from state.job_issues import JobIssues
from state.job_steps import JobSteps
from state.job_tools import JobTools
from state.jobs import Jobs
from state.leases import Leases
from state.marks import Marks
from state.memory import Memory
from state.own_words import OwnWords
from state.posts import Posts
from state.questions import Questions
from state.repository_images import RepositoryImages
from state.sandbox_times import SandboxTimes
from state.session_log import SessionLogs
from state.sessions import Sessions
from state.standbys import Standbys
from state.usage import UsageLedger
from state.warm_sandboxes import WarmSandboxes
from state.watches import Watches


@dataclass(frozen=True)
class Services:
    """Everything is opened before this is made and closed after it is let go; nothing here has a life of its own.

    `service_url` is where a sandbox reaches this service.
    """

    settings: Settings
    github: GitHub
    tokens: Tokens
    identity: OwnIdentity
    roles: Roles
    settings_files: SettingsFiles
    own_words: OwnWords
    database: Database
    inbox: Inbox
    marks: Marks
    sessions: Sessions
    logs: SessionLogs
    posts: Posts
    jobs: Jobs
    findings: Findings
    bot_asks: BotAsks
    watches: Watches
    memory: Memory
    questions: Questions
    children: Children
    job_steps: JobSteps
    job_tools: JobTools
    job_issues: JobIssues
    issue_notes: IssueNotes
    tool_servers: Servers
    evidence: EvidenceLedger
    usage: UsageLedger
    costs: Costs
    budgets: JobBudgets
    sandbox_times: SandboxTimes
    engine: Engine
    leases: Leases
    artifacts: Artifacts
    images: RepositoryImages
    warm: WarmSandboxes
    standbys: Standbys
    backend: SandboxBackend
    service_url: str
    # What happened before this process began, nobody may have told it. Seconds since the epoch.
    listens_since: float = field(default_factory=time.time)

    @property
    def app_id(self) -> int:
        return int(self.settings.app_id or 0)

    @property
    def egress(self) -> EgressPolicy:
        """What sandboxes may reach on the network."""
        return EgressPolicy.of(self.settings, self.service_url, limitable=self.backend.limits_egress)

    @property
    def have_tools(self) -> bool:
        return have_tools(self.settings, self.service_url)

    def label_in(self, repository_id: int) -> str:
        """The label that starts a job in that repository."""
        return self.own_words.of(repository_id).label or self.settings.label

    def command_in(self, repository_id: int) -> str:
        """What a command begins with in that repository."""
        return self.own_words.of(repository_id).command or self.settings.command

    def job_folder(self, job_id: str) -> Path:
        """Scratch for a job's bundle and vetted repository: what is not there, on another machine, is made again."""
        return self.settings.state_dir / "jobs" / job_id

    def web_url(self, repository: str, *path: object) -> str:
        """A page on GitHub for people to open."""
        return "/".join([self.settings.github_server_url, repository, *(str(part) for part in path)])
