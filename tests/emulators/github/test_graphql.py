from __future__ import annotations

from typing import Any

from tests.github_service import GitHubService, Person

LAST_EDIT = "query ($n: Int!) { repository(owner: %s, name: %s) { issue(number: $n) { lastEditedAt } } }"


def ask(github: GitHubService, who: Person, repo: str, number: int, query: str = LAST_EDIT) -> Any:
    owner, name = repo.removeprefix("/repos/").split("/")
    text = query.replace("%s", f'"{owner}"', 1).replace("%s", f'"{name}"', 1)
    path = f"{github.url}/api/graphql"
    return who.api.post(
        path, json={"query": text, "variables": {"n": number}}, headers={"authorization": f"Bearer {who.token}"}
    ).json()


def test_only_an_edit_of_the_text_moves_last_edited_at(github: GitHubService, repo: str) -> None:
    number = github.outsider.post(f"{repo}/issues", {"title": "Bug", "body": "Bad."})["number"]
    github.outsider.post(f"{repo}/issues/{number}/comments", {"body": "Still there."})
    github.outsider.patch(f"{repo}/issues/{number}", {"title": "A bug"})
    assert ask(github, github.reader, repo, number) == {"data": {"repository": {"issue": {"lastEditedAt": None}}}}
    edited = github.outsider.patch(f"{repo}/issues/{number}", {"body": "Very bad."})
    assert ask(github, github.reader, repo, number)["data"]["repository"]["issue"]["lastEditedAt"] == edited["updated_at"]


def test_what_cant_be_found_is_said_as_github_says_it(github: GitHubService, repo: str) -> None:
    answer = ask(github, github.reader, repo, 999)
    assert answer["data"] == {"repository": {"issue": None}}
    assert (answer["errors"][0]["type"], answer["errors"][0]["path"]) == ("NOT_FOUND", ["repository", "issue"])


def test_a_field_that_github_does_not_have_is_a_violation(github: GitHubService, repo: str) -> None:
    answer = ask(github, github.reader, repo, 1, "{ repository(owner: %s, name: %s) { issue(number: 1) { editedAt } } }")
    assert "Cannot query field 'editedAt'" in answer["errors"][0]["message"]
    assert [violation["where"] for violation in github.violations()] == ["POST /graphql"]
    github.forget_violations()
