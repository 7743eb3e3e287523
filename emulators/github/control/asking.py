"""Reads what a control request asks for, and says what it didn't understand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from emulators.github.model.accounts import Account
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub

Wrapped = Callable[[Request], Awaitable[Response]]
Asked = TypeVar("Asked")


class NotUnderstood(Exception):
    """The control request is at fault; the message says how."""


def github_of(request: Request) -> GitHub:
    github: GitHub = request.app.state.github
    return github


async def asked_as(request: Request, kind: type[Asked]) -> Asked:
    """The body as one of the control's own request types. Raises NotUnderstood."""
    content = await request.body()
    try:
        asked: Any = msgspec.json.decode(content or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise NotUnderstood(str(error)) from error
    answer: Asked = asked
    return answer


def repository_of(request: Request) -> Repository:
    owner, name = request.path_params["owner"], request.path_params["repo"]
    found = github_of(request).store.repository(owner, name)
    if found is None:
        raise NotUnderstood(f"there is no repository {owner}/{name}")
    return found


def account_named(github: GitHub, login: str) -> Account:
    found = github.store.account(login)
    if found is None:
        raise NotUnderstood(f"nobody is called {login}")
    return found
