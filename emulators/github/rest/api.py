"""One request to the REST API, from the path to the answer: found, authenticated, allowed, checked, handled, checked again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulators.github.access import only_because_public, require
from emulators.github.allowances import Resource
from emulators.github.credentials import actor_of
from emulators.github.errors import Moved, Refused, bad_credentials, forbidden, not_found, requires_authentication
from emulators.github.rest.asked import Asked
from emulators.github.rest.known_routes import KnownRoutes
from emulators.github.rest.media_types import form_of, written_as
from emulators.github.rest.meta import SUPPORTED_VERSIONS
from emulators.github.rest.renamed import by_name, tell_if_moved
from emulators.github.rest.routing import Answer, Call, Route, find
from emulators.github.rest.subjects import ROUTES
from emulators.github.service import GitHub
from emulators.github.tokens import Actor, Anonymous, AppItself, InstallationToken

# GitHub's own cap on what an API request may carry.
MAX_BODY_BYTES = 25 * 1024 * 1024


class RestApi:
    """The ASGI app behind the API's root."""

    def __init__(self, github: GitHub, prefix: str) -> None:
        self._github = github
        self._prefix = prefix
        self._known = KnownRoutes(github.description.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = by_name(self._github, scope["raw_path"].decode("ascii", "replace").removeprefix(self._prefix))
        found = self._find(request.method, path)
        state = scope["state"]
        state["route"] = found[0].template if found else path
        actor: Actor = Anonymous()
        try:
            _check_headers(request)
            actor = actor_of(self._github.tokens, request.headers.get("authorization"))
            state["actor"] = actor.name
            if isinstance(actor, InstallationToken):
                state["permissions"] = actor.permissions
            tell_if_moved(self._github, actor, request.method, path, request.url.query)
            if found is None:
                named = self._known.instead_of(None, request.method, path)
                problem = f"GitHub's {named} is not emulated" if named else "GitHub has no such route"
                self._github.violations.record("unknown-route", f"{request.method} {path}", [problem])
                raise not_found()
            self._hold_to_limits(actor, found[0])
            answer = await self._handle(request, *found, actor)
        except Moved as moved:
            # The description leaves out most of GitHub's redirects.
            found, answer = None, Answer(moved.status, moved.body(), moved.headers)
        except Refused as refused:
            answer = Answer(refused.status, refused.body(), refused.headers)
        if found:
            self._check_answer(found[0], answer)
            answer = self._in_form(request, found[0], answer)
        etag = _etag(answer) if request.method == "GET" and answer.status == 200 else None
        unchanged = etag is not None and request.headers.get("if-none-match") == etag
        if unchanged:
            answer = Answer(304, None, answer.headers)
        resource: Resource = found[0].resource if found else "core"
        free = (unchanged and not isinstance(actor, Anonymous)) or state["route"] == "/rate_limit"
        if not free:
            self._github.rates.allowances.use(actor, resource)
        limits = self._github.rates.allowances.headers(actor, resource)
        await self._response(request, answer, limits, etag)(scope, receive, send)

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        found = find(ROUTES, method, path)
        slashes = found is not None and len(path.split("/")) > len(found[0].template.split("/"))
        return None if found and slashes and self._known.instead_of(found[0], method, path) else found

    def _hold_to_limits(self, actor: Actor, route: Route) -> None:
        if route.template == "/rate_limit":
            return
        excess = self._github.rates.admit(actor, route.resource, writes=route.writes)
        if excess is None:
            return
        if excess.limit:
            self._github.violations.record("rate-limit", route.name, [f"more than {excess.limit}"])
        raise Refused(403, excess.message, headers=excess.headers, documentation_url=excess.url)

    async def _handle(self, request: Request, route: Route, parameters: dict[str, str], actor: Actor) -> Answer:
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        url = f"{self._github.at.api}{request.url.path.removeprefix(self._prefix)}"
        call = Call(self._github, actor, url, parameters, Asked(query), None)
        self._admit(request, route, call)
        call.form = form_of(request.headers.get("accept", ""))
        call.body = await _json_body(request)
        typed, problems = self._github.description.check_request(route.name, query, call.body)
        call.query = Asked(typed)
        if problems:
            self._github.violations.record("request", route.name, [f"{one.field}: {one.message}" for one in problems])
            refusals = [one for one in problems if one.refused]
            if refusals:
                raise Refused(422, f"Invalid request.\n\n{refusals[0].field}: {refusals[0].message}")
        if isinstance(call.body, dict):
            call.body = Asked(call.body)
        answer = await route.handler(call)
        ignored = {one.field for one in problems}  # by GitHub too
        if unread := [field for field in _unread(call) if field not in ignored]:
            self._github.violations.record("unread", route.name, [f"{field}: GitHub would heed it" for field in unread])
        return answer

    def _admit(self, request: Request, route: Route, call: Call) -> None:
        match route.audience:
            case "app":
                if not isinstance(call.actor, AppItself):
                    raise Refused(401, "A JSON web token could not be decoded")
            case "installation":
                if isinstance(call.actor, Anonymous):
                    raise requires_authentication()
            case "repository":
                if isinstance(call.actor, AppItself):
                    raise bad_credentials()
                if route.needs:
                    require(call.actor, call.repository, route.needs)
                    if only_because_public(call.actor, call.repository, route.needs):
                        request.scope["state"]["note"] = "allowed only because the repository is public"

    def _in_form(self, request: Request, route: Route, answer: Answer) -> Answer:
        if answer.status >= 400:
            return answer
        page = "/".join(request.url.path.removeprefix(f"{self._prefix}/repos").split("/")[:3])
        body = written_as(route.template, answer.body, form_of(request.headers.get("accept", "")), page)
        return replace(answer, body=body)

    def _check_answer(self, route: Route, answer: Answer) -> None:
        problems = self._github.description.check_answer(route.name, answer.status, answer.body)
        if problems:
            self._github.violations.record("answer", f"{route.name} {answer.status}", problems)

    def _response(self, request: Request, answer: Answer, limits: dict[str, str], etag: str | None) -> Response:
        headers = {
            "server": "github.com",
            "x-github-media-type": "github.v3; format=json",
            "x-github-request-id": uuid4().hex[:20].upper(),
            "x-github-api-version-selected": request.headers.get("x-github-api-version", SUPPORTED_VERSIONS[0]),
            **limits,
            **answer.headers,
            **({"etag": etag} if etag is not None else {}),
        }
        if answer.body is None:
            return Response(None, answer.status, headers)
        if isinstance(answer.body, str | bytes):
            return Response(answer.body, answer.status, headers, answer.media_type)
        return Response(_encoded(answer.body), answer.status, headers, "application/json; charset=utf-8")


def _unread(call: Call) -> list[str]:
    """What was asked for and no handler has looked at."""
    return [*call.query.unread, *(call.body.unread if isinstance(call.body, Asked) else ())]


def _etag(answer: Answer) -> str | None:
    """What a conditional request repeats: when it still fits, the answer is 304 and free, for who has said who they are.
    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
    """
    if answer.body is None or isinstance(answer.body, str | bytes):
        return None
    return f'W/"{hashlib.sha256(_encoded(answer.body)).hexdigest()}"'


def _encoded(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _check_headers(request: Request) -> None:
    if not request.headers.get("user-agent"):
        raise forbidden("Request forbidden by administrative rules. Please make sure your request has a User-Agent header.")
    version = request.headers.get("x-github-api-version")
    if version and version not in SUPPORTED_VERSIONS:
        raise Refused(400, f"{version} is not a supported API version.")


async def _json_body(request: Request) -> Any:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY_BYTES:
            raise Refused(413, "Payload too large")
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except ValueError:
        raise Refused(400, "Problems parsing JSON") from None
