"""People sign in to the App, and it acts in their name: as far as both may, and until one of them has enough of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from emulators.github.clock import now
from emulators.github.limit_clock import LimitClock
from emulators.github.model.apps import App
from emulators.github.oauth.authorizations import Authorizations, NotGranted
from emulators.github.store import Store
from emulators.github.tokens import Tokens
from tests.emulators.github.browser import Browser
from tests.emulators.github.git_client import GitClient
from tests.emulators.github.typed import typed
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

BACK = "http://127.0.0.1:1/back"
VERIFIER = "a-verifier-that-is-long-enough-for-anybody-who-reads-rfc-7636"


@pytest.fixture(autouse=True)
def _callback(github: GitHubService) -> Iterator[None]:
    github.control("PATCH", "app", {"callback_urls": ["http://127.0.0.1/back"]})
    yield
    github.control("PATCH", "app", {"callback_urls": []})


def token_for(github: GitHubService, **asked: str) -> dict[str, Any]:
    answer = httpx.post(
        f"{github.url}/login/oauth/access_token",
        data={"client_id": github.app["client_id"], "client_secret": github.app["client_secret"], **asked},
        headers={"accept": "application/json"},
    )
    told: dict[str, Any] = answer.json()
    return told


def code_of(github: GitHubService, login: str, button: str = "allow", **more: str) -> dict[str, list[str]]:
    """What the App's own address is given after the person has pressed a button."""
    browser = Browser(github, login)
    query = {"client_id": github.app["client_id"], "redirect_uri": BACK, "state": "s t", **more}
    browser.open(f"/login/oauth/authorize?{urlencode(query)}")
    browser.press(button)
    assert browser.where.startswith(BACK), browser.page
    return parse_qs(urlsplit(browser.where).query)


def signed_in(github: GitHubService, login: str) -> Person:
    token = token_for(github, code=code_of(github, login)["code"][0])["access_token"]
    return Person(login, token, github.api)


def test_a_person_signs_in_and_the_token_is_theirs(github: GitHubService) -> None:
    told = code_of(github, github.reader.login)
    assert told["state"] == ["s t"]
    granted = token_for(github, code=told["code"][0], redirect_uri=BACK)
    assert (granted["token_type"], granted["expires_in"], granted["access_token"][:4]) == ("bearer", 28_800, "ghu_")
    me = Person("me", granted["access_token"], github.api)
    assert typed(me.get("/user"), "PrivateUser").login == github.reader.login
    assert token_for(github, code=told["code"][0])["error"] == "bad_verification_code"


def test_a_person_who_says_no_is_led_back_without_a_code(github: GitHubService) -> None:
    told = code_of(github, github.reader.login, button="deny")
    assert (told["error"], told["state"], "code" in told) == (["access_denied"], ["s t"], False)


def test_nobody_is_led_to_an_address_that_the_app_has_not_named(github: GitHubService) -> None:
    browser = Browser(github, github.reader.login)
    for elsewhere in ("http://evil.example/back", "http://127.0.0.1/other", "http://127.0.0.1/back/../other"):
        query = urlencode({"client_id": github.app["client_id"], "redirect_uri": elsewhere})
        browser.open(f"/login/oauth/authorize?{query}")
        assert browser.status == 400


def test_with_a_challenge_only_its_verifier_gets_the_token(github: GitHubService) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    for verifier, found in ((VERIFIER, "access_token"), (VERIFIER[:-1], "error"), ("", "error")):
        code = code_of(github, github.reader.login, **asked)["code"][0]
        assert found in token_for(github, code=code, code_verifier=verifier)


