"""What `harvest doctor` looks at: each check asks one question and answers with a finding a person can act on."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from github_app.backends import open_backend
from github_app.egress import EgressPolicy
from github_app.github.client import GitHub
from github_app.github.failures import GitHubProblem, Refused
from github_app.manifest import missing_permissions, read_manifest
from github_app.server import database_url
from github_app.settings import Settings, SettingsError
from sandbox.protocol import SandboxBackend, SandboxError, SandboxSpec

Verdict = Literal["ok", "warning", "missing"]

# The first that takes its whole configuration from where it is told (GIT_CONFIG_GLOBAL).
OLDEST_GIT = (2, 32)
COMMAND_SECONDS = 20.0
RECENT_DELIVERIES = 30


@dataclass(frozen=True)
class Finding:
    """One line of the report; `advice` says how to mend it, empty when all is well."""

    subject: str
    verdict: Verdict
    detail: str
    advice: str = ""


Check = Callable[[Settings, GitHub], Awaitable[list[Finding]]]


async def check_up(settings: Settings) -> list[Finding]:
    """All findings, in the order in which an installer meets the parts."""
    findings = settings_findings(settings)
    github = None
    try:
        github = GitHub(settings.github_api_url, settings.app_id or "", settings.app_private_key())
        checks: tuple[Check, ...] = (app_findings, webhook_findings, installation_findings)
        for check in checks:
            findings += await check(settings, github)
    except SettingsError as problem:
        findings.append(Finding("GitHub", "missing", "not asked, because there is no usable key", str(problem)))
    finally:
        if github is not None:
            await github.close()
    findings += [await git_finding(), await database_finding(settings)]
    findings += await sandbox_findings(settings)
    findings.append(await model_finding(settings))
    return findings


def settings_findings(settings: Settings) -> list[Finding]:
    missing = settings.missing_to_serve()
    if not missing:
        return [Finding("settings", "ok", "all that the service needs is set")]
    return [Finding("settings", "missing", line.partition(":")[0], line.partition(": ")[2] or line) for line in missing]


async def app_findings(settings: Settings, github: GitHub) -> list[Finding]:
    """Is GitHub reachable, and does the key fit the App?"""
    try:
        app = await github.as_app("GET", "/app")
    except Refused as problem:
        advice = "compare GITHUB_APP_ID with the App's page, and generate a new private key there if in doubt"
        return [Finding("GitHub App", "missing", f"GitHub does not take the key: {problem.reason}", advice)]
    except GitHubProblem as problem:
        return [Finding("GitHub", "missing", str(problem), f"is {settings.github_api_url} reachable from here?")]
    except Exception as problem:
        advice = "give the .pem file as GitHub let you download it"
        return [Finding("private key", "missing", f"it is not a private key ({type(problem).__name__})", advice)]
    found = [Finding("GitHub App", "ok", f"{app['name']} (id {app['id']}) at {settings.github_api_url}")]
    manifest = read_manifest()
    if lacking := missing_permissions(manifest, app["permissions"]):
        found.append(
            Finding(
                "permissions", "missing", "; ".join(lacking), "change them under the App's 'Permissions & events', then accept"
            )
        )
    else:
        found.append(Finding("permissions", "ok", "the App asks for all that app.yml names"))
    if "workflows" in app["permissions"]:
        found.append(Finding("permissions", "warning", "the App may change workflows", "take it away: Harvest never needs it"))
    if unheard := sorted(set(manifest.default_events) - set(app["events"])):
        found.append(
            Finding("events", "missing", f"not subscribed: {', '.join(unheard)}", "subscribe under 'Permissions & events'")
        )
    else:
        found.append(Finding("events", "ok", ", ".join(manifest.default_events)))
    return found


async def webhook_findings(settings: Settings, github: GitHub) -> list[Finding]:
    """Does GitHub send its webhooks here, and do they arrive?"""
    try:
        config = await github.as_app("GET", "/app/hook/config")
        deliveries = await github.as_app("GET", f"/app/hook/deliveries?per_page={RECENT_DELIVERIES}")
    except (GitHubProblem, ValueError, TypeError) as problem:
        return [Finding("webhook", "missing", f"not asked: {problem}", "mend the GitHub App first")]
    wanted = f"{settings.public_url or f'http://{settings.host}:{settings.port}'}/webhooks/github"
    found = []
    if config.get("url") != wanted:
        advice = f"set the App's webhook URL to {wanted}, or HARVEST_PUBLIC_URL to how GitHub reaches this service"
        found.append(Finding("webhook", "warning", f"the App sends to {config.get('url') or 'nowhere'}", advice))
    else:
        found.append(Finding("webhook", "ok", wanted))
    failed = [delivery for delivery in deliveries if not 200 <= delivery["status_code"] < 300]
    if failed:
        advice = "401: the secrets differ; 0 or 5xx: the service was not reached. Harvest asks for these again when it runs"
        detail = f"{len(failed)} of the last {len(deliveries)} deliveries failed, the latest with {failed[0]['status_code']}"
        found.append(Finding("deliveries", "warning", detail, advice))
    elif deliveries:
        found.append(Finding("deliveries", "ok", f"the last {len(deliveries)} arrived"))
    return found


async def installation_findings(_settings: Settings, github: GitHub) -> list[Finding]:
    """Where is the App installed, and has everybody accepted what it needs?"""
    try:
        installations = await github.as_app("GET", "/app/installations?per_page=100")
    except (GitHubProblem, ValueError, TypeError) as problem:
        return [Finding("installations", "missing", f"not asked: {problem}", "mend the GitHub App first")]
    if not installations:
        return [Finding("installations", "missing", "the App is installed nowhere", "install it from the App's public page")]
    found, manifest = [], read_manifest()
    for installation in installations:
        who = (installation.get("account") or {}).get("login", f"installation {installation['id']}")
        if installation.get("suspended_at"):
            found.append(Finding("installation", "warning", f"{who}: suspended", "unsuspend it in that account's settings"))
        elif lacking := missing_permissions(manifest, installation["permissions"]):
            advice = "an owner has to accept the App's new permissions in that account's settings"
            found.append(Finding("installation", "missing", f"{who}: {'; '.join(lacking)}", advice))
        else:
            found.append(Finding("installation", "ok", f"{who}: {installation['repository_selection']} repositories"))
    return found


async def git_finding() -> Finding:
    said = await first_line_of("git", "--version")
    if said is None:
        return Finding("git", "missing", "git was not found", "install git 2.32 or newer")
    version = tuple(int(part) for part in said.split()[2].split(".")[:2] if part.isdigit())
    if version < OLDEST_GIT:
        return Finding("git", "missing", said, "install git 2.32 or newer")
    return Finding("git", "ok", said)


async def database_finding(settings: Settings) -> Finding:
    """Can the database be opened and written, and did deliveries have to be given up?"""
    from state.database import Database, DatabaseUnusable
    from state.inbox import Inbox

    try:
        database = await Database.open(database_url(settings))
    except (DatabaseUnusable, OSError) as problem:
        advice = "make HARVEST_STATE_DIR writable, or correct HARVEST_DATABASE_URL"
        return Finding("database", "missing", str(problem), advice)
    try:
        counts = await Inbox(database, handler_version=0).counts()
        dialect = database.dialect
    finally:
        await database.close()
    if counts["parked"]:
        advice = "`harvest jobs` shows the latest error; what was lost has to be asked for again"
        return Finding("database", "warning", f"{counts['parked']} deliveries were given up", advice)
    return Finding("database", "ok", f"{dialect}, {counts['done']} deliveries done, {counts['waiting']} waiting")


async def sandbox_findings(settings: Settings) -> list[Finding]:
    """Can the agent be run, by which CLI, and how isolated?"""
    from sandbox.local import LocalBackend

    found = []
    claude = settings.claude_cli()
    version = await first_line_of(str(claude), "--version") if claude is not None else None
    if settings.sandbox == "local":
        if version is None:
            advice = "set HARVEST_CLAUDE_PATH, put `claude` on PATH, or install the `demo` extra"
            found.append(Finding("Claude CLI", "missing", f"{claude or 'not found'} does not run", advice))
        else:
            found.append(Finding("Claude CLI", "ok", f"{version} at {claude}"))
    try:
        backend = await asyncio.to_thread(open_backend, settings)
    except SettingsError as problem:
        return [*found, Finding("sandbox", "missing", str(problem))]
    if settings.sandbox == "modal":
        found.append(await modal_finding(backend))
    found.append(egress_finding(settings, backend))
    if isinstance(backend, LocalBackend):
        isolation = backend.isolation()
        verdict: Verdict = "ok" if isolation.kind != "none" else "warning"
        found.append(Finding("sandbox", verdict, f"local, {isolation.kind}: {isolation.detail}", isolation.advice))
    return found


def egress_finding(settings: Settings, backend: SandboxBackend) -> Finding:
    """What do sandboxes reach, and is that enough for a job?"""
    service_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    policy = EgressPolicy.of(settings, service_url, limitable=backend.limits_egress)
    if unreachable := policy.out_of_reach():
        advice = "serve it as https:// on port 443, or set HARVEST_EGRESS=open"
        return Finding(
            "egress", "warning", f"{policy.kind}, under which sandboxes can't reach {', '.join(unreachable)}", advice
        )
    allowed = {"open": "anything", "none": "the model and GitHub"}.get(policy.kind) or ", ".join(policy.entries)
    return Finding("egress", "ok", f"{policy.kind}: {allowed}")


async def modal_finding(backend: SandboxBackend) -> Finding:
    """A round trip through a sandbox on Modal: account, app, image and exec in one."""
    spec = SandboxSpec(
        name=f"doctor-{secrets.token_hex(6)}", session="doctor", tags={"service": "doctor"}, timeout_seconds=300
    )
    begun = time.monotonic()
    try:
        sandbox = await backend.create(spec)
        try:
            said = await sandbox.run(["claude", "--version"], cwd=sandbox.paths.tmp)
        finally:
            await sandbox.terminate()
    except SandboxError as problem:
        return Finding(
            "sandbox", "missing", f"Modal: {problem}", "build the image with `harvest image build`; check the token"
        )
    version = said.stdout.decode("utf-8", "replace").strip() or "no Claude CLI in it"
    return Finding("sandbox", "ok", f"Modal, created and run in {time.monotonic() - begun:.1f} s: {version}")


async def model_finding(settings: Settings) -> Finding:
    """Does the model's server take the key? Lists models, which costs nothing."""
    import httpx

    key = settings.anthropic_api_key
    if key is None:
        return Finding("model", "missing", "no ANTHROPIC_API_KEY to try", "set it; see docs/settings.md")
    headers = {"x-api-key": key.reveal(), "anthropic-version": "2023-06-01"}
    try:
        async with httpx.AsyncClient(timeout=COMMAND_SECONDS) as client:
            answer = await client.get(f"{settings.anthropic_base_url}/v1/models?limit=1", headers=headers)
    except httpx.HTTPError as problem:
        advice = f"is {settings.anthropic_base_url} reachable from here?"
        return Finding("model", "missing", f"not reached ({type(problem).__name__})", advice)
    if answer.status_code in (401, 403):
        return Finding("model", "missing", f"the key was refused ({answer.status_code})", "set a valid ANTHROPIC_API_KEY")
    if answer.status_code >= 400:
        return Finding("model", "warning", f"{settings.anthropic_base_url} answered {answer.status_code}", "try again later")
    return Finding("model", "ok", f"{settings.anthropic_base_url} takes the key; jobs use {settings.model}")


async def first_line_of(*argv: str) -> str | None:
    """The first line that a command prints, or None when it can't be run."""
    if shutil.which(argv[0]) is None:
        return None
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    lines = out.decode("utf-8", "replace").splitlines()
    return lines[0].strip() if process.returncode == 0 and lines else None
