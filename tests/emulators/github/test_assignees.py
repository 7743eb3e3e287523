"""Who works on something, as githubkit's models read it and as the App is told of it."""

from __future__ import annotations

import pytest
from githubkit.exception import RequestFailed

from tests.emulators.github.githubkit_client import client_of, refusal
from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


def test_each_person_who_is_assigned_or_no_longer_is_one_event(
    github: GitHubService, repo: str, hook: WebhookReceiver
) -> None:
    where, issues = repo.removeprefix("/repos/").split("/"), client_of(github, github.maintainer)
    one, two = github.maintainer.login, github.reader.login
    number = issues.rest.issues.create(*where, title="x", assignees=[one]).parsed_data.number
    added = issues.rest.issues.add_assignees(*where, number, assignees=[one, two]).parsed_data
    assert [person.login for person in added.assignees] == [one, two]
    issues.rest.issues.remove_assignees(*where, number, assignees=[one])
    issues.rest.issues.update(*where, number, assignees=[one])
    wait_until(lambda: len(hook.of("issues", "assigned")) >= 3, "the last event")
    told = [(got.action, got.payload.get("assignee", {}).get("login")) for got in hook.of("issues")]
    assert told == [
        ("opened", None),
        ("assigned", one),
        ("assigned", two),
        ("unassigned", one),
        ("unassigned", two),
        ("assigned", one),
    ]
    left = hook.of("issues", "unassigned")[0].payload["issue"]["assignees"]
    assert [person["login"] for person in left] == [two]
    events = issues.rest.issues.list_events(*where, number).parsed_data
    assert [(event.event, event.assignee.login) for event in events][:2] == [("assigned", one), ("assigned", two)]


def test_pull_requests_have_assignees_too(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    github.push(repo.removeprefix("/repos/"), "fix", {"new.txt": "one\n"}, github.maintainer)
    number = github.maintainer.post(f"{repo}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    github.maintainer.post(f"{repo}/issues/{number}/assignees", {"assignees": [github.reader.login]})
    told = wait_until(lambda: hook.of("pull_request", "assigned"), "the event")[0].payload
    assert (told["assignee"]["login"], told["number"]) == (github.reader.login, number)


def test_who_can_be_assigned_is_listed_and_others_are_not_assigned(github: GitHubService, repo: str) -> None:
    where, rest = repo.removeprefix("/repos/").split("/"), client_of(github, github.maintainer)
    able, outsider = [github.maintainer.login, github.reader.login], github.outsider.login
    listed = [person.login for person in rest.rest.issues.list_assignees(*where).parsed_data]
    assert listed == able
    assert rest.rest.issues.check_user_can_be_assigned(*where, able[1]).status_code == 204
    with pytest.raises(RequestFailed) as failed:
        rest.rest.issues.check_user_can_be_assigned(*where, outsider)
    assert refusal(failed.value)[0] == 404
    invalid = {"value": outsider, "resource": "Issue", "field": "assignees", "code": "invalid"}
    with pytest.raises(RequestFailed) as failed:
        rest.rest.issues.create(*where, title="x", assignees=[outsider])
    assert refusal(failed.value) == (422, [invalid])

    number = rest.rest.issues.create(*where, title="x").parsed_data.number
    assert rest.rest.issues.add_assignees(*where, number, assignees=[outsider]).parsed_data.assignees == []
    github.outsider.post(f"{repo}/issues/{number}/comments", {"body": "Mine."})
    assert rest.rest.issues.check_user_can_be_assigned_to_issue(*where, number, outsider).status_code == 204
    assert len(rest.rest.issues.add_assignees(*where, number, assignees=[outsider]).parsed_data.assignees) == 1


def test_who_may_not_assign_changes_nothing(github: GitHubService, repo: str) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x"})["number"]
    answer = github.reader.post(f"{repo}/issues/{number}/assignees", {"assignees": [github.reader.login]})
    assert answer["assignees"] == []
