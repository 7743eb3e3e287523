"""Merging a pull request, at once or by itself when it may be. https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge"""

from __future__ import annotations

from typing import Any

from emulators.github.access import write
from emulators.github.auto_merging import disable, enable
from emulators.github.clock import now
from emulators.github.errors import Refused
from emulators.github.graphql import nodes
from emulators.github.graphql.lookup import Found, find, not_resolved
from emulators.github.graphql.viewer import Viewer
from emulators.github.merging import Merge, merge, merge_refusal
from emulators.github.model.auto_merge import AutoMerge
from emulators.github.model.discussions import Pull
from emulators.github.model.merge_settings import MergeMethod
from emulators.github.ref_guard import who_is

Input = dict[str, Any]

_METHODS: dict[str, MergeMethod] = {"MERGE": "merge", "SQUASH": "squash", "REBASE": "rebase"}
_MERGE = (write("contents", role="write"), write("pull_requests", role="write"))


async def enable_auto_merge(viewer: Viewer, asked: Input) -> dict[str, Any]:
    found, pull = _pull(viewer, asked)
    if asked.get("expectedHeadOid") not in (None, pull.head_sha):
        raise Refused(422, "Head sha didn't match expected")
    who = who_is(viewer.actor)
    wanted = AutoMerge(
        viewer.account,
        now(),
        _METHODS[asked.get("mergeMethod") or "MERGE"],
        asked.get("commitHeadline"),
        asked.get("commitBody"),
        who.app_id if who else None,
        who.app_slug if who else None,
    )
    await enable(viewer.github, found.repo, found.issue, pull, wanted)
    return {"actor": nodes.account(viewer, viewer.account), "pullRequest": _shown(viewer, found, pull)}


async def disable_auto_merge(viewer: Viewer, asked: Input) -> dict[str, Any]:
    found, pull = _pull(viewer, asked)
    await disable(viewer.github, found.repo, found.issue, pull, viewer.account, "Auto-merge was disabled by somebody")
    return {"actor": nodes.account(viewer, viewer.account), "pullRequest": _shown(viewer, found, pull)}


async def merge_pull_request(viewer: Viewer, asked: Input) -> dict[str, Any]:
    found, pull = _pull(viewer, asked)
    how = Merge(_METHODS[asked.get("mergeMethod") or "MERGE"], asked.get("commitHeadline"), asked.get("commitBody"))
    sha = asked.get("expectedHeadOid")
    if refusal := await merge_refusal(found.repo, found.issue, how.method, sha, who_is(viewer.actor)):
        raise Refused(422, refusal.message)
    await merge(viewer.github, found.repo, found.issue, how, viewer.account)
    return {"actor": nodes.account(viewer, viewer.account), "pullRequest": _shown(viewer, found, pull)}


MERGING = {
    "disablePullRequestAutoMerge": disable_auto_merge,
    "enablePullRequestAutoMerge": enable_auto_merge,
    "mergePullRequest": merge_pull_request,
}


def _pull(viewer: Viewer, asked: Input) -> tuple[Found, Pull]:
    found = find(viewer, asked["pullRequestId"])
    if not isinstance(found.thing, Pull):
        raise not_resolved(asked["pullRequestId"], "PullRequest")
    viewer.require(found.repo, *_MERGE)
    return found, found.thing


def _shown(viewer: Viewer, found: Found, pull: Pull) -> nodes.Node:
    return nodes.pull_request(viewer, found.repo, found.issue, pull)
