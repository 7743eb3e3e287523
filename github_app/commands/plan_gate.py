"""Whether a plan may be approved as it stands: which version was meant, and whether what it was made from is as it was.

The decisions are pure; what GitHub has to say stands below them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import msgspec

from github_app.commands.moments import UNREAD_SECONDS, moment
from github_app.commands.verb import Call
from github_app.domain.ask import Ask, By, Origin
from github_app.domain.plan import Plan
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.threads import Thread
from github_app.github.tokens import Purpose
from github_app.jobs.plans import PostedPlan
from github_app.replies import plan_wording

VERSION = re.compile(r"v?(\d{1,4})[.!]?", re.IGNORECASE)

# The recipes that make plans, by their name.
PLANS = "plan/"


@dataclass(frozen=True)
class Now:
    """What a plan was made from, as GitHub has it now. The heads are None where there is no such branch. `pull_sha` is the
    head of the open pull request that shows it, empty where none does."""

    base_sha: str | None
    branch_sha: str | None
    title: str
    body: str
    is_open: bool
    pull_sha: str = ""


def which_plan(text: str, origin: Origin, posted: Sequence[PostedPlan], command: str) -> PostedPlan | str:
    """The plan that "approve" with that text means, among those of the session, or what to answer. Only the latest can be
    approved, and without its version only by who can have seen it."""
    latest = posted[-1]
    if origin.by is By.BUTTON:
        by_button = [plan for plan in posted if plan.job.id == origin.job_id]
        version = by_button[0].plan.version if by_button else latest.plan.version
    elif origin.commit:
        reviewed = [plan for plan in posted if plan.plan.pull_sha == origin.commit]
        if not reviewed:
            return plan_wording.no_such_commit(origin.commit, latest.plan.version, command)
        version = reviewed[0].plan.version
    elif text:
        found = VERSION.fullmatch(text.strip())
        if found is None:
            return plan_wording.which_version(command, latest.plan.version)
        version = int(found[1])
    elif unread := why_unread(origin, latest, command):
        return unread
    else:
        version = latest.plan.version
    if version == latest.plan.version:
        return latest
    if any(plan.plan.version == version for plan in posted):
        return plan_wording.replaced(version, latest.plan.version, command)
    return plan_wording.no_such_version(version, latest.plan.version)


def why_void(plan: Plan, asked: Ask, now: Now) -> str:
    """What has changed since the plan was made, as a sentence without its end; empty when nothing has."""
    if now.pull_sha and now.pull_sha != plan.pull_sha:
        return plan_wording.pull_moved(plan.pull_branch)
    if (now.title, now.body) != (asked.target.title, asked.target.body):
        return plan_wording.issue_changed(asked.target.place)
    for branch, before, head in (
        (plan.base_branch, plan.base_sha, now.base_sha),
        (plan.branch, plan.branch_sha, now.branch_sha),
    ):
        if before and head is None:
            return plan_wording.branch_gone(branch)
        if not before and head is not None:
            return plan_wording.branch_appeared(branch)
        if head is not None and head != before:
            return plan_wording.branch_moved(branch, before, head)
    return ""


def why_unread(origin: Origin, latest: PostedPlan, command: str) -> str:
    """What to answer where whoever said that can't have read the plan; empty where they can. GitHub counts the comments of all
    conversations in one row, and those on lines in another; what stands in different rows is compared by its time."""
    plan = latest.plan
    if origin.by is By.COMMENT and not latest.ask.origin.inline:
        return plan_wording.came_after(plan.version, command) if origin.id < plan.comment_id else ""
    if origin.by in (By.COMMENT, By.REVIEW):
        posted_at = max(plan.at, plan.posted_at)
        if moment(origin.at).timestamp() < posted_at + UNREAD_SECONDS:
            return plan_wording.came_too_soon(plan.version, command)
    return ""


async def look(call: Call, plan: Plan) -> Now:
    """https://docs.github.com/en/rest/branches/branches#get-a-branch, https://docs.github.com/en/rest/issues/issues#get-an-issue"""
    services, target, thread = call.services, call.ask.target, await call.thread()
    # The token that answers may not read a private repository's branches.
    reading = await services.tokens.get(target.installation_id, target.repository.id, Purpose.READ)
    branches = f"{repository_path(target.repository.full_name)}/branches"
    issue = await thread.request("GET", f"/issues/{target.thread}")

    async def head(branch: str) -> str | None:
        try:
            found = await services.github.with_token(
                reading.value, "GET", f"{branches}/{quote(branch, safe='')}", job_id=call.job_id
            )
            return str(found["commit"]["sha"])
        except Refused as problem:
            if problem.status != 404:
                raise
            return None

    return Now(
        await head(plan.base_branch),
        await head_of_a_fork(thread, target.thread) if plan.of_a_fork else await head(plan.branch),
        issue["title"],
        issue["body"] or "",
        issue["state"] == "open",
        await shown_at(thread, plan),
    )


async def head_of_a_fork(thread: Thread, number: int) -> str:
    return str((await thread.request("GET", f"/pulls/{number}"))["head"]["sha"])


async def shown_at(thread: Thread, plan: Plan) -> str:
    """The head of the open pull request that shows the plan; empty where there is none."""
    if not plan.pull:
        return ""
    pull = await thread.request("GET", f"/pulls/{plan.pull}")
    return str(pull["head"]["sha"]) if pull["state"] == "open" else ""


# The note on a call that `as_it_is_now` did not give back.
NO_PLAN = "no plan: the issue is closed"


async def as_it_is_now(call: Call) -> Call | None:
    """The same call with the title and text of its issue as they are now, where a button asked, which knows them from before;
    None when the issue is closed, and who asked was told. That a pull request is closed its head tells."""
    thread, target = await call.thread(), call.ask.target
    issue = await thread.request("GET", f"/issues/{target.thread}")
    if issue["state"] != "open" and target.place == "issue":
        await call.say(plan_wording.closed())
        return None
    if call.ask.origin.by is not By.BUTTON:
        return call
    target = msgspec.structs.replace(target, title=issue["title"], body=issue["body"] or "")
    return replace(call, ask=msgspec.structs.replace(call.ask, target=target))
