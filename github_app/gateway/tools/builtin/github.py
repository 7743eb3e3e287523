"""The built-in `github` server: what an agent at work on a repository wants to read there, and nothing of any other one. What
writes is in `github_writing.py`.

Its tools have the names and arguments of GitHub's own server, as far as they go, but for the repository: that is the job's.
The token reads this one repository, lasts an hour, and stays with Harvest.
https://github.com/github/github-mcp-server
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import structlog

from github_app.gateway.tools.arguments import Unclear
from github_app.gateway.tools.builtin.github_asking import A_PAGE, ISSUE, MAX_PATH_CHARACTERS, MAX_QUERY_CHARACTERS, Asking
from github_app.gateway.tools.builtin.github_texts import (
    comment_text,
    commits_text,
    found_text,
    issue_text,
    pull_text,
    review_text,
)
from github_app.gateway.tools.builtin.github_writing import WRITING, Writing
from github_app.gateway.tools.builtin.searching import only_here
from github_app.gateway.tools.listing import Tool
from github_app.gateway.tools.problems import ServerProblem
from github_app.github.client import GitHub
from github_app.github.failing_checks import as_text, checks_on, read_failing
from github_app.github.failures import GitHubProblem, Refused, TokenRefused
from github_app.github.tokens import Purpose, Tokens
from state.job_tools import Place
from state.tool_writes import ToolWrites

log = structlog.get_logger()


async def get_issue(asking: Asking) -> str:
    return issue_text(await asking.get(f"/issues/{asking.number('issue_number')}"))


async def get_issue_comments(asking: Asking) -> str:
    listed = await asking.get(f"/issues/{asking.number('issue_number')}/comments", asking.page)
    return each_of(comment_text, listed, "comment")


async def get_pull_request(asking: Asking) -> str:
    return pull_text(await asking.get(f"/pulls/{asking.number('pullNumber')}"))


async def get_pull_request_reviews(asking: Asking) -> str:
    listed = await asking.get(f"/pulls/{asking.number('pullNumber')}/reviews", asking.page)
    return each_of(review_text, listed, "review")


async def get_pull_request_comments(asking: Asking) -> str:
    listed = await asking.get(f"/pulls/{asking.number('pullNumber')}/comments", asking.page)
    return each_of(comment_text, listed, "comment on a line")


async def get_pull_request_status(asking: Asking) -> str:
    """https://docs.github.com/en/rest/checks/runs"""
    pull = await asking.get(f"/pulls/{asking.number('pullNumber')}")
    token, sha = await asking.token(Purpose.CHECKS), pull["head"]["sha"]
    checks = await checks_on(asking.github, token, asking.place.repository, sha, but_of_app=asking.app_id)
    waiting = f"{checks.unfinished} have not ended yet." if checks.unfinished else "None is still running."
    failing = await read_failing(asking.github, token, asking.place.repository, checks)
    told = as_text(failing) or "No check has failed."
    return f"Checks on {sha[:7]}, the head of #{pull['number']}. {waiting}\n\n{told}"


async def search_code(asking: Asking) -> str:
    """https://docs.github.com/en/rest/search/search#search-code"""
    query = only_here(asking.text("query", most=MAX_QUERY_CHARACTERS), asking.place.repository)
    asked = urlencode({"q": query, "per_page": A_PAGE})
    found = await asking.github.with_token(await asking.token(), "GET", f"/search/code?{asked}")
    # A public repository is found by any token, whatever one asks for.
    return found_text([one for one in found["items"] if one["repository"]["id"] == asking.place.repository_id])


async def list_commits(asking: Asking) -> str:
    """https://docs.github.com/en/rest/commits/commits#list-commits"""
    wanted = {name: asking.text(name, most=MAX_PATH_CHARACTERS) for name in ("sha", "path")}
    return commits_text(await asking.get("/commits", {**{name: text for name, text in wanted.items() if text}, **asking.page}))


def each_of(text_of: Callable[[dict[str, Any]], str], listed: Sequence[dict[str, Any]], what: str) -> str:
    more = f"\n\n[There may be more: ask for the next page of {A_PAGE}.]" if len(listed) == A_PAGE else ""
    return "\n\n---\n\n".join(map(text_of, listed)) + more if listed else f"There is no {what}."


PULL = {"pullNumber": {"type": "integer", "description": "The pull request's number"}}
PAGE = {"page": {"type": "integer", "description": f"Which page of {A_PAGE}, from 1"}}

