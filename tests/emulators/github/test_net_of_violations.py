"""What the emulator doesn't do, it says: a test that leans on it would be green for nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from emulators.github.rest.asked import Asked
from tests.github_service import GitHubService


@pytest.mark.parametrize(
    ("method", "path", "problem"),
    [
        ("POST", "branches/main/rename", "GitHub's POST /repos/{owner}/{repo}/branches/{branch}/rename is not emulated"),
        ("GET", "commits/main/branches-where-head", "{commit_sha}/branches-where-head is not emulated"),
        ("GET", "milestones", "GitHub's GET /repos/{owner}/{repo}/milestones is not emulated"),
        ("GET", "mile-stones", "GitHub has no such route"),
    ],
)
def test_a_route_that_is_not_emulated_is_no_other_route(
    github: GitHubService, repo: str, method: str, path: str, problem: str
) -> None:
    assert github.maintainer.send(method, f"{repo}/{path}").status_code == 404
    (found,) = github.violations()
    assert found["kind"] == "unknown-route"
    assert problem in found["problems"][0]
    github.forget_violations()


def test_slashes_stay_in_the_names_that_may_hold_them(github: GitHubService, repo: str) -> None:
    sha = github.push(repo.removeprefix("/repos/"), "fix/the-status", {"status": "x"}, github.maintainer)
    assert github.maintainer.get(f"{repo}/branches/fix/the-status")["commit"]["sha"] == sha
    assert github.maintainer.get(f"{repo}/commits/fix/the-status")["sha"] == sha
    assert github.maintainer.get(f"{repo}/git/ref/heads/fix/the-status")["object"]["sha"] == sha


@pytest.mark.parametrize(
    ("method", "path", "request_", "field"),
    [
        ("GET", "commits", {"params": {"until": "2026-01-01T00:00:00Z"}}, "until"),
        ("GET", "labels/bug", {}, ""),
        ("POST", "issues", {"json": {"title": "x", "milestone": 1}}, "milestone"),
        ("PATCH", "issues/1", {"json": {"milestone": None}}, "milestone"),
    ],
)
def test_what_github_heeds_and_nobody_here_reads_is_recorded(
    github: GitHubService, repo: str, method: str, path: str, request_: dict[str, Any], field: str
) -> None:
    github.maintainer.post(f"{repo}/issues", {"title": "x"})
    github.maintainer.send(method, f"{repo}/{path}", **request_).raise_for_status()
    found = github.violations()
    assert [one["problems"] for one in found] == ([[f"{field}: GitHub would heed it"]] if field else [])
    assert {one["kind"] for one in found} <= {"unread"}
    github.forget_violations()


def test_what_github_does_not_know_is_told_apart(github: GitHubService, repo: str) -> None:
    github.maintainer.get(f"{repo}/issues", author="x")
    assert [(one["kind"], one["problems"]) for one in github.violations()] == [
        ("request", ["author: is not described: GitHub ignores it"])
    ]
    github.forget_violations()


def test_what_is_read_counts_as_read_where_there_is_nothing_to_sort(github: GitHubService, repo: str) -> None:
    assert github.maintainer.get(f"{repo}/issues/comments", sort="updated", direction="asc") == []
    github.maintainer.get("/search/issues", q=f"repo:{repo.removeprefix('/repos/')} is:issue nothing", sort="created")
    assert github.violations() == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/graphql"), ("DELETE", "/api/graphql"), ("PUT", "/a/b/c/d/e")])
def test_an_address_beside_the_api_is_recorded(github: GitHubService, method: str, path: str) -> None:
    answer = httpx.request(method, f"{github.url}{path}")
    assert answer.status_code in (404, 405)
    assert [(one["kind"], one["where"]) for one in github.violations()] == [("unknown-route", f"{method} {path}")]
    github.forget_violations()


def test_taking_the_whole_along_is_not_reading_it() -> None:
    asked = Asked({"page": 1, "since": "x", "state": "open"})
    assert {**asked}["page"] == 1
    assert asked.get("since") == "x"
    assert "state" in asked
    assert asked.unread == ["page"]
