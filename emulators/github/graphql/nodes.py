"""Everything that can be asked for, as GraphQL has it. A field that is a function is called when it is asked for."""

from __future__ import annotations

from typing import Any

from emulators.github.access import read
from emulators.github.clock import maybe_stamp, parse_stamp, stamp
from emulators.github.errors import Refused
from emulators.github.graphql.connections import connection
from emulators.github.graphql.viewer import Viewer
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Comment, Issue, Label, Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review, ReviewComment, ReviewThread
from emulators.github.model.teams import Team
from emulators.github.shapes.accounts import association, simple_user
from emulators.github.shapes.addresses import node_id
from emulators.github.shapes.discussions import issue_page
from emulators.github.shapes.reviews import comment_page, review_page

Node = dict[str, Any]


def account(viewer: Viewer, shown: Account) -> Node:
    shape = simple_user(viewer.github.at, shown)
    return {
        "__typename": shown.type,
        "id": shape["node_id"],
        "databaseId": shown.id,
        # Without the suffix that REST gives to a bot's login.
        "login": shown.login.removesuffix("[bot]"),
        "name": shown.name,
        "url": shape["html_url"],
        "avatarUrl": lambda _info, size=None: shape["avatar_url"],
    }


def repository(viewer: Viewer, shown: Repository) -> Node:
    def issue_by_number(_info: Any, number: int) -> Node:
        viewer.require(shown, read("issues"))
        found = shown.issues.get(number)
        if found is None or found.pull:
            raise Refused(404, f"Could not resolve to an Issue with the number of {number}.")
        return issue(viewer, shown, found)

    def pull_by_number(_info: Any, number: int) -> Node:
        viewer.require(shown, read("pull_requests"))
        found = shown.issues.get(number)
        if found is None or found.pull is None:
            raise Refused(404, f"Could not resolve to a PullRequest with the number of {number}.")
        return pull_request(viewer, shown, found, found.pull)

    def issues(
        info: Any,
        states: list[str] | None = None,
        labels: list[str] | None = None,
        orderBy: dict[str, str] | None = None,  # noqa: N803 - GitHub's names
        filterBy: dict[str, Any] | None = None,  # noqa: N803
        **page: Any,
    ) -> Node:
        """https://docs.github.com/graphql/reference/objects#repository: oldest first, unless it is asked for otherwise."""
        viewer.require(shown, read("issues"))
        order, wanted = orderBy or {"field": "CREATED_AT", "direction": "ASC"}, {name.lower() for name in labels or []}
        since = parse_stamp((filterBy or {}).get("since") or "1970-01-01T00:00:00Z")
        if unknown := (filterBy or {}).keys() - {"since"}:
            raise Refused(422, f"issues: filterBy has {', '.join(sorted(unknown))}, which is not emulated")
        found = [one for one in shown.issues.values() if one.pull is None and one.updated_at >= since]
        found = [one for one in found if states is None or one.state.upper() in states]
        found = [one for one in found if not wanted or wanted & {label.name.lower() for label in one.labels}]
        found.sort(key=lambda one: (_ordered(one, order["field"]), one.number), reverse=order["direction"] == "DESC")
        return connection(found, lambda one: issue(viewer, shown, one))(info, **page)

    return {
        "__typename": "Repository",
        "id": node_id("R", shown.id),
        "databaseId": shown.id,
        "name": shown.name,
        "nameWithOwner": shown.full_name,
        "owner": account(viewer, shown.owner),
        "isPrivate": shown.private,
        "url": viewer.github.at.page(shown),
        "issue": issue_by_number,
        "issues": issues,
        "pullRequest": pull_by_number,
    }


def issue(viewer: Viewer, repo: Repository, shown: Issue) -> Node:
    return {
        "__typename": "Issue",
        **_opened(viewer, repo, shown),
        "id": node_id("I", shown.id),
        # An Int has 32 bits, and ids passed those.
        "databaseId": shown.id if shown.id < 2**31 else None,
        "fullDatabaseId": str(shown.id),
        "state": shown.state.upper(),
        "labels": connection(shown.labels, label),
    }


def _ordered(shown: Issue, field: str) -> float:
    match field:
        case "CREATED_AT":
            return shown.created_at.timestamp()
        case "UPDATED_AT":
            return shown.updated_at.timestamp()
        case _:
            return len(shown.comments)


