"""The tools of the built-in `github` server that write: comments, issues, labels, sub-issues, in the job's repository alone.

They are offered where operator and repository allow it, and never to jobs that only read. What they write goes through the
neutraliser like all that Harvest says for an agent, and is marked. A call that is made again, after a crash or because no
answer came, finds what it has written; it would be there twice only if GitHub took longer over a request than over the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from github_app.gateway.tools.arguments import Unclear
from github_app.gateway.tools.builtin.github_asking import ISSUE, Asking
from github_app.gateway.tools.builtin.github_words import (
    MAX_BODY_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    body_as_written,
    key_of,
    marker_of,
    title_as_written,
)
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.threads import Thread, stamp
from github_app.github.tokens import Purpose
from state.tool_writes import ToolWrites

# Of one job. Who has more to say says it in the pull request.
MOST_WRITES = 10
MOST_LABELS = 10
MAX_LABEL_CHARACTERS = 50
# GitHub's clock may be behind ours.
CLOCK_SECONDS = 60.0
ISSUES_LOOKED_AT = 100

TOO_MANY = (
    f"this job has written {MOST_WRITES} times on GitHub by tools, and may write no more: put the rest into your last message"
)
UNDER_WAY = "this very call is still under way: go on with something else, and look in some minutes whether it is there"


@dataclass(frozen=True)
class Writing:
    """One call that writes. `harvest_label` is what the labels begin with that say something to Harvest here."""

    asking: Asking
    writes: ToolWrites
    tool: str
    harvest_label: str

    @property
    def key(self) -> str:
        _, arguments, _, _ = WRITING[self.tool]
        return key_of(self.tool, {name: self.asking.arguments.get(name) for name in arguments})

    @property
    def marker(self) -> str:
        return marker_of(self.asking.place.job_id, self.key)

    async def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool | None = None
    ) -> Any:
        """A request below the repository's path, with a token that may write on its issues."""
        asking = self.asking
        return await asking.github.with_token(
            await asking.token(Purpose.TOOL_WRITES),
            method,
            repository_path(asking.place.repository) + path,
            body,
            job_id=asking.place.job_id,
            repeatable=repeatable,
            session=asking.place.session_id,
        )

    async def issue(self, name: str) -> dict[str, Any]:
        """The issue that an argument names. Raises Unclear for what is none of this repository's: one that was transferred is
        found where it is now."""
        found: dict[str, Any] = await self.request("GET", f"/issues/{self.asking.number(name)}")
        if found.get("pull_request") is not None:
            raise Unclear(f"{name}: #{found['number']} is a pull request, and this is for issues")
        if not str(found["repository_url"]).lower().endswith(f"/repos/{self.asking.place.repository.lower()}"):
            raise Unclear(f"{name}: this issue is in another repository by now")
        return found

    async def labels(self, *, needed: bool) -> list[str]:
        """The labels that are asked for, which have to be there. Raises Unclear."""
        given = self.asking.arguments.get("labels", [])
        named = isinstance(given, list) and all(isinstance(one, str) and 0 < len(one) <= MAX_LABEL_CHARACTERS for one in given)
        if not named or len(given) > MOST_LABELS or (needed and not given):
            raise Unclear(f"labels: a list of at most {MOST_LABELS} names of labels is needed")
        for name in given:
            if name.casefold().startswith(("harvest", self.harvest_label.casefold())):
                raise Unclear(f"labels: {name} says something to Harvest, and is set by people alone")
            try:
                await self.request("GET", f"/labels/{quote(name, safe='')}")
            except Refused as problem:
                if problem.status != 404:
                    raise
                raise Unclear(f"labels: there is no label {name} here, and tools make none") from None
        return list(given)

    async def once(self, write: Callable[[], Awaitable[str]], find: Callable[[float], Awaitable[str | None]]) -> str:
        """What `write` has written, in a few words; on any try but the first what `find` finds, which is told when the first
        one was."""
        job_id, key = self.asking.place.job_id, self.key
        turn = await self.writes.take(job_id, key, most=MOST_WRITES)
        match turn.standing:
            case "too many":
                raise Unclear(TOO_MANY)
            case "under way":
                raise Unclear(UNDER_WAY)
            case "written":
                return f"This was written before, and is not written twice: {turn.written}."
        try:
            written = await find(turn.begun_at - CLOCK_SECONDS) if turn.standing == "again" else None
            written = written or await write()
        except (Refused, Unclear):
            await self.writes.give_back(job_id, key)
            raise
        await self.writes.note(job_id, key, written)
        return f"Written: {written}."


