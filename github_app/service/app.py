"""The service as an ASGI application: its routes, and the loops that work behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from github_app.gateway.model.app import open_gateway
from github_app.github.failures import GitHubProblem
from github_app.jobs.services import Services
from github_app.maintenance.loops import reconcile
from github_app.service.assembly import open_harvest
from github_app.service.health import healthz, metrics, readyz
from github_app.service.schedule import SCHEDULE
from github_app.settings.egress import GATEWAY_PATH
from github_app.settings.operator import Settings
from github_app.webhooks.door import WebhookDoor
from github_app.webhooks.events import Triggers
from github_app.webhooks.intake import Intake
from github_app.webhooks.refused_askers import RefusedAskers
from state.write_probe import WriteProbe

log = structlog.get_logger()


@asynccontextmanager
async def open_app(settings: Settings, service_url: str) -> AsyncIterator[Starlette]:
    """The application, with all that works behind it, until the block ends."""
    refused = RefusedAskers()
    triggers = Triggers(settings.label, settings.command, int(settings.app_id or 0))
    async with open_harvest(settings, service_url) as services, open_gateway(services.usage, settings) as gateway:
        if unreachable := services.egress.out_of_reach():
            log.warning("sandboxes can't reach this under the egress limit: see `harvest doctor`", urls=unreachable)
        if not services.backend.limits_egress:
            log.warning(
                "sandboxes share this machine's network, its loopback and private hosts included: see `harvest doctor`"
            )
        background = [
            asyncio.create_task(Intake(services, triggers, refused).run(), name="intake"),
            asyncio.create_task(reconcile(services, SCHEDULE), name="reconciler"),
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
                        WebhookDoor(services.inbox, settings.webhook_secrets, triggers, refused).receive,
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
