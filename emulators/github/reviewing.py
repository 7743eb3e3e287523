"""What happens to reviews and what belongs to them: each change is made and, unless it is still pending, announced.

https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/about-pull-request-reviews
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emulators.github.changes import announce, record
from emulators.github.clock import now
from emulators.github.errors import Refused
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Dismissal, Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review, ReviewComment, ReviewState, ReviewThread
from emulators.github.model.teams import Team
from emulators.github.review_places import Wanted, belongs, difference, follow, new_thread
from emulators.github.service import GitHub
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.organizations import team

ReviewEvent = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]

_STATE_OF_EVENT: dict[ReviewEvent, ReviewState] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}
_OWN = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}


@dataclass(frozen=True)
class NewComment:
    body: str
    place: Wanted


@dataclass(frozen=True)
class Reviewed:
    """A pull request, and who reviews it."""

    github: GitHub
    repo: Repository
    issue: Issue
    pull: Pull
    who: Account


def refused(*errors: str) -> Refused:
    """A 422 whose details are sentences, as reviews have it."""
    return Refused(422, "Unprocessable Entity", errors=list(errors) or None)


async def begin_review(at: Reviewed, body: str = "", commit: str | None = None, comments: Sequence[NewComment] = ()) -> Review:
    """A pending review with its comments: all of them, or none when one has no place. Raises Refused and Misplaced."""
    if at.pull.pending_review_of(at.who):
        raise refused("User can only have one pending review per pull request")
    if commit and not await belongs(at.repo, at.pull, commit):
        raise refused("The commitOID is not part of the pull request")
    shown = await difference(at.repo, at.pull, commit)
    threads = [new_thread(at.github.store.new_id("review_thread"), shown, one.place) for one in comments]
    review = Review(at.github.store.new_id("review"), at.who, body, "PENDING", shown.commit, now())
    at.pull.reviews.append(review)
    at.pull.threads += threads
    for thread, one in zip(threads, comments, strict=True):
        _add_comment(at, review, thread, one.body)
    if shown.commit != at.pull.head_sha:
        await follow(at.repo, at.pull)
    return review


def check_event(at: Reviewed, event: ReviewEvent, body: str, commented: bool) -> None:
    """Raises Refused for what can't be said: approval of what is one's own, and a comment or request without words."""
    if event in _OWN and at.issue.author is at.who:
        raise refused(f"Can not {_OWN[event]} your own pull request")
    if event != "APPROVE" and not body.strip() and not commented:
        asking = event == "REQUEST_CHANGES"
        raise refused(*["You need to leave a comment indicating the requested changes."] * asking)


def submit(at: Reviewed, review: Review, event: ReviewEvent, body: str | None = None) -> None:
    """What was pending is there for everybody, and whoever was asked has answered. Raises Refused."""
    comments = comments_of(at.pull, review)
    if review.state != "PENDING":
        raise refused()
    check_event(at, event, review.body if body is None else body, bool(comments))
    moment = now()
    review.body = review.body if body is None else body
    review.state, review.submitted_at = _STATE_OF_EVENT[event], moment
    at.issue.updated_at = moment
    _answered(at)
    at.github.announce.review("submitted", at.repo, at.issue, review, at.who)
    for comment in comments:
        at.github.announce.review_comment("created", at.repo, at.issue, comment, at.who)


def edit_review(at: Reviewed, review: Review, body: str) -> None:
    before, review.body = review.body, body
    if before == body:
        return
    review.last_edited_at = now()
    if review.submitted_at:
        changes = {"body": {"from": before}}
        at.github.announce.review("edited", at.repo, at.issue, review, at.who, changes=changes)


def dismiss(at: Reviewed, review: Review, message: str) -> None:
    """An approval or a request for changes no longer counts.
    https://docs.github.com/rest/pulls/reviews#dismiss-a-review-for-a-pull-request"""
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise refused(f"Can not dismiss a {review.state.lower()} pull request review")
    record(at.github, at.issue, "review_dismissed", at.who, dismissed=Dismissal(review, review.state, message))
    review.state = "DISMISSED"
    at.github.announce.review("dismissed", at.repo, at.issue, review, at.who)


def delete_review(at: Reviewed, review: Review) -> None:
    """Only what is pending; nobody was told of it, and nobody is told of its end."""
    if review.state != "PENDING":
        raise refused("Can not delete a non-pending pull request review")
    for comment in comments_of(at.pull, review):
        _take_out(at.pull, comment)
    at.pull.reviews.remove(review)


async def comment_at_once(at: Reviewed, new: NewComment, commit: str) -> ReviewComment:
    """A comment of its own: GitHub makes a review around it. Raises Misplaced."""
    thread = new_thread(at.github.store.new_id("review_thread"), await difference(at.repo, at.pull, commit), new.place)
    at.pull.threads.append(thread)
    if commit != at.pull.head_sha:
        await follow(at.repo, at.pull)
    return _say_at_once(at, thread, new.body, commit)


