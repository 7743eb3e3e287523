"""A conversation from its beginning: what was said, done, pushed and referred to. https://docs.github.com/rest/issues/timeline"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from emulators.github.access import may_see, read
from emulators.github.clock import parse_stamp
from emulators.github.errors import not_found
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.discussions import issue as issue_shape
from emulators.github.shapes.discussions import issue_event
from emulators.github.shapes.timeline import commented, committed, cross_referenced, reviewed

_SEEN = read("issues", "pull_requests")

# A pull request lists no more of its commits than this. https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request
_LISTED_COMMITS = 250
# What is said of commits in the second of their making comes after them.
_BEFORE_ALL = -1


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/timeline", _SEEN)
async def list_timeline(call: Call) -> Answer:
    """Oldest first; what refers to it from a place that one can't look into is left out."""
    at, repo, issue, place = call.github.at, call.repository, call.issue, call.github.store.place_of
    entries: list[tuple[datetime, int, dict[str, Any]]] = [
        *((one.created_at, place("issue_event", one.id), issue_event(at, repo, one)) for one in issue.events),
        *((one.created_at, place("comment", one.id), commented(at, repo, issue, one)) for one in issue.comments),
        *(
            (one.created_at, place("issue_event", one.id), cross_referenced(at, one))
            for one in issue.references
            if may_see(call.actor, one.repo)
        ),
    ]
    if pull := issue.pull:
        start = await repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
        for commit in reversed(await repo.git.commits(f"{start}..{pull.head_sha}", limit=_LISTED_COMMITS)):
            entries.append((parse_stamp(commit.committer.date), _BEFORE_ALL, committed(at, repo, commit)))
        for one in pull.reviews:
            if one.submitted_at:
                entries.append((one.submitted_at, place("review", one.id), reviewed(at, repo, issue, one)))
    entries.sort(key=lambda entry: entry[:2])
    return call.page_of([shape for _, _, shape in entries])


@route("GET /repos/{owner}/{repo}/issues/events/{event_id}", _SEEN)
async def get_issue_event(call: Call) -> Answer:
    at, repo = call.github.at, call.repository
    for issue in repo.issues.values():
        for one in issue.events:
            if one.id == call.number("event_id"):
                return Answer(200, {**issue_event(at, repo, one), "issue": issue_shape(at, repo, issue)})
    raise not_found()
