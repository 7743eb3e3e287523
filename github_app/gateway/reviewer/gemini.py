"""Asking Gemini, by Google's own SDK, which is imported here alone and only when it is needed.

https://ai.google.dev/gemini-api/docs/structured-output, https://ai.google.dev/gemini-api/docs/google-search,
https://googleapis.github.io/python-genai/
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from github_app.gateway.loading import loading
from github_app.gateway.model.admission import Admitted
from github_app.gateway.model.prices import MOST_TOKENS, Tokens
from github_app.gateway.reviewer.asked_model import ANSWER_SECONDS, TRIES, Answer, NoAnswer, Source
from github_app.gateway.reviewer.question import MAX_ANSWER_TOKENS
from sandbox.secret import Secret

if TYPE_CHECKING:
    from google import genai
    from google.genai import types

FIRST_WAIT_SECONDS = 1.0
# Nobody can tell the API how often it may search for an answer; so many are reckoned with, and what it did is what counts.
LIKELY_SEARCHES = 10


@dataclass(frozen=True)
class Question:
    """`rules` are what the model is told beside the question itself. Its answer is JSON of that `schema`, or text where there
    is none; then it may search the web, where `searches` says so."""

    text: str
    rules: str
    schema: Mapping[str, Any] | None = None
    searches: bool = False

    def admitted(self, model: str) -> Admitted:
        """What it may take. A token has at least one byte."""
        prompt_tokens = len((self.rules + self.text).encode())
        return Admitted(model, MAX_ANSWER_TOKENS, prompt_tokens, b"", searches=LIKELY_SEARCHES if self.searches else 0)


async def ask_gemini(question: Question, *, model: str, key: Secret, base_url: str) -> Answer:
    """Raises NoAnswer."""
    # Reading the SDK takes a second, and certificates a tenth of one.
    client = await asyncio.to_thread(_client, key, base_url)
    from google.genai import errors, types

    config = types.GenerateContentConfig(
        system_instruction=question.rules,
        response_mime_type="application/json" if question.schema is not None else None,
        response_json_schema=question.schema,
        max_output_tokens=MAX_ANSWER_TOKENS,
        tools=[types.Tool(google_search=types.GoogleSearch())] if question.searches else None,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    try:
        answer = await client.aio.models.generate_content(model=model, contents=question.text, config=config)
    except errors.APIError as problem:
        raise NoAnswer(f"{problem.code} {problem.status or ''}: {problem.message or ''}") from problem
    except Exception as problem:  # of whatever HTTP library the SDK stands on
        raise NoAnswer(f"not reached ({type(problem).__name__})", paid="Connect" not in type(problem).__name__) from problem
    finally:
        await client.aio.aclose()
    queries, sources = _found(answer)
    return Answer(_text_of(answer), _tokens_of(answer.usage_metadata, len(set(queries))), sources, queries)


def _client(key: Secret, base_url: str) -> genai.Client:
    with loading():  # it reads the tool protocol's SDK too
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


def _found(answer: types.GenerateContentResponse) -> tuple[tuple[str, ...], tuple[Source, ...]]:
    """What was asked of Google Search, without the empty queries that nobody pays for, and the pages that the answer rests on.
    https://ai.google.dev/api/generate-content#GroundingMetadata"""
    grounding = answer.candidates[0].grounding_metadata if answer.candidates else None
    if grounding is None:
        return (), ()
    queries = tuple(query for query in grounding.web_search_queries or [] if query.strip())
    pages = [chunk.web for chunk in grounding.grounding_chunks or [] if chunk.web is not None]
    return queries, tuple(Source(page.title or "", page.uri) for page in pages if page.uri)


def _tokens_of(used: types.GenerateContentResponseUsageMetadata | None, searches: int) -> Tokens | None:
    """The prompt counts what was read from the cache, and thinking is paid as output:
    https://ai.google.dev/gemini-api/docs/thinking#pricing. What searches brought counts as read. None where that can't be: it
    would fill a budget anew."""
    if used is None or used.prompt_token_count is None:
        return None
    asked = used.prompt_token_count
    cached, found, said, thought = (
        count or 0
        for count in (
            used.cached_content_token_count,
            used.tool_use_prompt_token_count,
            used.candidates_token_count,
            used.thoughts_token_count,
        )
    )
    if not all(0 <= count <= MOST_TOKENS for count in (asked, cached, found, said, thought)):
        return None
    return Tokens(input=max(0, asked - cached) + found, output=said + thought, cache_read=cached, searches=searches)