def label(shown: Label) -> Node:
    return {
        "__typename": "Label",
        "id": node_id("LA", shown.id),
        "name": shown.name,
        "color": shown.color,
        "description": shown.description,
    }


def comment(viewer: Viewer, repo: Repository, under: Issue, shown: Comment) -> Node:
    return {
        "__typename": "IssueComment",
        **_written(viewer, repo, shown),
        "id": node_id("IC", shown.id),
        "url": f"{issue_page(viewer.github.at, repo, under)}#issuecomment-{shown.id}",
    }


def pull_request(viewer: Viewer, repo: Repository, shown: Issue, pull: Pull) -> Node:
    def reviews(info: Any, author: str | None = None, states: list[str] | None = None, **page: Any) -> Node:
        listed = [one for one in pull.reviews if one.submitted_at or viewer.wrote(one.author)]
        if author is not None:
            listed = [one for one in listed if one.author.login.lower() == author.lower()]
        if states is not None:
            listed = [one for one in listed if one.state in states]
        return connection(listed, lambda one: review(viewer, repo, shown, pull, one))(info, **page)

    threads = [one for one in pull.threads if seen_comments(viewer, one)]
    asked: list[Account | Team] = [*pull.requested_reviewers, *pull.requested_teams]
    return {
        "__typename": "PullRequest",
        **_opened(viewer, repo, shown),
        "id": node_id("PR", pull.id),
        "databaseId": pull.id,
        "fullDatabaseId": str(pull.id),
        "state": "MERGED" if pull.merged_at else shown.state.upper(),
        "isDraft": pull.draft,
        "headRefName": pull.head_ref,
        "headRefOid": pull.head_sha,
        "baseRefName": pull.base_ref,
        "baseRefOid": pull.base_sha,
        "repository": lambda _info: repository(viewer, repo),
        "autoMergeRequest": _auto_merge(viewer, pull),
        "reviews": reviews,
        "reviewThreads": connection(threads, lambda one: thread(viewer, repo, shown, pull, one)),
        "reviewRequests": connection(asked, lambda one: _review_request(viewer, pull, one)),
    }


def _auto_merge(viewer: Viewer, pull: Pull) -> Node | None:
    asked = pull.auto_merge
    if asked is None:
        return None
    return {
        "commitBody": asked.message,
        "commitHeadline": asked.title,
        "enabledAt": stamp(asked.enabled_at),
        "enabledBy": account(viewer, asked.enabled_by),
        "mergeMethod": asked.method.upper(),
    }


def review(viewer: Viewer, repo: Repository, under: Issue, pull: Pull, shown: Review) -> Node:
    comments = [one for one in pull.review_comments if one.review is shown]
    return {
        "__typename": "PullRequestReview",
        **_written(viewer, repo, shown),
        "id": node_id("PRR", shown.id),
        "databaseId": shown.id,
        "url": review_page(viewer.github.at, repo, under, shown),
        "state": shown.state,
        "submittedAt": maybe_stamp(shown.submitted_at),
        "commit": _commit(shown.commit_id),
        "pullRequest": lambda _info: pull_request(viewer, repo, under, pull),
        "comments": connection(comments, lambda one: review_comment(viewer, repo, under, pull, one)),
    }


def thread(viewer: Viewer, repo: Repository, under: Issue, pull: Pull, shown: ReviewThread) -> Node:
    now, began = shown.place, shown.original
    comments = seen_comments(viewer, shown)
    settles = may_settle(viewer, repo, under)
    return {
        "__typename": "PullRequestReviewThread",
        "id": node_id("PRRT", shown.id),
        "path": shown.path,
        "line": now.line if now else None,
        "startLine": now.start_line if now else None,
        "originalLine": began.line if began else None,
        "originalStartLine": began.start_line if began else None,
        "diffSide": shown.side,
        "startDiffSide": shown.start_side,
        "subjectType": shown.subject_type.upper(),
        "isOutdated": shown.outdated,
        "isResolved": shown.resolved_by is not None,
        "isCollapsed": shown.resolved_by is not None,
        "resolvedBy": account(viewer, shown.resolved_by) if shown.resolved_by else None,
        "viewerCanReply": viewer.has(repo, "read"),
        "viewerCanResolve": settles and shown.resolved_by is None,
        "viewerCanUnresolve": settles and shown.resolved_by is not None,
        "pullRequest": lambda _info: pull_request(viewer, repo, under, pull),
        "repository": lambda _info: repository(viewer, repo),
        "comments": connection(comments, lambda one: review_comment(viewer, repo, under, pull, one)),
    }


