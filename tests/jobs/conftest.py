"""A Harvest in the test's own process, whose GitHub nobody can reach: the recipes that it carries out are the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from github_app.jobs.all_recipes import all_recipes
from github_app.jobs.recipe import Recipe, Step
from github_app.jobs.services import Services
from github_app.service.assembly import open_harvest
from github_app.settings.operator import Settings
from tests.asks import an_ask
from tests.waiting import until

# Nobody listens there.
NOWHERE = "http://127.0.0.1:1"
# A job's steps take milliseconds; the rest is for a machine under load.
PATIENCE_SECONDS = 60.0

OpenHarvest = Callable[[], AbstractAsyncContextManager[Services]]


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.fixture
def harvest(tmp_path: Path, private_key: str) -> OpenHarvest:
    """Opens it on the test's state directory, time and again as after a restart."""
    key_file = tmp_path / "key.pem"
    key_file.write_text(private_key)
    settings = Settings.model_validate(
        {
            "GITHUB_APP_ID": "7",
            "GITHUB_PRIVATE_KEY_PATH": str(key_file),
            "GITHUB_WEBHOOK_SECRET": "unused",
            "GITHUB_API_URL": NOWHERE,
            "ANTHROPIC_API_KEY": "unused",
            "HARVEST_SANDBOX": "local",
            "HARVEST_LOCAL_UNISOLATED": "1",
            "HARVEST_STATE_DIR": str(tmp_path / "state"),
        }
    )

    @asynccontextmanager
    async def opened() -> AsyncIterator[Services]:
        async with open_harvest(settings, NOWHERE) as services:
            yield services

    return opened


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes these the steps of `try/1`."""

    def make(*in_sandbox: Step, opening: tuple[Step, ...] = (), closing: tuple[Step, ...] = ()) -> None:
        monkeypatch.setitem(all_recipes(), "try/1", Recipe("try", 1, opening, in_sandbox, closing))

    return make


async def add_job(services: Services, job_id: str = "job") -> None:
    """A job of the test's recipe, which has not been begun."""
    session = await services.sessions.open_session(
        installation_id=1, repository_id=2, repository="acme/timespan", thread=1, kind="issue"
    )
    await services.jobs.add(
        job_id, session_id=session.id, installation_id=1, kind="issue", recipe="try/1", ask=an_ask().to_json()
    )


async def carried_out(services: Services, job_id: str = "job") -> None:
    """Begin it, and wait until the engine is done with it."""
    await services.engine.submit(job_id)

    async def ended() -> bool:
        return (await services.engine.states([job_id]))[job_id] == "ended"

    await until(ended, "the engine to be done with the job")
