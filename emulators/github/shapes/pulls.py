"""Pull requests in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulators.github.clock import maybe_stamp, stamp
from emulators.github.model.auto_merge import AutoMerge
from emulators.github.model.discussions import Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.shapes.accounts import association, maybe_user, simple_user
from emulators.github.shapes.addresses import Addresses, node_id
from emulators.github.shapes.discussions import issue_page
from emulators.github.shapes.organizations import team
from emulators.github.shapes.repositories import label, repository


@dataclass(frozen=True)
class PullFacts:
    """What only git knows about a pull request. `mergeable` and what follows are None when it is closed, or not known yet."""

    commits: int
    additions: int
    deletions: int
    changed_files: int
    mergeable: bool | None
    mergeable_state: str
    rebaseable: bool | None
    test_merge_sha: str | None


def _end(at: Addresses, repo: Repository, ref: str, sha: str) -> dict[str, Any]:
    return {
        "label": f"{repo.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": simple_user(at, repo.owner),
        "repo": None if repo.deleted else repository(at, repo),
    }


def _of(shown: Issue) -> Pull:
    if shown.pull is None:
        raise ValueError(f"issue {shown.number} is not a pull request")
    return shown.pull


def _auto_merge(at: Addresses, asked: AutoMerge | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {
        "enabled_by": simple_user(at, asked.enabled_by),
        "merge_method": asked.method,
        "commit_title": asked.title or "",
        "commit_message": asked.message or "",
    }


def pull_simple(at: Addresses, repo: Repository, shown: Issue) -> dict[str, Any]:
    """`pull-request-simple`: as lists have it."""
    pull = _of(shown)
    base, page = at.repository(repo), issue_page(at, repo, shown)
    url, issue_url = f"{base}/pulls/{shown.number}", f"{base}/issues/{shown.number}"
    links = {
        "self": url,
        "html": page,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{base}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{base}/statuses/{pull.head_sha}",
    }
    users = [simple_user(at, one) for one in shown.assignees]
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue_url,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": links["statuses"],
        "number": shown.number,
        "state": shown.state,
        "locked": shown.locked,
        "title": shown.title,
        "user": simple_user(at, shown.author),
        "body": shown.body,
        "labels": [label(at, repo, one) for one in shown.labels],
        "milestone": None,
        "active_lock_reason": shown.lock_reason,
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.updated_at),
        "closed_at": maybe_stamp(shown.closed_at),
        "merged_at": maybe_stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": users[0] if users else None,
        "assignees": users,
        "requested_reviewers": [simple_user(at, one) for one in pull.requested_reviewers],
        "requested_teams": [team(at, repo.owner, one) for one in pull.requested_teams],
        "head": _end(at, pull.fork or repo, pull.head_ref, pull.head_sha),
        "base": _end(at, repo, pull.base_ref, pull.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(repo, shown.author),
        "auto_merge": _auto_merge(at, pull.auto_merge),
        "draft": pull.draft,
    }


def pull(at: Addresses, repo: Repository, shown: Issue, facts: PullFacts) -> dict[str, Any]:
    """`pull-request`: looked at by itself, and in webhooks."""
    inner = _of(shown)
    return {
        **pull_simple(at, repo, shown),
        "merged": inner.merged_at is not None,
        "mergeable": facts.mergeable,
        "merge_commit_sha": inner.merge_commit_sha or facts.test_merge_sha,
        "rebaseable": facts.rebaseable,
        "mergeable_state": facts.mergeable_state,
        "merged_by": maybe_user(at, inner.merged_by),
        "comments": len(shown.comments),
        "review_comments": sum(not one.pending for one in inner.review_comments),
        "maintainer_can_modify": inner.maintainer_can_modify,
        "commits": facts.commits,
        "additions": facts.additions,
        "deletions": facts.deletions,
        "changed_files": facts.changed_files,
    }


def pull_minimal(at: Addresses, repo: Repository, shown: Issue) -> dict[str, Any]:
    """`pull-request-minimal`: as check runs list it."""
    inner = _of(shown)
    where = {"id": repo.id, "url": at.repository(repo), "name": repo.name}
    return {
        "url": f"{at.repository(repo)}/pulls/{shown.number}",
        "id": inner.id,
        "number": shown.number,
        "head": {"ref": inner.head_ref, "sha": inner.head_sha, "repo": where},
        "base": {"ref": inner.base_ref, "sha": inner.base_sha, "repo": where},
    }
