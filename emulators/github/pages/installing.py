"""Installing an App on an account, with all of its repositories or some, and changing that later.

https://docs.github.com/apps/using-github-apps/installing-a-github-app-from-a-third-party
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from emulators.github.asking_for_more import accept, waits_for_acceptance
from emulators.github.choosing import choose, install, may_install, uninstall
from emulators.github.control.asking import github_of
from emulators.github.errors import forbidden, not_found
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, Installation
from emulators.github.model.repositories import Repository
from emulators.github.pages.forms import acting_form, fields_of, people_of
from emulators.github.pages.html import Html, el, joined
from emulators.github.pages.layout import page
from emulators.github.pages.leading_back import lead_back


async def install_page(request: Request) -> Response:
    """First the account (`?target=login`), then its repositories."""
    github, app = github_of(request), _app(request)
    target, state = request.query_params.get("target"), request.query_params.get("state", "")
    owner = github.store.account(target) if target else None
    title = el("h1", f"Install {app.name}")
    if owner is None:
        link = f"/apps/{quote(app.slug)}/installations/new?state={quote(state)}&target="
        rows = [el("li", el("a", one.login, href=link + quote(one.login))) for one in _owners(request)]
        return page(f"Install {app.name}", title, el("p", "Where?"), el("ul", rows, class_="rows"))
    query = urlencode({"target": owner.login, "state": state})
    action, fields = f"/apps/{quote(app.slug)}/installations/new?{query}", [_choice(request, owner, None)]
    form = acting_form(action, people_of(request), fields, [("install", "Install")])
    return page(f"Install {app.name}", title, el("p", f"on {owner.login}"), form, leads_to=app.setup_url or None)


async def install_app(request: Request) -> Response:
    """Told as `installation.created`; who installed it is led to the App's setup URL, or to the installation's page."""
    github, app, asked = github_of(request), _app(request), await fields_of(request)
    owner = github.store.account(request.query_params.get("target", ""))
    if owner is None:
        raise not_found()
    who = _owner(request, asked, owner)
    if any(one.app is app and one.account is owner for one in github.store.installations.values()):
        raise forbidden(f"{app.name} is installed on {owner.login} already.")
    installed = install(github, app, owner, await _chosen(request, owner, asked), who)
    if not app.setup_url:
        return RedirectResponse(_link(installed), 303)
    state = request.query_params.get("state", "")
    told: dict[str, str | int] = {"installation_id": installed.id, "setup_action": "install", "state": state}
    return lead_back(app.setup_url, told)


async def installation_page(request: Request) -> Response:
    installed = _installation(request)
    waiting = waits_for_acceptance(installed)
    permissions = [el("li", el("span", name, class_="grow"), level) for name, level in sorted(installed.permissions.items())]
    buttons = [("save", "Save"), ("uninstall", "Uninstall"), *([("accept", "Accept new permissions")] if waiting else [])]
    return page(
        f"{installed.app.name} on {installed.account.login}",
        el("h1", f"{installed.app.name} on {installed.account.login}"),
        el("p", "The App asks for more than it has here.", class_="soft") if waiting else None,
        el("ul", permissions, class_="rows"),
        acting_form(_link(installed), people_of(request), [_choice(request, installed.account, installed)], buttons),
    )


async def change_installation(request: Request) -> Response:
    github, installed, asked = github_of(request), _installation(request), await fields_of(request)
    who = _owner(request, asked, installed.account)
    match asked.get("do"):
        case "accept":
            accept(github, installed, who)
        case "uninstall":
            uninstall(github, installed, who)
            return RedirectResponse(f"/apps/{quote(installed.app.slug)}", 303)
        case "save":
            choose(github, installed, await _chosen(request, installed.account, asked), who)
    return RedirectResponse(_link(installed), 303)


def _choice(request: Request, owner: Account, installed: Installation | None) -> Html:
    """All repositories, or the checked ones."""
    everything = installed is None or installed.repository_ids is None
    options = [
        el("option", text, value=value, selected=(value == "all") is everything)
        for value, text in (("all", "All repositories"), ("selected", "Only the checked ones"))
    ]
    boxes = []
    for repo in _owned(request, owner):
        chosen = installed is not None and installed.reaches(repo)
        box = el("input", type="checkbox", name="repository", value=repo.name, checked=chosen)
        boxes.append(el("label", box, f" {repo.name} "))
    return joined([el("select", options, name="selection", aria_label="repositories"), el("div", boxes)])


async def _chosen(request: Request, owner: Account, asked: dict[str, str]) -> list[Repository] | None:
    if asked.get("selection") != "selected":
        return None
    sent = parse_qsl((await request.body()).decode(errors="replace"))
    names = {value for field, value in sent if field == "repository"}
    return [repo for repo in _owned(request, owner) if repo.name in names]


def _owned(request: Request, owner: Account) -> list[Repository]:
    return [repo for repo in github_of(request).store.repositories.values() if repo.owner is owner]


def _owners(request: Request) -> list[Account]:
    return [one for one in github_of(request).store.accounts.values() if one.type != "Bot"]


def _owner(request: Request, asked: dict[str, str], owner: Account) -> Account:
    """Who acts, and may. Raises Refused."""
    who = github_of(request).store.account(asked.get("as", ""))
    if who is None:
        raise not_found()
    if not may_install(owner, who):
        raise forbidden(f"{who.login} is not an owner of {owner.login}.")
    return who


def _app(request: Request) -> App:
    found = github_of(request).store.app_called(request.path_params["slug"])
    if found is None:
        raise not_found()
    return found


def _installation(request: Request) -> Installation:
    found = github_of(request).store.installations.get(request.path_params["installation"])
    if found is None:
        raise not_found()
    return found


def _link(installed: Installation) -> str:
    return f"/organizations/{quote(installed.account.login)}/settings/installations/{installed.id}"
