"""The limits that GitHub sets an App: with its words and headers, each breach recorded, and people never held up by them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from emulators.github.clock import now
from emulators.github.model.accounts import Account
from emulators.github.model.apps import Installation
from emulators.github.rates import AT_ONCE, PER_HOUR, POINTS_PER_MINUTE, LimitClock, Rates
from emulators.github.tokens import AppItself, InstallationToken, Person
from tests.github_service import GitHubService, running_github


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    """On a clock that stands almost still, so that a slow machine takes no more than a moment of it."""
    with running_github(tmp_path_factory.mktemp("github"), limits_speed=0.01) as service:
        yield service


def broken(github: GitHubService) -> list[str]:
    """The limits that were broken so far; they are forgotten with this."""
    found = [problem for one in github.violations() if one["kind"] == "rate-limit" for problem in one["problems"]]
    github.forget_violations()
    return found


def test_the_81st_write_of_a_minute_is_refused_and_so_is_the_next_until_the_pause_is_over(
    github: GitHubService, repo: str
) -> None:
    bot = github.as_installation(repo.removeprefix("/repos/"))
    issue = bot.post(f"{repo}/issues", {"title": "One"})["number"]

    def write() -> httpx.Response:
        return bot.send("POST", f"{repo}/issues/{issue}/reactions", json={"content": "eyes"})

    assert {write().status_code for _ in range(79)} == {201, 200}
    refused = write()
    assert (refused.status_code, refused.headers["retry-after"]) == (403, "6000")
    assert "secondary rate limit" in refused.json()["message"]
    assert broken(github) == ["more than 80 writes a minute"]
    assert write().status_code == 403
    assert broken(github) == []
    assert bot.get(f"{repo}/issues/{issue}")["number"] == issue
    assert github.maintainer.post(f"{repo}/issues", {"title": "A person's"})["number"] == issue + 1
    github.put_limits_forward(60)
    assert write().status_code == 200


def an_app() -> tuple[Rates, AppItself]:
    return Rates(LimitClock(1.0, lambda: 1_000.0)), AppItself(None)  # type: ignore[arg-type] # its name is all that counts


def an_installation() -> InstallationToken:
    installation = Installation(7, None, None, {}, [], now())  # type: ignore[arg-type] # its id is all that counts
    return InstallationToken(1, installation, {}, None, now())


def test_an_hour_has_so_many_writes() -> None:
    rates, token = Rates(LimitClock(1.0, lambda: 1_000.0)), an_installation()
    for number in range(1, 501):
        assert rates.admit(token, "POST") is None
        if number % 80 == 0:
            rates.clock.put_forward(60)
    excess = rates.admit(token, "PATCH")
    assert excess is not None
    assert excess.limit == "500 writes an hour"
    assert "blocked from content creation" in excess.message
    assert rates.admit(token, "GET") is None


def test_a_minute_has_so_many_points() -> None:
    rates, app = an_app()
    assert [rates.admit(app, "POST") for _ in range(POINTS_PER_MINUTE // 5 - 1)] == [None] * (POINTS_PER_MINUTE // 5 - 1)
    assert [rates.admit(app, "GET") for _ in range(5)] == [None] * 5
    excess = rates.admit(app, "GET")
    assert excess is not None
    assert (excess.limit, excess.headers) == ("900 points a minute", {"retry-after": "60"})


def test_an_hour_has_so_many_requests() -> None:
    rates, app = an_app()
    for _ in range(PER_HOUR):
        rates.use(app)
    excess = rates.admit(app, "GET")
    assert excess is not None
    assert excess.message == "API rate limit exceeded for app."
    assert rates.headers(app)["x-ratelimit-remaining"] == "0"
    rates.clock.put_forward(3_600)
    assert rates.admit(app, "GET") is None


def test_so_many_may_be_under_way_at_once() -> None:
    rates, app = an_app()
    rates.under_way = AT_ONCE
    assert rates.admit(app, "GET") is None
    rates.under_way += 1
    excess = rates.admit(app, "GET")
    assert excess is not None
    assert excess.limit == "100 requests at once"
    person = Person(Account(1, "somebody", "User", now()))
    assert rates.admit(person, "GET") is None
