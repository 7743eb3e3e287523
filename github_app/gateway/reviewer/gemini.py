"""Asking Gemini, by Google's own SDK, which is imported here alone and only when it is needed.

https://ai.google.dev/gemini-api/docs/structured-output, https://googleapis.github.io/python-genai/
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from github_app.gateway.model.prices import MOST_TOKENS, Tokens
from github_app.gateway.reviewer.asked_model import ANSWER_SECONDS, TRIES, Answer, NoAnswer
from github_app.gateway.reviewer.question import MAX_ANSWER_TOKENS, RULES, SCHEMA
from sandbox.secret import Secret

if TYPE_CHECKING:
    from google import genai
    from google.genai import types

FIRST_WAIT_SECONDS = 1.0


async def ask_gemini(question: str, *, model: str, key: Secret, base_url: str) -> Answer:
    """Raises NoAnswer."""
    # Reading the SDK takes a second, and certificates a tenth of one.
    client = await asyncio.to_thread(_client, key, base_url)
    from google.genai import errors, types

    config = types.GenerateContentConfig(
        system_instruction=RULES,
        response_mime_type="application/json",
        response_json_schema=SCHEMA,
        max_output_tokens=MAX_ANSWER_TOKENS,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    try:
        answer = await client.aio.models.generate_content(model=model, contents=question, config=config)
    except errors.APIError as problem:
        raise NoAnswer(f"{problem.code} {problem.status or ''}: {problem.message or ''}") from problem
    except Exception as problem:  # of whatever HTTP library the SDK stands on
        raise NoAnswer(f"not reached ({type(problem).__name__})", paid="Connect" not in type(problem).__name__) from problem
    finally:
        await client.aio.aclose()
    return Answer(_text_of(answer), _tokens_of(answer.usage_metadata))


def _client(key: Secret, base_url: str) -> genai.Client:
    from google import genai
    from google.genai import types

    retry = types.HttpRetryOptions(attempts=TRIES, initial_delay=FIRST_WAIT_SECONDS)
    options = types.HttpOptions(
        base_url=base_url, api_version="v1beta", timeout=round(ANSWER_SECONDS * 1000), retry_options=retry
    )
    return genai.Client(api_key=key.reveal(), http_options=options)


def _text_of(answer: types.GenerateContentResponse) -> str:
    """The first candidate's words, without its thoughts; nothing where the answer was held back."""
    contents = [candidate.content for candidate in (answer.candidates or [])[:1] if candidate.content is not None]
    parts = [part for content in contents for part in content.parts or []]
    return "".join(part.text for part in parts if part.text and not part.thought)


def _tokens_of(used: types.GenerateContentResponseUsageMetadata | None) -> Tokens | None:
    """The prompt counts what was read from the cache, and thinking is paid as output:
    https://ai.google.dev/gemini-api/docs/thinking#pricing. None where that can't be: it would fill a budget anew."""
    if used is None or used.prompt_token_count is None:
        return None
    cached, said, thought = (
        count or 0 for count in (used.cached_content_token_count, used.candidates_token_count, used.thoughts_token_count)
    )
    if not all(0 <= count <= MOST_TOKENS for count in (used.prompt_token_count, cached, said, thought)):
        return None
    return Tokens(input=max(0, used.prompt_token_count - cached), output=said + thought, cache_read=cached)
