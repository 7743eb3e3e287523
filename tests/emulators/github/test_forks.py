"""Forks with commits of their own, and pull requests from them, by git and githubkit."""

from __future__ import annotations

from typing import Any

import pytest
from githubkit.exception import RequestFailed

from tests.emulators.github.git_client import GitClient
from tests.emulators.github.githubkit_client import client_of
from tests.emulators.github.subscriptions import subscribed
from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


class Forked:
    """An outsider's fork of a repository, cloned, with a commit on its branch `fix`."""

    def __init__(self, github: GitHubService, repo: str, git: GitClient) -> None:
        self.github, self.repo, self.git = github, repo, git
        self.owner, self.name = repo.split("/")[2:]
        self.outsider = github.outsider
        self.client = client_of(github, self.outsider)
        made = self.client.rest.repos.create_fork(owner=self.owner, repo=self.name).parsed_data
        assert (made.fork, made.parent.full_name, made.full_name) == (True, f"{self.owner}/{self.name}", self.full_name)
        self.folder = git.clone(f"/repos/{made.full_name}", who=self.outsider)
        assert made.clone_url == git.ok(self.folder, "remote", "get-url", "origin")
        git.ok(self.folder, "checkout", "--quiet", "-b", "fix")
        self.head = self.push({"new.txt": "new\n"})

    @property
    def full_name(self) -> str:
        return f"{self.outsider.login}/{self.name}"

    def push(self, files: dict[str, str]) -> str:
        sha = self.git.commit(self.folder, files)
        self.git.ok(self.folder, "push", "--quiet", "origin", "fix", who=self.outsider)
        return sha

    def opened(self, **more: Any) -> Any:
        asked = {"title": "From outside", "head": f"{self.outsider.login}:fix", "base": "main", **more}
        return self.client.rest.pulls.create(owner=self.owner, repo=self.name, data=asked).parsed_data


@pytest.fixture
def forked(github: GitHubService, repo: str, git: GitClient) -> Forked:
    return Forked(github, repo, git)


def test_a_fork_has_its_own_branches_and_its_parent_names_it(forked: Forked) -> None:
    reader = forked.github.reader
    assert reader.send("GET", f"{forked.repo}/git/ref/heads/fix").status_code == 404
    assert [one["full_name"] for one in reader.get(f"{forked.repo}/forks")] == [forked.full_name]
    again = forked.client.rest.repos.create_fork(owner=forked.owner, repo=forked.name).parsed_data
    assert again.full_name == forked.full_name
    compared = reader.get(f"{forked.repo}/compare/main...{forked.outsider.login}:fix")
    assert (compared["ahead_by"], [one["filename"] for one in compared["files"]]) == (1, ["new.txt"])


def test_a_pull_request_from_a_fork_follows_it_and_is_merged(forked: Forked, hook: WebhookReceiver) -> None:
    pull = forked.opened()
    assert (pull.head.repo.full_name, pull.head.label) == (forked.full_name, f"{forked.outsider.login}:fix")
    assert (pull.base.repo.full_name, pull.maintainer_can_modify) == (f"{forked.owner}/{forked.name}", True)
    maintainer, path = forked.github.maintainer, f"{forked.repo}/pulls/{pull.number}"
    assert [one["number"] for one in maintainer.get(f"{forked.repo}/pulls", head=f"{forked.outsider.login}:fix")] == [
        pull.number
    ]
    after = forked.push({"more.txt": "more\n"})
    told = wait_until(lambda: hook.of("pull_request", "synchronize"), "the new commits to be told")[0].payload
    assert (told["after"], told["repository"]["name"]) == (after, forked.name)
    clone = forked.git.clone(forked.repo)
    forked.git.ok(clone, "fetch", "--quiet", "origin", f"refs/pull/{pull.number}/head")
    assert forked.git.ok(clone, "rev-parse", "FETCH_HEAD") == after
    assert {one["filename"] for one in maintainer.get(f"{path}/files")} == {"new.txt", "more.txt"}
    assert forked.outsider.send("PUT", f"{path}/merge").status_code == 403
    maintainer.put(f"{path}/merge")
    merged = maintainer.get(f"{forked.repo}/commits/main")["commit"]["message"]
    assert merged.startswith(f"Merge pull request #{pull.number} from {forked.outsider.login}/fix")


