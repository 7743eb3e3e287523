from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import emulators.github.description as description_package
from emulators.github.description.checking import Description
from emulators.github.rest.subjects import ROUTES
from tests.github_service import GitHubService

FOLDER = Path(description_package.__file__).parent


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


def test_exactly_what_is_served_is_described(description: Description) -> None:
    assert set(description.operations) == {route.name for route in ROUTES}


def test_the_derived_files_are_small_and_name_their_origin_and_licence(description: Description) -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.json")) < 700_000
    assert "@octokit/openapi" in description.origin
    assert "MIT License" in (FOLDER / "LICENSE").read_text()


@pytest.mark.parametrize(
    ("method", "path", "request_", "field"),
    [
        ("POST", "issues", {"json": {"body": "no title"}}, "title"),
        ("POST", "issues", {"json": {"title": "x", "labels": "bug"}}, "labels"),
        ("POST", "issues/1/comments", {}, "body"),
        ("POST", "issues/1/reactions", {"json": {"content": "applause"}}, "content"),
        ("PATCH", "issues/1", {"json": {"state": "ajar"}}, "state"),
        ("GET", "issues", {"params": {"state": "ajar"}}, "state"),
        ("GET", "issues", {"params": {"per_page": "many"}}, "per_page"),
        ("POST", "pulls", {"json": {"head": "a"}}, "base"),
    ],
)
def test_what_github_would_refuse_is_refused_and_recorded(
    github: GitHubService, repo: str, method: str, path: str, request_: dict[str, Any], field: str
) -> None:
    github.maintainer.post(f"{repo}/issues", {"title": "x"})
    answer = github.maintainer.send(method, f"{repo}/{path}", **request_)
    assert answer.status_code == 422
    recorded = github.violations()
    assert [one["kind"] for one in recorded] == ["request"]
    assert field in recorded[0]["problems"][0]
    github.forget_violations()


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"title": "x", "drafts": True}},
        {"json": {"title": "x", "labels": [{"name": "bug", "colour": "red"}]}},
        {"json": {"title": "x"}, "params": {"page": "1"}},
    ],
)
def test_what_github_would_ignore_is_recorded(github: GitHubService, repo: str, request_: dict[str, Any]) -> None:
    assert github.maintainer.send("POST", f"{repo}/issues", **request_).status_code == 201
    assert "GitHub ignores it" in github.violations()[0]["problems"][0]
    github.forget_violations()


def test_a_route_that_does_not_exist_is_recorded(github: GitHubService) -> None:
    assert github.maintainer.send("GET", "/repos/a/b/isues").status_code == 404
    assert github.violations()[0]["kind"] == "unknown-route"
    github.forget_violations()


def test_a_body_that_is_not_json_is_a_bad_request(github: GitHubService, repo: str) -> None:
    answer = github.maintainer.send("POST", f"{repo}/issues", content=b"{title")
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


def test_a_token_in_a_url_is_recorded(github: GitHubService, repo: str) -> None:
    github.maintainer.send("GET", f"{repo}/commits", params={"sha": github.maintainer.token})
    assert "token-in-url" in [one["kind"] for one in github.violations()]
    assert github.maintainer.token not in str(github.requests())
    github.forget_violations()


def test_an_answer_that_does_not_fit_is_found(description: Description) -> None:
    name = "GET /repos/{owner}/{repo}/issues/{issue_number}/labels"
    label = {
        "id": 1,
        "node_id": "x",
        "url": "http://x/",
        "name": "bug",
        "description": None,
        "color": "d73a4a",
        "default": True,
    }
    assert description.check_answer(name, 200, [label]) == []
    assert description.check_answer(name, 200, [{**label, "id": "one"}]) == ["0.id: 'one' is not of type 'integer'"]
    del label["color"]
    assert description.check_answer(name, 200, [label]) == ["0: 'color' is a required property"]
    assert description.check_answer(name, 204, None) == ["status 204 is not described (only 200, 301, 404, 410)"]


def test_a_payload_that_does_not_fit_is_found(description: Description) -> None:
    assert "body: 'issue' is a required property" in description.check_payload("issues", "labeled", {"action": "labeled"})
    assert description.check_payload("issues", "sung", {}) == ["a payload issues-sung is not described"]


def test_an_api_version_that_is_not_supported_is_refused(github: GitHubService) -> None:
    versions = github.maintainer.get("/versions")
    for version, status in ((versions[0], 200), ("2001-01-01", 400)):
        assert github.api.get("zen", headers={"x-github-api-version": version}).status_code == status
