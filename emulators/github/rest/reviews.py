"""Reviews of a pull request: pending, submitted, dismissed. https://docs.github.com/rest/pulls/reviews"""

from __future__ import annotations

from emulators.github.access import is_by, read, require_authorship, write
from emulators.github.errors import not_found
from emulators.github.model.discussions import Issue
from emulators.github.model.reviews import Review
from emulators.github.rest.issues import check_body
from emulators.github.rest.review_comments import check_text, wanted_place
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.review_places import Misplaced
from emulators.github.reviewing import (
    NewComment,
    Reviewed,
    begin_review,
    check_event,
    comments_of,
    delete_review,
    dismiss,
    edit_review,
    refused,
    submit,
)
from emulators.github.shapes.reviews import review as review_shape
from emulators.github.shapes.reviews import review_comment

_READ = read("pull_requests")
_WRITE = write("pull_requests", role="read")

_REVIEWS = "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"
_REVIEW = f"{_REVIEWS}/{{review_id}}"


@route(f"GET {_REVIEWS}", _READ)
async def list_reviews(call: Call) -> Answer:
    """Oldest first; somebody's pending one only for them."""
    issue, pull = call.pull
    shown = [one for one in pull.reviews if _may_see(call, one)]
    return call.page_of([review_shape(call.github.at, call.repository, issue, one) for one in shown])


@route(f"POST {_REVIEWS}", _WRITE)
async def create_review(call: Call) -> Answer:
    """Without an event it stays pending. One comment without a place, and nothing of it is made."""
    here, asked = _here(call), call.body or {}
    event, body = asked.get("event"), asked.get("body") or ""
    comments = [NewComment(one["body"], wanted_place(one)) for one in asked.get("comments") or ()]
    check_body(body, "PullRequestReview")
    for one in comments:
        check_text(one.body)
    if event:
        check_event(here, event, body, bool(comments))
    try:
        made = await begin_review(here, body, asked.get("commit_id"), comments)
    except Misplaced as misplaced:
        raise refused(_no_such_place(misplaced)) from None
    if event:
        submit(here, made, event)
    return _shown(call, here.issue, made)


@route(f"GET {_REVIEW}", _READ)
async def get_review(call: Call) -> Answer:
    return _shown(call, call.pull[0], _review(call))


@route(f"PUT {_REVIEW}", _WRITE)
async def update_review(call: Call) -> Answer:
    here, review = _here(call), _review(call)
    require_authorship(call.actor, call.repository, review.author, "write")
    check_body(call.body["body"], "PullRequestReview")
    edit_review(here, review, call.body["body"])
    return _shown(call, here.issue, review)


@route(f"DELETE {_REVIEW}", _WRITE)
async def delete_pending_review(call: Call) -> Answer:
    here, review = _here(call), _review(call)
    delete_review(here, review)
    return _shown(call, here.issue, review)


@route(f"GET {_REVIEW}/comments", _READ)
async def list_comments_of_review(call: Call) -> Answer:
    issue, pull = call.pull
    comments = comments_of(pull, _review(call))
    return call.page_of([review_comment(call.github.at, call.repository, issue, one) for one in comments])


@route(f"POST {_REVIEW}/events", _WRITE)
async def submit_review(call: Call) -> Answer:
    here, review = _here(call), _review(call)
    submit(here, review, call.body["event"], call.body.get("body"))
    return _shown(call, here.issue, review)


@route(f"PUT {_REVIEW}/dismissals", write("pull_requests", role="write"))
async def dismiss_review(call: Call) -> Answer:
    here, review, asked = _here(call), _review(call), call.body
    if asked.get("event", "DISMISS") == "DISMISS":  # all that it can be
        dismiss(here, review, asked["message"])
    return _shown(call, here.issue, review)


def _shown(call: Call, issue: Issue, review: Review) -> Answer:
    return Answer(200, review_shape(call.github.at, call.repository, issue, review))


def _review(call: Call) -> Review:
    """The review in the path, as long as it isn't somebody else's draft. Raises 404."""
    for one in call.pull[1].reviews:
        if one.id == call.number("review_id") and _may_see(call, one):
            return one
    raise not_found()


def _may_see(call: Call, review: Review) -> bool:
    return review.submitted_at is not None or is_by(call.actor, review.author)


def _no_such_place(misplaced: Misplaced) -> str:
    """Here GitHub says it in sentences."""
    match misplaced.field:
        case "path" | "line":
            return f"{misplaced.field.capitalize()} could not be resolved"
        case "position":
            return "Pull request review thread position is invalid and Pull request review thread diff hunk can't be blank"
        case "start_line":
            return f"Pull request review thread start line {misplaced.said}"


def _here(call: Call) -> Reviewed:
    return Reviewed(call.github, call.repository, *call.pull, call.account)
