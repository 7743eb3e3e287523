"""Search over what the asker may look at, with limits of its own. https://docs.github.com/rest/search/search"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulators.github.access import lacks, may_see, read
from emulators.github.errors import Refused, requires_authentication, unprocessable
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.rest.pull_diffs import author_of
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.search.code import COMMIT_QUALIFIERS, FILE_QUALIFIERS, commits, files
from emulators.github.search.issues import PLACES, QUALIFIERS, matches
from emulators.github.search.query import BadQuery, NotEmulated, Query, read_query, unknown
from emulators.github.shapes.commits import commit as commit_shape
from emulators.github.shapes.commits import content_entry
from emulators.github.shapes.discussions import issue_as_told
from emulators.github.shapes.repositories import repository
from emulators.github.tokens import Anonymous, Person, UserToken

# "To satisfy that need, the GitHub Search API provides up to 1,000 results for each search."
_MOST_RESULTS = 1_000

_FILE_FIELDS = ("name", "path", "sha", "url", "git_url", "html_url")


@route("GET /search/issues")
async def search_issues(call: Call) -> Answer:
    query = _query(call, QUALIFIERS)
    if isinstance(call.actor, UserToken) and not {"issue", "pr", "pull-request"} & set(query.values("is", "type")):
        raise _refused("Query must include 'is:issue' or 'is:pull-request'")
    me = call.actor.account if isinstance(call.actor, Person) else None
    found = _matching(call, query, me)
    by = call.query.get("sort")
    found.sort(key=lambda pair: _order(by, pair[1]), reverse=call.query.get("order", "desc") == "desc")
    shapes = [{**issue_as_told(call.github.at, repo, issue), "body": issue.body or "", "score": 1.0} for repo, issue in found]
    return _results(call, shapes, search_type="lexical")


@route("GET /search/code")
async def search_code(call: Call) -> Answer:
    if isinstance(call.actor, Anonymous):
        raise requires_authentication()
    query = _query(call, FILE_QUALIFIERS)
    if not query.words:
        raise _refused("At least one search term is required.")
    shapes = []
    for repo in _places(call, query, "contents"):
        shape = repository(call.github.at, repo)
        for entry in await files(query, repo):
            whole = content_entry(call.github.at, repo, entry, repo.default_branch)
            shapes.append({**{field: whole[field] for field in _FILE_FIELDS}, "repository": shape, "score": 1.0})
    return _results(call, shapes)


@route("GET /search/commits")
async def search_commits(call: Call) -> Answer:
    query = _query(call, COMMIT_QUALIFIERS)
    shapes = []
    for repo in _places(call, query, "contents"):
        shape = repository(call.github.at, repo)
        async for commit in commits(query, repo):
            whole = commit_shape(call.github.at, repo, commit, author_of(call, commit))
            committer = whole["commit"]["committer"]
            shapes.append({**whole, "committer": committer, "repository": shape, "score": 1.0})
    key = "committer" if call.query.get("sort") == "committer-date" else "author"
    shapes.sort(key=lambda one: str(one["commit"][key]["date"]), reverse=call.query.get("order", "desc") == "desc")
    return _results(call, shapes)


@route("GET /search/repositories")
async def search_repositories(call: Call) -> Answer:
    query = _query(call, PLACES | {"in", "is"})
    found = [repo for repo in _places(call, query, "metadata") if query.finds(repo.full_name, repo.description)]
    return _results(call, [{**repository(call.github.at, repo), "score": 1.0} for repo in found])


def _matching(call: Call, query: Query, me: Account | None) -> list[tuple[Repository, Issue]]:
    try:
        places = _places(call, query, "issues", "pull_requests")
        return [(repo, one) for repo in places for one in repo.issues.values() if matches(query, repo, one, me)]
    except BadQuery as bad:
        raise _refused(str(bad)) from bad


def _query(call: Call, known: frozenset[str]) -> Query:
    """The query, read; what GitHub would understand and this doesn't is told of as a violation. Raises Refused 422."""
    try:
        query = read_query(str(call.query["q"]))
    except BadQuery as bad:
        raise _refused(str(bad)) from bad
    except NotEmulated as more:
        call.github.violations.record("unread", call.url, [f"{more} in a search query"])
        raise _refused(f"{more} in a search query is not emulated.") from more
    if foreign := sorted(set(unknown(query, known))):
        call.github.violations.record("unread", call.url, [f"the qualifier {name}" for name in foreign])
        raise _refused(f"The qualifier {foreign[0]} is not emulated here.")
    return query


def _places(call: Call, query: Query, *permissions: str) -> list[Repository]:
    """Where to look: the repositories or owners that the query names, or everywhere. Raises 422 when none of them is seen."""
    store = call.github.store
    seen = [one for one in store.repositories.values() if _readable(call, one, permissions)]
    names, owners = set(query.values("repo")), set(query.values("org", "user"))
    left_out = {one.value.lower() for one in query.qualifiers if one.negated and one.name in PLACES}
    found = [
        one
        for one in seen
        if (not names | owners or one.full_name.lower() in names or one.owner.login.lower() in owners)
        and not {one.full_name.lower(), one.owner.login.lower()} & left_out
    ]
    if names | owners and not found and not any(store.account(owner) for owner in owners):
        raise _refused(
            "The listed users and repositories cannot be searched either because the resources do not exist or you do not have"
            " permission to view them."
        )
    return found


def _readable(call: Call, repo: Repository, permissions: tuple[str, ...]) -> bool:
    return may_see(call.actor, repo) and not lacks(call.actor, repo, read(*permissions))


def _order(key: object, issue: Issue) -> tuple[float, int]:
    moments: Mapping[object, float] = {
        "updated": issue.updated_at.timestamp(),
        "comments": len(issue.comments),
        "reactions": len(issue.reactions),
    }
    return moments.get(key, issue.created_at.timestamp()), issue.id


def _results(call: Call, shapes: list[dict[str, Any]], **more: str) -> Answer:
    window, headers = call.window(min(len(shapes), _MOST_RESULTS))
    if window.start >= _MOST_RESULTS:
        raise Refused(422, "Only the first 1000 search results are available")
    shown = shapes[:_MOST_RESULTS][window]
    return Answer(200, {"total_count": len(shapes), "incomplete_results": False, "items": shown, **more}, headers)


def _refused(message: str) -> Refused:
    return unprocessable(resource="Search", field="q", code="invalid", message=message)
