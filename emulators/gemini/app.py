"""The routes: the Gemini API's own under `/v1beta`, beside the emulator's controls."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from emulators.gemini.answer import CHARACTERS_PER_TOKEN, Answer, as_array, as_server_sent
from emulators.gemini.conversation import SEARCH, Conversation, read_conversation, read_counting
from emulators.gemini.errors import ApiError, no_key, no_such_model, retry_in, wrong_key
from emulators.gemini.side_requests import is_side_request, side_answer
from emulators.plays.controls import Controls
from emulators.plays.performance import Performance, in_two
from emulators.plays.play import Flood, Play, Refuse, Usage
from emulators.plays.record import Request
from emulators.plays.stage import Cue, NotInPlay, call_id

# https://ai.google.dev/gemini-api/docs/files: a request with its files inline has at most 20 MB.
MAX_REQUEST_BYTES = 20 * 1024 * 1024
# What ListModels gives. Plays answer for any model of the family, as its names change often.
MODELS = {
    "gemini-3.1-pro-preview": "Gemini 3.1 Pro Preview",
    "gemini-3.8-flash": "Gemini 3.8 Flash",
    "gemini-3.1-flash-lite": "Gemini 3.1 Flash-Lite",
}
FAMILY = re.compile(r"gemini-[a-z0-9.-]+")
METHODS = ("generateContent", "streamGenerateContent", "countTokens")
# https://ai.google.dev/api/models#method:-models.list
MODELS_A_PAGE = 50
_MEBIBYTE = 1024 * 1024
_JSON = "application/json; charset=UTF-8"


class Emulator:
    """One emulated service with its key, its plays and its record."""

    def __init__(self, api_key: str, plays: tuple[Play, ...]) -> None:
        self._api_key = api_key
        self._controls = Controls(plays)

    def app(self) -> ASGIApp:
        """The ASGI application."""
        return Starlette(
            routes=[
                *self._controls.routes(),
                Route("/{path:path}", self._serve, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            ]
        )

    async def _serve(self, http: HttpRequest) -> Response | Performance:
        """Any request to the Gemini API itself: written down, checked, answered."""
        body = await http.body()
        query = "&".join(part for part in http.url.query.split("&") if not part.startswith("key="))
        request = self._controls.record.add(http.method, http.url.path, query, http.headers.items(), body)
        try:
            self._authenticate(http)
            if len(body) > MAX_REQUEST_BYTES:
                raise ApiError(413)
            return self._answer(http, body, request)
        except ApiError as error:
            request.status, request.outcome = error.status, "refused"
            shown: Any = error.body()
            # A stream that is one JSON array says its error in one too.
            if http.url.path.endswith(":streamGenerateContent") and http.query_params.get("alt") != "sse":
                shown = [shown]
            return Response(json.dumps(shown, indent=2), error.status, media_type=_JSON)

    def _authenticate(self, http: HttpRequest) -> None:
        """https://ai.google.dev/gemini-api/docs/api-key: a header, or `key` in the query."""
        given = http.headers.get("x-goog-api-key") or http.query_params.get("key")
        if given is None:
            raise no_key()
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise wrong_key()

    def _answer(self, http: HttpRequest, body: bytes, request: Request) -> Response | Performance:
        path = http.url.path
        if found := re.fullmatch(r"/v1(?:beta)?/models/([^/:]+):([A-Za-z]+)", path):
            model, method = found[1], found[2]
            if http.method != "POST" or method not in METHODS:
                raise ApiError(404)
            if not FAMILY.fullmatch(model):
                raise no_such_model(model, method)
            if method == "countTokens":
                request.status, request.outcome = 200, "answered"
                return JSONResponse({"totalTokens": _tokens(read_counting(model, body).whole_text())})
            return self._generate(http, read_conversation(model, body), request, stream=method == METHODS[1])
        if http.method == "GET" and (found := re.fullmatch(r"/v1(?:beta)?/models(?:/([^/:]+))?", path)):
            request.status, request.outcome = 200, "answered"
            if found[1] is None:
                return JSONResponse(_page(http.query_params.get("pageSize"), http.query_params.get("pageToken")))
            if found[1] in MODELS:
                return JSONResponse(_model(found[1]))
            raise no_such_model(found[1], "generateContent")
        raise ApiError(404)

    def _generate(self, http: HttpRequest, conversation: Conversation, request: Request, *, stream: bool) -> Performance:
        fault = None
        if is_side_request(conversation, http.headers.get("user-agent", "")):
            request.scene = "side"
            text = side_answer(conversation)
            answer = Answer(conversation.model, text, _estimated_usage(conversation, text), "end_turn")
        else:
            try:
                cue = self._controls.stage.cue(conversation)
            except NotInPlay as lost:
                raise ApiError(400, f"emulators.gemini: {lost}") from None
            request.scene = cue.name
            fault = cue.fault
            if isinstance(fault, Refuse):
                details = [retry_in(fault.retry_after)] if fault.retry_after is not None else []
                raise ApiError(fault.status, fault.message, details)
            answer = _answer_of(cue, conversation)
        request.usage = {name: getattr(answer.usage, name) for name in answer.usage.__struct_fields__}
        sse = http.query_params.get("alt") == "sse"
        if not stream:
            parts = iter(in_two(json.dumps(answer.message(), indent=2).encode()))
        else:
            parts = (as_server_sent(chunk) for chunk in answer.chunks()) if sse else as_array(answer.chunks())
        return Performance(
            parts,
            content_type="text/event-stream" if stream and sse else _JSON,
            fault=fault,
            headers={"server": "scaffolding on HTTPServer2"},
            request=request,
            released=self._controls.released,
        )


def _answer_of(cue: Cue, conversation: Conversation) -> Answer:
    if cue.scene.grounding is not None and SEARCH not in conversation.offered:
        raise ApiError(400, f"emulators.gemini: scene {cue.name} searches, and the client does not let it")
    flood = "~" * (cue.fault.mebibytes * _MEBIBYTE) if isinstance(cue.fault, Flood) else ""
    calls = tuple((call_id(cue, secrets.token_hex(6)), call.tool, call.input) for call in cue.calls)
    said = cue.say + "".join(str(call.input) for call in cue.calls)
    usage, most = cue.scene.usage or _estimated_usage(conversation, said), conversation.config.get("maxOutputTokens")
    if isinstance(most, int):
        usage = msgspec.structs.replace(usage, output=min(usage.output, most))
    return Answer(conversation.model, flood + cue.say, usage, cue.scene.stop or "end_turn", calls, cue.scene.grounding)


def _estimated_usage(conversation: Conversation, said: str) -> Usage:
    return Usage(input=_tokens(conversation.whole_text()), output=_tokens(said))


def _tokens(text: str) -> int:
    return max(1, len(text) // CHARACTERS_PER_TOKEN)


def _page(size: str | None, token: str | None) -> dict[str, Any]:
    """One page of ListModels; the token of the next is where it begins."""
    asked = int(size) if size and size.isdigit() else MODELS_A_PAGE
    start = int(token) if token and token.isdigit() else 0
    end = start + max(1, asked)
    more = {"nextPageToken": str(end)} if end < len(MODELS) else {}
    return {"models": [_model(model) for model in list(MODELS)[start:end]], **more}


def _model(model: str) -> dict[str, Any]:
    return {
        "name": f"models/{model}",
        "version": "001",
        "displayName": MODELS[model],
        "description": f"{MODELS[model]}, emulated",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
    }
