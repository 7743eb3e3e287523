"""What can be changed: threads, reviews, drafts, and what is hidden. https://docs.github.com/graphql/reference/mutations"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from emulators.github.access import Needs, write
from emulators.github.changes import set_draft
from emulators.github.errors import Refused
from emulators.github.graphql import nodes
from emulators.github.graphql.lookup import Found, find, not_resolved
from emulators.github.graphql.viewer import Viewer
from emulators.github.model.discussions import Comment, Pull
from emulators.github.model.reviews import Review, ReviewComment, ReviewThread
from emulators.github.rest.issues import check_body
from emulators.github.review_places import Misplaced, Wanted
from emulators.github.reviewing import (
    NewComment,
    Reviewed,
    begin_review,
    check_event,
    comment_in_review,
    delete_review,
    refused,
    reply,
    resolve,
    submit,
    unresolve,
)

Input = dict[str, Any]
Mutation = Callable[[Viewer, Input], Awaitable[dict[str, Any]]]
Kind = TypeVar("Kind")

_REVIEW = write("pull_requests", role="read")
# Apps need both, though a thread is no content: https://github.com/orgs/community/discussions/44650
_SETTLE = (write("pull_requests", role="read"), write("contents", role="read"))
_HIDE = write("issues", "pull_requests", role="read")

# How the reasons are written when they are asked for. https://docs.github.com/graphql/reference/interfaces#minimizable
_REASON = {"OFF_TOPIC": "off-topic"}


async def add_review(viewer: Viewer, asked: Input) -> dict[str, Any]:
    found, pull = _get(viewer, asked["pullRequestId"], Pull, "PullRequest", _REVIEW)
    here, event, body = _here(viewer, found), asked.get("event"), asked.get("body") or ""
    comments = [_comment(one) for field in ("comments", "threads") for one in asked.get(field) or ()]
    if event == "DISMISS":
        raise refused()
    if event:
        check_event(here, event, body, bool(comments))
    try:
        review = await begin_review(here, body, asked.get("commitOID"), comments)
    except Misplaced as misplaced:
        raise refused(f"{misplaced.field.capitalize()} could not be resolved") from None
    if event:
        submit(here, review, event)
    return {"pullRequestReview": nodes.review(viewer, found.repo, found.issue, pull, review)}


async def submit_review(viewer: Viewer, asked: Input) -> dict[str, Any]:
    """The named review, or the pending one of the viewer's."""
    found, review = await _pending(viewer, asked)
    if review is None or asked["event"] == "DISMISS":
        raise refused()
    submit(_here(viewer, found), review, asked["event"], asked.get("body"))
    return {"pullRequestReview": nodes.review(viewer, found.repo, found.issue, found.pull, review)}


async def delete(viewer: Viewer, asked: Input) -> dict[str, Any]:
    found, review = _get(viewer, asked["pullRequestReviewId"], Review, "PullRequestReview", _REVIEW)
    delete_review(_here(viewer, found), review)
    return {"pullRequestReview": nodes.review(viewer, found.repo, found.issue, found.pull, review)}


async def add_thread(viewer: Viewer, asked: Input) -> dict[str, Any]:
    """A thread in a pending review, which is begun if there is none. For a place that the difference doesn't have, GitHub
    says neither yes nor no: the answer's thread is null."""
    found, review = await _pending(viewer, asked)
    here = _here(viewer, found)
    if review is not None and review.state != "PENDING":
        raise refused()
    new = _comment(asked)
    try:
        made = await comment_in_review(here, review or await begin_review(here), new)
    except Misplaced:
        return {"thread": None}
    return {"thread": nodes.thread(viewer, found.repo, found.issue, found.pull, made)}


async def add_reply(viewer: Viewer, asked: Input) -> dict[str, Any]:
    """In the pending review of the viewer's, if there is one; else at once."""
    found, thread = _get(viewer, asked["pullRequestReviewThreadId"], ReviewThread, "PullRequestReviewThread", _REVIEW)
    here = _here(viewer, found)
    if wanted := asked.get("pullRequestReviewId"):
        _, review = _get(viewer, wanted, Review, "PullRequestReview", _REVIEW)
        if found.pull.pending_review_of(here.who) is not review:
            raise refused()
    check_body(asked["body"], "PullRequestReviewComment")
    made = reply(here, thread, asked["body"])
    return {"comment": nodes.review_comment(viewer, found.repo, found.issue, found.pull, made)}


async def resolve_thread(viewer: Viewer, asked: Input) -> dict[str, Any]:
    found, thread = _get(viewer, asked["threadId"], ReviewThread, "PullRequestReviewThread", *_SETTLE)
    if not nodes.may_settle(viewer, found.repo, found.issue):
        raise viewer.forbid("ResolveReviewThread")
    resolve(_here(viewer, found), thread)
    return {"thread": nodes.thread(viewer, found.repo, found.issue, found.pull, thread)}


