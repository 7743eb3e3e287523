"""What an App asks for in the course of somebody's signing in: a token, and a code for a device.

Refusals come with status 200, and all answers as a form unless JSON is asked for.
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from emulators.github.control.asking import github_of
from emulators.github.model.apps import App
from emulators.github.oauth.authorizations import DEVICE_CODE_LIFE, REFRESH_LIFE, TOKEN_LIFE, Granted, NotGranted
from emulators.github.service import GitHub

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_ERRORS_URL = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#{error}"


async def access_token(request: Request) -> Response:
    """For a code, a device's code or a refresh token."""
    asked = await _asked(request)
    try:
        granted = _granted(github_of(request), asked)
    except NotGranted as refused:
        return _refusal(request, refused)
    return _answer(
        request,
        {
            "access_token": granted.token,
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "refresh_token": granted.refresh_token,
            "refresh_token_expires_in": int(REFRESH_LIFE.total_seconds()),
            "scope": "",
            "token_type": "bearer",
        },
    )


async def device_code(request: Request) -> Response:
    """A device's code, and what its person is to type in where."""
    github, asked = github_of(request), await _asked(request)
    try:
        app = _app(github, asked)
        if not app.device_flow:
            raise NotGranted("device_flow_disabled", "Device Flow must be explicitly enabled for this App")
    except NotGranted as refused:
        return _refusal(request, refused)
    code, device = github.authorizations.begin_device(app)
    return _answer(
        request,
        {
            "device_code": code,
            "user_code": device.user_code,
            "verification_uri": f"{github.at.html}/login/device",
            "expires_in": int(DEVICE_CODE_LIFE.total_seconds()),
            "interval": int(device.interval),
        },
    )


def _granted(github: GitHub, asked: dict[str, str]) -> Granted:
    app, grant = _app(github, asked), asked.get("grant_type", "")
    if grant == _DEVICE_GRANT:
        return github.authorizations.exchange_device(app, asked.get("device_code", ""))
    if not secrets.compare_digest(asked.get("client_secret", "").encode(), app.client_secret.encode()):
        raise _unknown_client()
    if grant == "refresh_token":
        return github.authorizations.refresh(app, asked.get("refresh_token", ""))
    if grant not in ("", "authorization_code"):
        raise NotGranted("unsupported_grant_type", "The grant type is not supported.")
    verifier = asked.get("code_verifier", "")
    return github.authorizations.exchange(app, asked.get("code", ""), asked.get("redirect_uri"), verifier)


def _app(github: GitHub, asked: dict[str, str]) -> App:
    app = github.store.app_of_client(asked.get("client_id", ""))
    if app is None:
        raise _unknown_client()
    return app


def _unknown_client() -> NotGranted:
    return NotGranted("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")


async def _asked(request: Request) -> dict[str, str]:
    """From the query, a form or JSON, whatever the client prefers."""
    asked = dict(request.query_params)
    body = (await request.body()).decode(errors="replace")
    if "json" in request.headers.get("content-type", ""):
        try:
            given: Any = json.loads(body or "{}")
        except ValueError:
            given = {}
        return asked | {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else asked
    return asked | dict(parse_qsl(body, keep_blank_values=True))


def _refusal(request: Request, refused: NotGranted) -> Response:
    url = _ERRORS_URL.format(error=refused.error.replace("_", "-"))
    told = {"error": refused.error, "error_description": refused.description, "error_uri": url}
    return _answer(request, {**told, **refused.more})


def _answer(request: Request, told: dict[str, str | int]) -> Response:
    if "json" in request.headers.get("accept", ""):
        return JSONResponse(told)
    return PlainTextResponse(urlencode(told), media_type="application/x-www-form-urlencoded")