def review_comment(viewer: Viewer, repo: Repository, under: Issue, pull: Pull, shown: ReviewComment) -> Node:
    place, began = shown.thread.place, shown.thread.original
    answered = next((one for one in shown.thread.comments if one.id == shown.in_reply_to), None)
    return {
        "__typename": "PullRequestReviewComment",
        **_written(viewer, repo, shown),
        "id": node_id("PRRC", shown.id),
        "databaseId": shown.id,
        "url": comment_page(viewer.github.at, repo, under, shown),
        "state": "PENDING" if shown.pending else "SUBMITTED",
        "path": shown.thread.path,
        "diffHunk": shown.thread.diff_hunk,
        "subjectType": shown.thread.subject_type.upper(),
        "outdated": shown.thread.outdated,
        "line": place.line if place else None,
        "startLine": place.start_line if place else None,
        "position": place.position if place else None,
        "originalLine": began.line if began else None,
        "originalStartLine": began.start_line if began else None,
        "originalPosition": began.position if began else 1,
        "commit": _commit(shown.thread.commit_id),
        "originalCommit": _commit(shown.thread.original_commit_id),
        "replyTo": lambda _info: review_comment(viewer, repo, under, pull, answered) if answered else None,
        "pullRequest": lambda _info: pull_request(viewer, repo, under, pull),
        "pullRequestReview": lambda _info: review(viewer, repo, under, pull, shown.review),
    }


def seen_comments(viewer: Viewer, shown: ReviewThread) -> list[ReviewComment]:
    """What of a thread is no draft of somebody else's."""
    return [one for one in shown.comments if not one.pending or viewer.wrote(one.author)]


def may_settle(viewer: Viewer, repo: Repository, under: Issue) -> bool:
    """Who may resolve a thread: the pull request's author and who may write.
    https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/commenting-on-a-pull-request#resolving-conversations
    """
    return viewer.wrote(under.author) or viewer.has(repo, "write")


def _opened(viewer: Viewer, repo: Repository, shown: Issue) -> Node:
    """What issues and pull requests have in common."""
    return {
        "number": shown.number,
        "title": shown.title,
        "body": shown.body or "",
        "author": account(viewer, shown.author),
        "createdAt": stamp(shown.created_at),
        "updatedAt": stamp(shown.updated_at),
        "lastEditedAt": maybe_stamp(shown.last_edited_at),
        "url": issue_page(viewer.github.at, repo, shown),
        "comments": connection(shown.comments, lambda one: comment(viewer, repo, shown, one)),
    }


def _written(viewer: Viewer, repo: Repository, shown: Comment | Review | ReviewComment) -> Node:
    """What every comment and review has."""
    updated = shown.updated_at if not isinstance(shown, Review) else shown.last_edited_at or shown.created_at
    return {
        "author": account(viewer, shown.author),
        "authorAssociation": association(repo, shown.author),
        "body": shown.body,
        "fullDatabaseId": str(shown.id),
        "createdAt": stamp(shown.created_at),
        "updatedAt": stamp(updated),
        "lastEditedAt": maybe_stamp(shown.last_edited_at),
        "isMinimized": shown.minimized is not None,
        "minimizedReason": shown.minimized,
        "viewerCanMinimize": viewer.has(repo, "write"),
        "viewerDidAuthor": viewer.wrote(shown.author),
    }


def _commit(sha: str) -> Node:
    return {"__typename": "Commit", "id": node_id("C", sha), "oid": sha}


def _review_request(viewer: Viewer, pull: Pull, asked: Account | Team) -> Node:
    if isinstance(asked, Team):
        id_ = node_id("T", asked.id)
        whom: Node = {"__typename": "Team", "id": id_, "databaseId": asked.id, "name": asked.name, "slug": asked.slug}
    else:
        whom = account(viewer, asked)
    return {"id": node_id("RR", f"{pull.id}:{whom['id']}"), "databaseId": None, "requestedReviewer": whom}
