"""Finds what a global id names, as far as the viewer may see it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emulators.github.access import read
from emulators.github.errors import Refused
from emulators.github.graphql import nodes
from emulators.github.graphql.viewer import Viewer
from emulators.github.model.discussions import Comment, Issue, Pull
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import Review, ReviewComment, ReviewThread
from emulators.github.shapes.addresses import node_id

Thing = Pull | Issue | Comment | Review | ReviewThread | ReviewComment


@dataclass(frozen=True)
class Found:
    """Something in a repository, and the issue or pull request that it is or belongs to."""

    repo: Repository
    issue: Issue
    thing: Thing

    @property
    def pull(self) -> Pull:
        """The pull request that it belongs to. Raises Refused."""
        if self.issue.pull is None:
            raise Refused(422, f"{self.repo.full_name}#{self.issue.number} is not a pull request")
        return self.issue.pull


def find(viewer: Viewer, wanted: str) -> Found:
    """Raises Refused, also for what the viewer may not see."""
    prefix, number = _read(wanted)
    for repo in viewer.github.store.repositories.values():
        if not viewer.sees(repo):
            continue
        for issue in repo.issues.values():
            for thing in _things(viewer, issue, prefix):
                if thing.id == number:
                    viewer.require(repo, read("pull_requests" if issue.pull else "issues"))
                    return Found(repo, issue, thing)
    raise not_resolved(wanted)


def node(viewer: Viewer, wanted: str) -> dict[str, Any]:
    """`node(id:)`: accounts, repositories and all that `find` finds."""
    store = viewer.github.store
    for account in store.accounts.values():
        shape = nodes.account(viewer, account)
        if shape["id"] == wanted:
            return shape
    for repo in store.repositories.values():
        if node_id("R", repo.id) == wanted and viewer.sees(repo):
            return nodes.repository(viewer, repo)
    found = find(viewer, wanted)
    match found.thing:
        case Pull():
            return nodes.pull_request(viewer, found.repo, found.issue, found.thing)
        case Issue():
            return nodes.issue(viewer, found.repo, found.issue)
        case Comment():
            return nodes.comment(viewer, found.repo, found.issue, found.thing)
        case Review():
            return nodes.review(viewer, found.repo, found.issue, found.pull, found.thing)
        case ReviewThread():
            return nodes.thread(viewer, found.repo, found.issue, found.pull, found.thing)
        case ReviewComment():
            return nodes.review_comment(viewer, found.repo, found.issue, found.pull, found.thing)


def not_resolved(wanted: str, kind: str = "a") -> Refused:
    return Refused(404, f"Could not resolve to {kind} node with the global id of '{wanted}'.")


def _things(viewer: Viewer, issue: Issue, prefix: str) -> Iterator[Thing]:
    """What of an issue or pull request has ids of this kind, without what is somebody else's draft."""
    pull = issue.pull
    match prefix:
        case "I" if pull is None:
            yield issue
        case "IC":
            yield from issue.comments
        case "PR" if pull:
            yield pull
        case "PRR" if pull:
            yield from (one for one in pull.reviews if one.submitted_at or viewer.wrote(one.author))
        case "PRRT" if pull:
            yield from (one for one in pull.threads if nodes.seen_comments(viewer, one))
        case "PRRC" if pull:
            yield from (one for one in pull.review_comments if not one.pending or viewer.wrote(one.author))


def _read(wanted: str) -> tuple[str, int | None]:
    prefix, _, coded = wanted.partition("_")
    try:
        return prefix, int(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
    except ValueError:
        return prefix, None
