"""The service: the ASGI application, and what is opened before its first request and closed after its last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from github_app.backends import open_backend
from github_app.door.health import healthz, metrics, readyz
from github_app.door.webhook import WebhookDoor
from github_app.egress import GATEWAY_PATH
from github_app.events import Triggers
from github_app.gateway.app import open_gateway
from github_app.github.client import GitHub
from github_app.github.failures import GitHubProblem
from github_app.github.tokens import Tokens
from github_app.harvest import HANDLER_VERSION, Harvest
from github_app.identity import OwnIdentity
from github_app.intake import Intake
from github_app.job import carry_out, give_up
from github_app.reconcile.loops import reconcile
from github_app.refused_askers import RefusedAskers
from github_app.settings import Settings
from state.database import Database
from state.engine import Engine
from state.inbox import Inbox
from state.jobs import Jobs
from state.lock import StateLock
from state.marks import Marks
from state.repository_images import RepositoryImages
from state.sandbox_times import SandboxTimes
from state.sessions import Sessions
from state.usage import UsageLedger
from state.warm_sandboxes import WarmSandboxes
from state.write_probe import WriteProbe

log = structlog.get_logger()


@asynccontextmanager
async def open_harvest(settings: Settings, service_url: str) -> AsyncIterator[Harvest]:
    """Everything a running Harvest consists of, opened in the order of need and closed in the reverse one."""
    async with AsyncExitStack() as stack:
        lock = StateLock.take(settings.state_dir)
        stack.callback(lock.release)
        backend = await asyncio.to_thread(open_backend, settings)
        stack.push_async_callback(backend.close)
        github = GitHub(settings.github_api_url, settings.app_id or "", settings.app_private_key(), pace=settings.github_pace)
        stack.push_async_callback(github.close)
        database = await Database.open(database_url(settings))
        stack.push_async_callback(database.close)
        inbox = await Inbox.open(database, handler_version=HANDLER_VERSION)
        stack.push_async_callback(inbox.close)
        engine = Engine(database, installation_cap=settings.jobs_per_installation, total_cap=settings.jobs_total)
        harvest = Harvest(
            settings=settings,
            github=github,
            tokens=Tokens(github),
            identity=OwnIdentity(github),
            database=database,
            inbox=inbox,
            marks=Marks(database),
            sessions=Sessions(database),
            jobs=Jobs(database),
            usage=UsageLedger(database),
            sandbox_times=SandboxTimes(database),
            engine=engine,
            images=RepositoryImages(database),
            warm=WarmSandboxes(database),
            backend=backend,
            refused=RefusedAskers(),
            service_url=service_url,
        )
        engine.register(
            lambda job_id: carry_out(harvest, job_id), on_failure=lambda job_id, error: give_up(harvest, job_id, error)
        )
        await engine.start()
        stack.push_async_callback(engine.stop)
        yield harvest


def database_url(settings: Settings) -> str:
    """The database's URL: the operator's, or SQLite in the state directory."""
    if settings.database_url is not None:
        return settings.database_url.reveal()
    return f"sqlite:///{(settings.state_dir / 'harvest.db').absolute()}"


@asynccontextmanager
async def open_app(settings: Settings, service_url: str) -> AsyncIterator[Starlette]:
    """The application, with all that works behind it, until the block ends."""
    triggers = Triggers(settings.label, settings.command, int(settings.app_id or 0))
    async with open_harvest(settings, service_url) as harvest, open_gateway(harvest) as gateway:
        if unreachable := harvest.egress.out_of_reach():
            log.warning("sandboxes can't reach this under the egress limit: see `harvest doctor`", urls=unreachable)
        if not harvest.backend.limits_egress:
            log.warning(
                "sandboxes share this machine's network, its loopback and private hosts included: see `harvest doctor`"
            )
        background = [
            asyncio.create_task(Intake(harvest, triggers).run(), name="intake"),
            asyncio.create_task(reconcile(harvest), name="reconciler"),
            asyncio.create_task(ask_who_we_are(harvest), name="identity"),
        ]

        async def engine() -> str | None:
            return None if harvest.engine.running else "the engine does not run: no job gets its turn"

        async def intake() -> str | None:
            return "deliveries are not handled any more" if any(task.done() for task in background[:2]) else None

        probe = WriteProbe(harvest.database)
        try:
            yield Starlette(
                routes=[
                    Route(
                        "/webhooks/github",
                        WebhookDoor(harvest.inbox, settings.webhook_secrets, triggers, harvest.refused).receive,
                        methods=["POST"],
                    ),
                    Route("/healthz", healthz),
                    Route("/readyz", readyz({"engine": engine, "intake": intake, "database": probe.problem})),
                    Route("/metrics", metrics(harvest.inbox)),
                    Mount(GATEWAY_PATH, gateway),
                ]
            )
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await probe.close()


async def ask_who_we_are(harvest: Harvest) -> None:
    """Ask GitHub early, so that the first job needn't wait for it; that job asks again if this fails."""
    try:
        await harvest.identity.git()
    except GitHubProblem as problem:
        log.warning("GitHub did not say who this App is", error=str(problem))