async def comment_in_review(at: Reviewed, review: Review, new: NewComment) -> ReviewThread:
    """One more thread in a pending review. Raises Misplaced."""
    shown = await difference(at.repo, at.pull, review.commit_id)
    thread = new_thread(at.github.store.new_id("review_thread"), shown, new.place)
    at.pull.threads.append(thread)
    _add_comment(at, review, thread, new.body)
    if review.commit_id != at.pull.head_sha:
        await follow(at.repo, at.pull)
    return thread


def reply(at: Reviewed, thread: ReviewThread, body: str) -> ReviewComment:
    """One more comment in a thread: in the pending review of who says it, else at once."""
    pending = at.pull.pending_review_of(at.who)
    if pending:
        return _add_comment(at, pending, thread, body)
    return _say_at_once(at, thread, body, thread.commit_id)


def edit_comment(at: Reviewed, comment: ReviewComment, body: str) -> None:
    before, comment.body = comment.body, body
    comment.updated_at = comment.last_edited_at = now()
    if not comment.pending:
        changes = {"body": {"from": before}}
        at.github.announce.review_comment("edited", at.repo, at.issue, comment, at.who, changes=changes)


def delete_comment(at: Reviewed, comment: ReviewComment) -> None:
    """A thread goes with the last of its comments."""
    _take_out(at.pull, comment)
    if not comment.pending:
        at.github.announce.review_comment("deleted", at.repo, at.issue, comment, at.who)


def resolve(at: Reviewed, thread: ReviewThread) -> None:
    """https://docs.github.com/graphql/reference/mutations#resolvereviewthread"""
    if thread.resolved_by is None:
        thread.resolved_by = at.who
        at.github.announce.review_thread("resolved", at.repo, at.issue, thread, at.who)


def unresolve(at: Reviewed, thread: ReviewThread) -> None:
    if thread.resolved_by is not None:
        thread.resolved_by = None
        at.github.announce.review_thread("unresolved", at.repo, at.issue, thread, at.who)


async def set_draft(at: Reviewed, draft: bool) -> None:
    """https://docs.github.com/graphql/reference/mutations#convertpullrequesttodraft and #markpullrequestreadyforreview"""
    if at.pull.draft == draft:
        return
    at.pull.draft, at.issue.updated_at = draft, now()
    record(at.github, at.issue, "convert_to_draft" if draft else "ready_for_review", at.who)
    await announce(at.github, "converted_to_draft" if draft else "ready_for_review", at.repo, at.issue, at.who)


async def request_review(at: Reviewed, reviewer: Account | Team) -> None:
    """Ask somebody or a team, also again after they have answered."""
    asked = _asked(at.pull, reviewer)
    if reviewer not in asked:
        asked.append(reviewer)
        await _told_of_request(at, "review_requested", reviewer)


async def withdraw_request(at: Reviewed, reviewer: Account | Team) -> None:
    asked = _asked(at.pull, reviewer)
    if reviewer in asked:
        asked.remove(reviewer)
        await _told_of_request(at, "review_request_removed", reviewer)


def comments_of(pull: Pull, review: Review) -> list[ReviewComment]:
    return [comment for comment in pull.review_comments if comment.review is review]


def _asked(pull: Pull, reviewer: Account | Team) -> list[Any]:
    return pull.requested_teams if isinstance(reviewer, Team) else pull.requested_reviewers


async def _told_of_request(at: Reviewed, action: str, reviewer: Account | Team) -> None:
    at.issue.updated_at = now()
    record(at.github, at.issue, action, at.who, about=reviewer)
    if isinstance(reviewer, Team):
        more = {"requested_team": team(at.github.at, at.repo.owner, reviewer)}
    else:
        more = {"requested_reviewer": simple_user(at.github.at, reviewer)}
    await announce(at.github, action, at.repo, at.issue, at.who, **more)


def _answered(at: Reviewed) -> None:
    """Who reviews was asked no longer, nor are the teams that they answer for."""
    if at.who in at.pull.requested_reviewers:
        at.pull.requested_reviewers.remove(at.who)
    at.pull.requested_teams = [one for one in at.pull.requested_teams if at.who.id not in one.members]


def _say_at_once(at: Reviewed, thread: ReviewThread, body: str, commit: str) -> ReviewComment:
    review = Review(at.github.store.new_id("review"), at.who, "", "PENDING", commit, now())
    at.pull.reviews.append(review)
    made = _add_comment(at, review, thread, body)
    submit(at, review, "COMMENT")
    return made


def _add_comment(at: Reviewed, review: Review, thread: ReviewThread, body: str) -> ReviewComment:
    moment = now()
    first = thread.comments[0].id if thread.comments else None
    made = ReviewComment(
        at.github.store.new_id("review_comment"), at.who, body, moment, moment, review, thread, in_reply_to=first
    )
    thread.comments.append(made)
    return made


def _take_out(pull: Pull, comment: ReviewComment) -> None:
    comment.thread.comments.remove(comment)
    if not comment.thread.comments:
        pull.threads.remove(comment.thread)
