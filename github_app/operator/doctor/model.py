"""The model: does its server take the key, and answer for the model that jobs use? The one token costs next to nothing."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

import httpx

from github_app.gateway.model.admission import is_allowed
from github_app.operator.doctor.finding import Finding
from github_app.settings.operator import Settings
from sandbox.model_name import ALIASES, family_of, plain_name

ANSWER_SECONDS = 15.0
MAX_SAID_CHARACTERS = 200


async def model_finding(settings: Settings) -> Finding:
    key = settings.anthropic_api_key
    if settings.modal_model_secret is not None:
        told = f"the key is in Modal's secret {settings.modal_model_secret}, so it was not tried; jobs use {settings.model}"
        return Finding("model", "ok", told)
    if key is None and settings.agent_holds_key and settings.claude_code_oauth_token is not None:
        return Finding("model", "ok", f"CLAUDE_CODE_OAUTH_TOKEN is for the CLI alone, not tried; jobs use {settings.model}")
    if key is None:
        return Finding("model", "missing", "no ANTHROPIC_API_KEY to try", "set it; see docs/settings.md")
    headers = {"x-api-key": key.reveal(), "anthropic-version": "2023-06-01"}
    try:
        async with httpx.AsyncClient(base_url=settings.anthropic_base_url, headers=headers, timeout=ANSWER_SECONDS) as client:
            listing = await client.get("/v1/models?limit=100")
            if listing.status_code in (401, 403):
                return refused(Answer.of(listing), settings.model)
            # A server that is not Anthropic's own may have no list; it may have the model all the same.
            known = ids_in(listing)
            tried = [id_to_try(name, known) for name in names_to_try(settings.model)]
            for model in tried:
                if settings.model_access == "gateway" and not is_allowed(model, settings.models):
                    advice = "add it to HARVEST_MODELS, or choose another HARVEST_MODEL" + perhaps(settings.model, known)
                    return Finding("model", "missing", f"HARVEST_MODELS does not allow {model}, which jobs use", advice)
                body = {"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": "Hello"}]}
                answer = Answer.of(await client.post("/v1/messages", json=body))
                if answer.status != 200:
                    return refused(answer, model, known)
    except httpx.HTTPError as problem:
        advice = f"is {settings.anthropic_base_url} reachable from here?"
        return Finding("model", "missing", f"not reached ({type(problem).__name__})", advice)
    asked = "" if tried == [settings.model] else f" ({settings.model})"
    return Finding("model", "ok", f"{settings.anthropic_base_url} takes the key and answers as {' and '.join(tried)}{asked}")


@dataclass(frozen=True)
class Answer:
    """What the API said: its status, and the message of its error."""

    status: int
    said: str

    @classmethod
    def of(cls, response: httpx.Response) -> Answer:
        try:
            document: Any = response.json()
            said = str(document["error"]["message"])
        except (ValueError, KeyError, TypeError):
            said = ""
        return cls(response.status_code, " ".join(said.split())[:MAX_SAID_CHARACTERS])


def refused(answer: Answer, model: str, known: tuple[str, ...] = ()) -> Finding:
    """Each cause has its own line, as it has in the thread (sandbox/model_failure.py)."""
    status, said = answer.status, f": {answer.said}" if answer.said else ""
    if "credit balance" in answer.said.lower() or status == 402:
        return Finding("model", "missing", f"the account is out of credit ({status}{said})", "add credit to the key's account")
    if status in (401, 403):
        return Finding("model", "missing", f"the key was refused ({status}{said})", "set a valid ANTHROPIC_API_KEY")
    if status == 404:
        detail = f"{model} does not exist, or the key may not use it ({status}{said})"
        return Finding("model", "missing", detail, f"correct HARVEST_MODEL{perhaps(model, known)}")
    if status == 429 or status >= 500:
        what = "the rate limit is reached" if status == 429 else "it is not available now"
        return Finding("model", "warning", f"{what} ({status}{said})", "try again later")
    return Finding(
        "model", "warning", f"{model} refused a one-token request ({status}{said})", "is HARVEST_MODEL what you meant?"
    )


def names_to_try(model: str) -> tuple[str, ...]:
    """What the CLI may make of the setting: a full id stays as it is, an alias stands for the newest of a family or two."""
    name = plain_name(model)
    if name in ("best", "default"):
        return ("opus",)
    return ALIASES.get(name, (name,))


def id_to_try(name: str, known: tuple[str, ...]) -> str:
    """The newest known model of the family that `name` is; any other name as it is."""
    return next((model for model in known if family_of(model) == name), name)


def ids_in(listing: httpx.Response) -> tuple[str, ...]:
    """The ids that the API lists, newest first: https://docs.claude.com/en/api/models-list"""
    try:
        return tuple(str(model["id"]) for model in listing.json()["data"])
    except (ValueError, KeyError, TypeError):
        return ()


def perhaps(model: str, known: tuple[str, ...]) -> str:
    """A suggestion for a name that may be misspelt."""
    close = difflib.get_close_matches(plain_name(model), [*ALIASES, *known], n=1)
    return f": did you mean {close[0]}?" if close and close[0] != plain_name(model) else ""
