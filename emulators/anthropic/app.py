"""The routes: Anthropic's own under `/v1`, beside the emulator's controls."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from emulators.anthropic.answer import CHARACTERS_PER_TOKEN, Answer, as_server_sent
from emulators.anthropic.conversation import Conversation, read_conversation
from emulators.anthropic.errors import ApiError
from emulators.anthropic.side_requests import is_side_request, side_answer
from emulators.plays.controls import Controls
from emulators.plays.performance import Performance, in_two
from emulators.plays.play import Flood, Play, Refuse, Usage
from emulators.plays.record import Request
from emulators.plays.stage import Cue, NotInPlay, call_id

# Anthropic's limit for one request: https://docs.claude.com/en/api/errors#request-size-limits
MAX_REQUEST_BYTES = 32 * 1024 * 1024
# What `/v1/models` lists. Plays answer for any model of Claude's families, as the CLI's names for them change often.
MODELS = {
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "claude-haiku-5-5": "Claude Haiku 5.5",
}
FAMILIES = frozenset({"opus", "sonnet", "haiku", "fable", "mythos"})
_MEBIBYTE = 1024 * 1024


class Emulator:
    """One emulated service with its key, its plays and its record."""

    def __init__(self, api_key: str, plays: tuple[Play, ...]) -> None:
        self._api_key = api_key
        self._controls = Controls(plays)

    def app(self) -> ASGIApp:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/messages", self._serve, methods=["POST"]),
                Route("/v1/messages/count_tokens", self._serve, methods=["POST"]),
                Route("/v1/models", self._serve, methods=["GET"]),
                Route("/v1/models/{model}", self._serve, methods=["GET"]),
                *self._controls.routes(),
                Route("/{path:path}", self._serve, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            ]
        )

    async def _serve(self, http: HttpRequest) -> Response | Performance:
        """Any request to Anthropic itself: written down, checked, answered."""
        body = await http.body()
        request = self._controls.record.add(http.method, http.url.path, http.url.query, http.headers.items(), body)
        request_id = f"req_{secrets.token_hex(12)}"
        headers = {"request-id": request_id, "anthropic-organization-id": "00000000-0000-4000-8000-000000000000"}
        try:
            self._authenticate(http)
            if len(body) > MAX_REQUEST_BYTES:
                raise ApiError(413)
            return self._answer(http, body, request, headers)
        except ApiError as error:
            request.status, request.outcome = error.status, "refused"
            if error.retry_after is not None:
                headers["retry-after"] = str(error.retry_after)
            return JSONResponse(error.body(request_id), error.status, headers)

    def _authenticate(self, http: HttpRequest) -> None:
        authorization = http.headers.get("authorization")
        if (key := http.headers.get("x-api-key")) is not None:
            given, sentence = key, "invalid x-api-key"
        elif authorization is not None:
            given, sentence = authorization.removeprefix("Bearer "), "Invalid bearer token"
        else:
            raise ApiError(401, "x-api-key header is required")
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise ApiError(401, sentence)

    def _answer(self, http: HttpRequest, body: bytes, request: Request, headers: dict[str, str]) -> Response | Performance:
        endpoint = (http.method, http.url.path)
        if endpoint == ("POST", "/v1/messages"):
            return self._message(http, read_conversation(body), request, headers)
        request.status, request.outcome = 200, "answered"
        if endpoint == ("POST", "/v1/messages/count_tokens"):
            conversation = read_conversation(body, counting=True)
            return JSONResponse({"input_tokens": _tokens(conversation.whole_text())}, headers=headers)
        if http.method == "GET" and http.url.path == "/v1/models":
            models = [_model(model) for model in MODELS]
            shown = {"data": models, "has_more": False, "first_id": models[0]["id"], "last_id": models[-1]["id"]}
            return JSONResponse(shown, headers=headers)
        if http.method == "GET" and http.path_params.get("model") in MODELS:
            return JSONResponse(_model(http.path_params["model"]), headers=headers)
        raise ApiError(404)

    def _message(
        self, http: HttpRequest, conversation: Conversation, request: Request, headers: dict[str, str]
    ) -> Performance:
        if not FAMILIES.intersection(conversation.model.split("-")):
            raise ApiError(404, f"model: {conversation.model}")
        if is_side_request(conversation, http.headers.get("x-app")):
            request.scene = "side"
            text = side_answer(conversation)
            answer = Answer(conversation.model, text, _estimated_usage(conversation, text), "end_turn")
            fault = None
        else:
            try:
                cue = self._controls.stage.cue(conversation)
            except NotInPlay as lost:
                raise ApiError(400, f"emulators.anthropic: {lost}") from None
            request.scene = cue.name
            fault = cue.fault
            if isinstance(fault, Refuse):
                raise ApiError(fault.status, fault.message, retry_after=fault.retry_after)
            answer = _answer_of(cue, conversation)
        request.usage = {name: getattr(answer.usage, name) for name in answer.usage.__struct_fields__}
        kind = "text/event-stream; charset=utf-8" if conversation.stream else "application/json"
        return Performance(
            _parts_of(answer, stream=conversation.stream),
            content_type=kind,
            fault=fault,
            headers=headers,
            request=request,
            released=self._controls.released,
        )


def _no_more_than(max_tokens: int | None, usage: Usage) -> Usage:
    """A model stops at `max_tokens`, whatever it still had to say."""
    return msgspec.structs.replace(usage, output=min(usage.output, max_tokens or usage.output))


def _answer_of(cue: Cue, conversation: Conversation) -> Answer:
    flood = "~" * (cue.fault.mebibytes * _MEBIBYTE) if isinstance(cue.fault, Flood) else ""
    calls = tuple((call_id(cue, secrets.token_hex(6)), call.tool, call.input) for call in cue.calls)
    said = cue.say + "".join(str(call.input) for call in cue.calls)
    return Answer(
        model=conversation.model,
        text=flood + cue.say,
        usage=_no_more_than(conversation.max_tokens, cue.scene.usage or _estimated_usage(conversation, said)),
        stop_reason=cue.scene.stop or ("tool_use" if calls else "end_turn"),
        calls=calls,
    )


def _parts_of(answer: Answer, *, stream: bool) -> Iterable[bytes]:
    if stream:
        return (as_server_sent(event) for event in answer.events())
    return in_two(json.dumps(answer.message()).encode())


def _estimated_usage(conversation: Conversation, said: str) -> Usage:
    return Usage(input=_tokens(conversation.whole_text()), output=_tokens(said))


def _tokens(text: str) -> int:
    return max(1, len(text) // CHARACTERS_PER_TOKEN)


def _model(model: str) -> dict[str, str]:
    return {"type": "model", "id": model, "display_name": MODELS[model], "created_at": "2026-01-01T00:00:00Z"}
