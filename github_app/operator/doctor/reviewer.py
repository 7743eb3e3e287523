"""The second review of plans: does Gemini's server take the key, and have the model? Asking that costs nothing."""

from __future__ import annotations

from urllib.parse import quote

import httpx

from github_app.operator.doctor.finding import Finding
from github_app.operator.doctor.model import ANSWER_SECONDS, Answer
from github_app.settings.operator import Settings
from sandbox.secret import Secret

SUBJECT = "second review"


async def reviewer_finding(settings: Settings) -> Finding:
    key = settings.gemini_api_key
    if key is None and settings.anthropic_api_key is None:
        detail = "plans are not reviewed: there is a key for neither Gemini nor a second Claude model"
        return Finding(SUBJECT, "warning", detail, "set GEMINI_API_KEY")
    if key is None:
        return Finding(SUBJECT, "ok", "GEMINI_API_KEY is not set: a second Claude model reviews plans")
    return await gemini_finding(settings, key, SUBJECT)


async def gemini_finding(settings: Settings, key: Secret, subject: str) -> Finding:
    """Whether Gemini's server takes the key, and has the model."""
    model = settings.review_model
    try:
        async with httpx.AsyncClient(base_url=settings.gemini_base_url, timeout=ANSWER_SECONDS) as client:
            # https://ai.google.dev/api/models#method:-models.get
            path = f"/v1beta/models/{quote(model, safe='')}"
            answer = Answer.of(await client.get(path, headers={"x-goog-api-key": key.reveal()}))
    except httpx.HTTPError as problem:
        detail = f"Gemini was not reached ({type(problem).__name__})"
        return Finding(subject, "missing", detail, f"is {settings.gemini_base_url} reachable from here?")
    if answer.status == 200:
        return Finding(subject, "ok", f"{settings.gemini_base_url} takes the key and has {model}")
    said = f": {answer.said}" if answer.said else ""
    if answer.status == 404:
        return Finding(subject, "missing", f"{model} does not exist ({answer.status}{said})", "correct HARVEST_REVIEW_MODEL")
    if answer.status in (400, 401, 403):
        return Finding(subject, "missing", f"the key was refused ({answer.status}{said})", "set a valid GEMINI_API_KEY")
    return Finding(subject, "warning", f"it is not available now ({answer.status}{said})", "try again later")
