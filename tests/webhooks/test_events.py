"""A delivery becomes one event of a small closed set, and everything else is ignored with a reason."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest

from github_app.domain.ask import Account, Ask, By, Command, Origin
from github_app.domain.buttons import Button
from github_app.webhooks.asks import Press, by_press
from github_app.webhooks.events import Event, Ignored, read_event
from github_app.webhooks.inbox_place import Line, domain_key, line_of
from github_app.webhooks.news import News, news_in
from github_app.webhooks.payloads import decode
from github_app.webhooks.triggers import Triggers

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
SAID_BEFORE = {"body": {"from": "Once more:\n/harvest also test it"}}
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


def ask_of(name: str, payload: dict[str, Any], **changes: object) -> Ask:
    event = event_of(name, payload, **changes)
    assert isinstance(event, Ask)
    return event


def press_of(name: str, payload: dict[str, Any], **changes: object) -> Press:
    event = event_of(name, payload, **changes)
    assert isinstance(event, Press)
    return event


def test_the_label_on_an_issue_is_an_ask_whatever_its_case() -> None:
    ask = ask_of("issues", ISSUES)
    assert (ask.command, ask.origin) == (Command("do"), Origin(By.LABEL, 70, "2026-01-02T03:04:05Z"))
    assert (ask.actor, ask.target.thread, ask.target.place) == (Account(1, "ada", "User"), 3, "issue")
    assert (ask.target.installation_id, ask.target.repository.full_name, ask.target.repository.size_kb) == (
        5,
        "acme/slugs",
        12,
    )


def test_taking_the_label_off_withdraws() -> None:
    ask = ask_of("issues", ISSUES, action="unlabeled")
    assert (ask.command, ask.origin.by) == (Command("withdraw", "do"), By.UNLABEL)


@pytest.mark.parametrize(("name", "place"), [("issues", "issue"), ("pull_request", "pull")])
def test_closing_the_thread_stops(name: str, place: str) -> None:
    payload = {**ISSUES, "pull_request": {"id": 1, "number": 3, "updated_at": "2026-01-02T03:04:05Z"}}
    ask = ask_of(name, payload, action="closed")
    assert (ask.command, ask.origin.by) == (Command("close"), By.CLOSE)
    assert (ask.target.thread, ask.target.place) == (3, place)


@pytest.mark.parametrize("name", ["issues", "pull_request"])
def test_opening_the_thread_again_is_told_to_its_session(name: str) -> None:
    payload = {**ISSUES, "pull_request": {"id": 1, "number": 3, "updated_at": "2026-01-02T03:04:05Z"}}
    ask = ask_of(name, payload, action="reopened")
    assert (ask.command, ask.origin.by, ask.target.thread) == (Command("reopen"), By.REOPEN, 3)


def test_a_comment_that_begins_with_the_command_word_is_an_ask() -> None:
    ask = ask_of("issue_comment", COMMENT)
    assert ask.command == Command("do", "also test it")
    assert ask.origin == Origin(By.COMMENT, 80, "2026-01-02T03:04:05Z")
    on_pull = ask_of("issue_comment", COMMENT, issue__pull_request={"url": "…"}, comment__body="/harvest stop")
    assert (on_pull.command, on_pull.target.place) == (Command("stop"), "pull")


def test_a_button_of_our_own_check_run_is_pressed() -> None:
    press = press_of("check_run", CHECK_RUN)
    assert (press.button, press.by, press.job_id) == (Button.STOP, By.BUTTON, "job1")


def test_running_all_checks_again_names_the_commit() -> None:
    suite = {"id": 5, "head_sha": "a" * 40, "app": {"id": 7}}
    press = press_of("check_suite", {**CHECK_RUN, "check_suite": suite}, action="rerequested")
    assert (press.button, press.by, press.head_sha) == (Button.RETRY, By.RERUN, "a" * 40)


def test_asking_for_our_check_run_again_is_the_button_run_again() -> None:
    press = press_of("check_run", CHECK_RUN, action="rerequested", requested_action=None)
    assert (press.button, press.by) == (Button.RETRY, By.BUTTON)


def test_a_press_is_an_ask_on_the_thread_of_its_job_by_who_pressed() -> None:
    asked = ask_of("issue_comment", COMMENT, sender={"id": 2, "login": "bob", "type": "User"})
    stop = by_press(press_of("check_run", CHECK_RUN), "job1", asked)
    assert stop.command == Command("stop", "and keep")
    assert (stop.actor.login, stop.origin.by, stop.origin.job_id) == ("ada", By.BUTTON, "job1")
    assert stop.target == asked.target
    again = by_press(press_of("check_run", CHECK_RUN, action="rerequested", requested_action=None), "job1", asked)
    assert (again.command, again.origin.at) == (Command("retry"), asked.origin.at)


@pytest.mark.parametrize(
    ("name", "payload", "changes", "reason"),
    [
        ("fork", ISSUES, {}, "not an event that Harvest acts on"),
        ("issues", ISSUES, {"installation": None}, "names no installation"),
        ("issues", ISSUES, {"repository": None}, "names no repository"),
        ("issues", ISSUES, {"sender": None}, "names no sender"),
        ("issues", ISSUES, {"repository__archived": True}, "is archived"),
        ("issues", ISSUES, {"label__name": "bug"}, "the label is not harvest"),
        ("issues", ISSUES, {"label": None}, "the label is not harvest"),
        ("issues", ISSUES, {"issue": None}, "names no issue"),
        ("issues", ISSUES, {"issue__state": "closed"}, "it is not open"),
        ("issues", ISSUES, {"action": "opened"}, "issues.opened is not acted on"),
        (
            "issue_comment",
            COMMENT,
            {"action": "edited", "changes": {"body": {"from": "/harvest also test it"}}},
            "the edit makes",
        ),
        ("issue_comment", COMMENT, {"comment__body": "looks good"}, "no line of it begins with /harvest"),
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
        ("pull_request", ISSUES, {"action": "opened"}, "pull_request.opened names no pull request"),
    ],
)
def test_everything_else_is_ignored_with_a_reason(
    name: str, payload: dict[str, Any], changes: dict[str, object], reason: str
) -> None:
    event = event_of(name, payload, **changes)
    assert isinstance(event, Ignored)
    assert reason in event.reason
    assert domain_key(event) is None


def test_the_same_ask_has_the_same_key_and_another_one_another() -> None:
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
        ("issue_comment", COMMENT, {"comment__body": "/harvest stpo"}, Line(9, 3, urgent=False)),
        ("check_run", CHECK_RUN, {}, Line(9, None, urgent=True)),
        ("check_run", CHECK_RUN, {"action": "rerequested"}, Line(9, None, urgent=False)),
    ],
)
def test_what_stops_something_overtakes(name: str, payload: dict[str, Any], changes: dict[str, object], line: Line) -> None:
    assert line_of(event_of(name, payload, **changes)) == line


ANY = {key: ISSUES[key] for key in ("sender", "installation", "repository")}
PULL = {"id": 1, "number": 8, "updated_at": "2026-01-02T03:04:05Z"}
CHECK = {"id": 90, "head_sha": "c0ffee", "app": {"id": 15368}}


@pytest.mark.parametrize(
    ("name", "payload", "news"),
    [
        ("push", {"ref": "refs/heads/fix/a"}, News(9, pushed="fix/a")),
        ("push", {"ref": "refs/tags/v1"}, None),
        ("status", {"sha": "c0ffee", "state": "failure"}, News(9, sha="c0ffee")),
        ("status", {"sha": "c0ffee", "state": "pending"}, None),
        ("check_suite", {"action": "completed", "check_suite": CHECK}, News(9, sha="c0ffee")),
        ("check_run", {"action": "completed", "check_run": CHECK}, News(9, sha="c0ffee")),
        ("check_run", {"action": "created", "check_run": CHECK}, None),
        ("check_run", {"action": "completed", "check_run": {**CHECK, "app": {"id": 7}}}, None),
        ("pull_request", {"action": "synchronize", "pull_request": PULL}, News(9, pull=8)),
        ("pull_request", {"action": "labeled", "pull_request": PULL}, None),
        ("pull_request_review", {"action": "submitted", "pull_request": PULL}, News(9, pull=8)),
        ("issues", {"action": "closed"}, None),
    ],
)
def test_what_a_watch_may_have_to_look_at(name: str, payload: dict[str, Any], news: News | None) -> None:
    body = decode(msgspec.json.encode({**ANY, **payload}))
    assert news_in(name, body, TRIGGERS.app_id) == news
    assert isinstance(read_event(name, body, TRIGGERS), Ignored) or name == "issues", "none of it asks for anything"
