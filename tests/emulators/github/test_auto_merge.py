"""Auto-merge as GraphQL asks for it, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulators.github.graphql_client import GraphQL
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

FIELDS = "pullRequest { autoMergeRequest { mergeMethod commitHeadline enabledBy { login } } }"


class Waiting:
    """A pull request to a branch that demands a check and an approval, in a repository that allows auto-merge."""

    def __init__(self, github: GitHubService, repo: str) -> None:
        self.github, self.repo, self.name = github, repo, repo.removeprefix("/repos/")
        self.admin = github.add_person(f"admin-of-{repo.rpartition('/')[2]}")
        github.control("PUT", f"repos/{self.name}/roles/{self.admin.login}", {"role": "admin"})
        self.admin.patch(repo, {"allow_auto_merge": True})
        self.protect()
        self.head = github.push(self.name, "fix", {"new.txt": "new\n"}, github.maintainer)
        asked = {"title": "Mend it", "head": "fix", "base": "main"}
        self.pull = github.maintainer.post(f"{repo}/pulls", asked)
        self.path = f"{repo}/pulls/{self.pull['number']}"

    def protect(self, **reviews: Any) -> None:
        settings = {
            "required_status_checks": {"strict": False, "contexts": ["ci"]},
            "enforce_admins": True,
            "required_pull_request_reviews": {"required_approving_review_count": 1, **reviews},
            "restrictions": None,
        }
        self.admin.put(f"{self.repo}/branches/main/protection", settings)

    def enable(self, who: Person, **asked: Any) -> Any:
        asked = {"pullRequestId": self.pull["node_id"], **asked}
        return GraphQL(self.github, who).change("enablePullRequestAutoMerge", FIELDS, **asked)["pullRequest"]

    def refused(self, **asked: Any) -> str:
        asked = {"pullRequestId": self.pull["node_id"], **asked}
        return GraphQL(self.github, self.github.maintainer).refused("enablePullRequestAutoMerge", **asked)[1]

    def pass_check(self, sha: str | None = None) -> None:
        self.github.maintainer.post(f"{self.repo}/statuses/{sha or self.head}", {"state": "success", "context": "ci"})

    def merged(self) -> Any:
        def look() -> Any:
            shown = self.github.reader.get(self.path)
            return shown if shown["merged"] else None

        return wait_until(look, "it to be merged by itself")


@pytest.fixture
def waiting(github: GitHubService, repo: str) -> Waiting:
    return Waiting(github, repo)


def test_it_is_merged_when_the_last_demand_is_met(waiting: Waiting, hook: WebhookReceiver) -> None:
    shown = waiting.enable(waiting.github.maintainer, mergeMethod="SQUASH", commitHeadline="By itself")
    login = waiting.github.maintainer.login
    wanted = {"mergeMethod": "SQUASH", "commitHeadline": "By itself", "enabledBy": {"login": login}}
    assert shown["autoMergeRequest"] == wanted
    assert waiting.github.reader.get(waiting.path)["auto_merge"]["merge_method"] == "squash"
    waiting.admin.post(f"{waiting.path}/reviews", {"event": "APPROVE"})
    assert waiting.github.reader.get(waiting.path)["merged"] is False
    waiting.pass_check()
    shown = waiting.merged()
    assert (shown["merged_by"]["login"], shown["auto_merge"]) == (login, None)
    assert waiting.github.reader.get(f"{waiting.repo}/commits/main")["commit"]["message"] == "By itself"
    wait_until(lambda: hook.of("pull_request", "closed"), "the end to be told")
    told = hook.of("pull_request", "auto_merge_enabled")[0].payload["pull_request"]
    assert told["auto_merge"]["enabled_by"]["login"] == login


def test_it_is_given_up_again(waiting: Waiting, hook: WebhookReceiver) -> None:
    waiting.enable(waiting.github.as_installation())
    client = GraphQL(waiting.github, waiting.github.maintainer)
    client.change("disablePullRequestAutoMerge", FIELDS, pullRequestId=waiting.pull["node_id"])
    wait_until(lambda: hook.of("pull_request", "auto_merge_disabled"), "that to be told")
    assert waiting.github.reader.get(waiting.path)["auto_merge"] is None


def test_where_there_is_nothing_to_wait_for_it_is_refused(waiting: Waiting) -> None:
    waiting.admin.patch(waiting.repo, {"allow_auto_merge": False})
    assert waiting.refused() == "Auto merge is not allowed for this repository"
    waiting.admin.patch(waiting.repo, {"allow_auto_merge": True})
    waiting.pass_check()
    waiting.admin.post(f"{waiting.path}/reviews", {"event": "APPROVE"})
    assert waiting.refused() == "Pull request is in clean status"
    reader = GraphQL(waiting.github, waiting.github.reader)
    assert reader.refused("enablePullRequestAutoMerge", pullRequestId=waiting.pull["node_id"])[0] == "FORBIDDEN"


def test_a_merge_by_graphql_is_held_to_the_same(waiting: Waiting) -> None:
    client = GraphQL(waiting.github, waiting.github.maintainer)
    asked = {"pullRequestId": waiting.pull["node_id"], "mergeMethod": "REBASE"}
    assert client.refused("mergePullRequest", **asked)[1].startswith('Required status check "ci" is expected.')
    waiting.pass_check()
    waiting.admin.post(f"{waiting.path}/reviews", {"event": "APPROVE"})
    client.change("mergePullRequest", "pullRequest { state }", **asked)
    assert waiting.github.reader.get(waiting.path)["merged"] is True


def test_new_commits_dismiss_approvals_where_the_base_wants_that(waiting: Waiting, hook: WebhookReceiver) -> None:
    waiting.protect(dismiss_stale_reviews=True)
    waiting.enable(waiting.github.maintainer)
    review = waiting.admin.post(f"{waiting.path}/reviews", {"event": "APPROVE"})
    head = waiting.github.push(waiting.name, "fix", {"more.txt": "more\n"}, waiting.github.maintainer)
    told = wait_until(lambda: hook.of("pull_request_review", "dismissed"), "the dismissal")[0].payload
    assert told["review"]["id"] == review["id"]
    waiting.pass_check(head)
    assert waiting.github.reader.get(waiting.path)["merged"] is False
    waiting.admin.post(f"{waiting.path}/reviews", {"event": "APPROVE"})
    waiting.merged()
