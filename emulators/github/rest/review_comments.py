"""Comments on lines of a pull request's diff. https://docs.github.com/rest/pulls/comments"""

from __future__ import annotations

from typing import Any

from emulators.github.access import read, require_authorship, write
from emulators.github.clock import now, parse_stamp
from emulators.github.errors import not_found, unprocessable
from emulators.github.model.discussions import Issue, Pull, Review, ReviewComment
from emulators.github.rest.issues import check_body
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.pulls import review_comment as comment_shape

_READ = read("pull_requests")
_WRITE = write("pull_requests", role="read")


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/comments", _READ)
async def list_review_comments(call: Call) -> Answer:
    issue, pull = call.pull
    return _listed(call, [(issue, one) for one in pull.review_comments])


@route("GET /repos/{owner}/{repo}/pulls/comments", _READ)
async def list_repository_review_comments(call: Call) -> Answer:
    pairs = [(issue, one) for issue in call.repository.pulls() if issue.pull for one in issue.pull.review_comments]
    return _listed(call, sorted(pairs, key=lambda pair: pair[1].id))


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments", _WRITE)
async def create_review_comment(call: Call) -> Answer:
    """A comment of its own: GitHub makes a review around it."""
    (issue, pull), asked = call.pull, call.body
    if asked.get("in_reply_to"):
        return await _reply(call, issue, pull, asked["in_reply_to"], asked["body"])
    review = _around(call, issue, pull, asked["commit_id"])
    made = await add_review_comment(call, issue, pull, asked, review_id=review.id)
    return Answer(201, comment_shape(call.github.at, call.repository, issue, made))


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies", _WRITE)
async def reply_to_review_comment(call: Call) -> Answer:
    issue, pull = call.pull
    return await _reply(call, issue, pull, call.number("comment_id"), call.body["body"])


@route("GET /repos/{owner}/{repo}/pulls/comments/{comment_id}", _READ)
async def get_review_comment(call: Call) -> Answer:
    issue, found = _comment(call)
    return Answer(200, comment_shape(call.github.at, call.repository, issue, found))


@route("PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}", _WRITE)
async def update_review_comment(call: Call) -> Answer:
    issue, found = _comment(call)
    require_authorship(call.actor, call.repository, found.author, "write")
    check_body(call.body["body"], "PullRequestReviewComment")
    before, found.body, found.updated_at = found.body, call.body["body"], now()
    changes = {"body": {"from": before}}
    call.github.announce.review_comment("edited", call.repository, issue, found, call.account, changes=changes)
    return Answer(200, comment_shape(call.github.at, call.repository, issue, found))


@route("DELETE /repos/{owner}/{repo}/pulls/comments/{comment_id}", _WRITE)
async def delete_review_comment(call: Call) -> Answer:
    issue, found = _comment(call)
    require_authorship(call.actor, call.repository, found.author, "write")
    if issue.pull:
        issue.pull.review_comments.remove(found)
    call.github.announce.review_comment("deleted", call.repository, issue, found, call.account)
    return Answer(204)


async def add_review_comment(call: Call, issue: Issue, pull: Pull, asked: dict[str, Any], *, review_id: int) -> ReviewComment:
    """A comment on a file of the diff, at a line of it or on the whole file. Raises 422 for a path outside the diff."""
    start = await call.repository.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    changes = {change.path: change for change in await call.repository.git.changes(start, pull.head_sha)}
    path = asked["path"]
    if path not in changes:
        raise unprocessable(
            resource="PullRequestReviewComment", code="custom", field="path", message="path could not be resolved"
        )
    check_body(asked["body"], "PullRequestReviewComment")
    whole_file = asked.get("subject_type") == "file"
    moment = now()
    made = ReviewComment(
        id=call.github.store.new_id("review_comment"),
        review_id=review_id,
        author=call.account,
        body=asked["body"],
        path=path,
        commit_id=asked.get("commit_id") or pull.head_sha,
        diff_hunk=(changes[path].patch or "").split("\n@@ ")[0],
        line=None if whole_file else asked.get("line") or asked.get("position") or 1,
        side=asked.get("side") or "RIGHT",
        subject_type="file" if whole_file else "line",
        created_at=moment,
        updated_at=moment,
        start_line=asked.get("start_line"),
        start_side=asked.get("start_side"),
    )
    pull.review_comments.append(made)
    call.github.announce.review_comment("created", call.repository, issue, made, call.account)
    return made


def _around(call: Call, issue: Issue, pull: Pull, commit_id: str) -> Review:
    review = Review(call.github.store.new_id("review"), call.account, "", "COMMENTED", commit_id, now())
    pull.reviews.append(review)
    call.github.announce.review("submitted", call.repository, issue, review, call.account)
    return review


async def _reply(call: Call, issue: Issue, pull: Pull, to: int, body: str) -> Answer:
    first = next((one for one in pull.review_comments if one.id == to), None)
    if first is None:
        raise not_found()
    review = _around(call, issue, pull, first.commit_id)
    asked = {"body": body, "path": first.path, "line": first.line, "side": first.side, "commit_id": first.commit_id}
    made = await add_review_comment(call, issue, pull, asked, review_id=review.id)
    made.in_reply_to = first.in_reply_to or first.id
    return Answer(201, comment_shape(call.github.at, call.repository, issue, made))


def _listed(call: Call, pairs: list[tuple[Issue, ReviewComment]]) -> Answer:
    if since := call.query.get("since"):
        pairs = [pair for pair in pairs if pair[1].updated_at >= parse_stamp(since)]
    if call.query.get("direction") == "desc":
        pairs.reverse()
    window, headers = call.window(len(pairs))
    return Answer(200, [comment_shape(call.github.at, call.repository, issue, one) for issue, one in pairs[window]], headers)


def _comment(call: Call) -> tuple[Issue, ReviewComment]:
    found = call.repository.find_review_comment(call.number("comment_id"))
    if found is None:
        raise not_found()
    return found
