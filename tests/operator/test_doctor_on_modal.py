"""`harvest doctor` with sandboxes on Modal: one line for each part, what to do about it, and no sandbox left behind."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from github_app.operator.doctor import modal_sandbox
from github_app.settings.egress import may_be_reached
from github_app.settings.operator import Settings
from sandbox.modal import ModalBackend
from sandbox.modal.base_image import CLAUDE_VERSION
from tests.github_service import running_github
from tests.harvest_service import running_harvest
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service
from tests.operator.command_line import environment, harvest
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(bool(CANNOT_ISOLATE), reason=f"the emulated Modal can't isolate sandboxes: {CANNOT_ISOLATE}")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What sandboxes have for the Claude CLI; it only tells its version."""
    return tmp_path_factory.mktemp("cli") / "claude"


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory, cli: Path) -> Iterator[ModalService]:
    """A Modal with the base image built."""
    install_cli(cli, CLAUDE_VERSION)
    with modal_service(tmp_path_factory.mktemp("modal"), "--show", f"{cli}:/usr/local/bin/claude") as service:
        asyncio.run(ModalBackend(client=service.client()).build_base_image())
        yield service


@pytest.fixture
def modal(emulated: ModalService, cli: Path) -> Iterator[ModalService]:
    install_cli(cli, CLAUDE_VERSION)
    yield emulated
    emulated.heal()
    assert emulated.stats()["running"] == 0, "the doctor left a sandbox behind"


def install_cli(path: Path, version: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{version} (Claude Code)'\n")
    path.chmod(0o755)


def doctor(folder: Path, modal: ModalService, **settings: str) -> str:
    """The doctor's report, line by line, with one blank between its columns."""
    said = harvest("doctor", cwd=folder, **{**modal.env, "HARVEST_SANDBOX": "modal", **settings}).stdout
    return re.sub(" {2,}", " ", said)


def test_all_that_is_well_is_told_and_a_service_that_does_not_run_is_not_taken_for_a_closed_network(
    modal: ModalService, tmp_path: Path
) -> None:
    said = doctor(tmp_path, modal)
    assert "✓ Modal " in said
    assert "✓ sandbox Modal, created and run in" in said
    assert f"✓ base image with Claude CLI {CLAUDE_VERSION}" in said
    assert "! gateway the service is not running, so whether a sandbox reaches http://127.0.0.1:8000 is not known" in said
    assert "→ start `harvest serve`" in said


@pytest.mark.further
def test_a_sandbox_asks_the_running_service(modal: ModalService, tmp_path: Path) -> None:
    with running_github(tmp_path / "github") as github:
        settings = {**github.env, "ANTHROPIC_API_KEY": "none", "HARVEST_LOCAL_UNISOLATED": "1"}
        with running_harvest(tmp_path / "harvest", settings) as service:
            port = service.url.rpartition(":")[2]
            assert f"✓ gateway a sandbox reaches {service.url}" in doctor(tmp_path, modal, HARVEST_PUBLIC_URL=service.url)
            said = doctor(tmp_path, modal, HARVEST_PUBLIC_URL="http://127.0.0.1:9", HARVEST_PORT=port)
    assert f"✗ gateway the service runs at {service.url}, but nobody gets to it at http://127.0.0.1:9" in said


@pytest.mark.parametrize(
    ("fault", "settings", "told"),
    [
        ({}, {"MODAL_TOKEN_SECRET": "wrong"}, "check MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"),
        ({}, {"MODAL_TOKEN_ID": ""}, "make them with `modal token new`"),
        pytest.param(
            {"do": "refuse", "rpc": "AppGetOrCreate", "status": "PERMISSION_DENIED", "message": "not in this workspace"},
            {},
            "the app harvest is not there and can't be made (not in this workspace): check that the token's owner may deploy",
            marks=pytest.mark.campaign,
        ),
        pytest.param(
            {"do": "outage", "seconds": 60},
            {},
            "Modal could not be reached while looking for the app harvest",
            marks=pytest.mark.campaign,
        ),
        (
            {"do": "refuse", "rpc": "ImageGetByTag", "status": "NOT_FOUND", "message": "no such image"},
            {},
            "the image harvest-base is not there (no such image): run `harvest image build`",
        ),
        pytest.param(
            {"do": "refuse", "rpc": "SandboxCreateV2", "status": "RESOURCE_EXHAUSTED", "message": "limit of 0 sandboxes"},
            {},
            "Modal's quota is used up, noticed while creating the sandbox",
            marks=pytest.mark.campaign,
        ),
    ],
)
def test_what_is_wrong_is_one_line_that_says_what_to_do(
    modal: ModalService, tmp_path: Path, fault: dict[str, Any], settings: dict[str, str], told: str
) -> None:
    if fault:
        modal.arm(**fault)
    (line,) = (line for line in doctor(tmp_path, modal, **settings).splitlines() if told in line)
    assert line.startswith("✗")


@pytest.mark.campaign
def test_an_image_with_another_cli_is_to_be_built_again(modal: ModalService, cli: Path, tmp_path: Path) -> None:
    install_cli(cli, "2.0.1")
    said = doctor(tmp_path, modal)
    assert f"✗ base image its Claude CLI is 2.0.1 (Claude Code); Harvest works with {CLAUDE_VERSION}" in said
    assert "→ run `harvest image build`" in said


async def test_a_modal_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modal_sandbox, "CONNECT_SECONDS", 0.2)
    settings = {"MODAL_TOKEN_ID": "ak", "MODAL_TOKEN_SECRET": "as", "MODAL_SERVER_URL": "http://127.0.0.1:9"}
    for name in settings:
        monkeypatch.setenv(name, "")  # the backend sets them for the SDK
    (finding,) = await modal_sandbox.modal_findings(Settings.model_validate(settings))
    assert (finding.verdict, finding.advice) == ("missing", "is it reachable from here?")


