"""The composition root: the parts of a running Harvest are opened here in the order of need, and closed in the reverse one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from github_app.gateway.tools.builtin.gemini import GeminiServer
from github_app.gateway.tools.builtin.github import GitHubServer
from github_app.gateway.tools.servers import BuiltInServer, Servers
from github_app.github.client import GitHub
from github_app.github.identity import OwnIdentity
from github_app.github.paces import paces_of
from github_app.github.repository_settings import SettingsFiles
from github_app.github.roles import Roles
from github_app.github.tokens import Tokens
from github_app.images.builder import ImageBuilder
from github_app.images.standbys import StandbyKeeper
from github_app.jobs.own_tools.server import OwnTools, own_tools_as_declared
from github_app.jobs.reporting.reporters import Reporters
from github_app.jobs.runner import carry_out, give_up
from github_app.jobs.services import Services
from github_app.service.artifacts import open_artifacts
from github_app.service.backends import open_backend
from github_app.settings.egress import EgressPolicy
from github_app.settings.operator import Settings
from github_app.settings.tool_servers import OWN
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
from state.lock import StateLock
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
from state.tool_writes import ToolWrites
from state.usage import UsageLedger
from state.warm_sandboxes import WarmSandboxes
from state.watches import Watches


@asynccontextmanager
async def open_harvest(settings: Settings, service_url: str) -> AsyncIterator[Services]:
    """Everything a running Harvest consists of, opened in the order of need and closed in the reverse one."""
    async with AsyncExitStack() as stack:
        lock = StateLock.take(settings.state_dir)
        stack.callback(lock.release)
        backend = await asyncio.to_thread(open_backend, settings)
        stack.push_async_callback(backend.close)
        database = await Database.open(settings.state_url())
        stack.push_async_callback(database.close)
        github = open_github(settings, database)
        stack.push_async_callback(github.close)
        inbox = await Inbox.open(database)
        stack.push_async_callback(inbox.close)
        logs = await SessionLogs.open(database)
        stack.push_async_callback(logs.close)
        engine = Engine(
            database,
            installation_cap=settings.jobs_per_installation,
            total_cap=settings.jobs_total,
            alone=settings.sandbox == "local",
        )
        tokens, own_words = Tokens(github), await OwnWords.open(database)
        jobs, usage = Jobs(database), UsageLedger(database, engine.node)
        tool_servers = open_tool_servers(settings, database, github, tokens, own_words, usage, jobs)
        stack.push_async_callback(tool_servers.close)
        services = Services(
            settings=settings,
            github=github,
            tokens=tokens,
            identity=OwnIdentity(github),
            roles=Roles(github),
            settings_files=SettingsFiles(github, tokens, own_words),
            own_words=own_words,
            database=database,
            inbox=inbox,
            marks=Marks(database),
            sessions=Sessions(database),
            logs=logs,
            posts=Posts(database),
            jobs=jobs,
            findings=Findings(database),
            bot_asks=BotAsks(database),
            watches=Watches(database),
            memory=Memory(database),
            questions=Questions(database),
            children=Children(database),
            job_steps=JobSteps(database),
            job_tools=JobTools(database),
            job_issues=JobIssues(database),
            issue_notes=IssueNotes(database),
            evidence=EvidenceLedger(database),
            tool_servers=tool_servers,
            usage=usage,
            costs=Costs(database),
            budgets=JobBudgets(database),
            sandbox_times=SandboxTimes(database),
            engine=engine,
            leases=Leases(database, engine.node),
            artifacts=open_artifacts(settings, database),
            images=RepositoryImages(database),
            warm=WarmSandboxes(database),
            standbys=Standbys(database),
            backend=backend,
            service_url=service_url,
        )
        own_tools = OwnTools(services)
        tool_servers.register(OWN, own_tools_as_declared(), own_tools, own_tools.offered_to)
        standbys = StandbyKeeper(services)
        await standbys.begin()
        engine.register(
            lambda job_id: carry_out(services, job_id),
            on_failure=lambda job_id, error: give_up(services, job_id, error),
            on_over=standbys.wake,
        )
        await engine.start()
        stack.push_async_callback(engine.stop)
        # Not before: the engine's start blocks the loop, and on a new Postgres waits for transactions that are open there.
        reporting = asyncio.create_task(Reporters(services).run(), name="reporters")
        stack.push_async_callback(ended, reporting)
        stack.push_async_callback(ended, asyncio.create_task(standbys.run(), name="standbys"))
        yield services


def open_github(settings: Settings, database: Database) -> GitHub:
    """GitHub, in step with all others that work on this database."""
    paces = paces_of(database, settings.github_pace)
    return GitHub(settings.github_api_url, settings.app_id or "", settings.app_private_key(), paces=paces)


def open_tool_servers(
    settings: Settings,
    database: Database,
    github: GitHub,
    tokens: Tokens,
    own_words: OwnWords,
    usage: UsageLedger,
    jobs: Jobs,
) -> Servers:
    """The declared tool servers and Harvest's own; SettingsError says what is wrong with the file that declares them."""

    def label_of(repository_id: int) -> str:
        return own_words.of(repository_id).label or settings.label

    built_in: dict[str, BuiltInServer] = {
        "github": GitHubServer(github, tokens, int(settings.app_id or 0), ToolWrites(database), label_of),
        "gemini": GeminiServer(settings, usage, jobs),
    }
    return Servers(settings.declared_tool_servers(), built_in)


async def ended(task: asyncio.Task[None]) -> None:
    """End a task that runs beside the others."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_image_builder(settings: Settings, database: Database) -> AsyncIterator[ImageBuilder]:
    """A builder of its own, which may stand beside a running service: builders see each other in the database."""
    async with AsyncExitStack() as stack:
        backend = open_backend(settings)
        stack.push_async_callback(backend.close)
        github = open_github(settings, database)
        stack.push_async_callback(github.close)
        egress = EgressPolicy.of(
            settings, settings.public_url or f"http://{settings.host}:{settings.port}", limitable=backend.limits_egress
        )
        tokens = Tokens(github)
        yield ImageBuilder(
            settings,
            github,
            tokens,
            OwnIdentity(github),
            SettingsFiles(github, tokens, await OwnWords.open(database)),
            RepositoryImages(database),
            SandboxTimes(database),
            backend,
            egress,
        )
