"""Issues, comments, reactions and an issue's history in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulators.github.clock import maybe_stamp, stamp
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Comment, Issue, IssueEvent
from emulators.github.model.reactions import REACTIONS, Reaction
from emulators.github.model.repositories import Repository
from emulators.github.model.teams import Team
from emulators.github.shapes.accounts import association, maybe_integration, maybe_user, simple_user
from emulators.github.shapes.addresses import Addresses, node_id
from emulators.github.shapes.organizations import team
from emulators.github.shapes.repositories import label


def reaction(at: Addresses, given: Reaction) -> dict[str, Any]:
    return {
        "id": given.id,
        "node_id": node_id("REA", given.id),
        "user": simple_user(at, given.user),
        "content": given.content,
        "created_at": stamp(given.created_at),
    }


def reaction_rollup(url: str, given: Sequence[Reaction]) -> dict[str, Any]:
    """How often each reaction was given to the thing at `url`."""
    counts: dict[str, Any] = {content: sum(one.content == content for one in given) for content in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(given), **counts}


def issue_page(at: Addresses, repo: Repository, shown: Issue) -> str:
    return f"{at.page(repo)}/{'pull' if shown.pull else 'issues'}/{shown.number}"


def issue(at: Addresses, repo: Repository, shown: Issue) -> dict[str, Any]:
    """`issue`: also how a pull request looks to the issues API."""
    url = f"{at.repository(repo)}/issues/{shown.number}"
    page = issue_page(at, repo, shown)
    users = [simple_user(at, one) for one in shown.assignees]
    shape: dict[str, Any] = {
        "url": url,
        "repository_url": at.repository(repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": shown.id,
        "node_id": node_id("PR", shown.pull.id) if shown.pull else node_id("I", shown.id),
        "number": shown.number,
        "title": shown.title,
        "user": simple_user(at, shown.author),
        "labels": [label(at, repo, one) for one in shown.labels],
        "state": shown.state,
        "locked": shown.locked,
        "assignee": users[0] if users else None,
        "assignees": users,
        "milestone": None,
        "comments": len(shown.comments),
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.updated_at),
        "closed_at": maybe_stamp(shown.closed_at),
        "author_association": association(repo, shown.author),
        "active_lock_reason": shown.lock_reason,
        "body": shown.body,
        "closed_by": maybe_user(at, shown.closed_by),
        "reactions": reaction_rollup(url, shown.reactions),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": maybe_integration(at, shown.via_app),
        "state_reason": shown.state_reason,
    }
    if shown.sub_issues:
        done = sum(one.state == "closed" for one in shown.sub_issues)
        total = len(shown.sub_issues)
        shape["sub_issues_summary"] = {"total": total, "completed": done, "percent_completed": 100 * done // total}
    if shown.pull:
        shape["draft"] = shown.pull.draft
        shape["pull_request"] = {
            "url": f"{at.repository(repo)}/pulls/{shown.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": maybe_stamp(shown.pull.merged_at),
        }
    return shape


def issue_as_told(at: Addresses, repo: Repository, shown: Issue) -> dict[str, Any]:
    """As webhooks and search have it: who has closed it is not told."""
    return {name: value for name, value in issue(at, repo, shown).items() if name != "closed_by"}


def comment(at: Addresses, repo: Repository, under: Issue, shown: Comment) -> dict[str, Any]:
    url = f"{at.repository(repo)}/issues/comments/{shown.id}"
    return {
        "url": url,
        "html_url": f"{issue_page(at, repo, under)}#issuecomment-{shown.id}",
        "issue_url": f"{at.repository(repo)}/issues/{under.number}",
        "id": shown.id,
        "node_id": node_id("IC", shown.id),
        "user": simple_user(at, shown.author),
        "created_at": stamp(shown.created_at),
        "updated_at": stamp(shown.updated_at),
        "body": shown.body,
        "author_association": association(repo, shown.author),
        "reactions": reaction_rollup(url, shown.reactions),
        "performed_via_github_app": maybe_integration(at, shown.via_app),
    }


def issue_event(at: Addresses, repo: Repository, shown: IssueEvent) -> dict[str, Any]:
    """One line of an issue's history, as `GET …/issues/{number}/events` lists it."""
    shape: dict[str, Any] = {
        "id": shown.id,
        "node_id": node_id("LE", shown.id),
        "url": f"{at.repository(repo)}/issues/events/{shown.id}",
        "actor": simple_user(at, shown.actor),
        "event": shown.event,
        "commit_id": shown.commit_id,
        "commit_url": f"{at.repository(repo)}/commits/{shown.commit_id}" if shown.commit_id else None,
        "created_at": stamp(shown.created_at),
        "performed_via_github_app": None,
    }
    if shown.label:
        shape["label"] = {"name": shown.label.name, "color": shown.label.color}
    if shown.about:
        shape |= _about(at, repo, shown, shown.about)
    if shown.dismissed:
        shape["dismissed_review"] = {
            "state": shown.dismissed.state.lower(),
            "review_id": shown.dismissed.review.id,
            "dismissal_message": shown.dismissed.message,
            **({"dismissal_commit_id": shown.dismissed.commit_id} if shown.dismissed.commit_id else {}),
        }
    if shown.event == "locked":
        shape["lock_reason"] = shown.lock_reason
    if shown.rename:
        shape["rename"] = {"from": shown.rename[0], "to": shown.rename[1]}
    return shape


def _about(at: Addresses, repo: Repository, shown: IssueEvent, who: Account | Team) -> dict[str, Any]:
    """Who it happened to, and by whom. https://docs.github.com/rest/using-the-rest-api/issue-event-types"""
    actor = simple_user(at, shown.actor)
    if isinstance(who, Team):
        return {"requested_team": team(at, repo.owner, who), "review_requester": actor}
    if "assigned" in shown.event:
        return {"assignee": simple_user(at, who), "assigner": actor}
    return {"requested_reviewer": simple_user(at, who), "review_requester": actor}
