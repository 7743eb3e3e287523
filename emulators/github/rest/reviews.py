"""Reviews of a pull request, and who is asked for one. https://docs.github.com/rest/pulls/reviews"""

from __future__ import annotations

from typing import Any, Literal

from emulators.github.access import read, write
from emulators.github.changes import announce
from emulators.github.clock import now
from emulators.github.errors import Refused, not_found, unprocessable
from emulators.github.model.accounts import at_least
from emulators.github.model.discussions import Review
from emulators.github.rest.review_comments import add_review_comment
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.pulls import pull_simple, review_comment
from emulators.github.shapes.pulls import review as review_shape

_READ = read("pull_requests")
_WRITE = write("pull_requests", role="read")

ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "PENDING"]
_STATE_OF_EVENT: dict[str, ReviewState] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", _READ)
async def list_reviews(call: Call) -> Answer:
    issue, pull = call.pull
    return call.page_of([review_shape(call.github.at, call.repository, issue, one) for one in pull.reviews])


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", _WRITE)
async def create_review(call: Call) -> Answer:
    (issue, pull), asked = call.pull, call.body or {}
    state = _STATE_OF_EVENT.get(asked.get("event", ""), "PENDING")
    body = asked.get("body") or ""
    if state in ("APPROVED", "CHANGES_REQUESTED") and issue.author is call.account:
        doing = "approve" if state == "APPROVED" else "request changes on"
        raise Refused(422, "Unprocessable Entity", errors=[f"Can not {doing} your own pull request"])
    if state in ("CHANGES_REQUESTED", "COMMENTED") and not body and not asked.get("comments"):
        raise unprocessable("Unprocessable Entity")
    made = Review(
        id=call.github.store.new_id("review"),
        author=call.account,
        body=body,
        state=state,
        commit_id=asked.get("commit_id") or pull.head_sha,
        submitted_at=None if state == "PENDING" else now(),
    )
    pull.reviews.append(made)
    if call.account in pull.requested_reviewers:
        pull.requested_reviewers.remove(call.account)
    if state != "PENDING":
        call.github.announce.review("submitted", call.repository, issue, made, call.account)
    for one in asked.get("comments") or ():
        await add_review_comment(call, issue, pull, one, review_id=made.id)
    return Answer(200, review_shape(call.github.at, call.repository, issue, made))


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", _READ)
async def get_review(call: Call) -> Answer:
    issue, _ = call.pull
    return Answer(200, review_shape(call.github.at, call.repository, issue, _review(call)))


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/comments", _READ)
async def list_comments_of_review(call: Call) -> Answer:
    issue, pull = call.pull
    found = _review(call)
    comments = [one for one in pull.review_comments if one.review_id == found.id]
    return call.page_of([review_comment(call.github.at, call.repository, issue, one) for one in comments])


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", _READ)
async def list_requested_reviewers(call: Call) -> Answer:
    _, pull = call.pull
    return Answer(200, {"users": [simple_user(call.github.at, one) for one in pull.requested_reviewers], "teams": []})


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", write("pull_requests", role="triage"))
async def request_reviewers(call: Call) -> Answer:
    """Only collaborators can be asked, and never the author."""
    issue, pull = call.pull
    for login in (call.body or {}).get("reviewers") or ():
        account = call.github.store.account(login)
        if account is None or not at_least(call.repository.roles.get(account.id, "none"), "read"):
            raise unprocessable(
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a"
                f" collaborator of the {call.repository.full_name} repository."
            )
        if account is issue.author:
            raise unprocessable("Review cannot be requested from pull request author.")
        if account not in pull.requested_reviewers:
            pull.requested_reviewers.append(account)
            more = {"requested_reviewer": simple_user(call.github.at, account)}
            await announce(call.github, "review_requested", call.repository, issue, call.account, **more)
    return Answer(201, pull_simple(call.github.at, call.repository, issue))


@route("DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", write("pull_requests", role="triage"))
async def remove_requested_reviewers(call: Call) -> Answer:
    issue, pull = call.pull
    named = {str(login).lower() for login in (call.body or {}).get("reviewers") or ()}
    pull.requested_reviewers = [one for one in pull.requested_reviewers if one.login.lower() not in named]
    shape: dict[str, Any] = pull_simple(call.github.at, call.repository, issue)
    return Answer(200, shape)


def _review(call: Call) -> Review:
    _, pull = call.pull
    for one in pull.reviews:
        if one.id == call.number("review_id"):
            return one
    raise not_found()
