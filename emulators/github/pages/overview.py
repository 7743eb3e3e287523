"""Pages that lead to others: what is here, who is here, a repository, its issues and pull requests."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from emulators.github.control.asking import github_of
from emulators.github.errors import not_found
from emulators.github.model.discussions import Issue
from emulators.github.model.repositories import Repository
from emulators.github.pages.code import file_rows
from emulators.github.pages.forms import repository_on_page
from emulators.github.pages.html import Html, el, joined
from emulators.github.pages.layout import (
    author,
    issue_link,
    label_chip,
    moment,
    page,
    repository_link,
    repository_trail,
    state_badge,
)
from emulators.github.pages.markdown import render

_SHOWN_COMMITS = 10


async def index(request: Request) -> Response:
    store = github_of(request).store
    people = [el("li", author(one), el("span", one.type, class_="soft")) for one in store.accounts.values()]
    return page(
        "Repositories",
        el("h1", "Repositories"),
        _repository_rows(list(store.repositories.values())),
        el("h2", "Accounts"),
        el("ul", people, class_="rows"),
    )


async def account_page(request: Request) -> Response:
    store = github_of(request).store
    account = store.account(request.path_params["login"])
    if account is None:
        raise not_found()
    owned = [repo for repo in store.repositories.values() if repo.owner is account]
    roles = [
        el("li", el("span", repo.full_name, class_="grow"), repo.role_of(account))
        for repo in store.repositories.values()
        if account.type != "Organization"
    ]
    return page(
        account.login,
        el("h1", account.name or account.login, el("span", f" {account.login}", class_="number")),
        _repository_rows(owned) if owned else None,
        joined([el("h2", "Roles"), el("ul", roles, class_="rows")]) if roles else None,
    )


async def app_page(request: Request) -> Response:
    app = github_of(request).store.app_called(request.path_params["slug"])
    if app is None:
        raise not_found()
    permissions = [el("li", el("span", name, class_="grow"), level) for name, level in sorted(app.permissions.items())]
    return page(
        app.name,
        el("h1", app.name),
        el("p", el("a", "Install", href=f"/apps/{app.slug}/installations/new")),
        el("h2", "Permissions"),
        el("ul", permissions, class_="rows"),
        el("h2", "Events"),
        el("p", ", ".join(app.events)),
    )


async def repository_page(request: Request) -> Response:
    repo = repository_on_page(request)
    link = repository_link(repo)
    head = await repo.git.branch(repo.default_branch)
    if head is None:
        return page(
            repo.full_name, el("h1", repo.full_name), el("p", "This repository is empty."), trail=repository_trail(repo)
        )
    entries = await repo.git.tree(head)
    commits = await repo.git.commits(head, limit=_SHOWN_COMMITS)
    readme = next((entry for entry in entries if entry.path.lower() == "readme.md"), None)
    content = await repo.git.blob(readme.sha) if readme else None
    history = [
        el(
            "li",
            el("a", el("code", one.sha[:7]), href=f"{link}/commit/{one.sha}"),
            el("span", one.message.split("\n")[0], class_="grow"),
            el("span", one.author.name, class_="soft"),
        )
        for one in commits
    ]
    branches = [ref.removeprefix("refs/heads/") for ref in await repo.git.refs("refs/heads/")]
    return page(
        repo.full_name,
        el("h1", repo.full_name, " ", el("span", "private" if repo.private else "public", class_="badge")),
        el("p", repo.description or "", class_="soft"),
        file_rows(repo, repo.default_branch, entries),
        el("div", render(content.decode(errors="replace"), link), class_="body") if content else None,
        el("h2", "Latest commits"),
        el("ul", history, class_="rows"),
        el("h2", "Branches"),
        el("ul", [el("li", el("a", name, href=f"{link}/tree/{name}")) for name in branches], class_="rows"),
        trail=repository_trail(repo),
    )


async def issue_list(request: Request) -> Response:
    repo = repository_on_page(request)
    return _list(repo, "Issues", [issue for issue in repo.issues.values() if not issue.pull])


async def pull_list(request: Request) -> Response:
    repo = repository_on_page(request)
    return _list(repo, "Pull requests", repo.pulls())


async def avatar_image(request: Request) -> Response:
    """A pattern of five by five, mirrored, in a colour of its own: made from the account's id."""
    digest = hashlib.sha256(str(request.path_params["account"]).encode()).digest()
    hue = digest[0] * 360 // 256
    cells = [
        f'<rect x="{x}" y="{row}" width="1" height="1"/>'
        for row in range(5)
        for column in range(3)
        if digest[1 + row * 3 + column] % 2
        for x in {column, 4 - column}
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 7 7"><rect x="-1" y="-1" width="7" height="7"'
        f' fill="hsl({hue} 30% 90%)"/><g fill="hsl({hue} 55% 45%)">{"".join(cells)}</g></svg>'
    )
    return Response(svg, media_type="image/svg+xml", headers={"cache-control": "max-age=3600"})


def _repository_rows(repos: list[Repository]) -> Html:
    return el(
        "ul",
        [
            el(
                "li",
                el("a", repo.full_name, href=repository_link(repo), class_="strong"),
                el("span", repo.description or "", class_="grow soft"),
                el("a", f"{repo.open_issue_count} open", href=f"{repository_link(repo)}/issues"),
            )
            for repo in repos
        ],
        class_="rows",
    )


def _list(repo: Repository, title: str, shown: list[Issue]) -> Response:
    rows = [
        el(
            "li",
            state_badge(one),
            el(
                "span",
                el("a", one.title, href=issue_link(repo, one), class_="strong"),
                " ",
                [label_chip(label) for label in one.labels],
                el("div", f"#{one.number} by ", one.author.login, ", ", moment(one.created_at), class_="soft"),
                class_="grow",
            ),
            el("span", f"{len(one.comments)} 💬", class_="soft") if one.comments else None,
        )
        for one in reversed(shown)
    ]
    body = el("ul", rows, class_="rows") if rows else el("p", "There are none yet.", class_="soft")
    return page(f"{title} · {repo.full_name}", el("h1", title), body, trail=repository_trail(repo))
