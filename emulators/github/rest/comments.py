"""Comments under issues and pull requests. https://docs.github.com/rest/issues/comments"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, require_authorship, write
from emulators.github.changes import comment as write_comment
from emulators.github.clock import now, parse_stamp
from emulators.github.errors import not_accessible, not_found, unprocessable
from emulators.github.locking import require_unlocked
from emulators.github.model.apps import covers
from emulators.github.model.discussions import Comment, Issue
from emulators.github.rest.issues import check_body
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.discussions import comment as comment_shape
from emulators.github.tokens import InstallationToken

_READ = read("issues", "pull_requests")
_WRITE = write("issues", "pull_requests", role="read")


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", _READ)
async def list_comments(call: Call) -> Answer:
    """Oldest first."""
    return _listed(call, [(call.issue, one) for one in call.issue.comments])


@route("GET /repos/{owner}/{repo}/issues/comments", _READ)
async def list_repository_comments(call: Call) -> Answer:
    every = [(issue, one) for issue in call.repository.issues.values() for one in issue.comments]
    by_update = call.query.get("sort") == "updated"
    every.sort(key=lambda pair: (pair[1].updated_at if by_update else pair[1].created_at, pair[1].id))
    if call.query.get("direction") == "desc":
        every.reverse()
    return _listed(call, every)


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", _WRITE)
async def create_comment(call: Call) -> Answer:
    issue, body = call.issue, call.body["body"]
    _fits(call, issue)
    if not body.strip():
        raise unprocessable(resource="IssueComment", code="unprocessable", field="data", message="Body cannot be blank")
    check_body(body, "IssueComment")
    require_unlocked(call.repository, issue, call.account, "create comment")
    made = write_comment(call.github, call.repository, issue, call.account, body, call.via_app)
    shape = comment_shape(call.github.at, call.repository, issue, made)
    return Answer(201, shape, {"location": shape["url"]})


@route("GET /repos/{owner}/{repo}/issues/comments/{comment_id}", _READ)
async def get_comment(call: Call) -> Answer:
    issue, found = _comment(call)
    return Answer(200, comment_shape(call.github.at, call.repository, issue, found))


@route("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", _WRITE)
async def update_comment(call: Call) -> Answer:
    issue, found = _comment(call)
    require_authorship(call.actor, call.repository, found.author, "write")
    check_body(call.body["body"], "IssueComment")
    before, found.body = found.body, call.body["body"]
    found.updated_at = found.last_edited_at = now()
    changes = {"body": {"from": before}}
    call.github.announce.issue_comment("edited", call.repository, issue, found, call.account, changes=changes)
    return Answer(200, comment_shape(call.github.at, call.repository, issue, found))


@route("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", _WRITE)
async def delete_comment(call: Call) -> Answer:
    issue, found = _comment(call)
    require_authorship(call.actor, call.repository, found.author, "write")
    issue.comments.remove(found)
    call.github.announce.issue_comment("deleted", call.repository, issue, found, call.account)
    return Answer(204)


def _listed(call: Call, pairs: list[tuple[Issue, Comment]]) -> Answer:
    if since := call.query.get("since"):
        pairs = [pair for pair in pairs if pair[1].updated_at >= parse_stamp(since)]
    window, headers = call.window(len(pairs))
    shapes: list[dict[str, Any]] = [comment_shape(call.github.at, call.repository, issue, one) for issue, one in pairs[window]]
    return Answer(200, shapes, headers)


def _comment(call: Call) -> tuple[Issue, Comment]:
    found = call.repository.find_comment(call.number("comment_id"))
    if found is None:
        raise not_found()
    return found


def _fits(call: Call, issue: Issue) -> None:
    """A token with pull_requests alone may write under pull requests, and not under issues."""
    if isinstance(call.actor, InstallationToken) and not issue.pull and not covers(call.actor.permissions, "issues", "write"):
        raise not_accessible("issues", "write")
