"""Issues and repositories that are no longer where they were, and conversations that are closed to some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulators.github.git_client import GitClient
from tests.emulators.github.typed import typed
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


@pytest.fixture
def admin(github: GitHubService, repo: str) -> Person:
    """Somebody who may do anything in the repository."""
    found = github.add_person(f"admin-of-{repo.rsplit('/', 1)[1]}")
    github.control("PUT", f"repos/{repo.removeprefix('/repos/')}/roles/{found.login}", {"role": "admin"})
    return found


@pytest.fixture
def repository_events(github: GitHubService) -> Iterator[None]:
    """The App hears of what happens to whole repositories."""
    events = github.as_app().get("/app")["events"]
    github.control("PATCH", "app", {"events": [*events, "repository"]})
    yield
    github.control("PATCH", "app", {"events": events})


def redirected(person: Person, method: str, path: str, **request: Any) -> tuple[int, str]:
    """The status of an answer, and the path below the API's root that it leads to."""
    answer = person.send(method, path, **request)
    return answer.status_code, answer.headers.get("location", "").removeprefix(str(person.api.base_url).rstrip("/"))


def test_in_a_locked_conversation_only_those_speak_who_may_write(
    github: GitHubService, repo: str, hook: WebhookReceiver
) -> None:
    number = github.reader.post(f"{repo}/issues", {"title": "Heated"})["number"]
    issue = f"{repo}/issues/{number}"
    assert github.reader.send("PUT", f"{issue}/lock", json={"lock_reason": "spam"}).status_code == 403
    github.maintainer.put(f"{issue}/lock", {"lock_reason": "too heated"})
    told = github.reader.get(issue)
    assert (told["locked"], told["active_lock_reason"]) == (True, "too heated")
    for who in (github.reader, github.as_installation(repo.removeprefix("/repos/"))):
        refused = who.send("POST", f"{issue}/comments", json={"body": "But"})
        assert (refused.status_code, refused.json()["message"]) == (403, "Unable to create comment because issue is locked.")
    github.maintainer.post(f"{issue}/comments", {"body": "Enough."})
    github.maintainer.delete(f"{issue}/lock")
    github.reader.post(f"{issue}/comments", {"body": "Thanks"})
    wait_until(lambda: hook.of("issues", "unlocked"), "the unlocking")
    assert hook.of("issues", "locked")[0].payload["issue"]["active_lock_reason"] == "too heated"
    assert [one["event"] for one in github.reader.get(f"{issue}/events")] == ["locked", "unlocked"]


def test_a_transferred_issue_leads_to_where_it_is_and_nothing_below_it_does(
    github: GitHubService, repo: str, hook: WebhookReceiver
) -> None:
    path, number = repo.removeprefix("/repos/"), github.maintainer.post(f"{repo}/issues", {"title": "Elsewhere"})["number"]
    github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": "Goes along"})
    target = github.add_repository(f"{path.partition('/')[2]}-target", files={"a": "b"})
    asked = {"sender": github.maintainer.login, "to": target.partition("/")[2]}
    moved = github.control("POST", f"repos/{path}/issues/{number}/transfer", asked)["number"]
    there = github.reader.get(f"/repos/{target}")["id"]
    assert redirected(github.reader, "GET", f"{repo}/issues/{number}") == (301, f"/repositories/{there}/issues/{moved}")
    assert github.reader.get(f"/repositories/{there}/issues/{moved}")["title"] == "Elsewhere"
    assert github.reader.send("GET", f"{repo}/issues/{number}/comments").status_code == 404
    assert github.reader.get(f"/repos/{target}/issues/{moved}/comments")[0]["body"] == "Goes along"
    told = wait_until(lambda: hook.of("issues", "transferred"), "the transfer")[0].payload
    assert told["changes"]["new_issue"]["number"] == moved
    assert told["changes"]["new_repository"]["full_name"] == target
    assert github.maintainer.post(f"{repo}/issues", {"title": "Next"})["number"] == number + 1


def test_a_deleted_issue_is_gone_and_its_number_is_not_given_again(
    github: GitHubService, repo: str, hook: WebhookReceiver
) -> None:
    path, number = repo.removeprefix("/repos/"), github.maintainer.post(f"{repo}/issues", {"title": "A secret"})["number"]
    github.control("DELETE", f"repos/{path}/issues/{number}", {"sender": github.maintainer.login})
    assert github.reader.send("GET", f"{repo}/issues/{number}").status_code == 410
    assert github.reader.send("PATCH", f"{repo}/issues/{number}", json={"title": "x"}).status_code == 404
    assert wait_until(lambda: hook.of("issues", "deleted"), "the end")[0].payload["issue"]["title"] == "A secret"
    assert github.maintainer.post(f"{repo}/issues", {"title": "Next"})["number"] == number + 1


