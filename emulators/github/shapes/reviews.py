"""Reviews, their comments and threads in JSON."""

from __future__ import annotations

from typing import Any

from emulators.github.clock import stamp
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review, ReviewComment, ReviewThread
from emulators.github.shapes.accounts import association, simple_user
from emulators.github.shapes.addresses import Addresses, node_id
from emulators.github.shapes.discussions import issue_page, reaction_rollup

# A comment about a whole file has no line, and the description wants a position all the same.
_POSITION_OF_A_FILE = 1


def review(at: Addresses, repo: Repository, under: Issue, shown: Review) -> dict[str, Any]:
    """`pull-request-review`. "Reviews created in the PENDING state … do not include the `submitted_at` property."
    https://docs.github.com/rest/pulls/reviews#create-a-review-for-a-pull-request"""
    page = review_page(at, repo, under, shown)
    pull_url = f"{at.repository(repo)}/pulls/{under.number}"
    shape: dict[str, Any] = {
        "id": shown.id,
        "node_id": node_id("PRR", shown.id),
        "user": simple_user(at, shown.author),
        "body": shown.body,
        "state": shown.state,
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": association(repo, shown.author),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
        "commit_id": shown.commit_id,
    }
    if shown.submitted_at:
        shape["submitted_at"] = stamp(shown.submitted_at)
    return shape


def review_comment(at: Addresses, repo: Repository, under: Issue, shown: ReviewComment) -> dict[str, Any]:
    """`pull-request-review-comment`. `line` and `position` are null when it is outdated; what it began with stays."""
    thread = shown.thread
    url = f"{at.repository(repo)}/pulls/comments/{shown.id}"
    pull_url = f"{at.repository(repo)}/pulls/{under.number}"
    page = comment_page(at, repo, under, shown)
    now, began = thread.place, thread.original
    whole_file = began is None
    position = now.position if now else _POSITION_OF_A_FILE if whole_file and not thread.outdated else None
    shape: dict[str, Any] = {
        "url": url,
        "pull_request_review_id": shown.review.id,
        "id": shown.id,
        "node_id": node_id("PRRC", shown.id),
        "diff_hunk": thread.diff_hunk,
        "path": thread.path,
        "commit_id": thread.commit_id,
        "original_commit_id": thread.original_commit_id,
        "user": simple_user(at, shown.author),
        "body": shown.body,
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.updated_at),
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": association(repo, shown.author),
        "_links": {"self": {"href": url}, "html": {"href": page}, "pull_request": {"href": pull_url}},
        "reactions": reaction_rollup(url, shown.reactions),
        "start_line": now.start_line if now else None,
        "original_start_line": began.start_line if began else None,
        "start_side": thread.start_side,
        "line": now.line if now else None,
        "original_line": began.line if began else None,
        "side": thread.side,
        "original_position": began.position if began else _POSITION_OF_A_FILE,
        "position": position,
        "subject_type": thread.subject_type,
    }
    if shown.in_reply_to:
        shape["in_reply_to_id"] = shown.in_reply_to
    return shape


def review_thread(at: Addresses, repo: Repository, under: Issue, shown: ReviewThread) -> dict[str, Any]:
    """What `pull_request_review_thread` events carry. https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request_review_thread"""
    comments = [review_comment(at, repo, under, one) for one in shown.comments if not one.pending]
    return {"comments": comments, "node_id": node_id("PRRT", shown.id)}


def review_page(at: Addresses, repo: Repository, under: Issue, shown: Review) -> str:
    return f"{issue_page(at, repo, under)}#pullrequestreview-{shown.id}"


def comment_page(at: Addresses, repo: Repository, under: Issue, shown: ReviewComment) -> str:
    return f"{issue_page(at, repo, under)}#discussion_r{shown.id}"
