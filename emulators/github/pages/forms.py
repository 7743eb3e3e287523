"""Forms on the pages: whoever looks can act as one of the people, with that person's rights and no others."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from emulators.github.access import may_see
from emulators.github.changes import add_labels, close, comment, reopen
from emulators.github.check_suites import ask_again
from emulators.github.control.asking import github_of
from emulators.github.errors import Refused, forbidden, not_found
from emulators.github.model.accounts import Account, Role, at_least
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.pages.html import Child, Html, el
from emulators.github.pages.layout import issue_link
from emulators.github.tokens import Person


def acting_form(target: str, people: Sequence[Account], fields: Sequence[Child], buttons: Sequence[tuple[str, str]]) -> Html:
    """A form whose buttons say what to do (`do` = the button's name) and whose list says who does it."""
    names = el("select", [el("option", one.login) for one in people], name="as", aria_label="act as")
    return el(
        "form",
        fields,
        el("span", "as", class_="soft"),
        names,
        [el("button", text, name="do", value=value) for value, text in buttons],
        method="post",
        action=target,
        class_="act",
    )


def people_of(request: Request) -> list[Account]:
    """Who can be acted as: every person, those with most rights first."""
    return [account for account in github_of(request).store.accounts.values() if account.type == "User"]


async def act_on_issue(request: Request) -> Response:
    """Comment, label, close or reopen."""
    github, repo, issue = github_of(request), *issue_of(request)
    asked = await fields_of(request)
    try:
        who = acting_as(request, asked, repo, "read")
        match asked.get("do"):
            case "comment" if asked.get("body", "").strip():
                comment(github, repo, issue, who, asked["body"].replace("\r\n", "\n"))
            case "label" if asked.get("label", "").strip():
                acting_as(request, asked, repo, "triage")
                await add_labels(github, repo, issue, [asked["label"].strip()], who)
            case "close":
                acting_as(request, asked, repo, "read" if issue.author is who else "triage")
                await close(github, repo, issue, who)
            case "reopen":
                acting_as(request, asked, repo, "read" if issue.author is who else "triage")
                await reopen(github, repo, issue, who)
    except Refused as refused:
        return PlainTextResponse(refused.message, refused.status)
    return RedirectResponse(issue_link(repo, issue), 303)


async def press_on_check(request: Request) -> Response:
    """Re-run a check, or press one of its own buttons."""
    github, repo = github_of(request), repository_on_page(request)
    run, asked = repo.check_runs.get(request.path_params["run"]), await fields_of(request)
    try:
        if run is None:
            raise not_found()
        who, button = acting_as(request, asked, repo, "write"), asked.get("do", "")
        if button == "rerequest":
            ask_again(github, repo, run, who)
        elif button in [action["identifier"] for action in run.actions]:
            github.announce.check_run("requested_action", repo, run, who, requested_action={"identifier": button})
    except Refused as refused:
        return PlainTextResponse(refused.message, refused.status)
    return RedirectResponse(request.url.path.removesuffix("/press"), 303)


def repository_on_page(request: Request) -> Repository:
    """The repository in the path; pages show private ones too. Raises Refused 404."""
    found = github_of(request).store.repository(request.path_params["owner"], request.path_params["repo"])
    if found is None:
        raise not_found()
    return found


def issue_of(request: Request) -> tuple[Repository, Issue]:
    repo = repository_on_page(request)
    issue = repo.issues.get(request.path_params["number"])
    if issue is None:
        raise not_found()
    return repo, issue


async def fields_of(request: Request) -> dict[str, str]:
    """What was filled in. Raises Refused for another site's form."""
    # Another site's page in the same browser must not press buttons here.
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        raise forbidden("Forms are taken from these pages only.")
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


def acting_as(request: Request, asked: dict[str, str], repo: Repository, role: Role) -> Account:
    """Who was chosen to do it, if they may. Raises Refused."""
    who = github_of(request).store.account(asked.get("as", ""))
    if who is None or not may_see(Person(who), repo):
        raise not_found()
    if not at_least(repo.role_of(who), role):
        raise forbidden(f"{who.login} may not do that in {repo.full_name}: it takes the role {role}.")
    return who