def test_maintainers_may_push_to_its_branch_and_to_no_other(forked: Forked) -> None:
    git, maintainer = forked.git, forked.github.maintainer
    clone = git.clone(f"/repos/{forked.full_name}", "--branch", "fix")
    git.commit(clone, {"theirs.txt": "x\n"})
    refused = git.run(clone, "push", "origin", "fix", who=maintainer)
    assert "403" in refused.stderr
    pull = forked.opened()
    for elsewhere in ("HEAD:main", "HEAD:new", ":fix"):
        assert git.run(clone, "push", "origin", elsewhere, who=maintainer).returncode != 0
    git.ok(clone, "push", "--quiet", "origin", "fix", who=maintainer)
    path = f"{forked.repo}/pulls/{pull.number}"
    assert maintainer.get(path)["head"]["sha"] == git.ok(clone, "rev-parse", "HEAD")
    forked.client.rest.pulls.update(
        owner=forked.owner, repo=forked.name, pull_number=pull.number, data={"maintainer_can_modify": False}
    )
    git.commit(clone, {"again.txt": "x\n"})
    assert git.run(clone, "push", "origin", "fix", who=maintainer).returncode != 0


def test_an_app_without_an_installation_on_the_fork_cannot_push_there(forked: Forked) -> None:
    forked.opened()
    bot = forked.github.as_installation()
    clone = forked.git.clone(f"/repos/{forked.full_name}", "--branch", "fix")
    forked.git.commit(clone, {"bot.txt": "x\n"})
    refused = forked.git.run(clone, "push", "origin", "fix", who=bot)
    assert "403" in refused.stderr
    sha = bot.get(f"{forked.repo}/git/ref/heads/main")["object"]["sha"]
    for method, path in (("PATCH", "git/refs/heads/fix"), ("POST", "git/refs")):
        asked = {"sha": sha, **({"ref": "refs/heads/x"} if method == "POST" else {})}
        assert bot.send(method, f"/repos/{forked.full_name}/{path}", json=asked).status_code in (403, 404)


def test_checks_tell_of_no_pull_request_from_a_fork(forked: Forked) -> None:
    forked.opened()
    bot = forked.github.as_installation()
    run = bot.post(f"{forked.repo}/check-runs", {"name": "Tests", "head_sha": forked.head})
    assert run["pull_requests"] == []


def test_a_branch_in_a_fork_is_brought_up_to_its_base(forked: Forked) -> None:
    github, pull = forked.github, forked.opened()
    base = github.push(f"{forked.owner}/{forked.name}", "main", {"beside.txt": "x\n"}, github.maintainer)
    path = f"{forked.repo}/pulls/{pull.number}"
    assert github.as_installation().send("PUT", f"{path}/update-branch").status_code == 403
    assert github.maintainer.send("PUT", f"{path}/update-branch").status_code == 202
    head = github.reader.get(path)["head"]["sha"]
    parents = github.reader.get(f"/repos/{forked.full_name}/commits/{head}")["parents"]
    assert [one["sha"] for one in parents] == [forked.head, base]
    synced = forked.client.rest.repos.merge_upstream(owner=forked.outsider.login, repo=forked.name, branch="main").parsed_data
    assert synced.merge_type == "fast-forward"
    assert github.reader.get(f"/repos/{forked.full_name}/git/ref/heads/main")["object"]["sha"] == base


def test_who_opens_from_where(forked: Forked) -> None:
    github, asked = forked.github, {"title": "x", "base": "main"}
    path = f"{forked.repo}/pulls"
    assert github.reader.send("POST", path, json={**asked, "head": f"{forked.outsider.login}:fix"}).status_code == 403
    assert github.reader.send("POST", path, json={**asked, "head": "nobody:fix"}).status_code == 422
    forked.opened()
    with pytest.raises(RequestFailed) as failed:
        forked.opened()
    said = failed.value.response.json()["errors"][0]["message"]
    assert said == f"A pull request already exists for {forked.outsider.login}:fix."
    assert forked.outsider.send("POST", f"/repos/{forked.full_name}/forks").status_code == 403
    assert github.as_installation().send("POST", f"{forked.repo}/forks").status_code == 403


def test_a_fork_is_told_of(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    with subscribed(github, "fork"):
        github.outsider.send("POST", f"{repo}/forks", json={"name": f"mine-{repo.rpartition('/')[2]}"}).raise_for_status()
        told = wait_until(lambda: hook.of("fork"), "the fork to be told of")[0].payload
    assert (told["forkee"]["fork"], told["forkee"]["owner"]["login"]) == (True, github.outsider.login)


def test_the_head_of_a_pull_request_is_null_once_its_fork_is_gone(forked: Forked) -> None:
    pull = forked.opened()
    forked.outsider.delete(f"/repos/{forked.full_name}")
    path = f"{forked.repo}/pulls/{pull.number}"
    shown = forked.github.reader.get(path)
    assert (shown["head"]["repo"], shown["head"]["sha"], shown["state"]) == (None, forked.head, "open")
    assert [one["head"]["repo"] for one in forked.github.reader.get(f"{forked.repo}/pulls")] == [None]
    forked.outsider.patch(path, {"state": "closed"})
    assert forked.github.maintainer.send("PATCH", path, json={"state": "open"}).status_code == 422
