"""The limits that GitHub sets an App: with its words and headers, each breach recorded, and people never held up by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from emulators.github.allowances import MOST_PER_HOUR, PER_HOUR, PER_HOUR_ANONYMOUS
from emulators.github.clock import now
from emulators.github.limit_clock import LimitClock
from emulators.github.model.accounts import Account
from emulators.github.model.apps import Installation
from emulators.github.rates import AT_ONCE, GRAPHQL_POINTS_PER_MINUTE, POINTS_PER_MINUTE, Rates
from emulators.github.store import Store
from emulators.github.tokens import Anonymous, AppItself, InstallationToken, Person
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
    assert refused.json()["documentation_url"].endswith("#about-secondary-rate-limits")
    assert broken(github) == ["more than 80 writes a minute"]
    assert write().status_code == 403
    assert broken(github) == []
    assert bot.get(f"{repo}/issues/{issue}")["number"] == issue
    assert github.maintainer.post(f"{repo}/issues", {"title": "A person's"})["number"] == issue + 1
    github.put_limits_forward(60)
    assert write().status_code == 200


def test_graphql_counts_for_itself_and_a_look_at_the_limits_for_nothing(github: GitHubService, repo: str) -> None:
    owner, _, name = repo.removeprefix("/repos/").partition("/")
    bot = github.as_installation(f"{owner}/{name}")
    query = f'query {{ repository(owner: "{owner}", name: "{name}") {{ issue(number: 1) {{ lastEditedAt }} }} }}'
    before = bot.get("/rate_limit")["resources"]
    headers = {"authorization": f"Bearer {bot.token}"}
    told = httpx.post(github.env["GITHUB_API_URL"].replace("v3", "graphql"), json={"query": query}, headers=headers).headers
    after = bot.get("/rate_limit")["resources"]
    assert (told["x-ratelimit-resource"], int(told["x-ratelimit-used"])) == ("graphql", before["graphql"]["used"] + 1)
    assert after["graphql"]["used"] == before["graphql"]["used"] + 1
    assert after["core"]["used"] == before["core"]["used"]


def rates() -> Rates:
    return Rates(LimitClock(1.0, lambda: 1_000.0), Store(Path("unused")))


def an_app() -> AppItself:
    return AppItself(None)  # type: ignore[arg-type] # its name is all that counts


def an_installation(repositories: int = 1, people: int = 1) -> InstallationToken:
    account = Account(1, "an-org", "Organization", now(), members=dict.fromkeys(range(people), "member"))
    ids = set(range(repositories))
    installation = Installation(7, None, account, {}, [], now(), ids)  # type: ignore[arg-type] # no App is asked for
    return InstallationToken(1, installation, {}, None, now())


def test_an_hour_has_so_many_writes() -> None:
    limits, token = rates(), an_installation()
    for number in range(1, 501):
        assert limits.admit(token, writes=True) is None
        if number % 80 == 0:
            limits.clock.put_forward(60)
    excess = limits.admit(token, writes=True)
    assert excess is not None
    assert excess.limit == "500 writes an hour"
    assert "blocked from content creation" in excess.message
    assert limits.admit(token) is None


def test_a_minute_has_so_many_points_and_graphql_its_own() -> None:
    limits, app = rates(), an_app()
    assert {limits.admit(app, writes=True) for _ in range(POINTS_PER_MINUTE // 5 - 1)} == {None}
    assert {limits.admit(app) for _ in range(5)} == {None}
    assert {limits.admit(app, "graphql", writes=True) for _ in range(GRAPHQL_POINTS_PER_MINUTE // 5)} == {None}
    excess = limits.admit(app)
    assert excess is not None
    assert (excess.limit, excess.headers) == ("900 points a minute", {"retry-after": "60"})
    limits.clock.put_forward(60)
    assert limits.admit(app) is None


def test_an_hour_has_so_many_requests() -> None:
    limits, app = rates(), an_app()
    for _ in range(PER_HOUR):
        limits.allowances.use(app)
    excess = limits.admit(app)
    assert excess is not None
    assert (excess.message, excess.limit) == ("API rate limit exceeded for app.", "5000 requests of core")
    assert limits.allowances.headers(app)["x-ratelimit-remaining"] == "0"
    limits.clock.put_forward(3_600)
    assert limits.admit(app) is None


@pytest.mark.parametrize(
    ("repositories", "people", "limit"), [(20, 20, 5_000), (21, 3, 5_050), (22, 21, 5_150), (900, 1, MOST_PER_HOUR)]
)
def test_a_large_installation_has_more(repositories: int, people: int, limit: int) -> None:
    assert rates().allowances.left(an_installation(repositories, people))["limit"] == limit


def test_who_says_no_name_has_little() -> None:
    limits = rates()
    for _ in range(PER_HOUR_ANONYMOUS):
        limits.allowances.use(Anonymous())
    excess = limits.admit(Anonymous())
    assert excess is not None
    assert "Authenticated requests get a higher rate limit" in excess.message


def test_so_many_may_be_under_way_at_once() -> None:
    limits, app = rates(), an_app()
    limits.under_way = AT_ONCE
    assert limits.admit(app) is None
    limits.under_way += 1
    excess = limits.admit(app)
    assert excess is not None
    assert excess.limit == "100 requests at once"
    assert limits.admit(Person(Account(1, "somebody", "User", now()))) is None
