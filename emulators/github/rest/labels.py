"""Labels of an issue and of a repository. https://docs.github.com/rest/issues/labels"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, write
from emulators.github.changes import add_labels, find_label, remove_label
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.discussions import Label
from emulators.github.rest.issues import check_label_name, label_names
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.repositories import label as label_shape

_SET = write("issues", "pull_requests", role="triage")


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/labels", read("issues", "pull_requests"))
async def list_issue_labels(call: Call) -> Answer:
    return call.page_of(_of_issue(call))


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", _SET)
async def add_issue_labels(call: Call) -> Answer:
    names = _asked(call.body)
    await add_labels(call.github, call.repository, call.issue, names, call.account)
    return Answer(200, _of_issue(call))


@route("PUT /repos/{owner}/{repo}/issues/{issue_number}/labels", _SET)
async def set_issue_labels(call: Call) -> Answer:
    names = _asked(call.body)
    wanted = {name.lower() for name in names}
    for label in [one for one in call.issue.labels if one.name.lower() not in wanted]:
        await remove_label(call.github, call.repository, call.issue, label, call.account)
    await add_labels(call.github, call.repository, call.issue, names, call.account)
    return Answer(200, _of_issue(call))


@route("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels", _SET)
async def remove_all_issue_labels(call: Call) -> Answer:
    for label in list(call.issue.labels):
        await remove_label(call.github, call.repository, call.issue, label, call.account)
    return Answer(204)


@route("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", _SET)
async def remove_issue_label(call: Call) -> Answer:
    label = find_label(call.repository, call.parameters["name"])
    if label is None or label not in call.issue.labels:
        raise not_found_label()
    await remove_label(call.github, call.repository, call.issue, label, call.account)
    return Answer(200, _of_issue(call))


@route("GET /repos/{owner}/{repo}/labels", read("issues", "pull_requests"))
async def list_labels(call: Call) -> Answer:
    return call.page_of([_shape(call, one) for one in call.repository.labels.values()])


@route("POST /repos/{owner}/{repo}/labels", write("issues", "pull_requests", role="write"))
async def create_label(call: Call) -> Answer:
    name, color = call.body["name"], call.body.get("color") or "ededed"
    check_label_name(name)
    if find_label(call.repository, name):
        raise unprocessable(resource="Label", field="name", code="already_exists")
    made = Label(call.github.store.new_id("label"), name, color, call.body.get("description"))
    call.repository.labels[name.lower()] = made
    return Answer(201, _shape(call, made))


@route("GET /repos/{owner}/{repo}/labels/{name}", read("issues", "pull_requests"))
async def get_label(call: Call) -> Answer:
    return Answer(200, _shape(call, _label(call)))


@route("PATCH /repos/{owner}/{repo}/labels/{name}", write("issues", "pull_requests", role="write"))
async def update_label(call: Call) -> Answer:
    label, asked = _label(call), call.body or {}
    check_label_name(asked.get("new_name", label.name))
    del call.repository.labels[label.name.lower()]
    label.name = asked.get("new_name", label.name)
    label.color = asked.get("color", label.color)
    label.description = asked.get("description", label.description)
    call.repository.labels[label.name.lower()] = label
    return Answer(200, _shape(call, label))


@route("DELETE /repos/{owner}/{repo}/labels/{name}", write("issues", "pull_requests", role="write"))
async def delete_label(call: Call) -> Answer:
    label = _label(call)
    del call.repository.labels[label.name.lower()]
    for issue in call.repository.issues.values():
        issue.labels = [one for one in issue.labels if one is not label]
    return Answer(204)


def not_found_label() -> Exception:
    refused = not_found()
    refused.message = "Label does not exist"
    return refused


def _asked(body: dict[str, Any] | list[object] | None) -> list[str]:
    """The names in `{"labels": […]}`, or in a bare array, which GitHub takes as well.
    https://docs.github.com/rest/issues/labels#add-labels-to-an-issue"""
    return label_names(body if isinstance(body, list) else (body or {}).get("labels") or [])


def _label(call: Call) -> Label:
    found = find_label(call.repository, call.parameters["name"])
    if found is None:
        raise not_found()
    return found


def _shape(call: Call, label: Label) -> dict[str, Any]:
    return label_shape(call.github.at, call.repository, label)


def _of_issue(call: Call) -> list[dict[str, Any]]:
    return [_shape(call, one) for one in call.issue.labels]