# In the order in which they are listed: name → what it is for, its arguments, those that are needed, and who answers.
TOOLS: Mapping[str, tuple[str, dict[str, Any], tuple[str, ...], Callable[[Asking], Awaitable[str]]]] = {
    "get_issue": ("An issue of this repository: title, state, labels, text.", ISSUE, ("issue_number",), get_issue),
    "get_issue_comments": (
        "The comments on an issue or in a pull request's conversation.",
        {**ISSUE, **PAGE},
        ("issue_number",),
        get_issue_comments,
    ),
    "get_pull_request": ("A pull request: title, state, branches, text.", PULL, ("pullNumber",), get_pull_request),
    "get_pull_request_reviews": (
        "The reviews of a pull request: who approved or asked for changes, in which words.",
        {**PULL, **PAGE},
        ("pullNumber",),
        get_pull_request_reviews,
    ),
    "get_pull_request_comments": (
        "The review comments on lines of a pull request's difference.",
        {**PULL, **PAGE},
        ("pullNumber",),
        get_pull_request_comments,
    ),
    "get_pull_request_status": (
        "The checks on a pull request's head: what fails, with annotations and the end of the log.",
        PULL,
        ("pullNumber",),
        get_pull_request_status,
    ),
    "search_code": (
        "Files of this repository's default branch that have these words in them. In your clone, grep is quicker.",
        {"query": {"type": "string", "description": "Words, and qualifiers such as path: or language:"}},
        ("query",),
        search_code,
    ),
    "list_commits": (
        "The commits of a branch, or those that touched one file: its history.",
        {
            "sha": {"type": "string", "description": "A branch or commit to begin at; the default branch without it"},
            "path": {"type": "string", "description": "Only commits that touched this file or folder"},
            **PAGE,
        },
        (),
        list_commits,
    ),
}


class GitHubServer:
    """The server, for the jobs of all repositories."""

    def __init__(
        self, github: GitHub, tokens: Tokens, app_id: int, writes: ToolWrites, label_of: Callable[[int], str]
    ) -> None:
        """`label_of` gives Harvest's label in a repository, by its id."""
        self._github = github
        self._tokens = tokens
        self._app_id = app_id
        self._writes = writes
        self._label_of = label_of

    def tools(self) -> list[Tool]:
        return [
            {
                "name": name,
                "description": description,
                "inputSchema": {"type": "object", "properties": arguments, "required": list(needed)},
            }
            for name, (description, arguments, needed, _) in (*TOOLS.items(), *WRITING.items())
        ]

    async def call(self, place: Place, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """MCP's result. Raises ServerProblem when GitHub can't be asked; what it refuses is an answer."""
        try:
            check_repository(arguments, place.repository)
            return result(await self._answer(place, tool, arguments))
        except Unclear as problem:
            return result(str(problem), is_error=True)
        except Refused as problem:
            log.info("GitHub refused what a tool asked for", tool=tool, status=problem.status)
            return result(refused(problem), is_error=True)
        except GitHubProblem as problem:
            log.warning("GitHub could not be asked for a tool", tool=tool, problem=str(problem))
            raise ServerProblem("GitHub can't be asked just now") from problem

    async def _answer(self, place: Place, tool: str, arguments: dict[str, Any]) -> str:
        asking = Asking(self._github, self._tokens, place, arguments, self._app_id)

        async def answer() -> str:
            if tool in WRITING:
                *_, write = WRITING[tool]
                return await write(Writing(asking, self._writes, tool, self._label_of(place.repository_id)))
            *_, read = TOOLS[tool]
            return await read(asking)

        try:
            return await answer()
        except TokenRefused:  # the one that was refused is forgotten by now
            return await answer()


def check_repository(arguments: Mapping[str, Any], repository: str) -> None:
    """GitHub's own server takes `owner` and `repo`, so they may come along; they can't name another one. Raises Unclear."""
    owner, _, name = repository.partition("/")
    for argument, ours in (("owner", owner), ("repo", name)):
        given = arguments.get(argument, ours)
        if not isinstance(given, str) or given.lower() != ours.lower():
            raise Unclear(f"{argument}: these tools are for {repository} alone")


def refused(problem: Refused) -> str:
    if problem.status in (404, 410):
        return "There is no such thing in this repository."
    if problem.status == 422:
        return "GitHub can't make sense of these arguments."
    return f"GitHub refuses this ({problem.status or 'no status'}); the App may lack a permission for it."


def result(text: str, *, is_error: bool = False) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": is_error}
