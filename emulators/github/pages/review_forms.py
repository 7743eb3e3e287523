"""What a person can do as a reviewer: judge a pull request, say something of a line, answer in a thread, and settle it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from emulators.github.control.asking import github_of
from emulators.github.errors import Refused, not_found
from emulators.github.model.accounts import Account
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.model.reviews import ReviewThread
from emulators.github.pages.bubbles import folded
from emulators.github.pages.forms import acting_as, acting_form, fields_of, issue_of
from emulators.github.pages.html import Child, Html, el
from emulators.github.pages.layout import issue_link
from emulators.github.review_places import Misplaced, Wanted
from emulators.github.reviewing import (
    NewComment,
    Reviewed,
    ReviewEvent,
    begin_review,
    check_event,
    reply,
    resolve,
    submit,
    unresolve,
)

_EVENTS: dict[str, ReviewEvent] = {"comment": "COMMENT", "approve": "APPROVE", "request": "REQUEST_CHANGES"}


def review_form(repo: Repository, issue: Issue, paths: Sequence[str], people: Sequence[Account]) -> Html:
    """A review of one sentence, and of one line if a line is named."""
    fields: list[Child] = [
        el("textarea", name="body", placeholder="Review these changes", aria_label="review"),
        el("input", name="path", placeholder="a file, for a line of it", aria_label="file", list="paths", size="28"),
        el("datalist", [el("option", value=path) for path in paths], id="paths"),
        el("input", name="line", placeholder="line", aria_label="line", size="5"),
    ]
    buttons = [("comment", "Comment"), ("approve", "Approve"), ("request", "Request changes")]
    return acting_form(f"{issue_link(repo, issue)}/review", people, fields, buttons)


def thread_form(repo: Repository, issue: Issue, thread: ReviewThread, people: Sequence[Account]) -> Html:
    fields = [el("textarea", name="body", placeholder="Reply", aria_label="reply")]
    settle = ("unresolve", "Unresolve") if thread.resolved_by else ("resolve", "Resolve")
    target = f"{issue_link(repo, issue)}/threads/{thread.id}"
    return folded("Reply or settle", acting_form(target, people, fields, [("reply", "Reply"), settle]))


async def review(request: Request) -> Response:
    asked = await fields_of(request)
    try:
        here = _reviewed(request, asked)
        event, body = _EVENTS.get(asked.get("do", "")), asked.get("body", "").replace("\r\n", "\n")
        if event is None:
            raise not_found()
        if path := asked.get("path", "").strip():
            if not body.strip():
                raise Refused(422, "A comment on a line needs words.")
            line = asked.get("line", "").strip()
            comments, body = [NewComment(body, Wanted(path, int(line) if line.isdecimal() else None))], ""
        else:
            comments = []
        check_event(here, event, body, bool(comments))
        submit(here, await begin_review(here, body, comments=comments), event)
    except Misplaced as misplaced:
        return PlainTextResponse(f"The {misplaced.field} {misplaced.said}", 422)
    except Refused as refused:
        return PlainTextResponse(_why(refused), refused.status)
    return RedirectResponse(issue_link(here.repo, here.issue), 303)


async def act_on_thread(request: Request) -> Response:
    """Reply, or resolve and unresolve as the pull request's author or somebody who may write."""
    asked = await fields_of(request)
    try:
        here = _reviewed(request, asked)
        thread = next((one for one in here.pull.threads if one.id == request.path_params["thread"]), None)
        if thread is None:
            raise not_found()
        match asked.get("do"):
            case "reply" if asked.get("body", "").strip():
                reply(here, thread, asked["body"].replace("\r\n", "\n"))
            case "resolve" | "unresolve" as doing:
                acting_as(request, asked, here.repo, "read" if here.issue.author is here.who else "write")
                (resolve if doing == "resolve" else unresolve)(here, thread)
    except Refused as refused:
        return PlainTextResponse(_why(refused), refused.status)
    return RedirectResponse(issue_link(here.repo, here.issue), 303)


def _reviewed(request: Request, asked: dict[str, str]) -> Reviewed:
    repo, issue = issue_of(request)
    if issue.pull is None:
        raise not_found()
    return Reviewed(github_of(request), repo, issue, issue.pull, acting_as(request, asked, repo, "read"))


def _why(refused: Refused) -> str:
    return "\n".join([refused.message, *map(str, refused.errors or ())])
