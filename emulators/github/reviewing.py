"""What happens to reviews and what belongs to them: each change is made and, unless it is still pending, announced.

https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/about-pull-request-reviews
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from emulators.github.changes import record
from emulators.github.clock import now
from emulators.github.errors import Refused
from emulators.github.model.accounts import Account, at_least
from emulators.github.model.discussions import Dismissal, Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review, ReviewComment, ReviewState, ReviewThread
from emulators.github.review_places import Wanted, belongs, difference, follow, new_thread
from emulators.github.service import GitHub

ReviewEvent = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]

_STATE_OF_EVENT: dict[ReviewEvent, ReviewState] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}
LOCKED = "lock prevents review"
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


def locked_for(here: Reviewed) -> bool:
    """In a locked conversation only people who may write speak.
    https://docs.github.com/communities/moderating-comments-and-conversations/locking-conversations"""
    return here.issue.locked and not at_least(here.repo.role_given_to(here.who), "write")


def refused(*errors: str) -> Refused:
    """A 422 whose details are sentences, as reviews have it."""
    return Refused(422, "Unprocessable Entity", errors=list(errors) or None)


async def begin_review(
    here: Reviewed, body: str = "", commit: str | None = None, comments: Sequence[NewComment] = ()
) -> Review:
    """A pending review with its comments: all of them, or none when one has no place. Raises Refused and Misplaced."""
    if locked_for(here):
        raise refused(LOCKED)
    if commit and not await belongs(here.repo, here.pull, commit):
        raise refused("The commitOID is not part of the pull request")
    shown = await difference(here.repo, here.pull, commit)
    if here.pull.pending_review_of(here.who):
        raise refused("User can only have one pending review per pull request")
    threads = [new_thread(here.github.store.new_id("review_thread"), shown, one.place) for one in comments]
    review = _new_review(here, body, shown.commit)
    for thread, one in zip(threads, comments, strict=True):
        _begin(here, review, thread, one.body)
    await _catch_up(here, shown.commit)
    return review


def check_event(here: Reviewed, event: ReviewEvent, body: str, commented: bool) -> None:
    """Raises Refused for what can't be said: approval of what is one's own, and a comment or request without words."""
    if event in _OWN and here.issue.author is here.who:
        raise refused(f"Can not {_OWN[event]} your own pull request")
    if event == "APPROVE" or body.strip() or commented:
        return
    if event == "REQUEST_CHANGES":
        raise refused("You need to leave a comment indicating the requested changes.")
    raise refused()


def submit(here: Reviewed, review: Review, event: ReviewEvent, body: str | None = None) -> None:
    """What was pending is there for everybody, and whoever was asked has answered. Raises Refused."""
    comments = comments_of(here.pull, review)
    if review.state != "PENDING":
        raise refused()
    check_event(here, event, review.body if body is None else body, bool(comments))
    moment = now()
    review.body = review.body if body is None else body
    review.state, review.submitted_at = _STATE_OF_EVENT[event], moment
    here.issue.updated_at = moment
    here.pull.answered_by(here.who)
    here.github.announce.review("submitted", here.repo, here.issue, review, here.who)
    for comment in comments:
        here.github.announce.review_comment("created", here.repo, here.issue, comment, here.who)


def edit_review(here: Reviewed, review: Review, body: str) -> None:
    before, review.body = review.body, body
    if before == body:
        return
    review.last_edited_at = now()
    if review.submitted_at:
        changes = {"body": {"from": before}}
        here.github.announce.review("edited", here.repo, here.issue, review, here.who, changes=changes)


def dismiss(here: Reviewed, review: Review, message: str | None, commit: str | None = None) -> None:
    """An approval or a request for changes no longer counts, for a reason in words or because of a commit.
    https://docs.github.com/rest/pulls/reviews#dismiss-a-review-for-a-pull-request"""
    if review.state not in ("APPROVED", "CHANGES_REQUESTED"):
        raise refused(f"Can not dismiss a {review.state.lower()} pull request review")
    dismissal = Dismissal(review, review.state, message, commit)
    record(here.github, here.issue, "review_dismissed", here.who, dismissed=dismissal)
    review.state = "DISMISSED"
    here.github.announce.review("dismissed", here.repo, here.issue, review, here.who)


