"""An App is made from a manifest, installed on chosen repositories, and asks for more: in the browser, as a person does it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest

from tests.emulators.github.browser import Browser
from tests.emulators.github.typed import typed
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

_numbers = itertools.count(1)


@pytest.fixture
def owner(github: GitHubService) -> Browser:
    """The owner of an organisation with two repositories, who acts on the pages."""
    login = f"installing-{next(_numbers)}"
    github.add_person(login, "Organization")
    github.add_person(f"owner-of-{login}")
    github.control("PUT", f"organizations/{login}/members/owner-of-{login}", {"role": "admin"})
    for name in ("first", "second"):
        github.add_repository(name, owner=login, files={"a": "b"})
    return Browser(github, f"owner-of-{login}")


@pytest.fixture
def asks_for_more(github: GitHubService) -> Iterator[None]:
    """The App asks for one permission more than it was installed with."""
    permissions = github.as_app().get("/app")["permissions"]
    github.control("PATCH", "app", {"permissions": {**permissions, "deployments": "write"}})
    yield
    github.control("PATCH", "app", {"permissions": permissions})


def organization_of(owner: Browser) -> str:
    return owner.login.removeprefix("owner-of-")


def installed_by(github: GitHubService, owner: Browser, **chosen: Any) -> int:
    owner.open(f"/apps/{github.app['slug']}/installations/new?target={organization_of(owner)}")
    owner.press("install", **chosen)
    return int(owner.where.rsplit("/", 1)[1])


def test_an_app_is_installed_on_chosen_repositories_and_on_others_later(
    github: GitHubService, owner: Browser, hook: WebhookReceiver
) -> None:
    organization = organization_of(owner)
    number = installed_by(github, owner, selection="selected", repository=["first"])
    created = wait_until(lambda: hook.of("installation", "created"), "the installation")[-1].payload
    assert [one["name"] for one in created["repositories"]] == ["first"]
    assert created["sender"]["login"] == owner.login
    assert typed(github.as_app().get(f"/app/installations/{number}"), "Installation").repository_selection == "selected"
    assert github.as_app().send("GET", f"/repos/{organization}/second/installation").status_code == 404
    owner.press("save", selection="selected", repository=["second"])
    added = wait_until(lambda: hook.of("installation_repositories", "added"), "more")[-1].payload
    removed = wait_until(lambda: hook.of("installation_repositories", "removed"), "less")[-1].payload
    assert [one["name"] for one in added["repositories_added"]] == ["second"]
    assert [one["name"] for one in removed["repositories_removed"]] == ["first"]
    owner.press("uninstall")
    assert github.as_app().send("GET", f"/app/installations/{number}").status_code == 404


def test_who_does_not_own_an_account_installs_nothing_there(github: GitHubService, owner: Browser) -> None:
    stranger = Browser(github, github.reader.login)
    stranger.open(f"/apps/{github.app['slug']}/installations/new?target={organization_of(owner)}")
    stranger.press("install", selection="all")
    assert stranger.status == 403
    assert github.as_app().send("GET", f"/orgs/{organization_of(owner)}/installation").status_code == 404


def test_who_administers_a_repository_adds_it_with_their_own_token(github: GitHubService, owner: Browser) -> None:
    organization = organization_of(owner)
    number = installed_by(github, owner, selection="selected", repository=["first"])
    admin = github.add_person(f"admin-of-{organization}")
    github.control("PUT", f"repos/{organization}/second/roles/{admin.login}", {"role": "admin"})
    second = admin.get(f"/repos/{organization}/second")["id"]
    assert admin.send("PUT", f"/user/installations/{number}/repositories/{second}").status_code == 204
    assert github.as_app().get(f"/repos/{organization}/second/installation")["id"] == number
    assert github.reader.send("DELETE", f"/user/installations/{number}/repositories/{second}").status_code == 404


def test_new_permissions_count_when_they_are_accepted(
    github: GitHubService, owner: Browser, hook: WebhookReceiver, asks_for_more: None
) -> None:
    number = int(github.as_app().get(f"{github.repo_path}/installation")["id"])
    asked = {"permissions": {"deployments": "write"}}
    path = f"/app/installations/{number}/access_tokens"
    assert github.as_app().send("POST", path, json=asked).status_code == 422
    assert "deployments" not in github.as_app().post(path)["permissions"]
    github.control("POST", f"installations/{number}/permissions/accept")
    assert github.as_app().post(path, asked)["permissions"]["deployments"] == "write"
    told = wait_until(lambda: hook.of("installation", "new_permissions_accepted"), "the acceptance")[-1].payload
    assert told["installation"]["permissions"]["deployments"] == "write"


def test_what_an_app_gives_up_is_gone_at_once(github: GitHubService, asks_for_more: None) -> None:
    number = int(github.as_app().get(f"{github.repo_path}/installation")["id"])
    github.control("POST", f"installations/{number}/permissions/accept")
    permissions = github.as_app().get("/app")["permissions"]
    github.control("PATCH", "app", {"permissions": {**permissions, "deployments": "read"}})
    assert github.as_app().get(f"/app/installations/{number}")["permissions"]["deployments"] == "read"


def test_an_app_made_from_a_manifest_signs_in_by_its_own_key_and_has_its_own_hook(
    github: GitHubService, owner: Browser, hook: WebhookReceiver
) -> None:
    organization = organization_of(owner)
    app, key = converted(github, owner, f"App of {organization}", hook.url)
    bearer = Person(app["slug"], jwt.encode(_claims(app["id"]), key, "RS256"), github.api)
    assert typed(bearer.get("/app"), "Integration").permissions.issues == "write"
    assert github.api.get(f"apps/{app['slug']}").json()["id"] == app["id"]
    owner.open(f"/apps/{app['slug']}/installations/new?target={organization}")
    owner.press("install", selection="all")
    number = bearer.get("/app/installations")[0]["id"]
    assert number not in [one["id"] for one in github.as_app().get("/app/installations", per_page=100)]
    assert github.as_app().send("POST", f"/app/installations/{number}/access_tokens").status_code == 404
    token = Person("bot", bearer.post(f"/app/installations/{number}/access_tokens")["token"], github.api)
    made = token.post(f"/repos/{organization}/first/issues", {"title": "Mine"})
    assert made["user"]["login"] == f"{app['slug']}[bot]"
    told = wait_until(lambda: hook.of("issues", "opened"), "its own hook")[0]
    assert told.headers["x-github-hook-installation-target-id"] == str(app["id"])


def test_a_code_for_an_app_is_good_once_and_a_name_for_one_app(github: GitHubService, owner: Browser) -> None:
    app, _ = converted(github, owner, f"Twice {owner.login}"[:34])
    owner.page = manifest_page(github, organization_of(owner), app["name"])
    owner.where = github.url
    owner.press("create", name=app["name"])
    assert "Name is already taken" in owner.page
    assert github.api.post("app-manifests/used/conversions").status_code == 404


def manifest_page(github: GitHubService, organization: str, name: str, hook_url: str = "") -> str:
    """What the browser shows when another site's form has sent a manifest."""
    manifest = {
        "name": name,
        "url": "http://127.0.0.1:1",
        "redirect_url": "http://127.0.0.1:1/made",
        "hook_attributes": {"url": hook_url, "active": bool(hook_url)},
        "default_permissions": {"issues": "write"},
        "default_events": ["issues"],
    }
    address = f"{github.url}/organizations/{organization}/settings/apps/new?state=abc"
    sent = urlencode({"manifest": json.dumps(manifest)}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "http://127.0.0.1:1"}
    return httpx.post(address, content=sent, headers=headers).text


def converted(github: GitHubService, owner: Browser, name: str, hook_url: str = "") -> tuple[dict[str, Any], str]:
    """A new App as its maker learns of it, and its private key."""
    owner.page, owner.where = manifest_page(github, organization_of(owner), name, hook_url), github.url
    owner.press("create", name=name)
    told = parse_qs(urlsplit(owner.where).query)
    assert told["state"] == ["abc"]
    answer = github.api.post(f"app-manifests/{told['code'][0]}/conversions")
    assert answer.status_code == 201
    assert github.api.post(f"app-manifests/{told['code'][0]}/conversions").status_code == 404
    app: dict[str, Any] = answer.json()
    return app, app["pem"]


def _claims(app: int) -> dict[str, Any]:
    now = int(time.time())
    return {"iat": now - 60, "exp": now + 300, "iss": str(app)}
