from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.github_service import GitHubService, Person


def test_the_app_is_known_by_its_id_and_by_its_client_id(github: GitHubService) -> None:
    app = github.as_app().get("/app")
    assert str(app["id"]) == github.env["GITHUB_APP_ID"]
    assert github.as_app(iss=app["client_id"]).get("/app")["slug"] == app["slug"]


@pytest.mark.parametrize(
    ("claims", "status", "says"),
    [
        ({"exp": -1}, 401, "'Expiration time' claim ('exp') must be"),
        ({"exp": 700}, 401, "is too far in the future"),
        ({"iat": 120}, 401, "'Issued at' claim ('iat')"),
        ({"iss": "999"}, 404, "Integration not found"),
    ],
)
def test_a_jwt_outside_of_githubs_rules_is_refused(
    github: GitHubService, claims: dict[str, object], status: int, says: str
) -> None:
    now = int(time.time())
    moved = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    answer = github.as_app(**moved).send("GET", "/app")
    assert answer.status_code == status
    assert says in answer.json()["message"]


def test_a_jwt_signed_with_another_key_is_refused(github: GitHubService) -> None:
    now = int(time.time())
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = jwt.encode({"iat": now, "exp": now + 60, "iss": github.env["GITHUB_APP_ID"]}, other, "RS256")
    assert Person("nobody", token, github.api).send("GET", "/app").status_code == 401


def test_only_the_app_opens_the_apps_own_routes(github: GitHubService) -> None:
    assert github.maintainer.send("GET", "/app").status_code == 401
    assert github.as_installation().send("GET", "/app").status_code == 401
    assert github.as_app().send("GET", github.repo_path).status_code == 401


def test_a_token_has_the_new_long_form_and_lasts_an_hour(github: GitHubService) -> None:
    app = github.as_app()
    installation = app.get(f"{github.repo_path}/installation")
    answer = app.post(f"/app/installations/{installation['id']}/access_tokens")
    assert answer["token"].startswith(f"ghs_{github.env['GITHUB_APP_ID']}_")
    assert 480 < len(answer["token"]) < 560
    left = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_a_token_narrowed_to_one_repository_does_not_reach_another(github: GitHubService, repo: str) -> None:
    private = f"/repos/{github.add_repository('narrowed', private=True, files={'a': 'b'})}"
    here = github.maintainer.get(repo)["id"]
    token = github.as_installation(repo.removeprefix("/repos/"), repository_ids=[here])

    assert token.get(repo)["id"] == here
    assert token.send("GET", private).status_code == 404
    assert [one["id"] for one in token.get("/installation/repositories")["repositories"]] == [here]
    assert github.as_installation(private.removeprefix("/repos/")).get(private)["private"] is True


def test_a_token_narrowed_in_permissions_can_do_no_more(github: GitHubService, repo: str) -> None:
    token = github.as_installation(permissions={"issues": "read"})
    answer = token.send("POST", f"{repo}/issues", json={"title": "No"})
    assert answer.status_code == 403
    assert answer.json()["message"] == "Resource not accessible by integration"
    assert answer.headers["x-accepted-github-permissions"] == "issues=write"


def test_reading_without_the_permission_fails_on_a_private_repository(github: GitHubService) -> None:
    private = f"/repos/{github.add_repository('hidden', private=True, files={'a': 'b'})}"
    token = github.as_installation(permissions={"contents": "read"})
    assert token.send("GET", f"{private}/issues").status_code == 403
    assert token.get(f"{private}/contents/a")["name"] == "a"


def test_reading_a_public_repository_without_the_permission_is_noted(github: GitHubService, repo: str) -> None:
    began = time.time()
    github.as_installation(permissions={"contents": "read"}).get(f"{repo}/issues")
    note = github.requests(since=began)["requests"][-1]["note"]
    assert note == "allowed only because the repository is public"


@pytest.mark.parametrize(
    "asked",
    [
        {"permissions": {"workflows": "write"}},
        {"permissions": {"actions": "write"}},
        {"repository_ids": [999_999]},
        {"repositories": ["nothing-of-this-name"]},
    ],
)
def test_asking_for_more_than_was_granted_is_unprocessable(github: GitHubService, asked: dict[str, object]) -> None:
    app = github.as_app()
    installation = app.get(f"{github.repo_path}/installation")
    assert app.send("POST", f"/app/installations/{installation['id']}/access_tokens", json=asked).status_code == 422


def test_a_suspended_installation_gives_no_token_and_its_tokens_stop(github: GitHubService) -> None:
    github.add_person("suspended-org", "Organization")
    name = github.add_repository("any", owner="suspended-org", files={"a": "b"})
    installation = github.control("POST", "installations", {"account": "suspended-org"})["id"]
    token = github.as_installation(name)

    github.control("PATCH", f"installations/{installation}", {"suspended": True})

    refused = github.as_app().send("POST", f"/app/installations/{installation}/access_tokens")
    assert (refused.status_code, refused.json()["message"]) == (403, "This installation has been suspended")
    assert token.send("GET", f"/repos/{name}").status_code == 403

    github.control("PATCH", f"installations/{installation}", {"suspended": False})
    assert token.get(f"/repos/{name}")["full_name"] == name


def test_an_uninstalled_app_loses_its_tokens(github: GitHubService) -> None:
    github.add_person("leaving-org", "Organization")
    name = github.add_repository("any", owner="leaving-org", files={"a": "b"})
    installation = github.control("POST", "installations", {"account": "leaving-org"})["id"]
    token = github.as_installation(name)
    github.control("DELETE", f"installations/{installation}")
    assert token.send("GET", f"/repos/{name}").status_code == 401
    assert github.as_app().send("GET", f"/repos/{name}/installation").status_code == 404


def test_a_revoked_token_stops(github: GitHubService) -> None:
    token = github.as_installation()
    token.delete("/installation/token")
    assert token.send("GET", github.repo_path).status_code == 401


def test_expired_tokens_are_bad_credentials(github: GitHubService) -> None:
    token = github.as_installation()
    github.control("POST", "tokens/expire")
    assert token.send("GET", github.repo_path).json()["message"] == "Bad credentials"


def test_permissions_taken_away_by_the_owner_are_gone(github: GitHubService) -> None:
    github.add_person("careful-org", "Organization")
    name = github.add_repository("any", owner="careful-org", files={"a": "b"})
    installation = github.control("POST", "installations", {"account": "careful-org"})["id"]
    github.control("PATCH", f"installations/{installation}", {"permissions": {"contents": "read"}})
    token = github.as_installation(name)
    assert token.send("POST", f"/repos/{name}/issues", json={"title": "No"}).status_code == 403


def test_a_request_without_user_agent_is_forbidden(github: GitHubService) -> None:
    with httpx.Client() as client:
        del client.headers["user-agent"]
        assert client.get(f"{github.env['GITHUB_API_URL']}/zen").status_code == 403