def delete_review(here: Reviewed, review: Review) -> None:
    """Only what is pending; nobody was told of it, and nobody is told of its end."""
    if review.state != "PENDING":
        raise refused("Can not delete a non-pending pull request review")
    for comment in comments_of(here.pull, review):
        _take_out(here.pull, comment)
    here.pull.reviews.remove(review)


async def comment_at_once(here: Reviewed, new: NewComment, commit: str) -> ReviewComment:
    """A comment of its own: GitHub makes a review around it. Raises Misplaced."""
    shown = await difference(here.repo, here.pull, commit)
    thread = new_thread(here.github.store.new_id("review_thread"), shown, new.place)
    review = _new_review(here, "", commit)
    made = _begin(here, review, thread, new.body)
    await _catch_up(here, commit)
    submit(here, review, "COMMENT")
    return made


async def comment_in_review(here: Reviewed, review: Review, new: NewComment) -> ReviewThread:
    """One more thread in a pending review. Raises Misplaced."""
    shown = await difference(here.repo, here.pull, review.commit_id)
    thread = new_thread(here.github.store.new_id("review_thread"), shown, new.place)
    _begin(here, review, thread, new.body)
    await _catch_up(here, review.commit_id)
    return thread


def reply(here: Reviewed, thread: ReviewThread, body: str) -> ReviewComment:
    """One more comment in a thread: in the pending review of who says it, else at once. Raises Refused."""
    if locked_for(here):
        raise refused(LOCKED)
    if pending := here.pull.pending_review_of(here.who):
        return _add_comment(here, pending, thread, body)
    review = _new_review(here, "", thread.commit_id)
    made = _add_comment(here, review, thread, body)
    submit(here, review, "COMMENT")
    return made


def edit_comment(here: Reviewed, comment: ReviewComment, body: str) -> None:
    before, comment.body = comment.body, body
    comment.updated_at = comment.last_edited_at = now()
    if not comment.pending:
        changes = {"body": {"from": before}}
        here.github.announce.review_comment("edited", here.repo, here.issue, comment, here.who, changes=changes)


def delete_comment(here: Reviewed, comment: ReviewComment) -> None:
    """A thread goes with the last of its comments."""
    _take_out(here.pull, comment)
    if not comment.pending:
        here.github.announce.review_comment("deleted", here.repo, here.issue, comment, here.who)


def resolve(here: Reviewed, thread: ReviewThread) -> None:
    """https://docs.github.com/graphql/reference/mutations#resolvereviewthread"""
    if thread.resolved_by is None:
        thread.resolved_by = here.who
        here.github.announce.review_thread("resolved", here.repo, here.issue, thread, here.who)


def unresolve(here: Reviewed, thread: ReviewThread) -> None:
    if thread.resolved_by is not None:
        thread.resolved_by = None
        here.github.announce.review_thread("unresolved", here.repo, here.issue, thread, here.who)


def comments_of(pull: Pull, review: Review) -> list[ReviewComment]:
    return [comment for comment in pull.review_comments if comment.review is review]


async def _catch_up(here: Reviewed, commit: str) -> None:
    """What was said of an earlier commit is put where it is in the latest."""
    if commit != here.pull.head_sha:
        await follow(here.repo, here.pull)


def _new_review(here: Reviewed, body: str, commit: str) -> Review:
    review = Review(here.github.store.new_id("review"), here.who, body, "PENDING", commit, now())
    here.pull.reviews.append(review)
    return review


def _begin(here: Reviewed, review: Review, thread: ReviewThread, body: str) -> ReviewComment:
    """A thread is there with its first comment, and not before."""
    made = _add_comment(here, review, thread, body)
    here.pull.threads.append(thread)
    return made


def _add_comment(here: Reviewed, review: Review, thread: ReviewThread, body: str) -> ReviewComment:
    moment = now()
    first = thread.comments[0].id if thread.comments else None
    made = ReviewComment(
        here.github.store.new_id("review_comment"), here.who, body, moment, moment, review, thread, in_reply_to=first
    )
    thread.comments.append(made)
    return made


def _take_out(pull: Pull, comment: ReviewComment) -> None:
    comment.thread.comments.remove(comment)
    if not comment.thread.comments:
        pull.threads.remove(comment.thread)
