from __future__ import annotations

from typing import Any

import pytest

from tests.emulators.github.git_client import GitClient
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


@pytest.fixture
def bot(github: GitHubService) -> Person:
    return github.as_installation()


def opened(github: GitHubService, repo: str, branch: str = "fix", **asked: Any) -> int:
    return int(
        github.maintainer.post(f"{repo}/pulls", {"title": "Mend it", "head": branch, "base": "main", **asked})["number"]
    )


def pushed(github: GitHubService, repo: str, branch: str, files: dict[str, str], message: str = "Change") -> str:
    return github.push(repo.removeprefix("/repos/"), branch, files, github.maintainer, message)


def tried(github: GitHubService, repo: str, number: int) -> Any:
    """The pull request, when GitHub has found out whether it can be merged."""

    def known() -> Any:
        shown = github.reader.get(f"{repo}/pulls/{number}")
        return shown if shown["mergeable"] is not None else None

    return wait_until(known, "mergeable to be known")


def history(github: GitHubService, repo: str) -> list[tuple[str, str, int]]:
    """Message, author and number of parents of what is on main, newest first."""
    commits = github.reader.get(f"{repo}/commits", sha="main")
    return [(one["commit"]["message"], one["commit"]["author"]["name"], len(one["parents"])) for one in commits]


def test_mergeable_is_null_first_and_a_test_merge_then(
    github: GitHubService, repo: str, git: GitClient, hook: WebhookReceiver
) -> None:
    head = pushed(github, repo, "fix", {"new.txt": "new\n"})
    number = opened(github, repo)
    told = wait_until(lambda: hook.of("pull_request", "opened"), "the event")[0].payload["pull_request"]
    assert (told["mergeable"], told["mergeable_state"], told["merge_commit_sha"]) == (None, "unknown", None)
    shown = tried(github, repo, number)
    assert (shown["mergeable"], shown["rebaseable"], shown["mergeable_state"]) == (True, True, "clean")

    clone = git.clone(repo)
    git.ok(clone, "fetch", "--quiet", "origin", f"refs/pull/{number}/head:head", f"refs/pull/{number}/merge:merge")
    assert git.ok(clone, "rev-parse", "head") == head
    assert git.ok(clone, "rev-parse", "merge") == shown["merge_commit_sha"]
    assert git.ok(clone, "rev-parse", "merge^2") == head


def test_nobody_pushes_to_the_refs_of_pull_requests(github: GitHubService, repo: str, git: GitClient, bot: Person) -> None:
    pushed(github, repo, "fix", {"new.txt": "new\n"})
    number = opened(github, repo)
    for who in (github.maintainer, bot):
        clone = git.clone(repo, who=who)
        git.commit(clone, {"mine.txt": "mine\n"})
        for ref in (f"refs/pull/{number}/head", "refs/pull/99/head"):
            refused = git.run(clone, "push", "origin", f"HEAD:{ref}", who=who)
            assert refused.returncode != 0
            assert "deny updating a hidden ref" in refused.stderr
    sha = github.reader.get(f"{repo}/pulls/{number}")["head"]["sha"]
    assert github.maintainer.send("POST", f"{repo}/git/refs", json={"ref": "refs/pull/9/head", "sha": sha}).status_code == 422
    path = f"{repo}/git/refs/pull/{number}/head"
    assert github.maintainer.send("PATCH", path, json={"sha": sha}).status_code == 422
    assert github.maintainer.send("DELETE", path).status_code == 422


def test_a_conflict_is_found_and_told(github: GitHubService, repo: str) -> None:
    pushed(github, repo, "fix", {"src/hello.py": 'print("Hello")\n'})
    number = opened(github, repo)
    assert tried(github, repo, number)["mergeable"] is True
    pushed(github, repo, "main", {"src/hello.py": 'print("Servus")\n'})
    shown = tried(github, repo, number)
    assert (shown["mergeable"], shown["rebaseable"], shown["mergeable_state"]) == (False, False, "dirty")
    assert github.reader.send("GET", f"{repo}/git/ref/pull/{number}/merge").status_code == 404
    for method, says in (
        ("merge", "Pull Request is not mergeable"),
        ("rebase", "This branch can't be rebased due to conflicts"),
    ):
        refused = github.maintainer.send("PUT", f"{repo}/pulls/{number}/merge", json={"merge_method": method})
        assert (refused.status_code, refused.json()["message"]) == (405, says)


