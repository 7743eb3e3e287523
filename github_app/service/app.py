"""The service: the ASGI application, and what is opened before its first request and closed after its last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from github_app.gateway.model.app import open_gateway
from github_app.github.client import GitHub
from github_app.github.failures import GitHubProblem
from github_app.github.identity import OwnIdentity
from github_app.github.tokens import Tokens
from github_app.jobs.runner import carry_out, give_up
from github_app.jobs.services import HANDLER_VERSION, Services
from github_app.maintenance.loops import reconcile
from github_app.service.backends import open_backend
from github_app.service.health import healthz, metrics, readyz
from github_app.settings.egress import GATEWAY_PATH
from github_app.settings.operator import Settings
from github_app.webhooks.door import WebhookDoor
from github_app.webhooks.events import Triggers
from github_app.webhooks.intake import Intake
from github_app.webhooks.refused_askers import RefusedAskers
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
async def open_harvest(settings: Settings, service_url: str) -> AsyncIterator[Services]:
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
        services = Services(
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
            lambda job_id: carry_out(services, job_id), on_failure=lambda job_id, error: give_up(services, job_id, error)
        )
        await engine.start()
        stack.push_async_callback(engine.stop)
        yield services


def database_url(settings: Settings) -> str:
    """The database's URL: the operator's, or SQLite in the state directory."""
    if settings.database_url is not None:
        return settings.database_url.reveal()
    return f"sqlite:///{(settings.state_dir / 'harvest.db').absolute()}"


@asynccontextmanager
async def open_app(settings: Settings, service_url: str) -> AsyncIterator[Starlette]:
    """The application, with all that works behind it, until the block ends."""
    triggers = Triggers(settings.label, settings.command, int(settings.app_id or 0))
    async with open_harvest(settings, service_url) as services, open_gateway(services) as gateway:
        if unreachable := services.egress.out_of_reach():
            log.warning("sandboxes can't reach this under the egress limit: see `harvest doctor`", urls=unreachable)
        if not services.backend.limits_egress:
            log.warning(
                "sandboxes share this machine's network, its loopback and private hosts included: see `harvest doctor`"
            )
        background = [
            asyncio.create_task(Intake(services, triggers).run(), name="intake"),
            asyncio.create_task(reconcile(services), name="reconciler"),
            asyncio.create_task(ask_who_we_are(services), name="identity"),
        ]

        async def engine() -> str | None:
            return None if services.engine.running else "the engine does not run: no job gets its turn"

        async def intake() -> str | None:
            return "deliveries are not handled any more" if any(task.done() for task in background[:2]) else None

        probe = WriteProbe(services.database)
        try:
            yield Starlette(
                routes=[
                    Route(
                        "/webhooks/github",
                        WebhookDoor(services.inbox, settings.webhook_secrets, triggers, services.refused).receive,
                        methods=["POST"],
                    ),
                    Route("/healthz", healthz),
                    Route("/readyz", readyz({"engine": engine, "intake": intake, "database": probe.problem})),
                    Route("/metrics", metrics(services.inbox)),
                    Mount(GATEWAY_PATH, gateway),
                ]
            )
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await probe.close()


async def ask_who_we_are(services: Services) -> None:
    """Ask GitHub early, so that the first job needn't wait for it; that job asks again if this fails."""
    try:
        await services.identity.git()
    except GitHubProblem as problem:
        log.warning("GitHub did not say who this App is", error=str(problem))
