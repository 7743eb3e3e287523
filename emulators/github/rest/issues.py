"""Issues. A pull request is an issue too. https://docs.github.com/rest/issues/issues"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, require_authorship, write
from emulators.github.assigning import assign
from emulators.github.changes import CloseReason, close, edit, open_issue, remove_label, reopen
from emulators.github.changes import add_labels as put_labels
from emulators.github.clock import parse_stamp
from emulators.github.errors import unprocessable
from emulators.github.model.accounts import at_least
from emulators.github.model.discussions import Issue
from emulators.github.rest.assignees import may_assign, named_assignees, set_assignees
from emulators.github.rest.gone import tell_if_gone
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.discussions import issue as issue_shape
from emulators.github.shapes.discussions import issue_event
from emulators.github.tokens import Person

MAX_TITLE_CHARACTERS = 256
MAX_BODY_CHARACTERS = 65_536
# https://docs.github.com/issues/using-labels-and-milestones-to-track-work/managing-labels
MAX_LABEL_CHARACTERS = 50


@route("GET /repos/{owner}/{repo}/issues", read("issues"))
async def list_issues(call: Call) -> Answer:
    query = call.query
    shown = list(call.repository.issues.values())
    if (state := query.get("state", "open")) != "all":
        shown = [one for one in shown if one.state == state]
    if labels := query.get("labels"):
        wanted = {name.strip().lower() for name in str(labels).split(",") if name.strip()}
        shown = [one for one in shown if wanted <= {label.name.lower() for label in one.labels}]
    if since := query.get("since"):
        shown = [one for one in shown if one.updated_at >= parse_stamp(since)]
    if creator := query.get("creator"):
        shown = [one for one in shown if one.author.login.lower() == str(creator).lower()]
    key = query.get("sort", "created")
    shown.sort(key=lambda one: (_sort_value(one, key), one.number), reverse=query.get("direction", "desc") == "desc")
    answer = call.page_of(shown)
    return Answer(200, [issue_shape(call.github.at, call.repository, one) for one in answer.body], answer.headers)


@route("POST /repos/{owner}/{repo}/issues", write("issues", role="read"))
async def create_issue(call: Call) -> Answer:
    repo, asked = call.repository, call.body
    check_text(asked["title"], asked.get("body"))
    names = label_names(asked.get("labels") or [])
    if isinstance(call.actor, Person) and not at_least(repo.role_of(call.account), "triage"):
        names = []  # "Labels are silently dropped otherwise", says GitHub of who may not set them
    assignees = named_assignees(call, _asked_assignees(asked)) if may_assign(call) else []
    made = open_issue(call.github, repo, call.account, str(asked["title"]), asked.get("body"), names, call.via_app)
    await assign(call.github, repo, made, assignees, call.account)
    shape = issue_shape(call.github.at, repo, made)
    return Answer(201, shape, {"location": shape["url"]})


@route("GET /repos/{owner}/{repo}/issues/{issue_number}", read("issues", "pull_requests"))
async def get_issue(call: Call) -> Answer:
    tell_if_gone(call)
    return Answer(200, issue_shape(call.github.at, call.repository, call.issue))


@route("PATCH /repos/{owner}/{repo}/issues/{issue_number}", write("issues", "pull_requests", role="read"))
async def update_issue(call: Call) -> Answer:
    github, repo, issue, sender, asked = call.github, call.repository, call.issue, call.account, call.body or {}
    require_authorship(call.actor, repo, issue.author, "triage")
    title = None if asked.get("title") is None else str(asked["title"])
    check_text(issue.title if title is None else title, asked.get("body"))
    assignees = None
    if ("assignees" in asked or "assignee" in asked) and may_assign(call):
        assignees = named_assignees(call, _asked_assignees(asked), issue)
    await edit(github, repo, issue, sender, title, asked.get("body"))
    if "labels" in asked:
        call.require(write("issues", "pull_requests", role="triage"))
        wanted = [name.lower() for name in label_names(asked["labels"] or [])]
        for label in [one for one in issue.labels if one.name.lower() not in wanted]:
            await remove_label(github, repo, issue, label, sender)
        await put_labels(github, repo, issue, label_names(asked["labels"] or []), sender)
    if assignees is not None:
        await set_assignees(call, issue, assignees)
    if asked.get("state") == "closed":
        await close(github, repo, issue, sender, _reason(asked.get("state_reason")))
    elif asked.get("state") == "open":
        await reopen(github, repo, issue, sender)
    return Answer(200, issue_shape(github.at, repo, issue))


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/events", read("issues", "pull_requests"))
async def list_issue_events(call: Call) -> Answer:
    return call.page_of([issue_event(call.github.at, call.repository, one) for one in call.issue.events])


@route("GET /repos/{owner}/{repo}/issues/events", read("issues", "pull_requests"))
async def list_repository_issue_events(call: Call) -> Answer:
    """Newest first, each with its issue as it is now; there is no `since`.
    https://docs.github.com/rest/issues/events#list-issue-events-for-a-repository"""
    every = [(issue, one) for issue in call.repository.issues.values() for one in issue.events]
    every.sort(key=lambda pair: pair[1].id, reverse=True)
    window, headers = call.window(len(every))
    at, repo = call.github.at, call.repository
    shapes = [{**issue_event(at, repo, one), "issue": issue_shape(at, repo, issue)} for issue, one in every[window]]
    return Answer(200, shapes, headers)


def check_text(title: object, body: object) -> None:
    """Raises 422 for what GitHub finds too long or empty."""
    if title in (None, ""):
        raise unprocessable(resource="Issue", field="title", code="missing_field")
    if len(str(title)) > MAX_TITLE_CHARACTERS:
        raise unprocessable(
            resource="Issue", field="title", code="custom", message="title is too long (maximum is 256 characters)"
        )
    check_body(body, "Issue")


def check_body(body: object, resource: str) -> None:
    """Raises 422 for a text longer than GitHub keeps."""
    if isinstance(body, str) and len(body) > MAX_BODY_CHARACTERS:
        message = f"body is too long (maximum is {MAX_BODY_CHARACTERS} characters)"
        raise unprocessable(resource=resource, field="body", code="custom", message=message)


def label_names(labels: list[object]) -> list[str]:
    """GitHub takes labels as strings or as objects with a name. Raises 422 for a name that it doesn't take."""
    names = [str(one["name"]) if isinstance(one, dict) else str(one) for one in labels]
    for name in names:
        check_label_name(name)
    return names


def check_label_name(name: str) -> None:
    """Raises 422 for a label that GitHub can't have."""
    if len(name) > MAX_LABEL_CHARACTERS:
        message = f"name is too long (maximum is {MAX_LABEL_CHARACTERS} characters)"
        raise unprocessable(resource="Label", field="name", code="custom", message=message)


def _asked_assignees(asked: dict[str, Any]) -> list[Any]:
    """`assignee` is the older way to name one."""
    older = [asked["assignee"]] if asked.get("assignee") else []
    return asked.get("assignees") or older


def _sort_value(issue: Issue, key: str) -> float:
    match key:
        case "updated":
            return issue.updated_at.timestamp()
        case "comments":
            return len(issue.comments)
        case _:
            return issue.created_at.timestamp()


def _reason(asked: object) -> CloseReason:
    match asked:
        case "not_planned" | "duplicate":
            return asked
        case _:
            return "completed"
