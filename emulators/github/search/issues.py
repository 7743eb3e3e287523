"""Which issues and pull requests a query finds.

https://docs.github.com/search-github/searching-on-github/searching-issues-and-pull-requests
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emulators.github.mentions import named_in
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.search.query import BadQuery, Qualifier, Query, in_range

_COUNT = re.compile(r"(>=|<=|>|<)?(\d{1,9})(?:\.\.(\d{1,9}|\*))?")

# Where one looks is settled before: repo, org, user.
PLACES = frozenset({"repo", "org", "user"})

_State = Callable[[Repository, Issue], bool]
_IS: dict[str, _State] = {
    "open": lambda _, one: one.state == "open",
    "closed": lambda _, one: one.state == "closed",
    "issue": lambda _, one: one.pull is None,
    "pr": lambda _, one: one.pull is not None,
    "pull-request": lambda _, one: one.pull is not None,
    "merged": lambda _, one: one.pull is not None and one.pull.merged_at is not None,
    "unmerged": lambda _, one: one.pull is not None and one.pull.merged_at is None,
    "draft": lambda _, one: one.pull is not None and one.pull.draft,
    "locked": lambda _, one: one.locked,
    "unlocked": lambda _, one: not one.locked,
    "public": lambda repo, _: not repo.private,
    "private": lambda repo, _: repo.private,
}
_NO: dict[str, Callable[[Issue], bool]] = {
    "label": lambda one: not one.labels,
    "assignee": lambda one: not one.assignees,
    "milestone": lambda _: True,
}
QUALIFIERS = PLACES | {
    "is", "type", "state", "no", "in", "author", "assignee", "mentions", "commenter", "involves", "label", "reason", "draft",
    "head", "base", "sha", "created", "updated", "closed", "merged", "comments", "team-review-requested", "review-requested",
}  # fmt: skip


def matches(query: Query, repo: Repository, issue: Issue, me: Account | None) -> bool:
    """`me` is what `@me` stands for. Raises BadQuery for a value that GitHub does not take."""
    return query.finds(*_texts(query, issue)) and all(
        _holds(one, repo, issue, me) is not one.negated for one in query.qualifiers if one.name not in PLACES | {"in"}
    )


def _texts(query: Query, issue: Issue) -> list[str | None]:
    wanted = {field for value in query.values("in") for field in value.split(",")} or {"title", "body", "comments"}
    texts: list[str | None] = []
    if "title" in wanted:
        texts.append(issue.title)
    if "body" in wanted:
        texts.append(issue.body)
    if "comments" in wanted:
        texts += [comment.body for comment in issue.comments]
    return texts


def _holds(asked: Qualifier, repo: Repository, issue: Issue, me: Account | None) -> bool:
    value = asked.value.lower()
    pull = issue.pull
    match asked.name:
        case "is" | "type" | "state":
            if value not in _IS:
                raise BadQuery(f"{asked.name}:{asked.value} is not a valid qualifier.")
            return _IS[value](repo, issue)
        case "no":
            return _NO[value](issue) if value in _NO else True
        case "author":
            return _is(issue.author, value, me)
        case "assignee":
            return any(_is(one, value, me) for one in issue.assignees) or (value == "*" and bool(issue.assignees))
        case "mentions":
            login = me.login.lower() if value == "@me" and me else value
            return any(login in named_in(text).logins for text in (issue.body, *(one.body for one in issue.comments)))
        case "commenter":
            return any(_is(one.author, value, me) for one in issue.comments)
        case "involves":
            names = ("author", "assignee", "mentions", "commenter")
            return any(_holds(Qualifier(name, asked.value), repo, issue, me) for name in names)
        case "label":
            wanted = {name.strip().strip('"') for name in value.split(",")}
            return any(label.name.lower() in wanted for label in issue.labels)
        case "reason":
            return (issue.state_reason or "").replace("_", " ") == value
        case "draft":
            return pull is not None and pull.draft is (value == "true")
        case "head":
            return pull is not None and pull.head_ref.lower().startswith(value)
        case "base":
            return pull is not None and pull.base_ref.lower().startswith(value)
        case "sha":
            return pull is not None and pull.head_sha.startswith(value)
        case "review-requested":
            return pull is not None and any(_is(one, value, me) for one in pull.requested_reviewers)
        case "team-review-requested":
            slug = value.rpartition("/")[2]
            return pull is not None and any(one.slug == slug for one in pull.requested_teams)
        case "created" | "updated" | "closed" | "merged":
            merged = pull.merged_at if pull else None
            moments = {"created": issue.created_at, "updated": issue.updated_at, "closed": issue.closed_at, "merged": merged}
            moment = moments[asked.name]
            return moment is not None and in_range(asked.value)(moment)
        case "comments":
            return _count_fits(asked.value, len(issue.comments))
        case _:
            return True


def _is(account: Account, value: str, me: Account | None) -> bool:
    """A login, `@me`, or `app/slug` for an App."""
    if value == "@me":
        return account is me
    wanted = f"{value.removeprefix('app/')}[bot]" if value.startswith("app/") else value
    return account.login.lower() == wanted


def _count_fits(asked: str, count: int) -> bool:
    """`3`, `>=3`, `1..3` or `1..*`. Raises BadQuery."""
    found = _COUNT.fullmatch(asked)
    if found is None:
        raise BadQuery(f"{asked!r} is not a number.")
    operator, low, high = found[1], int(found[2]), found[3]
    if high:
        return low <= count and (high == "*" or count <= int(high))
    return {">=": count >= low, "<=": count <= low, ">": count > low, "<": count < low, None: count == low}[operator]
