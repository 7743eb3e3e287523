"""The model: does its server take the key? Lists models, which costs nothing."""

from __future__ import annotations

import httpx

from github_app.checkup.finding import Finding
from github_app.settings import Settings

ANSWER_SECONDS = 20.0


async def model_finding(settings: Settings) -> Finding:
    key = settings.anthropic_api_key
    if settings.modal_model_secret is not None:
        told = f"the key is in Modal's secret {settings.modal_model_secret}, so it was not tried; jobs use {settings.model}"
        return Finding("model", "ok", told)
    if key is None:
        return Finding("model", "missing", "no ANTHROPIC_API_KEY to try", "set it; see docs/settings.md")
    headers = {"x-api-key": key.reveal(), "anthropic-version": "2023-06-01"}
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            answer = await client.get(f"{settings.anthropic_base_url}/v1/models?limit=1", headers=headers)
    except httpx.HTTPError as problem:
        advice = f"is {settings.anthropic_base_url} reachable from here?"
        return Finding("model", "missing", f"not reached ({type(problem).__name__})", advice)
    if answer.status_code in (401, 403):
        return Finding("model", "missing", f"the key was refused ({answer.status_code})", "set a valid ANTHROPIC_API_KEY")
    if answer.status_code >= 400:
        return Finding("model", "warning", f"{settings.anthropic_base_url} answered {answer.status_code}", "try again later")
    return Finding("model", "ok", f"{settings.anthropic_base_url} takes the key; jobs use {settings.model}")