@pytest.mark.further
@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_an_sdk_of_another_minor_version_is_named_with_the_one_to_install(tmp_path: Path, command: str) -> None:
    about = tmp_path / "packages" / "modal-1.7.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: modal\nVersion: 1.7.2\n")
    with running_github(tmp_path / "github") as github:
        settings = {**github.env, "ANTHROPIC_API_KEY": "none", "PYTHONPATH": f"{about.parent}:{environment()['PYTHONPATH']}"}
        said = harvest(command, cwd=tmp_path, HARVEST_SANDBOX="modal", **settings)
    told = "Modal's SDK 1.7.2 is installed, and Harvest is written for modal>=1.6.4,<1.7: install that"
    assert told in said.stdout + said.stderr
    assert said.returncode > 0


@pytest.mark.campaign
def test_ctrl_c_while_the_sandbox_is_made_leaves_none(modal: ModalService, tmp_path: Path) -> None:
    created = modal.stats()["created"]
    asked = modal.calls("SandboxCreateV2")
    modal.arm("delay", rpc="SandboxCreateV2", seconds=1)
    argv = [sys.executable, "-m", "github_app", "doctor"]
    settings = environment(**modal.env, HARVEST_SANDBOX="modal")
    with subprocess.Popen(argv, cwd=tmp_path, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: modal.calls("SandboxCreateV2") > asked, "the doctor's sandbox to be asked for")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) != 0
    assert modal.stats()["created"] == created + 1, "the create went through, and what it made was found and ended"


@pytest.mark.parametrize(
    ("url", "modal_server_url", "may"),
    [
        ("http://127.0.0.1:8000", None, False),
        ("http://localhost:8000", None, False),
        ("http://[::1]:8000", None, False),
        ("http://0.0.0.0:8000", None, False),
        ("https://harvest.example.com", None, True),
        ("http://10.1.2.3:8000", None, True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:5000", True),
        ("http://127.0.0.1:8000", "https://api.modal.example", False),
    ],
)
def test_a_loopback_address_leads_a_sandbox_on_the_real_modal_nowhere(
    url: str, modal_server_url: str | None, may: bool
) -> None:
    assert may_be_reached(url, modal_server_url) is may
