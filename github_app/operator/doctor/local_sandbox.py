"""Sandboxes on this machine: by which CLI, how isolated, and what do they reach?"""

from __future__ import annotations

import asyncio

from github_app.operator.doctor.browser import SUBJECT as BROWSER
from github_app.operator.doctor.browser import browser_finding
from github_app.operator.doctor.egress import egress_finding, policy_of
from github_app.operator.doctor.finding import Finding, Verdict
from github_app.operator.doctor.programs import claude_finding
from github_app.service.backends import open_backend
from github_app.settings.operator import Settings, SettingsError
from sandbox.browser import PROGRAM, VERSION
from sandbox.local import LocalBackend
from sandbox.local.isolation import NOTHING_BETWEEN
from sandbox.protocol import SandboxError, SandboxSpec

# The folder that it is made in is gone afterwards, whatever becomes of it.
LOOKED_IN = SandboxSpec("doctor", "doctor", timeout_seconds=60)
BROWSER_ADVICE = f"install Node 20.19 or newer, Chromium, and `npm install -g {PROGRAM}@{VERSION}`"


async def local_findings(settings: Settings) -> list[Finding]:
    found = [await claude_finding(settings)]
    try:
        backend = await asyncio.to_thread(open_backend, settings)
    except SettingsError as problem:
        return [*found, Finding("sandbox", "missing", str(problem))]
    if isinstance(backend, LocalBackend):
        isolation = backend.isolation()
        verdict: Verdict = "ok" if isolation.own_network else "warning"
        danger = "" if isolation.kind != "none" else f"; {NOTHING_BETWEEN}"
        found.append(Finding("sandbox", verdict, f"local, {isolation.kind}: {isolation.detail}{danger}", isolation.advice))
        if settings.browser and (isolation.kind != "none" or settings.local_unisolated):
            found.append(await local_browser_finding(backend))
    return [*found, egress_finding(policy_of(settings, backend), limited=backend.limits_egress)]


async def local_browser_finding(backend: LocalBackend) -> Finding:
    try:
        sandbox = await backend.create(LOOKED_IN)
        try:
            return await browser_finding(sandbox, BROWSER_ADVICE)
        finally:
            await sandbox.terminate()
    except SandboxError as problem:
        return Finding(BROWSER, "warning", f"whether agents can have one was not found out: {problem}")
