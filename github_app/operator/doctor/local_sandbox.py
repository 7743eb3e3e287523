"""Sandboxes on this machine: by which CLI, how isolated, and what do they reach?"""

from __future__ import annotations

import asyncio

from github_app.operator.doctor.egress import egress_finding, policy_of
from github_app.operator.doctor.finding import Finding, Verdict
from github_app.operator.doctor.programs import claude_finding
from github_app.service.backends import open_backend
from github_app.settings.operator import Settings, SettingsError
from sandbox.local import LocalBackend
from sandbox.local.isolation import NOTHING_BETWEEN


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
    return [*found, egress_finding(policy_of(settings, backend), limited=backend.limits_egress)]
