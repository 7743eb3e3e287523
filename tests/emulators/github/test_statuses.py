from __future__ import annotations

from typing import Any

import pytest

from tests.emulators.github.subscriptions import subscribed
from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


@pytest.fixture
def head(repo: str, github: GitHubService) -> str:
    return str(github.reader.get(f"{repo}/git/ref/heads/main")["object"]["sha"])


def said(github: GitHubService, repo: str, head: str, state: str, context: str = "ci/one", **more: Any) -> Any:
    return github.maintainer.post(f"{repo}/statuses/{head}", {"state": state, "context": context, **more})


def test_the_latest_of_each_context_together_are_the_state_of_a_commit(github: GitHubService, repo: str, head: str) -> None:
    def combined() -> Any:
        return github.reader.get(f"{repo}/commits/main/status")

    assert (combined()["state"], combined()["total_count"]) == ("pending", 0)
    said(github, repo, head, "pending", description="Waiting", target_url="https://ci.example/1")
    assert combined()["state"] == "pending"
    said(github, repo, head, "success", "CI/one")
    assert (combined()["state"], combined()["total_count"]) == ("success", 1)
    said(github, repo, head, "error", "ci/two")
    shown = combined()
    assert (shown["state"], shown["sha"]) == ("failure", head)
    assert [one["context"] for one in shown["statuses"]] == ["ci/two", "CI/one"]
    listed = github.reader.get(f"{repo}/commits/{head}/statuses")
    assert [one["state"] for one in listed] == ["error", "success", "pending"]
    assert listed[2]["creator"]["login"] == github.maintainer.login
    assert [one["context"] for one in github.reader.get(f"{repo}/commits/main/status", per_page=1)["statuses"]] == ["ci/two"]


def test_a_status_is_told_of_with_its_commit_and_branches(
    github: GitHubService, repo: str, head: str, hook: WebhookReceiver
) -> None:
    with subscribed(github, "status"):
        said(github, repo, head, "failure", description="Red")
        told = wait_until(lambda: hook.of("status"), "the status")[0].payload
    assert (told["sha"], told["state"], told["context"], told["description"]) == (head, "failure", "ci/one", "Red")
    assert (told["commit"]["sha"], [one["name"] for one in told["branches"]]) == (head, ["main"])


def test_who_may_not_write_says_nothing_about_commits(github: GitHubService, repo: str, head: str) -> None:
    asked = {"state": "success"}
    assert github.reader.send("POST", f"{repo}/statuses/{head}", json=asked).status_code == 403
    bot = github.as_installation(permissions={"checks": "write"})
    refused = bot.send("POST", f"{repo}/statuses/{head}", json=asked)
    assert (refused.status_code, refused.headers["x-accepted-github-permissions"]) == (403, "statuses=write")
    assert github.maintainer.send("POST", f"{repo}/statuses/{'0' * 40}", json=asked).status_code == 422
    assert github.reader.send("GET", f"{repo}/commits/absent/status").status_code == 404
