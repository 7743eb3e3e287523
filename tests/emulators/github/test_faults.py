from __future__ import annotations

import socket
import time

import httpx
import pytest

from tests.github_service import GitHubService
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("rule", "status", "headers"),
    [
        ({"fault": "status", "status": 502}, 502, {}),
        ({"fault": "status", "status": 503, "retry_after": 2}, 503, {"retry-after": "2"}),
        ({"fault": "secondary-limit", "retry_after": 1}, 403, {"retry-after": "1"}),
        ({"fault": "secondary-limit", "status": 429}, 429, {"retry-after": "60"}),
        ({"fault": "primary-limit"}, 403, {"x-ratelimit-remaining": "0"}),
    ],
)
def test_an_answer_can_be_replaced_without_effect(
    github: GitHubService, repo: str, rule: dict[str, object], status: int, headers: dict[str, str]
) -> None:
    github.control("POST", "faults", {"method": "POST", "path": "*/issues", **rule})
    answer = github.maintainer.send("POST", f"{repo}/issues", json={"title": "x"})
    assert answer.status_code == status
    assert headers.items() <= dict(answer.headers).items()
    assert github.maintainer.get(f"{repo}/issues") == []
    assert github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"] == 1


def test_an_answer_can_be_lost_after_the_effect(github: GitHubService, repo: str) -> None:
    github.fault("drop-after", method="POST", path="*/issues")
    with pytest.raises(httpx.TransportError):
        github.maintainer.send("POST", f"{repo}/issues", json={"title": "x"})
    assert [issue["title"] for issue in github.maintainer.get(f"{repo}/issues")] == ["x"]


def test_a_connection_can_be_cut_before_the_effect(github: GitHubService, repo: str) -> None:
    github.fault("drop-before", method="POST", path="*/issues")
    with pytest.raises(httpx.TransportError):
        github.maintainer.send("POST", f"{repo}/issues", json={"title": "x"})
    assert github.maintainer.get(f"{repo}/issues") == []


def test_a_delay_only_takes_time(github: GitHubService, repo: str) -> None:
    github.fault("delay", path=repo, delay_seconds=0.2)
    began = time.monotonic()
    assert github.maintainer.get(repo)["private"] is False
    assert time.monotonic() - began >= 0.2


def test_a_rule_can_wait_and_last(github: GitHubService, repo: str) -> None:
    github.fault("status", path=repo, status=500, skip=1, count=2)
    assert [github.maintainer.send("GET", repo).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_git_can_fail_too(github: GitHubService, repo: str) -> None:
    path = f"/{repo.removeprefix('/repos/')}.git/info/refs"
    github.fault("status", path=path, status=504)
    assert httpx.get(f"{github.url}{path}?service=git-upload-pack").status_code == 504
    assert httpx.get(f"{github.url}{path}?service=git-upload-pack").status_code == 200


def test_connections_can_be_refused_for_a_while(github: GitHubService) -> None:
    port = httpx.URL(github.url).port

    def refused() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port or 0), timeout=1).close()
        except ConnectionRefusedError:
            return True
        return False

    for _ in range(2):
        github.control("POST", "connections/refuse", {"seconds": 2})
        wait_until(refused, "a refused connection")
        wait_until(lambda: not refused(), "the door to open again")
    assert github.maintainer.get("/user")["login"] == github.maintainer.login


def test_a_fault_that_is_not_understood_is_said(github: GitHubService) -> None:
    answer = httpx.post(f"{github.url}/_emulator/faults", json={"fault": "earthquake"})
    assert answer.status_code == 400
    assert "earthquake" in answer.json()["message"]
