"""Sandboxes on Modal: token, app, image, a round trip through one, and its way to Harvest's gateway."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from github_app.operator.doctor.browser import browser_finding
from github_app.operator.doctor.egress import address_of, egress_finding, policy_of
from github_app.operator.doctor.finding import Finding
from github_app.service.backends import open_modal
from github_app.settings.egress import have_tools, may_be_reached
from github_app.settings.operator import Settings, SettingsError
from sandbox.modal import ModalBackend
from sandbox.modal.base_image import CLAUDE_VERSION
from sandbox.modal.sdk import installed_version
from sandbox.protocol import Egress, Sandbox, SandboxError, SandboxSpec

# The SDK itself goes on trying for a minute to reach a server that is not there.
CONNECT_SECONDS = 10.0
# The first sandbox from a new image waits until Modal has loaded it.
ROUND_TRIP_SECONDS = 120.0
# Ends the sandbox when the doctor's process comes to no end of its own.
SANDBOX_SECONDS = 300
PUT_AWAY_SECONDS = 20.0
ANSWER_SECONDS = 10

BUILD = "run `harvest image build`"

# Asks for the URL that it is given, and prints what came back.
ASK = f"import sys, urllib.request as web; print(web.urlopen(sys.argv[1], timeout={ANSWER_SECONDS}).read(999).decode())"


async def modal_findings(settings: Settings) -> list[Finding]:
    """One line for each part, up to the first that keeps the others from being tried."""
    try:
        backend = open_modal(settings)
    except SettingsError as problem:
        return [Finding("sandbox", "missing", str(problem))]
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await backend.connect()
    except SandboxError as problem:
        return [Finding("Modal", "missing", str(problem))]
    except TimeoutError:
        where = settings.modal_server_url or "Modal"
        return [
            Finding("Modal", "missing", f"{where} did not answer within {CONNECT_SECONDS:.0f} s", "is it reachable from here?")
        ]
    found = [Finding("Modal", "ok", f"the token is taken and the app is there (SDK {installed_version()})")]
    policy = policy_of(settings, backend)
    begun = time.monotonic()
    try:
        async with asyncio.timeout(ROUND_TRIP_SECONDS), passing_sandbox(backend, policy.at_first()) as sandbox:
            said = await sandbox.run(["claude", "--version"], cwd=sandbox.paths.tmp)
            seconds = time.monotonic() - begun
            found.append(Finding("sandbox", "ok", f"Modal, created and run in {seconds:.1f} s"))
            found.append(image_finding(said.stdout.decode("utf-8", "replace")))
            if settings.browser:
                found.append(await browser_finding(sandbox, BUILD))
            if have_tools(settings, address_of(settings)):
                found.append(await gateway_finding(settings, sandbox))
    except SandboxError as problem:
        found.append(Finding("sandbox", "missing", str(problem)))
    except TimeoutError:
        found.append(
            Finding("sandbox", "missing", f"no round trip through one in {ROUND_TRIP_SECONDS:.0f} s", "try again later")
        )
    return [*found, egress_finding(policy)]


@asynccontextmanager
async def passing_sandbox(backend: ModalBackend, egress: Egress) -> AsyncIterator[Sandbox]:
    """A sandbox for the block, held to what a job's is. It is gone afterwards, also when its create was cut short, or when the
    answer to it never came."""
    name = f"doctor-{secrets.token_hex(6)}"
    tags = {"service": "harvest-doctor", "doctor": name}
    try:
        yield await backend.create(
            SandboxSpec(name=name, session="doctor", tags=tags, timeout_seconds=SANDBOX_SECONDS, egress=egress)
        )
    finally:
        with suppress(SandboxError, TimeoutError):
            async with asyncio.timeout(PUT_AWAY_SECONDS):
                await backend.close()
                for left in await backend.list(tags):
                    await (await backend.attach(left.id)).terminate()


def image_finding(version_line: str) -> Finding:
    """Does the image hold the CLI that this Harvest's command lines and events are made for?"""
    version = version_line.strip()
    if not version:
        return Finding("base image", "missing", "there is no Claude CLI in it", BUILD)
    if version.split()[0] != CLAUDE_VERSION:
        return Finding("base image", "missing", f"its Claude CLI is {version}; Harvest works with {CLAUDE_VERSION}", BUILD)
    return Finding("base image", "ok", f"with Claude CLI {version}")


async def gateway_finding(settings: Settings, sandbox: Sandbox) -> Finding:
    """Does the agent reach the model from there? Its way leads through the service's public URL."""
    here = f"http://{settings.host}:{settings.port}"
    url = settings.public_url or here
    if not may_be_reached(url, settings.modal_server_url):
        advice = "set HARVEST_PUBLIC_URL to the https:// address under which the internet reaches this service"
        return Finding("gateway", "missing", f"sandboxes on Modal can't reach {url}: there it is the sandbox itself", advice)
    said = await sandbox.run(
        ["python3", "-I", "-c", ASK, f"{url}/healthz"], cwd=sandbox.paths.tmp, timeout_seconds=3 * ANSWER_SECONDS
    )
    if is_healthy(said.stdout):
        return Finding("gateway", "ok", f"a sandbox reaches {url}")
    reason = (said.stderr.decode("utf-8", "replace").strip().splitlines() or ["another service answers there"])[-1]
    if await answers_here(url):
        advice = "it answers here: open it to the internet, or name in HARVEST_PUBLIC_URL the address that is open"
        return Finding("gateway", "missing", f"a sandbox does not reach {url} ({reason})", advice)
    if await answers_here(here):
        advice = f"lead {url} to {here} (proxy, tunnel, DNS), or correct HARVEST_PUBLIC_URL"
        return Finding("gateway", "missing", f"the service runs at {here}, but nobody gets to it at {url}", advice)
    advice = "start `harvest serve`, then run `harvest doctor` again"
    return Finding(
        "gateway", "warning", f"the service is not running, so whether a sandbox reaches {url} is not known", advice
    )


async def answers_here(url: str) -> bool:
    """Whether the service answers to this process at that address."""
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            return is_healthy((await client.get(f"{url}/healthz")).content)
    except httpx.HTTPError:
        return False


def is_healthy(answer: bytes) -> bool:
    """Whether this is what /healthz answers."""
    return b'"status":"ok"' in answer
