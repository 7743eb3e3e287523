"""The review threads of a pull request: only GraphQL tells which are resolved, and resolves them.

https://docs.github.com/en/graphql/reference/objects#pullrequestreviewthread
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from github_app.domain.ask import Account
from github_app.github.client import GitHub
from github_app.github.installation_token import InstallationToken

# Threads that are read, resolved ones included: a pull request with more of them has had its say.
A_PAGE = 100
MOST_PAGES = 5

# How a thread began, and what was said last.
LAST_COMMENTS = 9
MAX_HUNK_CHARACTERS = 2_000

COMMENT = """
fragment comment on PullRequestReviewComment {
  fullDatabaseId body isMinimized
  author { __typename login ... on User { databaseId } ... on Bot { databaseId } }
}
"""
THREADS = (
    COMMENT
    + """
query ($owner: String!, $name: String!, $number: Int!, $threads: Int!, $last: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: $threads, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved path line
          began: comments(first: 1) { totalCount nodes { ...comment diffHunk } }
          latest: comments(last: $last) { nodes { ...comment } }
        }
      }
    }
  }
}
"""
)


# https://docs.github.com/en/graphql/reference/mutations#resolvereviewthread
@dataclass(frozen=True)
class SaidThere:
    """A comment of a thread; `by` is None where its account is gone."""

    by: Account | None
    text: str


@dataclass(frozen=True)
class FoundThread:
    """A thread that nobody has resolved. `line` is None where it is about a whole file, or about lines that are gone."""

    id: str
    first_comment: int
    path: str
    line: int | None
    hunk: str
    said: tuple[SaidThere, ...]


async def unresolved_threads(
    github: GitHub, token: InstallationToken, repository: str, pull: int, *, job_id: str | None = None
) -> list[FoundThread]:
    """Those of the pull request, the oldest first, without what somebody has hidden in them. Raises Passing, Refused."""
    owner, _, name = repository.partition("/")
    asked = {"owner": owner, "name": name, "number": pull, "threads": A_PAGE, "last": LAST_COMMENTS, "after": None}
    found: list[FoundThread] = []
    for _ in range(MOST_PAGES):
        answer = await github.query(token, THREADS, asked, job_id=job_id)
        page = answer["repository"]["pullRequest"]["reviewThreads"]
        found += [thread for node in page["nodes"] if not node["isResolved"] and (thread := thread_of(node)) is not None]
        if not page["pageInfo"]["hasNextPage"]:
            break
        asked["after"] = page["pageInfo"]["endCursor"]
    return found


async def resolve_threads(
    github: GitHub, token: InstallationToken, threads: Sequence[str], *, job_id: str | None = None
) -> None:
    """Resolve the threads of these node ids in one request; repeating it does nothing. It takes write permission on contents
    as well as on pull requests. Raises Passing, and Refused where one of them can't be resolved: the others may be by then."""
    names = [f"t{number}" for number in range(len(threads))]
    taken = ", ".join(f"${name}: ID!" for name in names)
    each = " ".join(
        f"{name}: resolveReviewThread(input: {{threadId: ${name}}}) {{ thread {{ isResolved }} }}" for name in names
    )
    await github.query(token, f"mutation ({taken}) {{ {each} }}", dict(zip(names, threads, strict=True)), job_id=job_id)


def thread_of(node: dict[str, Any]) -> FoundThread | None:
    """None where nothing of it is left to read."""
    began = node["began"]["nodes"]
    shown = comments_of(began, node["latest"]["nodes"])
    if not began or not shown:
        return None
    first = began[0]
    return FoundThread(
        id=node["id"],
        first_comment=int(first["fullDatabaseId"]),
        path=node["path"],
        line=node["line"],
        hunk=(first["diffHunk"] or "")[-MAX_HUNK_CHARACTERS:],
        said=tuple(SaidThere(account_of(one["author"]), one["body"]) for one in shown),
    )


def comments_of(began: Sequence[dict[str, Any]], latest: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first one and the last ones, each once, without those that somebody has hidden."""
    each = {one["fullDatabaseId"]: one for one in (*began, *latest)}
    return [one for one in each.values() if not one["isMinimized"]]


def account_of(author: dict[str, Any] | None) -> Account | None:
    """GraphQL writes a bot's login without the suffix that REST gives it."""
    if author is None or "databaseId" not in author or author["databaseId"] is None:
        return None
    login, kind = author["login"], author["__typename"]
    return Account(author["databaseId"], f"{login}[bot]" if kind == "Bot" else login, kind)
