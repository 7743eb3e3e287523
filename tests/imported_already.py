"""Importing this imports what the programs of the tests do, when they start or when it is first used."""

from __future__ import annotations

from importlib import import_module

from github_app.commands.all_verbs import all_verbs
from github_app.jobs.all_recipes import all_recipes
from state import migrations, session_migrations
from state.migrate import migrations_in

NAMES = (
    "anyio._backends._asyncio",
    "dbos",
    "dbos._sys_db_sqlite",
    "emulators.anthropic.app",
    "emulators.github.app",
    "emulators.github.seed.world",
    "emulators.linear.app",
    "emulators.modal.service",
    "github_app.gateway.tools.protocol",
    "github_app.operator.cli.serve",
    "github_app.service.app",
    "github_app.service.connections",
    "github_app.service.listening",
    "github_app.service.logs",
    "githubkit",
    "hishel.httpx",
    "httpcore",
    "sandbox.egress.__main__",
    "sandbox.local",
    "state.dbos_setup",
    "state.workflows",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.h11_impl",
    "uvicorn.protocols.websockets.auto",
)

for name in NAMES:
    import_module(name)
all_verbs()
all_recipes()
for package in (migrations, session_migrations):
    migrations_in(package)
