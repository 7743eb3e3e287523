"""Search finds what is there for who may look, and has limits of its own."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.github.search.query import BadQuery, NotEmulated, read_query
from tests.emulators.github.typed import typed
from tests.github_service import GitHubService, Person, running_github


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    """On a clock that stands almost still: searches of a minute are counted."""
    with running_github(tmp_path_factory.mktemp("github"), limits_speed=0.01) as service:
        yield service


@pytest.fixture(scope="module")
def place(running: GitHubService) -> str:
    """A private repository with an issue, a comment and a pull request by the App."""
    running.add_person("finders", "Organization")
    roles = {running.maintainer.login: "maintain"}
    files = {"README.md": "# Needles\n", "src/hay.py": "def needle():\n    return 'gold'\n", "big.bin": "x" * 400_000}
    name = running.add_repository("stack", owner="finders", private=True, files=files, roles=roles)
    running.control("POST", "installations", {"account": "finders"})
    mira, path = running.maintainer, f"/repos/{name}"
    number = mira.post(f"{path}/issues", {"title": "A needle is lost", "body": "In the hay", "labels": ["bug"]})["number"]
    mira.post(f"{path}/issues/{number}/comments", {"body": f"Perhaps @{running.reader.login} has found gold."})
    running.push(name, "find", {"found.txt": "needle"}, mira, "Find the needle")
    running.push(name, "main", {"main.txt": "hay"}, mira, "Make hay while the sun shines")
    running.as_installation(name).post(f"{path}/pulls", {"title": "Found", "head": "find", "base": "main"})
    return name


def found(who: Person, query: str) -> list[str]:
    return [one["title"] for one in who.get("/search/issues", q=query)["items"]]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("needle", ["A needle is lost"]),
        ("needle in:body", []),
        ("gold in:comments", ["A needle is lost"]),
        ('"the hay" is:issue', ["A needle is lost"]),
        ('"hay the"', []),
        ("is:pr author:app/harvest-local", ["Found"]),
        ("is:open -is:pr label:bug,other", ["A needle is lost"]),
        ("is:open no:label", ["Found"]),
        ("author:@me", ["A needle is lost"]),
        ("mentions:jonas-reed", ["A needle is lost"]),
        ("commenter:mira-okafor comments:>=1", ["A needle is lost"]),
        ("base:main head:fin", ["Found"]),
        ("created:<2026-01-01", []),
        ("created:2020-01-01..* sort", []),
        ("is:merged", []),
        ("is:closed", []),
        ("NOT needle is:issue", []),
    ],
)
def test_issues_are_found_by_words_and_qualifiers(github: GitHubService, place: str, query: str, titles: list[str]) -> None:
    assert found(github.maintainer, f"repo:{place} {query}") == titles


def test_what_one_may_not_see_is_not_found(github: GitHubService, place: str) -> None:
    assert found(github.reader, "needle lost") == []
    assert github.api.get("search/issues", params={"q": "needle lost"}).json()["items"] == []
    refused = github.reader.send("GET", "/search/issues", params={"q": f"repo:{place} needle"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "q")
    app = github.as_installation(place, permissions={"contents": "read"})
    assert app.get("/search/code", q=f"needle repo:{place}")["total_count"] == 2
    assert found(app, "needle lost") == []


def test_code_is_found_on_the_default_branch(github: GitHubService, place: str) -> None:
    def paths(query: str) -> list[str]:
        return [one.path for one in typed(github.maintainer.get("/search/code", q=query)["items"], "CodeSearchResultItem")]

    assert paths(f"needle repo:{place}") == ["README.md", "src/hay.py"]
    assert paths("gold org:finders language:python") == ["src/hay.py"]
    assert paths("needle org:finders extension:md") == ["README.md"]
    assert paths("xxx org:finders") == []
    assert github.maintainer.send("GET", "/search/code", params={"q": f"repo:{place}"}).status_code == 422
    assert github.api.get("search/code", params={"q": "needle"}).status_code == 401


def test_commits_are_found_by_message_author_and_day(github: GitHubService, place: str) -> None:
    def messages(query: str) -> list[str]:
        items = github.maintainer.get("/search/commits", q=f"repo:{place} {query}")["items"]
        return [one.commit.message for one in typed(items, "CommitSearchResultItem")]

    assert messages("hay") == ["Make hay while the sun shines"]
    assert messages("author-date:<=2026-01-31") == ["Start"]
    assert messages("needle") == []


def test_a_qualifier_that_is_not_emulated_is_told_of(github: GitHubService) -> None:
    assert github.maintainer.send("GET", "/search/issues", params={"q": "x milestone:one"}).status_code == 422
    assert github.maintainer.send("GET", "/search/issues", params={"q": "x OR y"}).status_code == 422
    assert [one["kind"] for one in github.violations()] == ["unread"] * 2
    github.forget_violations()


def test_a_person_searches_thirty_times_a_minute_and_code_ten_times(github: GitHubService) -> None:
    def answers(what: str, count: int) -> list[httpx.Response]:
        return [github.outsider.send("GET", f"/search/{what}", params={"q": "x in:title"}) for _ in range(count)]

    github.put_limits_forward(60)
    assert {one.status_code for one in answers("issues", 30)} == {200}
    refused = answers("issues", 1)[0]
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")
    assert refused.headers["x-ratelimit-resource"] == "search"
    assert [one["problems"] for one in github.violations()] == [["more than 30 requests of search"]]
    github.forget_violations()
    assert github.outsider.send("GET", "/search/code", params={"q": "x"}).headers["x-ratelimit-limit"] == "10"
    github.put_limits_forward(60)
    assert answers("issues", 1)[0].status_code == 200


@settings(max_examples=50)
@given(st.text(alphabet=st.sampled_from('ab:"- ()OR.><@/'), max_size=40))
def test_any_query_is_read_or_refused(text: str) -> None:
    try:
        query = read_query(text)
    except (BadQuery, NotEmulated):
        return
    assert all(word == word.lower() for word in (*query.words, *query.unwanted))
