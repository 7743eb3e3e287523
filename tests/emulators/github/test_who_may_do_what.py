from __future__ import annotations

import pytest

from tests.github_service import GitHubService


@pytest.mark.parametrize(
    ("role", "folded"),
    [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
)
def test_a_role_is_told_exactly_and_folded(github: GitHubService, repo: str, role: str, folded: str) -> None:
    path = repo.removeprefix("/repos/")
    github.control("PUT", f"repos/{path}/roles/{github.reader.login}", {"role": role})
    told = github.as_installation().get(f"{repo}/collaborators/{github.reader.login}/permission")
    assert (told["role_name"], told["permission"], told["user"]["login"]) == (role, folded, github.reader.login)


def test_anybody_reads_a_public_repository_and_nobody_a_private_one(github: GitHubService, repo: str) -> None:
    private = f"/repos/{github.add_repository('secret-plans', private=True, files={'a': 'b'})}"
    app = github.as_installation()
    login = github.outsider.login
    assert app.get(f"{repo}/collaborators/{login}/permission")["role_name"] == "read"
    assert app.get(f"{private}/collaborators/{login}/permission")["role_name"] == "none"
    assert github.outsider.get(repo)["private"] is False
    assert github.outsider.send("GET", private).json()["message"] == "Not Found"


def test_a_name_that_nobody_has_and_an_organisation_are_not_found(github: GitHubService, repo: str) -> None:
    for name in ("nobody-of-this-name", github.repository.partition("/")[0]):
        assert github.as_installation().send("GET", f"{repo}/collaborators/{name}/permission").status_code == 404


def test_whether_somebody_is_a_collaborator(github: GitHubService, repo: str) -> None:
    assert github.maintainer.send("GET", f"{repo}/collaborators/{github.reader.login}").status_code == 204
    assert github.maintainer.send("GET", f"{repo}/collaborators/{github.outsider.login}").status_code == 404


def test_the_author_association_hides_a_private_member(github: GitHubService) -> None:
    issue = github.maintainer.post(f"{github.repo_path}/issues", {"title": "By a maintainer"})
    assert issue["author_association"] == "CONTRIBUTOR"


def test_without_credentials_one_reads_what_is_public_and_writes_nothing(github: GitHubService, repo: str) -> None:
    assert github.api.get(repo.lstrip("/")).status_code == 200
    assert github.api.post(f"{repo}/issues".lstrip("/"), json={"title": "No"}).status_code == 401
    assert github.api.get("user").status_code == 401


def test_a_credential_that_nobody_was_given_is_bad(github: GitHubService) -> None:
    answer = github.api.get("meta", headers={"authorization": "Bearer ghp_madeup"})
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_an_archived_repository_is_read_only(github: GitHubService, repo: str) -> None:
    github.control("PATCH", f"repos/{repo.removeprefix('/repos/')}", {"archived": True})
    assert github.maintainer.get(repo)["archived"] is True
    assert github.maintainer.send("POST", f"{repo}/issues", json={"title": "No"}).status_code == 403


def test_a_repository_that_is_gone_is_not_found(github: GitHubService, repo: str) -> None:
    github.control("DELETE", f"repos/{repo.removeprefix('/repos/')}")
    assert github.maintainer.send("GET", repo).status_code == 404


def test_a_repository_can_claim_a_size_that_nobody_has_to_store(github: GitHubService) -> None:
    name = github.add_repository("enormous", files={"a": "b"}, size_kb=1_500_000)
    assert github.maintainer.get(f"/repos/{name}")["size"] == 1_500_000


def test_users_are_found_by_login_and_id_whatever_the_case(github: GitHubService) -> None:
    user = github.maintainer.get(f"/users/{github.reader.login.upper()}")
    assert github.maintainer.get(f"/user/{user['id']}")["login"] == github.reader.login
    bot = github.maintainer.get(f"/users/{github.as_app().get('/app')['slug']}%5Bbot%5D")
    assert bot["type"] == "Bot"
    assert github.maintainer.send("GET", "/users/nobody-of-this-name").status_code == 404