async def nothing(since: float) -> str | None:
    """For what can be done again: it makes no difference."""
    return None


async def add_issue_comment(writing: Writing) -> str:
    """https://docs.github.com/en/rest/issues/comments#create-an-issue-comment"""
    asking, place = writing.asking, writing.asking.place
    number, body = asking.number("issue_number"), asking.words("body", most=MAX_BODY_CHARACTERS)
    token = await asking.token(Purpose.TOOL_WRITES)
    thread = Thread(asking.github, token, asking.app_id, place.repository, number, place.job_id)

    async def write() -> str:
        comment = await thread.write_comment(body_as_written(body, job_id=place.job_id, key=writing.key))
        return f"comment {comment} on #{number}"

    async def find(since: float) -> str | None:
        found = await thread.find_comment(writing.marker, since=since)
        return None if found is None else f"comment {found} on #{number}"

    return await writing.once(write, find)


async def create_issue(writing: Writing) -> str:
    """https://docs.github.com/en/rest/issues/issues#create-an-issue"""
    asking, job_id = writing.asking, writing.asking.place.job_id
    title = title_as_written(asking.words("title", most=MAX_TITLE_CHARACTERS))
    body = body_as_written(asking.words("body", most=MAX_BODY_CHARACTERS), job_id=job_id, key=writing.key)
    labels = await writing.labels(needed=False)

    async def write() -> str:
        made = await writing.request("POST", "/issues", {"title": title, "body": body, "labels": labels})
        return f"issue #{made['number']}"

    async def find(since: float) -> str | None:
        newest = {"state": "all", "since": stamp(since), "sort": "created", "per_page": ISSUES_LOOKED_AT}
        for one in await writing.request("GET", f"/issues?{urlencode(newest)}"):
            ours = (one.get("performed_via_github_app") or {}).get("id") == asking.app_id
            if ours and writing.marker in (one.get("body") or ""):
                return f"issue #{one['number']}"
        return None

    return await writing.once(write, find)


async def add_labels(writing: Writing) -> str:
    """https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue"""
    number, labels = (await writing.issue("issue_number"))["number"], await writing.labels(needed=True)

    async def write() -> str:
        await writing.request("POST", f"/issues/{number}/labels", {"labels": labels}, repeatable=True)
        return f"{', '.join(labels)} on #{number}"

    return await writing.once(write, nothing)


async def add_sub_issue(writing: Writing) -> str:
    """https://docs.github.com/en/rest/issues/sub-issues#add-sub-issue"""
    parent, child = await writing.issue("issue_number"), await writing.issue("sub_issue_number")
    told = f"#{child['number']} under #{parent['number']}"

    async def write() -> str:
        await writing.request("POST", f"/issues/{parent['number']}/sub_issues", {"sub_issue_id": child["id"]})
        return told

    async def find(since: float) -> str | None:
        there = await writing.request("GET", f"/issues/{parent['number']}/sub_issues?per_page=100")
        return told if any(one["id"] == child["id"] for one in there) else None

    return await writing.once(write, find)


TITLE = {"title": {"type": "string", "description": "One line, without markup"}}
BODY = {"body": {"type": "string", "description": "Markdown; nobody is notified by a mention, and nothing is closed by it"}}
LABELS = {"labels": {"type": "array", "items": {"type": "string"}, "description": "Names of labels that are there already"}}
CHILD = {"sub_issue_number": {"type": "integer", "description": "The number of the issue that is a part of it"}}

# In the order in which they are listed: name → what it is for, its arguments, those that are needed, and who answers.
WRITING: Mapping[str, tuple[str, dict[str, Any], tuple[str, ...], Callable[[Writing], Awaitable[str]]]] = {
    "add_issue_comment": (
        "Comment on an issue or pull request of this repository. What you have to say to whoever asked you goes into your "
        "last message, not here.",
        {**ISSUE, **BODY},
        ("issue_number", "body"),
        add_issue_comment,
    ),
    "create_issue": (
        "Open an issue in this repository, for what you found and was not asked to do.",
        {**TITLE, **BODY, **LABELS},
        ("title", "body"),
        create_issue,
    ),
    "add_labels": ("Add labels to an issue of this repository.", {**ISSUE, **LABELS}, ("issue_number", "labels"), add_labels),
    "add_sub_issue": (
        "Make an issue of this repository a sub-issue of another one.",
        {**ISSUE, **CHILD},
        ("issue_number", "sub_issue_number"),
        add_sub_issue,
    ),
}