def test_a_refresh_token_is_good_for_one_time_and_ends_the_old_token(github: GitHubService) -> None:
    first = token_for(github, code=code_of(github, github.reader.login)["code"][0])
    second = token_for(github, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert Person("me", first["access_token"], github.api).send("GET", "/user").status_code == 401
    assert Person("me", second["access_token"], github.api).get("/user")["login"] == github.reader.login
    again = token_for(github, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again["error"] == "bad_refresh_token"
    assert token_for(github, client_secret="wrong", code="x")["error"] == "incorrect_client_credentials"


def test_a_device_gets_its_token_when_its_person_has_typed_the_code(github: GitHubService) -> None:
    client = {"client_id": github.app["client_id"]}
    begun = httpx.post(f"{github.url}/login/device/code", data=client, headers={"accept": "application/json"}).json()
    asking = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"]}
    github.put_limits_forward(60)
    assert token_for(github, **asking, client_secret="")["error"] == "authorization_pending"
    browser = Browser(github, github.reader.login)
    browser.open(begun["verification_uri"])
    browser.press("allow", user_code=begun["user_code"].lower())
    github.put_limits_forward(60)
    token = token_for(github, **asking, client_secret="")["access_token"]
    assert Person("me", token, github.api).get("/user")["login"] == github.reader.login


def test_a_device_that_asks_too_often_waits_longer() -> None:
    store, clock = Store(Path("unused")), LimitClock(1.0, lambda: 1_000.0)
    owner, bot = store.add_account("somebody"), store.add_account("app[bot]", "Bot")
    app = App(1, "app", "App", "client", owner, bot, {}, [], now())
    authorizations = Authorizations(Tokens(store), clock)
    code, device = authorizations.begin_device(app)
    for seconds, error in ((4, "slow_down"), (9, "slow_down"), (15, "authorization_pending")):
        clock.put_forward(seconds)
        with pytest.raises(NotGranted, match=error):
            authorizations.exchange_device(app, code)
    device.account, device.allowed = owner, True
    clock.put_forward(15)
    assert authorizations.exchange_device(app, code).token.startswith("ghu_")
    with pytest.raises(NotGranted, match="incorrect_device_code"):
        authorizations.exchange_device(app, code)


def test_a_token_may_do_what_both_the_person_and_the_app_may(github: GitHubService, repo: str, git: GitClient) -> None:
    reader, maintainer = signed_in(github, github.reader.login), signed_in(github, github.maintainer.login)
    issue = maintainer.post(f"{repo}/issues", {"title": "In my name"})
    assert (issue["user"]["login"], issue["performed_via_github_app"]["slug"]) == (github.maintainer.login, github.app["slug"])
    maintainer.post(f"{repo}/issues/{issue['number']}/labels", {"labels": ["bug"]})
    person = reader.send("POST", f"{repo}/issues/{issue['number']}/labels", json={"labels": ["bug"]})
    assert (person.status_code, person.json()["message"]) == (403, "Must have admin rights to Repository.")
    boss = github.add_person("boss")
    github.control("PUT", f"repos/{repo.removeprefix('/repos/')}/roles/boss", {"role": "admin"})
    path, asked = f"{repo}/collaborators/{github.outsider.login}", {"permission": "pull"}
    app = signed_in(github, "boss").send("PUT", path, json=asked)
    assert (app.status_code, app.json()["message"]) == (403, "Resource not accessible by integration")
    assert boss.send("PUT", path, json=asked).status_code == 204
    elsewhere = f"/repos/{github.add_repository('alone', owner=github.maintainer.login, private=True, files={'a': 'b'})}"
    assert github.maintainer.get(elsewhere)["private"] is True
    assert maintainer.send("GET", elsewhere).status_code == 404
    assert maintainer.send("GET", "/notifications").status_code == 403
    folder = git.clone(repo, who=maintainer)
    git.commit(folder, {"a": "b"})
    git.ok(folder, "push", "--quiet", "origin", "HEAD:refs/heads/mine", who=maintainer)
    assert git.run(folder, "push", "origin", "HEAD:refs/heads/his", who=reader).returncode != 0


def test_a_person_finds_where_they_meet_the_app(github: GitHubService, repo: str) -> None:
    reader = signed_in(github, github.reader.login)
    found = reader.get("/user/installations")
    (there,) = [one for one in found["installations"] if one["account"]["login"] == repo.split("/")[2]]
    path = f"/user/installations/{there['id']}/repositories"
    count = reader.get(path)["total_count"]
    assert f"/repos/{reader.get(path, per_page=1, page=count)['repositories'][0]['full_name']}" == repo
    assert github.reader.send("GET", "/user/installations").status_code == 403


def test_a_person_takes_it_all_back_and_the_app_hears_of_it(github: GitHubService, hook: WebhookReceiver) -> None:
    reader = signed_in(github, github.reader.login)
    github.control("DELETE", f"app/authorizations/{github.reader.login}")
    assert reader.send("GET", "/user").status_code == 401
    told = wait_until(lambda: hook.of("github_app_authorization", "revoked"), "the end")[0].payload
    assert told["sender"]["login"] == github.reader.login


def test_the_app_checks_renews_and_revokes_by_its_client_credentials(github: GitHubService) -> None:
    reader = signed_in(github, github.reader.login)
    path = f"applications/{github.app['client_id']}"

    def asked(method: str, what: str, token: str) -> httpx.Response:
        client = (github.app["client_id"], github.app["client_secret"])
        return github.api.request(method, f"{path}/{what}", json={"access_token": token}, auth=client)

    assert typed(asked("POST", "token", reader.token).json(), "Authorization").user.login == github.reader.login
    renewed = asked("PATCH", "token", reader.token).json()["token"]
    assert reader.send("GET", "/user").status_code == 401
    assert asked("DELETE", "grant", renewed).status_code == 204
    assert asked("POST", "token", renewed).status_code == 404
    assert github.api.request("POST", f"{path}/token", json={"access_token": "x"}).status_code == 404
