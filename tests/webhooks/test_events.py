"""A delivery becomes one event of a small closed set, and everything else is ignored with a reason."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest

from github_app.commands.grammar import Do
from github_app.domain.buttons import Button
from github_app.webhooks.events import (
    Closed,
    Commanded,
    Event,
    Ignored,
    Labelled,
    Line,
    Pressed,
    RerunAll,
    Triggers,
    Unlabelled,
    domain_key,
    line_of,
    read_event,
)
from github_app.webhooks.payloads import decode

TRIGGERS = Triggers(label="harvest", command="/harvest", app_id=7)

ISSUES: dict[str, Any] = {
    "action": "labeled",
    "sender": {"id": 1, "login": "ada", "type": "User"},
    "installation": {"id": 5},
    "repository": {"id": 9, "full_name": "acme/slugs", "default_branch": "main", "size": 12},
    "issue": {"id": 70, "number": 3, "title": "Bug", "state": "open", "updated_at": "2026-01-02T03:04:05Z", "body": None},
    "label": {"name": "Harvest"},
}
COMMENT: dict[str, Any] = {
    **{key: value for key, value in ISSUES.items() if key != "label"},
    "action": "created",
    "comment": {
        "id": 80,
        "body": "/harvest also test it",
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z",
    },
}
CHECK_RUN: dict[str, Any] = {
    **{key: value for key, value in ISSUES.items() if key not in ("label", "issue")},
    "action": "requested_action",
    "requested_action": {"identifier": "stop"},
    "check_run": {"id": 90, "external_id": "job1", "app": {"id": 7}},
}


def event_of(name: str, payload: dict[str, Any], **changes: object) -> Event:
    payload = copy.deepcopy(payload)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = payload
        for parent in parents:
            place = place[parent]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return read_event(name, decode(msgspec.json.encode(payload)), TRIGGERS)


def test_the_label_on_an_issue_is_a_request_whatever_its_case() -> None:
    event = event_of("issues", ISSUES)
    assert isinstance(event, Labelled)
    assert (event.where.sender.login, event.issue.number) == ("ada", 3)


def test_taking_the_label_off_withdraws() -> None:
    assert isinstance(event_of("issues", ISSUES, action="unlabeled"), Unlabelled)


@pytest.mark.parametrize("name", ["issues", "pull_request"])
def test_closing_the_thread_stops(name: str) -> None:
    payload = {**ISSUES, "pull_request": {"id": 1, "number": 3, "updated_at": "2026-01-02T03:04:05Z"}}
    event = event_of(name, payload, action="closed")
    assert isinstance(event, Closed)
    assert event.number == 3


def test_a_comment_that_begins_with_the_command_word_is_a_request() -> None:
    event = event_of("issue_comment", COMMENT)
    assert isinstance(event, Commanded)
    assert event.command == Do("also test it")


def test_a_button_of_our_own_check_run_is_pressed() -> None:
    event = event_of("check_run", CHECK_RUN)
    assert isinstance(event, Pressed)
    assert (event.button, event.job_id) == (Button.STOP, "job1")


def test_running_all_checks_again_names_the_commit() -> None:
    suite = {"id": 5, "head_sha": "a" * 40, "app": {"id": 7}}
    event = event_of("check_suite", {**CHECK_RUN, "check_suite": suite}, action="rerequested")
    assert isinstance(event, RerunAll)
    assert event.head_sha == "a" * 40


def test_asking_for_our_check_run_again_is_the_button_run_again() -> None:
    event = event_of("check_run", CHECK_RUN, action="rerequested", requested_action=None)
    assert isinstance(event, Pressed)
    assert event.button is Button.RETRY


@pytest.mark.parametrize(
    ("name", "payload", "changes", "reason"),
    [
        ("push", ISSUES, {}, "not an event that Harvest acts on"),
        ("issues", ISSUES, {"installation": None}, "names no installation"),
        ("issues", ISSUES, {"repository": None}, "names no repository"),
        ("issues", ISSUES, {"sender": None}, "names no sender"),
        ("issues", ISSUES, {"repository__archived": True}, "is archived"),
        ("issues", ISSUES, {"label__name": "bug"}, "the label is not harvest"),
        ("issues", ISSUES, {"label": None}, "the label is not harvest"),
        ("issues", ISSUES, {"issue": None}, "names no issue"),
        ("issues", ISSUES, {"issue__state": "closed"}, "the issue is not open"),
        ("issues", ISSUES, {"action": "opened"}, "issues.opened is not acted on"),
        ("issue_comment", COMMENT, {"action": "edited"}, "when it is written"),
        ("issue_comment", COMMENT, {"comment__body": "looks good"}, "does not begin with /harvest"),
        ("issue_comment", COMMENT, {"comment": None}, "names no issue or no comment"),
        ("check_run", CHECK_RUN, {"check_run__app": {"id": 8}}, "not one of Harvest's"),
        ("check_run", CHECK_RUN, {"check_run__external_id": ""}, "not one of Harvest's"),
        ("check_run", CHECK_RUN, {"requested_action__identifier": "deploy"}, "no button is called 'deploy'"),
        ("check_run", CHECK_RUN, {"action": "completed"}, "check_run.completed is not acted on"),
        ("check_suite", {**CHECK_RUN, "check_suite": {"id": 5, "head_sha": "a", "app": {"id": 8}}}, {}, "not Harvest's"),
        (
            "check_suite",
            {**CHECK_RUN, "check_suite": {"id": 5, "head_sha": "a", "app": {"id": 7}}},
            {"action": "requested"},
            "acted",
        ),
        ("pull_request", ISSUES, {"action": "opened"}, "pull_request.opened is not acted on"),
    ],
)
def test_everything_else_is_ignored_with_a_reason(
    name: str, payload: dict[str, Any], changes: dict[str, object], reason: str
) -> None:
    event = event_of(name, payload, **changes)
    assert isinstance(event, Ignored)
    assert reason in event.reason
    assert domain_key(event) is None


def test_the_same_request_has_the_same_key_and_another_one_another() -> None:
    same = {domain_key(event_of("issues", ISSUES)), domain_key(event_of("issues", ISSUES))}
    later = domain_key(event_of("issues", ISSUES, issue__updated_at="2026-01-02T03:04:06Z"))
    off = domain_key(event_of("issues", ISSUES, action="unlabeled"))
    assert len(same) == 1
    assert (
        len({*same, later, off, domain_key(event_of("issue_comment", COMMENT)), domain_key(event_of("check_run", CHECK_RUN))})
        == 5
    )


@pytest.mark.parametrize(
    ("name", "payload", "changes", "line"),
    [
        ("issues", ISSUES, {}, Line(9, 3, urgent=False)),
        ("issues", ISSUES, {"action": "unlabeled"}, Line(9, 3, urgent=False)),
        ("issues", ISSUES, {"action": "closed"}, Line(9, 3, urgent=True)),
        ("issue_comment", COMMENT, {}, Line(9, 3, urgent=False)),
        ("issue_comment", COMMENT, {"comment__body": "/harvest stop"}, Line(9, 3, urgent=True)),
        ("check_run", CHECK_RUN, {}, Line(9, None, urgent=True)),
        ("check_run", CHECK_RUN, {"action": "rerequested"}, Line(9, None, urgent=False)),
    ],
)
def test_what_stops_something_overtakes(name: str, payload: dict[str, Any], changes: dict[str, object], line: Line) -> None:
    assert line_of(event_of(name, payload, **changes)) == line