def test_an_issue_that_became_a_discussion_stays_closed_and_locked(github: GitHubService, repo: str) -> None:
    path, number = repo.removeprefix("/repos/"), github.reader.post(f"{repo}/issues", {"title": "What if"})["number"]
    github.control("POST", f"repos/{path}/issues/{number}/convert", {"sender": github.maintainer.login})
    told = github.reader.get(f"{repo}/issues/{number}")
    assert (told["state"], told["locked"]) == ("closed", True)
    assert github.reader.get(f"{repo}/issues/{number}/events")[0]["event"] == "converted_to_discussion"


def test_a_renamed_repository_is_found_by_its_old_name_until_another_has_it(
    github: GitHubService, repo: str, admin: Person
) -> None:
    number, path = github.maintainer.get(repo)["id"], repo.removeprefix("/repos/")
    owner, old = path.split("/")
    assert github.maintainer.send("PATCH", repo, json={"name": "x"}).status_code == 403
    shown = typed(admin.patch(repo, {"name": f"{old}-new"}), "FullRepository")
    assert shown.full_name == f"{owner}/{old}-new"
    assert redirected(github.reader, "GET", f"{repo}/issues?state=all") == (301, f"/repositories/{number}/issues?state=all")
    assert redirected(github.reader, "POST", f"{repo}/issues", json={"title": "x"})[0] == 307
    made = github.reader.post(f"/repositories/{number}/issues", {"title": "By id"})
    assert github.reader.get(f"/repos/{owner}/{old}-new/issues/{made['number']}")["title"] == "By id"
    github.add_repository(old, files={"another": "one"})
    assert github.reader.get(repo)["id"] != number
    assert github.reader.get(f"/repositories/{number}")["name"] == f"{old}-new"


def test_git_follows_a_rename(github: GitHubService, repo: str, admin: Person, git: GitClient) -> None:
    folder = git.clone(repo, who=github.maintainer)
    admin.patch(repo, {"name": f"{repo.rsplit('/', 1)[1]}-elsewhere"})
    git.commit(folder, {"new": "file"})
    git.ok(folder, "push", "--quiet", "origin", "HEAD:refs/heads/after", who=github.maintainer)
    git.ok(folder, "fetch", "--quiet", "origin", "after", who=github.maintainer)
    assert git.run(folder, "fetch", "origin", who=None).returncode == 0
    assert github.maintainer.get(f"{repo}-elsewhere/branches/after")["name"] == "after"


def test_a_repository_that_is_private_tells_no_stranger_where_it_went(
    github: GitHubService, repo: str, admin: Person, git: GitClient
) -> None:
    admin.patch(repo, {"private": True})
    admin.patch(repo, {"name": f"{repo.rsplit('/', 1)[1]}-hidden"})
    assert github.outsider.send("GET", repo).status_code == 404
    assert git.run(git.home, "ls-remote", git.address(repo), who=github.outsider).returncode != 0
    assert redirected(admin, "GET", repo)[0] == 301


def test_a_repository_given_away_leaves_the_installation(
    github: GitHubService, repo: str, admin: Person, hook: WebhookReceiver
) -> None:
    name = repo.rsplit("/", 1)[1]
    answer = admin.send("POST", f"{repo}/transfer", json={"new_owner": admin.login})
    assert (answer.status_code, answer.json()["full_name"]) == (202, repo.removeprefix("/repos/"))
    removed = wait_until(lambda: hook.of("installation_repositories", "removed"), "the loss")[0].payload
    assert [one["name"] for one in removed["repositories_removed"]] == [name]
    assert admin.get(f"/repos/{admin.login}/{name}")["owner"]["login"] == admin.login
    assert github.as_app().send("GET", f"/repos/{admin.login}/{name}/installation").status_code == 404


@pytest.mark.usefixtures("repository_events")
def test_settings_are_changed_by_an_administrator_and_told(
    github: GitHubService, repo: str, admin: Person, hook: WebhookReceiver
) -> None:
    github.push(repo.removeprefix("/repos/"), "next", {"a": "b"}, github.maintainer)
    refused = admin.send("PATCH", repo, json={"default_branch": "absent"})
    assert refused.json()["errors"][0]["field"] == "default_branch"
    assert admin.patch(repo, {"default_branch": "next", "description": "Better"})["default_branch"] == "next"
    admin.patch(repo, {"archived": True})
    assert github.maintainer.send("POST", f"{repo}/issues", json={"title": "x"}).status_code == 403
    wait_until(lambda: hook.of("repository", "archived"), "the archiving")
    assert hook.of("repository", "edited")[0].payload["changes"]["default_branch"] == {"from": "main"}
