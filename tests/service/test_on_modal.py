"""The service itself on Modal: what `modal deploy` asks for, what it refuses to start with, and that no disk has to last."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import modal
import psycopg
import pytest
from modal.file_pattern_matcher import FilePatternMatcher

from github_app.service import on_modal
from github_app.service.backends import open_modal
from github_app.settings.operator import Settings, SettingsError
from github_app.settings.tool_servers import read_tool_servers
from sandbox.modal import ModalBackend
from tests.agent_tools import program
from tests.github_service import running_github
from tests.harvest_service import ROOT, SCRIPTED_AGENT
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service
from tests.scene import commit, eventually, running_scene
from tests.state.conftest import Postgres, postgres

__all__ = ["postgres"]  # a fixture


def test_every_file_that_the_service_reads_goes_into_its_container() -> None:
    """The SDK leaves out what is no Python, unless told otherwise."""
    left_out = ~FilePatternMatcher(*on_modal.READ_AT_RUN_TIME)
    setup_alone = {"app.yml", "py.typed"}
    code = [path for room in ("github_app", "sandbox", "state") for path in (ROOT / room).rglob("*.*") if path.is_file()]
    read = {path for path in code if path.suffix != ".pyc" and path.name not in setup_alone}
    assert {path for path in read if left_out(path.relative_to(ROOT))} == set()


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModalService]:
    shown = ("--plain",) if CANNOT_ISOLATE else ("--show", f"{SCRIPTED_AGENT}:/usr/local/bin/claude")
    with modal_service(tmp_path_factory.mktemp("modal"), *shown) as service:
        yield service


# With all that a shell and a dotenv file could take for theirs.
TOOL_SERVERS = """
[wiki]  # it's "ours"
url = 'https://wiki.example.com/mcp?a=$HOME&b=\\\\n'
tools = ["a.b", "c-d"]
"""


@pytest.fixture(scope="module")
def deployed(emulated: ModalService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service deployed by the commands of docs/modal.md, in a folder that looks like the operator's clone."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / ".venv").symlink_to(Path(sys.executable).parents[1])
    with running_github(tmp_path_factory.mktemp("github")) as github:
        key = Path(github.env["GITHUB_PRIVATE_KEY_PATH"])
        shutil.copy(key, clone / "harvest.private-key.pem")
        written = {**github.env, "ANTHROPIC_API_KEY": "sk-ant", "HARVEST_PUBLIC_URL": "http://127.0.0.1:8000", **emulated.env}
    (clone / "var").mkdir()
    (clone / "var" / "mcp.toml").write_text(TOOL_SERVERS)
    (clone / ".env").write_text("".join(f"{name}={value}\n" for name, value in written.items()))
    _, _, section = (ROOT / "docs" / "modal.md").read_text().partition("\n## The service on Modal\n")
    commands = re.findall(r"(?s)\n```\n(.*?)```\n", section)[0]
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    argv, env = ["sh", "-euc", commands], {**own, **emulated.env, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=clone, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "https://emulated--harvest-service" in done.stdout
    return clone


@pytest.mark.further
def test_modal_deploy_asks_for_one_container_that_is_always_there(emulated: ModalService, deployed: Path) -> None:
    (function,) = httpx.get(f"{emulated.ready['control']}/functions").json()

    assert (function["app"], function["web"]) == ("harvest-service", "WEBHOOK_TYPE_ASGI_APP")
    assert function["containers"] == [1, 1]
    assert function["requests_at_once"] > 1, "or its event loop stands still between two requests"
    assert function["secrets"] == ["harvest"]


async def test_the_secret_holds_all_that_the_service_starts_with(emulated: ModalService, deployed: Path) -> None:
    client = await asyncio.to_thread(emulated.client)
    app = await modal.App.lookup.aio("looker", create_if_missing=True, client=client)
    sandbox = await modal.Sandbox.create.aio(
        app=app, image=modal.Image.from_registry("debian:12"), secrets=[modal.Secret.from_name("harvest")], client=client
    )
    printed = await (await sandbox.exec.aio("printenv", "-0")).stdout.read.aio()
    await sandbox.terminate.aio(wait=True)

    given = dict(line.split("=", 1) for line in printed.split("\0") if line)
    settings = Settings.model_validate(given)
    assert on_modal.unfit_for_modal(settings) == []
    assert settings.declared_tool_servers() == read_tool_servers(TOOL_SERVERS.encode())
    assert settings.app_private_key().reveal().strip() == (deployed / "harvest.private-key.pem").read_text().strip()
    assert not {"HARVEST_PUBLIC_URL", "MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"} & set(given)
    assert not (deployed / "modal.env").exists()


def test_a_deployed_service_is_reached_where_modal_put_it(emulated: ModalService, deployed: Path) -> None:
    on_modal.app.deploy(client=emulated.client())
    assert on_modal.public_url(Settings.model_validate({})) == on_modal.service.get_web_url()
    own_domain = Settings.model_validate({"HARVEST_PUBLIC_URL": "https://harvest.example.com"})
    assert on_modal.public_url(own_domain) == "https://harvest.example.com"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "HARVEST_DATABASE_URL has to name a Postgres"),
        ({"HARVEST_DATABASE_URL": "sqlite:///var/harvest.db"}, "HARVEST_DATABASE_URL has to name a Postgres"),
        ({"HARVEST_SANDBOX": "local"}, "HARVEST_SANDBOX has to be modal"),
        ({}, "GITHUB_APP_ID is not set"),
    ],
)
def test_it_does_not_start_on_what_would_be_lost(settings: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=told):
        start()


def test_in_a_container_modal_s_own_credentials_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODAL_IS_REMOTE", "1")
    assert isinstance(open_modal(Settings.model_validate({})), ModalBackend)


async def test_the_application_answers_from_a_container_s_start_to_its_end(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_github(tmp_path / "github") as github:
        deployed = {
            **github.env,
            "ANTHROPIC_API_KEY": "none",
            "HARVEST_DATABASE_URL": postgres(),
            "HARVEST_STATE_DIR": str(tmp_path / "scratch"),
            "HARVEST_PUBLIC_URL": "https://harvest.example.com",
            "MODAL_IS_REMOTE": "1",
        }
        for name, value in deployed.items():
            monkeypatch.setenv(name, value)
        app = start()
        transport = httpx.ASGITransport(app)
        async with as_in_a_container(app), httpx.AsyncClient(transport=transport, base_url="https://harvest") as client:
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).json()["status"] == "ready"
            assert (await client.post("/webhooks/github", content=b"{}")).status_code == 400
    assert [file.name for file in (tmp_path / "scratch").iterdir()] == ["harvest.lock"], "all that a container keeps"


def start() -> Any:
    """What Modal calls in the container: the function itself."""
    return on_modal.service.local()


@asynccontextmanager
async def as_in_a_container(app: Any) -> AsyncIterator[None]:
    """The application's life as the SDK's own runtime leads it, in a container."""
    from modal._runtime.asgi import LifespanManager

    lifespan: Any = LifespanManager(app, {})  # type: ignore[no-untyped-call]  # the SDK's own, without types
    background = asyncio.create_task(lifespan.background_task())
    await lifespan.lifespan_startup()
    yield
    await lifespan.lifespan_shutdown()
    background.cancel()


@pytest.fixture(scope="module")
def with_image(emulated: ModalService) -> ModalService:
    """The emulated Modal with the base image built; sandboxes in it have the scripted agent."""
    if CANNOT_ISOLATE:
        pytest.skip(f"no sandboxes on the emulated Modal: {CANNOT_ISOLATE}")
    asyncio.run(ModalBackend(client=emulated.client()).build_base_image())
    return emulated


# Its tools answer, and the gateway to the model takes its token for nothing.
USE_A_TOOL = """
import re
print(call("harvest", "report_progress", doing="Reading")["isError"])
gateway = re.sub("/tools/.*", "/llm/v1/messages", servers["harvest"]["url"])
print(post(gateway, {"model": "claude-sonnet-5", "max_tokens": 1, "messages": []})["result"][0])
"""


def test_with_the_key_at_modal_the_agent_is_given_none_and_has_tools(with_image: ModalService, tmp_path: Path) -> None:
    modal.Secret.objects.create("model", {"ANTHROPIC_API_KEY": "sk-real"}, client=with_image.client())
    settings = {
        **with_image.env,
        "HARVEST_SANDBOX": "modal",
        "HARVEST_MODEL_ACCESS": "direct",
        "HARVEST_MODAL_MODEL_SECRET": "model",
        "HARVEST_EGRESS": "open",
        "ANTHROPIC_BASE_URL": "https://api.anthropic.com",
    }
    with running_scene(tmp_path, env=settings) as scene:
        script = f"printenv ANTHROPIC_API_KEY > key.txt\n{program(USE_A_TOOL, '>> key.txt')}"
        issue = scene.ask("Show the key", f'{script}git add . && git commit -qm "Show it"\n')
        scene.wait_for_end(issue)
        (pull,) = scene.pulls_of(issue)
        (file,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
        assert file["patch"].endswith("+held-by-modal\n+False\n+403")


@pytest.mark.campaign
def test_a_redeploy_in_mid_job_loses_nothing_with_the_container_s_disk(
    with_image: ModalService, postgres: Postgres, tmp_path: Path
) -> None:
    emulated = with_image
    settings = {**emulated.env, "HARVEST_SANDBOX": "modal", "HARVEST_DATABASE_URL": postgres()}
    with running_scene(tmp_path, env=settings) as scene:
        scene.github.fault("status", method="*", path="/*/git-receive-pack", status=503, count=1000)
        issue = scene.ask("Redeployed before the push", commit("kept.txt"))
        eventually(lambda: refused_pushes(scene.github.requests()), "the push that is refused")

        scene.harvest.stop()
        assert leaving_at(settings["HARVEST_DATABASE_URL"]) == [0], "it said that its jobs may be taken over at once"
        scene.harvest.env["HARVEST_STATE_DIR"] = str(tmp_path / "another disk")
        scene.clear_faults()
        scene.harvest.start()

        (pull,) = eventually(lambda: scene.pulls_of(issue), "the pull request")
        eventually(lambda: [one for one in scene.comments(issue) if pull["html_url"] in one], "the last words")
        assert scene.pull(pull["number"])["commits"] == 1
        assert len(scene.comments(issue)) == 1
        eventually(lambda: emulated.stats()["running"] == 0, "the sandbox released")
        assert scene.github.violations() == []


def leaving_at(database_url: str) -> list[float]:
    """When the processes on this database were last seen alive; 0 for one that has left."""
    with psycopg.connect(database_url) as connection:
        return [seen_at for (seen_at,) in connection.execute("SELECT seen_at FROM executors")]


def refused_pushes(log: dict[str, Any]) -> list[str]:
    return [json.dumps(one) for one in log["requests"] if "git-receive-pack" in one["path"] and one["status"] == 503]
