"""Google's own SDK, `google-genai`, against the emulated Gemini."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google import genai
from google.genai import errors, types

from tests.gemini_service import GeminiService

MODEL = "gemini-3.1-pro-preview"
PLAY = """
title = "Talk"
[[acts]]
name = "talk"
prompt = "hello"
[[acts.scenes]]
name = "answer"
say = "Hello, whoever you are, and welcome to a place where sentences come in pieces."
usage = { input = 11, output = 22, cache_read = 33 }

[[acts]]
name = "weather"
prompt = "weather"
[[acts.scenes]]
name = "look"
calls = [{ tool = "look_outside", input = { place = "Leiden" } }]
[[acts.scenes]]
name = "rain"
when = { last_result = "wet" }
say = "It rains."
[[acts.scenes]]
name = "dry"
say = "It is dry."

[[acts]]
name = "news"
prompt = "news"
[[acts.scenes]]
name = "found"
say = "Version 3 – out today."
usage = { input = 11, output = 22 }
grounding = { queries = ["timespan 3", ""], pages = [{ title = "example.com", uri = "https://example.com/3" }], tokens = 50 }

[[acts]]
name = "busy"
prompt = "busy"
[[acts.scenes]]
name = "refused"
say = "At last."
fault = { kind = "refuse", status = 429, retry_after = 34 }
"""


@pytest.fixture
def sdk(gemini: GeminiService) -> Iterator[genai.Client]:
    gemini.play(PLAY)
    with genai.Client(api_key=gemini.api_key, http_options=types.HttpOptions(base_url=gemini.url)) as client:
        yield client


def test_an_answer_tells_what_it_used(sdk: genai.Client, gemini: GeminiService) -> None:
    asked = types.GenerateContentConfig(
        system_instruction="Be brief.",
        response_mime_type="application/json",
        response_json_schema={"type": "object"},
        max_output_tokens=500,
    )
    answer = sdk.models.generate_content(model=MODEL, contents="say hello", config=asked)

    assert answer.text is not None
    assert answer.text.startswith("Hello, whoever you are")
    used = answer.usage_metadata
    assert used is not None
    assert (used.prompt_token_count, used.cached_content_token_count) == (44, 33), "the cache is part of the prompt"
    assert (used.candidates_token_count, used.total_token_count) == (22, 66)
    (request,) = gemini.requests()
    assert request["body"]["generationConfig"]["maxOutputTokens"] == 500
    assert gemini.api_key not in str(request), "the record can be shown"


def test_a_stream_gives_the_same_in_pieces(sdk: genai.Client) -> None:
    chunks = list(sdk.models.generate_content_stream(model=MODEL, contents="say hello"))

    whole = sdk.models.generate_content(model=MODEL, contents="say hello").text
    assert "".join(chunk.text or "" for chunk in chunks) == whole
    assert len(chunks) > 1
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks if chunk.candidates]
    assert reasons == [*[None] * (len(chunks) - 1), types.FinishReason.STOP]


def test_the_sdk_calls_a_function_and_the_play_goes_on(sdk: genai.Client, gemini: GeminiService) -> None:
    def look_outside(place: str) -> str:
        """How it looks outside."""
        return f"wet in {place}"

    with_it = types.GenerateContentConfig(tools=[look_outside])
    answer = sdk.models.generate_content(model=MODEL, contents="how is the weather?", config=with_it)

    assert answer.text == "It rains."
    assert gemini.scenes() == ["weather/look", "weather/rain"]


def test_an_answer_from_the_web_tells_where_it_is_from(sdk: genai.Client) -> None:
    searching = types.GenerateContentConfig(tools=[types.Tool(google_search=types.GoogleSearch())])
    answer = sdk.models.generate_content(model=MODEL, contents="any news?", config=searching)
    chunks = list(sdk.models.generate_content_stream(model=MODEL, contents="any news?", config=searching))

    for said in (answer, chunks[-1]):
        assert said.candidates is not None
        found = said.candidates[0].grounding_metadata
        assert found is not None
        assert found.web_search_queries == ["timespan 3", ""]
        assert [(one.web.title, one.web.uri) for one in found.grounding_chunks or [] if one.web] == [
            ("example.com", "https://example.com/3")
        ]
        (support,) = found.grounding_supports or []
        assert support.segment is not None
        assert (support.segment.start_index, support.segment.end_index) == (None, 24), "bytes are counted"
        assert support.grounding_chunk_indices == [0]
    used = answer.usage_metadata
    assert used is not None
    assert (used.prompt_token_count, used.tool_use_prompt_token_count, used.total_token_count) == (11, 50, 83)
    with pytest.raises(errors.ClientError, match="the client does not let it"):
        sdk.models.generate_content(model=MODEL, contents="any news?")


def test_models_are_listed_page_by_page_and_tokens_counted(sdk: genai.Client) -> None:
    listed = [model.name for model in sdk.models.list(config=types.ListModelsConfig(page_size=2))]

    assert f"models/{MODEL}" in listed
    assert len(listed) == len(set(listed)) > 2
    assert sdk.models.get(model=MODEL).input_token_limit == 1_048_576
    assert (sdk.models.count_tokens(model=MODEL, contents="x" * 400).total_tokens or 0) >= 100


def test_the_sdk_understands_how_it_is_refused(sdk: genai.Client, gemini: GeminiService) -> None:
    with pytest.raises(errors.ClientError) as no_model:
        sdk.models.generate_content(model="claude-sonnet-5-5", contents="hello")
    assert (no_model.value.code, no_model.value.status) == (404, "NOT_FOUND")
    with pytest.raises(errors.ClientError) as busy:
        sdk.models.generate_content(model=MODEL, contents="are you busy?")
    assert (busy.value.code, busy.value.status) == (429, "RESOURCE_EXHAUSTED")
    assert sdk.models.generate_content(model=MODEL, contents="are you busy?").text == "At last."
    with (
        genai.Client(api_key="made-up", http_options=types.HttpOptions(base_url=gemini.url)) as stranger,
        pytest.raises(errors.ClientError) as no_key,
    ):
        stranger.models.generate_content(model=MODEL, contents="hello")
    assert (no_key.value.code, no_key.value.message) == (400, "API key not valid. Please pass a valid API key.")
