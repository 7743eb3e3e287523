"""The service as an ASGI application: its routes, and the loops that work behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from github_app.commands.refused_askers import RefusedAskers
from github_app.gateway.model.app import open_gateway, trusted
from github_app.gateway.tools.app import tool_gateway
from github_app.github.failures import GitHubProblem
from github_app.jobs.services import Services
from github_app.maintenance.children import look_after_children
from github_app.maintenance.issue_notes import keep_telling
from github_app.maintenance.late_questions import settle_late_questions
from github_app.maintenance.loops import reconcile
from github_app.maintenance.watches import keep_watching
from github_app.service.assembly import open_harvest
from github_app.service.health import healthz, metrics, readyz
from github_app.service.schedule import SCHEDULE
from github_app.settings.egress import GATEWAY_PATH, TOOLS_PATH
from github_app.settings.operator import Settings
from github_app.text.markdown import block_parser
from github_app.webhooks.door import WebhookDoor
from github_app.webhooks.intake import Intake
from github_app.webhooks.triggers import triggers_of
from state.becoming_due import BecomingDue
from state.write_probe import WriteProbe

log = structlog.get_logger()


@asynccontextmanager
async def open_app(
    settings: Settings, service_url: str, begin: asyncio.Event | None = None, ending: asyncio.Event | None = None
) -> AsyncIterator[Starlette]:
    """The application, with all that works behind it, until the block ends. What works behind it waits for `begin`, if that is
    given: what it imports takes as long as the rest of the start, and nobody needs it who wants to be let in. `ending` tells
    that requests are answered for a moment more."""
    refused = RefusedAskers()
    meanwhile = asyncio.create_task(asyncio.to_thread(trusted))
    async with (
        open_harvest(settings, service_url) as services,
        open_gateway(services.usage, settings) as gateway,
        open_tool_gateway(services, ending) as tools,
    ):
        await meanwhile
        if unreachable := services.egress.out_of_reach():
            log.warning("sandboxes can't reach this under the egress limit: see `harvest doctor`", urls=unreachable)
        if not services.backend.limits_egress:
            log.warning(
                "sandboxes share this machine's network, its loopback and private hosts included: see `harvest doctor`"
            )
        background = [
            asyncio.create_task(after(begin, becoming_due(services).keep_looking), name="becoming due"),
            asyncio.create_task(after(begin, Intake(services, refused).run), name="intake"),
            asyncio.create_task(after(begin, partial(reconcile, services, SCHEDULE)), name="reconciler"),
            asyncio.create_task(after(begin, partial(keep_watching, services)), name="watches"),
            asyncio.create_task(after(begin, partial(keep_telling, services)), name="issue notes"),
            asyncio.create_task(after(begin, partial(settle_late_questions, services)), name="questions"),
            asyncio.create_task(after(begin, partial(look_after_children, services)), name="children"),
            asyncio.create_task(after(begin, partial(get_ready_for_a_job, services)), name="getting ready"),
        ]

        async def engine() -> str | None:
            return None if services.engine.running else "the engine does not run: no job gets its turn"

        async def intake() -> str | None:
            return "deliveries are not handled any more" if any(task.done() for task in background[:3]) else None

        probe = WriteProbe(services.database)
        try:
            yield Starlette(
                routes=[
                    Route(
                        "/webhooks/github",
                        WebhookDoor(
                            services.inbox,
                            settings.webhook_secrets,
                            partial(triggers_of, services),
                            refused,
                            services.watches,
                            services.sessions,
                        ).receive,
                        methods=["POST"],
                    ),
                    Route("/healthz", healthz),
                    Route("/readyz", readyz({"engine": engine, "intake": intake, "database": probe.problem})),
                    Route("/metrics", metrics(services.database)),
                    Mount(GATEWAY_PATH, gateway),
                    Mount(TOOLS_PATH, tools),
                ]
            )
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await probe.close()


def open_tool_gateway(services: Services, ending: asyncio.Event | None) -> AbstractAsyncContextManager[ASGIApp]:
    return tool_gateway(
        services.tool_servers,
        services.job_tools,
        services.logs,
        services.usage,
        service_url=services.service_url,
        ending=ending,
    )


def becoming_due(services: Services) -> BecomingDue:
    """What one of the loops waits for."""
    those = (services.inbox, services.watches, services.issue_notes, services.questions, services.children)
    return BecomingDue(services.database, those)


async def after(begin: asyncio.Event | None, work: Callable[[], Awaitable[None]]) -> None:
    if begin is not None:
        await begin.wait()
    await work()


async def get_ready_for_a_job(services: Services) -> None:
    """Do early what the first job would wait for; that job does it itself if this fails."""
    await asyncio.to_thread(block_parser, html=False)
    try:
        await services.identity.git()
    except GitHubProblem as problem:
        log.warning("GitHub did not say who this App is", error=str(problem))