def test_the_three_methods_do_what_they_say(github: GitHubService, repo: str, git: GitClient) -> None:
    maintainer = github.maintainer
    for method in ("merge", "squash", "rebase"):
        clone = git.clone(repo, who=maintainer)
        git.ok(clone, "checkout", "--quiet", "-b", method)
        for number in (1, 2):
            git.commit(clone, {f"{method}-{number}.txt": "x\n"}, f"{method} {number}")
        git.ok(clone, "push", "--quiet", "origin", method, who=maintainer)
        pushed(github, repo, "main", {f"beside-{method}.txt": "x\n"}, f"beside {method}")
        number = opened(github, repo, method, title=f"By {method}")
        assert maintainer.put(f"{repo}/pulls/{number}/merge", {"merge_method": method})["merged"] is True
        assert maintainer.send("GET", f"{repo}/pulls/{number}/merge").status_code == 204
    owner, me = repo.split("/")[2], "Mira Okafor"
    co_author = "Co-authored-by: Somebody <somebody@example.com>"
    assert history(github, repo)[:-1] == [
        ("rebase 2", "Somebody", 1),
        ("rebase 1", "Somebody", 1),
        ("beside rebase", me, 1),
        (f"By squash (#2)\n\n* squash 1\n\n* squash 2\n\n{co_author}", me, 1),
        ("beside squash", me, 1),
        (f"Merge pull request #1 from {owner}/merge\n\nBy merge", me, 2),
        ("beside merge", me, 1),
        ("merge 2", "Somebody", 1),
        ("merge 1", "Somebody", 1),
    ]
    files = {one["path"] for one in maintainer.get(f"{repo}/git/trees/main", recursive="1")["tree"]}
    assert {"rebase-2.txt", "squash-2.txt", "merge-2.txt", "beside-rebase.txt"} <= files


def test_what_forbids_a_merge_is_said_in_githubs_words(github: GitHubService, repo: str, bot: Person) -> None:
    maintainer = github.maintainer
    issue = maintainer.post(f"{repo}/issues", {"title": "It breaks"})["number"]
    sha = pushed(github, repo, "fix", {"new.txt": "new\n"})
    draft = opened(github, repo, draft=True)
    refused = maintainer.send("PUT", f"{repo}/pulls/{draft}/merge")
    assert (refused.status_code, refused.json()["message"]) == (405, "Pull Request is still a draft")
    bot.patch(f"{repo}/pulls/{draft}", {"state": "closed"})
    number = opened(github, repo, body=f"Fixes #{issue}")
    path = f"{repo}/pulls/{number}/merge"
    assert maintainer.send("GET", path).status_code == 404
    assert github.reader.send("PUT", path).status_code == 403
    changed = maintainer.send("PUT", path, json={"sha": "0" * 40})
    assert (changed.status_code, changed.json()["message"]) == (
        409,
        "Head branch was modified. Review and try the merge again.",
    )
    merged = maintainer.put(
        path, {"sha": sha, "merge_method": "squash", "commit_title": "Mine", "commit_message": "All of it."}
    )
    assert history(github, repo)[0][0] == "Mine\n\nAll of it."
    shown = maintainer.get(f"{repo}/pulls/{number}")
    assert (shown["merged"], shown["merge_commit_sha"]) == (True, merged["sha"])
    assert maintainer.get(f"{repo}/issues/{issue}")["state"] == "closed"
    assert maintainer.send("PUT", path).json()["message"] == "Pull Request is not mergeable"


