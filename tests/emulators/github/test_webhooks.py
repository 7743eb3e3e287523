from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import parse_qs

import pytest

from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


def _open_issue(github: GitHubService, repo: str, title: str = "x") -> int:
    return int(github.maintainer.post(f"{repo}/issues", {"title": title})["number"])


def _listed(github: GitHubService, **query: object) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = github.as_app().get("/app/hook/deliveries", **query)
    return listed


def test_a_delivery_is_signed_and_has_githubs_headers(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    _open_issue(github, repo)
    delivery = wait_until(lambda: hook.of("issues"), "the delivery")[0]
    secret = github.env["GITHUB_WEBHOOK_SECRET"].encode()
    signature = hmac.new(secret, delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-hub-signature-256"] == f"sha256={signature}"
    assert delivery.headers["x-github-hook-installation-target-id"] == github.env["GITHUB_APP_ID"]
    assert delivery.headers["x-github-hook-installation-target-type"] == "integration"
    assert delivery.headers["user-agent"].startswith("GitHub-Hookshot/")
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["x-github-hook-id"].isdecimal()
    assert len(delivery.guid) == 36


def test_a_payload_is_as_large_as_githubs_and_names_who_and_where(
    github: GitHubService, repo: str, hook: WebhookReceiver
) -> None:
    number = _open_issue(github, repo)
    github.maintainer.post(f"{repo}/issues/{number}/labels", {"labels": ["harvest"]})
    delivery = wait_until(lambda: hook.of("issues", "labeled"), "the label")[0]
    assert len(delivery.body) > 8_000
    payload = delivery.payload
    assert payload["label"]["name"] == "harvest"
    assert payload["sender"]["login"] == github.maintainer.login
    assert f"/repos/{payload['repository']['full_name']}" == repo
    assert payload["installation"]["id"] == github.as_app().get(f"{repo}/installation")["id"]
    assert payload["organization"]["login"] == repo.split("/")[2]


def test_deliveries_come_in_the_order_in_which_things_happened(
    github: GitHubService, repo: str, hook: WebhookReceiver
) -> None:
    number = _open_issue(github, repo)
    for text in "abcdef":
        github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": text})
    wait_until(lambda: len(hook.of("issue_comment")) == 6, "six comments")
    assert [one.payload["comment"]["body"] for one in hook.of("issue_comment")] == list("abcdef")


def test_a_comment_on_a_pull_request_says_so(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    github.push(repo.removeprefix("/repos/"), "fix", {"x": "y"}, github.maintainer)
    number = github.maintainer.post(f"{repo}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": "/harvest go on"})
    told = wait_until(lambda: hook.of("issue_comment", "created"), "the comment")[0].payload
    assert told["issue"]["pull_request"]["html_url"].endswith(f"/pull/{number}")


def test_every_event_of_a_pull_request_is_told(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    name, maintainer, reader = repo.removeprefix("/repos/"), github.maintainer, github.reader
    sha = github.push(name, "fix", {"x": "y"}, maintainer)
    number = maintainer.post(f"{repo}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    pull = f"{repo}/pulls/{number}"
    maintainer.post(f"{repo}/issues/{number}/labels", {"labels": ["harvest"]})
    maintainer.delete(f"{repo}/issues/{number}/labels/harvest")
    maintainer.post(f"{pull}/requested_reviewers", {"reviewers": [reader.login]})
    reader.post(f"{pull}/reviews", {"event": "COMMENT", "body": "Hm."})
    line = reader.post(f"{pull}/comments", {"commit_id": sha, "path": "x", "line": 1, "body": "?"})
    reader.patch(f"{repo}/pulls/comments/{line['id']}", {"body": "!"})
    reader.delete(f"{repo}/pulls/comments/{line['id']}")
    maintainer.patch(pull, {"title": "y", "state": "closed"})
    maintainer.patch(pull, {"state": "open"})
    wait_until(lambda: hook.of("pull_request", "reopened"), "the last event")
    told = [(one.event, one.action) for one in hook.received if one.event not in ("check_suite", "push")]
    assert told == [
        ("pull_request", "opened"),
        ("pull_request", "labeled"),
        ("pull_request", "unlabeled"),
        ("pull_request", "review_requested"),
        ("pull_request_review", "submitted"),
        ("pull_request_review", "submitted"),
        ("pull_request_review_comment", "created"),
        ("pull_request_review_comment", "edited"),
        ("pull_request_review_comment", "deleted"),
        ("pull_request", "edited"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
    ]


def test_every_event_of_an_issue_is_told(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    maintainer = github.maintainer
    number = maintainer.post(f"{repo}/issues", {"title": "x", "labels": ["bug"]})["number"]
    comment = maintainer.post(f"{repo}/issues/{number}/comments", {"body": "one"})["id"]
    maintainer.patch(f"{repo}/issues/comments/{comment}", {"body": "two"})
    maintainer.delete(f"{repo}/issues/comments/{comment}")
    maintainer.patch(f"{repo}/issues/{number}", {"body": "new", "assignees": [maintainer.login], "state": "closed"})
    maintainer.patch(f"{repo}/issues/{number}", {"labels": [], "assignees": [], "state": "open"})
    wait_until(lambda: hook.of("issues", "reopened"), "the last event")
    assert [(one.event, one.action) for one in hook.received] == [
        ("issues", "opened"),
        ("issues", "labeled"),
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
        ("issues", "edited"),
        ("issues", "assigned"),
        ("issues", "closed"),
        ("issues", "unlabeled"),
        ("issues", "unassigned"),
        ("issues", "reopened"),
    ]
    assert hook.of("issue_comment", "edited")[0].payload["changes"] == {"body": {"from": "one"}}


def test_installations_and_their_repositories_are_told(github: GitHubService, hook: WebhookReceiver) -> None:
    github.add_person("told-org", "Organization")
    for name in ("one", "two"):
        github.add_repository(name, owner="told-org", files={"a": "b"})
    installation = github.control("POST", "installations", {"account": "told-org", "repositories": ["one"]})["id"]
    path = f"installations/{installation}"
    github.control("PATCH", path, {"add_repositories": ["two"]})
    github.control("PATCH", path, {"remove_repositories": ["one"]})
    github.control("PATCH", path, {"permissions": {"contents": "read"}})
    github.control("PATCH", path, {"suspended": True})
    github.control("PATCH", path, {"suspended": False})
    github.control("DELETE", path)
    wait_until(lambda: hook.of("installation", "deleted"), "the last event")
    assert [(one.event, one.action) for one in hook.received] == [
        ("installation", "created"),
        ("installation_repositories", "added"),
        ("installation_repositories", "removed"),
        ("installation", "new_permissions_accepted"),
        ("installation", "suspend"),
        ("installation", "unsuspend"),
        ("installation", "deleted"),
    ]
    assert hook.received[1].payload["repositories_added"][0]["full_name"] == "told-org/two"


def test_the_app_suspends_its_own_installation(github: GitHubService, hook: WebhookReceiver) -> None:
    github.add_person("paused-org", "Organization")
    installation = github.control("POST", "installations", {"account": "paused-org"})["id"]
    github.as_app().send("PUT", f"/app/installations/{installation}/suspended").raise_for_status()
    assert github.as_app().get(f"/app/installations/{installation}")["suspended_at"]
    github.as_app().delete(f"/app/installations/{installation}/suspended")
    wait_until(lambda: hook.of("installation", "unsuspend"), "the end of the suspension")


def test_a_ping_is_sent_and_the_hook_can_change(github: GitHubService, hook: WebhookReceiver) -> None:
    config = github.as_app().patch("/app/hook/config", {"secret": "another", "content_type": "form"})
    assert (config["secret"], config["content_type"]) == ("********", "form")
    github.control("POST", "ping")
    delivery = wait_until(lambda: list(hook.received), "the ping")[0]
    assert delivery.headers["content-type"] == "application/x-www-form-urlencoded"
    assert json.loads(parse_qs(delivery.body.decode())["payload"][0])["hook_id"]
    assert (
        delivery.headers["x-hub-signature-256"] == f"sha256={hmac.new(b'another', delivery.body, hashlib.sha256).hexdigest()}"
    )
    github.control("PATCH", "hook", {"secret": github.env["GITHUB_WEBHOOK_SECRET"], "content_type": "json"})


def test_a_refused_delivery_is_not_sent_again_until_asked(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    hook.status = 503
    _open_issue(github, repo)
    failed = wait_until(lambda: [one for one in _listed(github, per_page=1) if one["status_code"] == 503], "its failure")[0]
    assert (failed["status"], failed["event"], failed["redelivery"]) == ("Invalid HTTP Response: 503", "issues", False)

    hook.status = 202
    github.as_app().post(f"/app/hook/deliveries/{failed['id']}/attempts")

    wait_until(lambda: len(hook.received) == 2, "the second attempt")
    assert hook.received[0].guid == hook.received[1].guid
    assert hook.received[0].body == hook.received[1].body
    again = wait_until(lambda: [one for one in _listed(github, per_page=1) if one["status_code"] == 202], "its record")[0]
    assert (again["redelivery"], again["guid"]) == (True, failed["guid"])
    whole = github.as_app().get(f"/app/hook/deliveries/{again['id']}")
    assert whole["request"]["payload"]["action"] == "opened"
    assert whole["request"]["headers"]["X-GitHub-Event"] == "issues"


def test_deliveries_are_listed_by_cursor(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    for number in range(3):
        _open_issue(github, repo, f"issue {number}")
    wait_until(lambda: len(hook.received) == 3, "three deliveries")
    first = github.as_app().send("GET", "/app/hook/deliveries", params={"per_page": 2})
    second = github.api.get(first.links["next"]["url"], headers={"authorization": f"Bearer {github.as_app().token}"})
    ids = [one["id"] for one in first.json()] + [one["id"] for one in second.json()]
    assert ids == sorted(ids, reverse=True)
    assert len(first.json()) == 2
    assert github.as_app().send("GET", "/app/hook/deliveries", params={"cursor": "nonsense"}).status_code == 422


def test_nobody_listening_is_recorded_as_a_failure(github: GitHubService, repo: str) -> None:
    github.point_hook_at("http://127.0.0.1:9/webhooks")
    _open_issue(github, repo)
    wait_until(lambda: str(_listed(github, per_page=1)[0]["status"]).startswith("failed to connect"), "the failure")


def test_a_suspended_installation_gets_no_webhooks(github: GitHubService, hook: WebhookReceiver) -> None:
    github.add_person("silent-org", "Organization")
    name = github.add_repository("any", owner="silent-org", files={"a": "b"})
    installation = github.control("POST", "installations", {"account": "silent-org"})["id"]
    github.control("PATCH", f"installations/{installation}", {"suspended": True})
    github.outsider.post(f"/repos/{name}/issues", {"title": "x"})
    github.control("POST", "ping")
    wait_until(lambda: hook.of("ping"), "what was sent afterwards")
    assert hook.of("issues") == []


@pytest.mark.parametrize(("fault", "guids"), [("duplicate", 1), ("duplicate-new-guid", 3)])
def test_a_delivery_can_come_several_times(
    github: GitHubService, repo: str, hook: WebhookReceiver, fault: str, guids: int
) -> None:
    github.delivery_fault(fault, event="issues", action="opened", copies=2)
    _open_issue(github, repo)
    wait_until(lambda: len(hook.received) == 3, "three copies")
    assert len({one.guid for one in hook.received}) == guids
    assert len({one.body for one in hook.received}) == 1


def test_a_late_delivery_is_overtaken(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    github.delivery_fault("late", event="issues", delay_seconds=0.3)
    _open_issue(github, repo, "first")
    _open_issue(github, repo, "second")
    wait_until(lambda: len(hook.received) == 2, "both deliveries")
    assert [one.payload["issue"]["title"] for one in hook.received] == ["second", "first"]


def test_a_lost_delivery_is_nowhere_and_an_unreached_one_can_be_asked_for(
    github: GitHubService, repo: str, hook: WebhookReceiver
) -> None:
    last = _listed(github, per_page=1)
    github.delivery_fault("lost", event="issues")
    _open_issue(github, repo, "lost")
    assert _listed(github, per_page=1) == last
    github.delivery_fault("unreached", event="issues")
    _open_issue(github, repo, "unreached")
    unreached = _listed(github, per_page=1)[0]
    assert (unreached["status_code"], hook.received) == (0, [])
    github.as_app().post(f"/app/hook/deliveries/{unreached['id']}/attempts")
    assert wait_until(lambda: list(hook.received), "the redelivery")[0].payload["issue"]["title"] == "unreached"
