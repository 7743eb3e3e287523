"""The list of all who may write: who is not in it is turned away unheard, so it is used whole or not at all."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest

from github_app.github.client import GitHub
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.roles import A_PAGE, LIST_SECONDS, MOST_PAGES, Roles

TOKEN = InstallationToken("a token", 1)


class Collaborators:
    """GitHub's list of so many people; the ones with an odd id only read."""

    def __init__(self, number: int) -> None:
        self.people: list[dict[str, Any]] = [{"id": id_, "permissions": {"push": id_ % 2 == 0}} for id_ in range(number)]
        self.asked = 0
        self.refused = False

    async def with_token(self, _token: object, _method: str, path: str, *, job_id: str) -> list[dict[str, Any]]:
        self.asked += 1
        if self.refused:
            raise Refused("GET", "Resource not accessible by integration", 403)
        page = int(path.rpartition("&page=")[2])
        return self.people[(page - 1) * A_PAGE : page * A_PAGE]

    def roles(self) -> Roles:
        return Roles(cast("GitHub", self))


@pytest.mark.parametrize("number", [0, 1, A_PAGE, A_PAGE + 3])
async def test_all_pages_are_read_once_a_minute(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    github = Collaborators(number)
    roles = github.roles()
    for _ in range(3):
        assert await roles.writers(TOKEN, "acme/slugs", "") == frozenset(range(0, number, 2))
    asked, now = github.asked, time.monotonic()
    assert asked == number // A_PAGE + 1
    github.people = [{"id": 7, "permissions": {"push": True}}]
    monkeypatch.setattr(time, "monotonic", lambda: now + LIST_SECONDS + 1)
    assert await roles.writers(TOKEN, "acme/slugs", "") == frozenset([7])


async def test_it_tells_of_nobody_when_it_is_refused_or_too_long() -> None:
    github = Collaborators(A_PAGE * MOST_PAGES)
    assert await github.roles().writers(TOKEN, "acme/slugs", "") is None
    assert github.asked == MOST_PAGES
    github.refused = True
    assert await github.roles().writers(TOKEN, "acme/slugs", "") is None


async def test_of_whom_it_does_not_tell_what_they_may_is_asked_about() -> None:
    """GitHub's description lets the permissions be left out."""
    github = Collaborators(0)
    github.people = [{"id": 1, "permissions": {"push": False}}, {"id": 2}]
    assert await github.roles().writers(TOKEN, "acme/slugs", "") == frozenset([2])