def test_a_branch_is_brought_up_to_its_base(github: GitHubService, repo: str, hook: WebhookReceiver) -> None:
    pushed(github, repo, "fix", {"new.txt": "new\n"})
    number = opened(github, repo)
    path = f"{repo}/pulls/{number}/update-branch"
    nothing = github.maintainer.send("PUT", path)
    assert (nothing.status_code, nothing.json()["message"]) == (422, "There are no new commits on the base branch.")
    base = pushed(github, repo, "main", {"beside.txt": "x\n"})
    assert github.maintainer.send("PUT", path, json={"expected_head_sha": base}).status_code == 422
    assert github.maintainer.send("PUT", path).json()["message"] == "Updating pull request branch."
    told = wait_until(lambda: hook.of("pull_request", "synchronize"), "the event")[0].payload
    head = github.reader.get(f"{repo}/pulls/{number}")["head"]["sha"]
    assert told["after"] == head
    assert github.reader.get(f"{repo}/commits/{head}")["parents"][1]["sha"] == base
    assert github.reader.get(f"{repo}/compare/main...fix")["behind_by"] == 0


def test_two_branches_are_merged(github: GitHubService, repo: str) -> None:
    pushed(github, repo, "side", {"README.md": "# Side\n"})
    pushed(github, repo, "other", {"README.md": "# Other\n"})
    asked = {"base": "main", "head": "side", "commit_message": "Take it"}
    assert github.maintainer.post(f"{repo}/merges", asked)["commit"]["message"] == "Take it"
    assert github.maintainer.send("POST", f"{repo}/merges", json=asked).status_code == 204
    for changed, status in (({"head": "other"}, 409), ({"head": "absent"}, 404), ({"base": "absent"}, 404)):
        assert github.maintainer.send("POST", f"{repo}/merges", json={**asked, **changed}).status_code == status


def test_a_repository_says_which_methods_it_allows_and_whether_branches_go(github: GitHubService, repo: str) -> None:
    admin = github.add_person(f"admin-of-{repo.rpartition('/')[2]}")
    github.control("PUT", f"repos/{repo.removeprefix('/repos/')}/roles/{admin.login}", {"role": "admin"})
    shown = admin.patch(repo, {"allow_merge_commit": False, "allow_rebase_merge": False, "delete_branch_on_merge": True})
    assert (shown["allow_merge_commit"], shown["allow_squash_merge"], shown["delete_branch_on_merge"]) == (False, True, True)
    pushed(github, repo, "fix", {"new.txt": "new\n"})
    path = f"{repo}/pulls/{opened(github, repo)}/merge"
    refused = github.maintainer.send("PUT", path)
    assert (refused.status_code, refused.json()["message"]) == (405, "Merge commits are not allowed on this repository.")
    github.maintainer.put(path, {"merge_method": "squash"})
    assert github.reader.send("GET", f"{repo}/branches/fix").status_code == 404


def test_a_pull_request_whose_head_is_pushed_to_its_base_is_merged(github: GitHubService, repo: str, git: GitClient) -> None:
    pushed(github, repo, "fix", {"new.txt": "new\n"})
    number = opened(github, repo)
    clone = git.clone(repo, who=github.maintainer)
    git.ok(clone, "push", "--quiet", "origin", "origin/fix:main", who=github.maintainer)
    shown = github.reader.get(f"{repo}/pulls/{number}")
    assert (shown["merged"], shown["state"]) == (True, "closed")


def test_a_squash_names_everybody_who_had_a_part_once(github: GitHubService, repo: str) -> None:
    pushed(github, repo, "fix", {"a.txt": "a\n"}, "Add a\n\nWith care.\n\nCo-authored-by: Ada <ada@example.com>")
    path = f"{repo}/pulls/{opened(github, repo)}/merge"
    github.maintainer.put(path, {"merge_method": "squash"})
    assert history(github, repo)[0][0] == "Add a (#1)\n\nWith care.\n\nCo-authored-by: Ada <ada@example.com>"
