"""Asking a second Claude model, by Anthropic's Messages API.

The answer is the input of the one tool that the model has to call: https://docs.claude.com/en/docs/agents-and-tools/tool-use
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from github_app.gateway.model.app import trusted
from github_app.gateway.model.meter import meter_for
from github_app.gateway.reviewer.asked_model import ANSWER_SECONDS, TRIES, Answer, NoAnswer
from github_app.gateway.reviewer.question import MAX_ANSWER_TOKENS, RULES, SCHEMA
from sandbox.model_name import family_of
from sandbox.secret import Secret

TOOL = {"name": "give_findings", "description": "Give the findings of your review.", "input_schema": SCHEMA}

# Another model than the planner's sees what that one does not; the strongest first.
FAMILIES = ("opus", "sonnet")

BUSY = frozenset({429, 500, 502, 503, 529})
FIRST_WAIT_SECONDS = 1.0
# An answer of this size is some ten times what was asked for.
MAX_ANSWER_BYTES = 1024 * 1024


async def second_model(planner: str, may_use: Callable[[str], bool], *, key: Secret, base_url: str) -> str:
    """The id of the newest model of a family that the planner's is not of, among those that may be used. Raises NoAnswer.

    https://docs.claude.com/en/api/models-list: newest first
    """
    async with await _client(key, base_url) as client:
        listed = await _request(client, "GET", "/v1/models?limit=100")
    try:
        ids = [str(model["id"]) for model in json.loads(listed)["data"]]
    except (ValueError, KeyError, TypeError):
        raise NoAnswer("the list of its models can't be read") from None
    others = [family for family in FAMILIES if family != family_of(planner)]
    found = [model for family in others for model in ids if family_of(model) == family and may_use(model)]
    if not found:
        raise NoAnswer(f"there is no other Claude model that may be used than the planner's ({planner})")
    return found[0]


async def ask_claude(question: str, *, model: str, key: Secret, base_url: str) -> Answer:
    """Raises NoAnswer."""
    body = {
        "model": model,
        "max_tokens": MAX_ANSWER_TOKENS,
        "system": RULES,
        "messages": [{"role": "user", "content": question}],
        "tools": [TOOL],
        "tool_choice": {"type": "tool", "name": TOOL["name"]},
    }
    async with await _client(key, base_url) as client:
        said = await _request(client, "POST", "/v1/messages", body)
    meter = meter_for("application/json")
    meter.feed(said)
    try:
        blocks = json.loads(said)["content"]
        given = [block["input"] for block in blocks if block["type"] == "tool_use"]
    except (ValueError, KeyError, TypeError):
        given = []
    return Answer(json.dumps(given[0]) if given else "", meter.tokens())


async def _client(key: Secret, base_url: str) -> httpx.AsyncClient:
    headers = {"x-api-key": key.reveal(), "anthropic-version": "2023-06-01"}
    verify = await asyncio.to_thread(trusted)
    return httpx.AsyncClient(base_url=base_url, headers=headers, timeout=ANSWER_SECONDS, verify=verify)


async def _request(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
    """The body of the answer."""
    for attempt in range(1, TRIES + 1):
        try:
            async with client.stream(method, path, json=body) as response:
                said = b""
                async for chunk in response.aiter_bytes():
                    said += chunk
                    if len(said) > MAX_ANSWER_BYTES:
                        raise NoAnswer("its answer has no end", paid=True)
        except httpx.HTTPError as problem:
            paid = not isinstance(problem, httpx.ConnectError | httpx.ConnectTimeout)
            raise NoAnswer(f"not reached ({type(problem).__name__})", paid=paid) from problem
        if response.status_code == 200:
            return said
        if response.status_code not in BUSY or attempt == TRIES:
            raise NoAnswer(f"{response.status_code}: {_message_in(said)}")
        await asyncio.sleep(FIRST_WAIT_SECONDS * 2 ** (attempt - 1))
    raise AssertionError  # the last attempt returned or raised


def _message_in(said: bytes) -> str:
    try:
        return str(json.loads(said)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"
