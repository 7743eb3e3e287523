"""Issues that are parts of another one. https://docs.github.com/rest/issues/sub-issues"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.discussions import Issue
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.discussions import issue as issue_shape

# https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/adding-sub-issues
MOST_SUB_ISSUES = 100

_WRITE = write("issues", role="triage")


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/sub_issues", read("issues"))
async def list_sub_issues(call: Call) -> Answer:
    return call.page_of([issue_shape(call.github.at, call.repository, one) for one in call.issue.sub_issues])


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/sub_issues", _WRITE)
async def add_sub_issue(call: Call) -> Answer:
    """Gives the parent."""
    parent, child, moves = call.issue, _named(call), bool(call.body.get("replace_parent"))
    above = next((one for one in call.repository.issues.values() if child in one.sub_issues), None)
    if child is parent:
        raise _refused("An issue cannot be a parent or child of itself")
    if above is parent:
        raise _refused("Issue may not contain duplicate sub-issues")
    if above is not None and not moves:
        raise _refused("Sub issue may only have one parent")
    if len(parent.sub_issues) >= MOST_SUB_ISSUES:
        raise _refused(f"Parent cannot have more than {MOST_SUB_ISSUES} sub-issues")
    if above is not None:
        above.sub_issues.remove(child)
    parent.sub_issues.append(child)
    return Answer(201, issue_shape(call.github.at, call.repository, parent))


@route("DELETE /repos/{owner}/{repo}/issues/{issue_number}/sub_issue", _WRITE)
async def remove_sub_issue(call: Call) -> Answer:
    child = _named(call)
    if child not in call.issue.sub_issues:
        raise not_found()
    call.issue.sub_issues.remove(child)
    return Answer(200, issue_shape(call.github.at, call.repository, call.issue))


@route("PATCH /repos/{owner}/{repo}/issues/{issue_number}/sub_issues/priority", _WRITE)
async def reprioritize_sub_issue(call: Call) -> Answer:
    """Behind or before another one of the same parent."""
    listed, child = call.issue.sub_issues, _named(call)
    beside = [(name, call.body[name]) for name in ("after_id", "before_id") if call.body.get(name) is not None]
    if len(beside) != 1:
        raise _refused("Either after_id or before_id must be specified, and not both")
    ((name, wanted),) = beside
    other = next((one for one in listed if one.id == wanted), None)
    if child not in listed or other is None or other is child:
        raise not_found()
    listed.remove(child)
    listed.insert(listed.index(other) + (name == "after_id"), child)
    return Answer(200, issue_shape(call.github.at, call.repository, call.issue))


def _named(call: Call) -> Issue:
    """By its id, which is not its number. Raises 404. Pull requests are no sub-issues."""
    wanted = call.body["sub_issue_id"]
    found = next((one for one in call.repository.issues.values() if one.id == wanted and one.pull is None), None)
    if found is None:
        raise not_found()
    return found


def _refused(message: str) -> Exception:
    return unprocessable(resource="Issue", field="sub_issue_id", code="custom", message=message)
