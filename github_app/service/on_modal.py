"""The service itself as a container on Modal: `modal deploy -m github_app.service.on_modal` (docs/modal.md).

What a container writes is gone with it, and a Volume holds neither SQLite nor a git tree: state is in a Postgres that the
secret names, and the container's disk is scratch. This is the one file of the front door that imports Modal's SDK.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import modal
from modal.file_pattern_matcher import FilePatternMatcher
from starlette.applications import Starlette

import github_app
from github_app.settings.environment import load_settings
from github_app.settings.operator import Settings, SettingsError

# An app of its own: stopping it must not take along the sandboxes, which are in another one (github_app/service/backends.py).
APP_NAME = "harvest-service"
# A secret on Modal that holds the settings, under the names of docs/settings.md.
SECRET_NAME = "harvest"  # noqa: S105 - a name
PYTHON = "3.12"
REQUIREMENTS = Path(github_app.__file__).parents[1] / "requirements" / "service.txt"

# The longest that one request may take: the stream of a model that thinks.
REQUEST_SECONDS = 60 * 60
# Modal's own limit; requests mostly wait. With the default of one at a time, Modal would let the container's event loop run
# only while there is a request, and jobs, intake and reconciler would stand still in between.
REQUESTS_AT_ONCE = 1000

# The code, and the pages that agents are told (github_app/jobs/agent/rules/).
READ_AT_RUN_TIME = ("**/*.py", "**/*.md")

app = modal.App(APP_NAME)
image = (
    modal.Image.debian_slim(python_version=PYTHON)
    .apt_install("git")
    .pip_install_from_requirements(str(REQUIREMENTS))
    .add_local_python_source("github_app", "sandbox", "state", ignore=~FilePatternMatcher(*READ_AT_RUN_TIME))
)


# One container, always there: jobs go on between requests, and a second one would only divide the webhooks.
@app.function(
    image=image,
    secrets=[modal.Secret.from_name(SECRET_NAME)],
    min_containers=1,
    max_containers=1,
    cpu=1.0,
    memory=1024,
    timeout=REQUEST_SECONDS,
)
@modal.concurrent(max_inputs=REQUESTS_AT_ONCE)
@modal.asgi_app()
def service() -> Starlette:
    """The ASGI application, called once at the container's start. SettingsError says what the secret lacks."""
    from github_app.service.logs import set_up_logging

    settings = load_settings()
    if problems := unfit_for_modal(settings):
        raise SettingsError("\n".join(problems))
    set_up_logging(settings.log_format or "json")
    return application(settings, public_url(settings))


def public_url(settings: Settings) -> str:
    """How sandboxes and GitHub reach the service: the address that Modal gave it, unless the operator has a domain for it."""
    return settings.public_url or str(service.get_web_url())


def unfit_for_modal(settings: Settings) -> list[str]:
    """One sentence for each setting with which the service can't run in a container; empty when it can."""
    problems = settings.missing_to_serve()
    url = settings.database_url.reveal() if settings.database_url is not None else ""
    if not url.startswith(("postgresql:", "postgres:")):
        problems.append(
            "HARVEST_DATABASE_URL has to name a Postgres (postgresql://…): what SQLite writes here is gone with the container"
        )
    if settings.sandbox != "modal":
        problems.append("HARVEST_SANDBOX has to be modal: an agent in the service's own container could read its secrets")
    return problems


def application(settings: Settings, service_url: str) -> Starlette:
    """The service as one application: what works behind it is opened when it starts and closed when it ends."""

    @asynccontextmanager
    async def lifespan(outer: Starlette) -> AsyncIterator[None]:
        from github_app.service.app import open_app

        async with open_app(settings, service_url) as inner:
            outer.mount("/", inner)
            yield

    return Starlette(lifespan=lifespan)
