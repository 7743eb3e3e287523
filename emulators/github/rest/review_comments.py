"""Comments on lines of a pull request's difference. https://docs.github.com/rest/pulls/comments"""

from __future__ import annotations

from typing import Any

from emulators.github.access import is_by, read, require_authorship, write
from emulators.github.clock import parse_stamp
from emulators.github.errors import Refused, not_found, unprocessable
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.reviews import ReviewComment
from emulators.github.rest.issues import check_body
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.review_places import Misplaced, Wanted, belongs
from emulators.github.reviewing import (
    LOCKED,
    NewComment,
    Reviewed,
    comment_at_once,
    delete_comment,
    edit_comment,
    locked_for,
    reply,
)
from emulators.github.shapes.reviews import review_comment as comment_shape

_READ = read("pull_requests")
_WRITE = write("pull_requests", role="read")

_RESOURCE = "PullRequestReviewComment"


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/comments", _READ)
async def list_review_comments(call: Call) -> Answer:
    issue, pull = call.pull
    return _listed(call, [(issue, one) for one in pull.review_comments])


@route("GET /repos/{owner}/{repo}/pulls/comments", _READ)
async def list_repository_review_comments(call: Call) -> Answer:
    pairs = [(issue, one) for issue in call.repository.pulls() if issue.pull for one in issue.pull.review_comments]
    return _listed(call, pairs)


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments", _WRITE)
async def create_review_comment(call: Call) -> Answer:
    """A comment at once, outside of any review that is pending. "When specified, all parameters other than `body` … are
    ignored" says GitHub of `in_reply_to`."""
    (issue, pull), asked = call.pull, call.body
    place, commit = wanted_place(asked), asked["commit_id"]
    if asked.get("in_reply_to"):
        return _reply(call, asked["in_reply_to"], asked["body"])
    here = _here(call, issue, pull)
    check_text(asked["body"])
    _check_may_speak(here)
    if not await belongs(here.repo, pull, commit):
        raise _custom("commit_id", "commit_id is not part of the pull request")
    try:
        made = await comment_at_once(here, NewComment(asked["body"], place), commit)
    except Misplaced as misplaced:
        raise _no_such_place(misplaced) from None
    return _created(call, issue, made)


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies", _WRITE)
async def reply_to_review_comment(call: Call) -> Answer:
    return _reply(call, call.number("comment_id"), call.body["body"])


@route("GET /repos/{owner}/{repo}/pulls/comments/{comment_id}", _READ)
async def get_review_comment(call: Call) -> Answer:
    issue, _, found = _comment(call)
    return Answer(200, comment_shape(call.github.at, call.repository, issue, found))


@route("PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}", _WRITE)
async def update_review_comment(call: Call) -> Answer:
    issue, pull, found = _comment(call)
    require_authorship(call.actor, call.repository, found.author, "write")
    check_text(call.body["body"])
    edit_comment(_here(call, issue, pull), found, call.body["body"])
    return Answer(200, comment_shape(call.github.at, call.repository, issue, found))


@route("DELETE /repos/{owner}/{repo}/pulls/comments/{comment_id}", _WRITE)
async def delete_review_comment(call: Call) -> Answer:
    issue, pull, found = _comment(call)
    require_authorship(call.actor, call.repository, found.author, "write")
    delete_comment(_here(call, issue, pull), found)
    return Answer(204)


def check_text(body: str) -> None:
    """Raises 422 for a text that is blank or too long."""
    if not body.strip():
        raise unprocessable(resource=_RESOURCE, code="missing_field", field="body")
    check_body(body, _RESOURCE)


def wanted_place(asked: dict[str, Any]) -> Wanted:
    """The place that a request names; `position` counts only when there is no `line`."""
    line, position = asked.get("line"), asked.get("position")
    return Wanted(
        path=asked["path"],
        line=line,
        side=asked.get("side") or "RIGHT",
        start_line=asked.get("start_line"),
        start_side=asked.get("start_side"),
        position=None if line else position,
        whole_file=asked.get("subject_type") == "file",
    )


def _reply(call: Call, to: int, body: str) -> Answer:
    issue, pull = call.pull
    answered = next((one for one in pull.review_comments if one.id == to and not one.pending), None)
    if answered is None:
        raise not_found()
    check_text(body)
    here = _here(call, issue, pull)
    _check_may_speak(here)
    return _created(call, issue, reply(here, answered.thread, body))


def _created(call: Call, issue: Issue, made: ReviewComment) -> Answer:
    shape = comment_shape(call.github.at, call.repository, issue, made)
    return Answer(201, shape, {"location": shape["url"]})


def _check_may_speak(here: Reviewed) -> None:
    """Raises 422 while the conversation is locked, or a review of the same person waits to be submitted."""
    if locked_for(here):
        raise unprocessable(resource="PullRequestReview", code="custom", message=LOCKED)
    if here.pull.pending_review_of(here.who):
        message = "user_id can only have one pending review per pull request"
        raise unprocessable(resource="PullRequestReview", code="custom", field="user_id", message=message)


def _no_such_place(misplaced: Misplaced) -> Refused:
    """In GitHub's words; without a line there is no hunk either, which it says as well."""
    field = f"pull_request_review_thread.{misplaced.field}"
    first: dict[str, Any] = {"resource": _RESOURCE, "code": "invalid", "field": field}
    if misplaced.field in ("line", "start_line"):
        first |= {"code": "custom", "message": f"{field} {misplaced.said}"}
    errors = [first]
    if misplaced.field != "start_line":
        errors.append({"resource": _RESOURCE, "code": "missing_field", "field": "pull_request_review_thread.diff_hunk"})
    return Refused(422, "Validation Failed", errors=errors)


def _custom(field: str, message: str) -> Refused:
    return unprocessable(resource=_RESOURCE, code="custom", field=field, message=message)


def _listed(call: Call, pairs: list[tuple[Issue, ReviewComment]]) -> Answer:
    """What is pending stands in nobody's list, its author's neither. Without `sort`, `direction` is ignored."""
    pairs = [pair for pair in pairs if not pair[1].pending]
    if since := call.query.get("since"):
        pairs = [pair for pair in pairs if pair[1].updated_at >= parse_stamp(since)]
    by_update = call.query.get("sort") == "updated"
    pairs.sort(key=lambda pair: (pair[1].updated_at if by_update else pair[1].created_at, pair[1].id))
    direction = call.query.get("direction", "asc")
    if "sort" in call.query and direction == "desc":
        pairs.reverse()
    window, headers = call.window(len(pairs))
    return Answer(200, [comment_shape(call.github.at, call.repository, issue, one) for issue, one in pairs[window]], headers)


def _comment(call: Call) -> tuple[Issue, Pull, ReviewComment]:
    """The comment in the path, as long as it isn't somebody else's draft. Raises 404."""
    found = call.repository.find_review_comment(call.number("comment_id"))
    if found is None or found[0].pull is None or (found[1].pending and not is_by(call.actor, found[1].author)):
        raise not_found()
    return found[0], found[0].pull, found[1]


def _here(call: Call, issue: Issue, pull: Pull) -> Reviewed:
    return Reviewed(call.github, call.repository, issue, pull, call.account)