async def unresolve_thread(viewer: Viewer, asked: Input) -> dict[str, Any]:
    found, thread = _get(viewer, asked["threadId"], ReviewThread, "PullRequestReviewThread", *_SETTLE)
    if not nodes.may_settle(viewer, found.repo, found.issue):
        raise viewer.forbid("UnresolveReviewThread")
    unresolve(_here(viewer, found), thread)
    return {"thread": nodes.thread(viewer, found.repo, found.issue, found.pull, thread)}


async def convert_to_draft(viewer: Viewer, asked: Input) -> dict[str, Any]:
    return await _set_draft(viewer, asked, True, "ConvertPullRequestToDraft")


async def mark_ready(viewer: Viewer, asked: Input) -> dict[str, Any]:
    return await _set_draft(viewer, asked, False, "MarkPullRequestReadyForReview")


async def minimize(viewer: Viewer, asked: Input) -> dict[str, Any]:
    """https://docs.github.com/communities/moderating-comments-and-conversations/managing-disruptive-comments#hiding-a-comment"""
    classifier = asked["classifier"]
    return {"minimizedComment": _hide(viewer, asked, _REASON.get(classifier, classifier.lower()), "MinimizeComment")}


async def unminimize(viewer: Viewer, asked: Input) -> dict[str, Any]:
    return {"unminimizedComment": _hide(viewer, asked, None, "UnminimizeComment")}


MUTATIONS: dict[str, Mutation] = {
    "addPullRequestReview": add_review,
    "addPullRequestReviewThread": add_thread,
    "addPullRequestReviewThreadReply": add_reply,
    "convertPullRequestToDraft": convert_to_draft,
    "deletePullRequestReview": delete,
    "markPullRequestReadyForReview": mark_ready,
    "minimizeComment": minimize,
    "resolveReviewThread": resolve_thread,
    "submitPullRequestReview": submit_review,
    "unminimizeComment": unminimize,
    "unresolveReviewThread": unresolve_thread,
}


async def _set_draft(viewer: Viewer, asked: Input, draft: bool, doing: str) -> dict[str, Any]:
    found, pull = _get(viewer, asked["pullRequestId"], Pull, "PullRequest", _REVIEW)
    if not (viewer.wrote(found.issue.author) or viewer.has(found.repo, "write")):
        raise viewer.forbid(doing)
    await set_draft(viewer.github, found.repo, found.issue, pull, draft, viewer.account)
    return {"pullRequest": nodes.pull_request(viewer, found.repo, found.issue, pull)}


def _hide(viewer: Viewer, asked: Input, reason: str | None, doing: str) -> dict[str, Any]:
    found = find(viewer, asked["subjectId"])
    viewer.require(found.repo, _HIDE)
    if not viewer.has(found.repo, "write"):
        raise viewer.forbid(doing)
    thing = found.thing
    if not isinstance(thing, Comment | Review | ReviewComment):
        raise not_resolved(asked["subjectId"])
    thing.minimized = reason
    if isinstance(thing, Comment):
        return nodes.comment(viewer, found.repo, found.issue, thing)
    if isinstance(thing, Review):
        return nodes.review(viewer, found.repo, found.issue, found.pull, thing)
    return nodes.review_comment(viewer, found.repo, found.issue, found.pull, thing)


async def _pending(viewer: Viewer, asked: Input) -> tuple[Found, Review | None]:
    """The review that an input names, or the viewer's pending one of the pull request that it names."""
    if wanted := asked.get("pullRequestReviewId"):
        return _get(viewer, wanted, Review, "PullRequestReview", _REVIEW)
    if wanted := asked.get("pullRequestId"):
        found, pull = _get(viewer, wanted, Pull, "PullRequest", _REVIEW)
        return found, pull.pending_review_of(viewer.account)
    raise Refused(422, "pullRequestId or pullRequestReviewId must be provided")


def _get(viewer: Viewer, wanted: str, kind: type[Kind], name: str, *needs: Needs) -> tuple[Found, Kind]:
    """The node of that id, which must be of that kind. Raises Refused."""
    found = find(viewer, wanted)
    if not isinstance(found.thing, kind):
        raise not_resolved(wanted, name)
    viewer.require(found.repo, *needs)
    return found, found.thing


def _comment(asked: Input) -> NewComment:
    check_body(asked["body"], "PullRequestReviewComment")
    start = asked.get("startLine")
    place = Wanted(
        path=asked["path"],
        line=asked.get("line"),
        side=asked.get("side") or "RIGHT",
        start_line=start,
        start_side=asked.get("startSide") if start else None,
        position=asked.get("position"),
        whole_file=asked.get("subjectType") == "FILE",
    )
    return NewComment(asked["body"], place)


def _here(viewer: Viewer, found: Found) -> Reviewed:
    return Reviewed(viewer.github, found.repo, found.issue, found.pull, viewer.account)
