from __future__ import annotations

import pytest

from tests.emulators.github.git_client import GitClient
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver


@pytest.fixture
def bot(github: GitHubService) -> Person:
    return github.as_installation()


@pytest.fixture
def pull(github: GitHubService, repo: str, bot: Person) -> int:
    """A draft of one commit on the branch `fix`, that closes issue 1."""
    github.maintainer.post(f"{repo}/issues", {"title": "It breaks"})
    github.push(repo.removeprefix("/repos/"), "fix", {"src/hello.py": 'print("Hello")\n', "new.txt": "new\n"}, bot)
    asked = {"title": "Mend it", "head": "fix", "base": "main", "body": "Closes #1.", "draft": True}
    return int(bot.post(f"{repo}/pulls", asked)["number"])


def test_a_pull_request_says_what_it_changes(github: GitHubService, repo: str, pull: int) -> None:
    shown = github.reader.get(f"{repo}/pulls/{pull}")
    assert (shown["draft"], shown["user"]["type"]) == (True, "Bot")
    assert (shown["commits"], shown["changed_files"], shown["additions"], shown["deletions"]) == (1, 2, 2, 1)
    files = {file["filename"]: file for file in github.reader.get(f"{repo}/pulls/{pull}/files")}
    assert files["src/hello.py"]["patch"] == '@@ -1 +1 @@\n-print("hello")\n+print("Hello")'
    assert files["new.txt"]["status"] == "added"
    assert [one["commit"]["message"] for one in github.reader.get(f"{repo}/pulls/{pull}/commits")] == ["Change"]
    assert github.reader.get(f"{repo}/compare/main...fix")["ahead_by"] == 1
    assert github.reader.get(f"{repo}/issues/{pull}")["pull_request"]["url"] == shown["url"]


def test_a_second_pull_request_from_the_same_branch_is_refused(repo: str, pull: int, bot: Person) -> None:
    refused = bot.send("POST", f"{repo}/pulls", json={"title": "Again", "head": "fix", "base": "main"})
    assert refused.status_code == 422
    owner = repo.split("/")[2]
    assert refused.json()["errors"][0]["message"] == f"A pull request already exists for {owner}:fix."


def test_a_pull_request_needs_commits_and_branches(repo: str, pull: int, bot: Person) -> None:
    sha = bot.get(f"{repo}/git/ref/heads/main")["object"]["sha"]
    bot.post(f"{repo}/git/refs", {"ref": "refs/heads/same", "sha": sha})
    nothing = bot.send("POST", f"{repo}/pulls", json={"title": "x", "head": "same", "base": "main"})
    assert nothing.json()["errors"][0]["message"] == "No commits between main and same"
    absent = bot.send("POST", f"{repo}/pulls", json={"title": "x", "head": "absent", "base": "main"})
    assert absent.json()["errors"][0] == {"resource": "PullRequest", "field": "head", "code": "invalid"}


def test_pull_requests_are_found_by_their_head(repo: str, pull: int, bot: Person) -> None:
    owner = repo.split("/")[2]
    assert [one["number"] for one in bot.get(f"{repo}/pulls", head=f"{owner}:fix", state="all")] == [pull]
    assert bot.get(f"{repo}/pulls", head=f"{owner}:other") == []
    assert bot.get(f"{repo}/pulls", base="other") == []


def test_the_head_follows_the_pushed_branch(
    github: GitHubService, git: GitClient, repo: str, pull: int, bot: Person, hook: WebhookReceiver
) -> None:
    before = bot.get(f"{repo}/pulls/{pull}")["head"]["sha"]
    clone = git.clone(repo, "--branch", "fix", who=bot)
    after = git.commit(clone, {"more.txt": "more\n"})
    git.ok(clone, "push", "--quiet", "origin", "fix", who=bot)

    assert bot.get(f"{repo}/pulls/{pull}")["head"]["sha"] == after
    told = wait_until(lambda: hook.of("pull_request", "synchronize"), "the synchronize event")
    assert (told[0].payload["before"], told[0].payload["after"]) == (before, after)
    push = hook.of("push")[0].payload
    assert (push["ref"], push["forced"], push["head_commit"]["added"]) == ("refs/heads/fix", False, ["more.txt"])


def test_deleting_the_branch_closes_the_pull_request(github: GitHubService, repo: str, pull: int, bot: Person) -> None:
    bot.delete(f"{repo}/git/refs/heads/fix")
    assert bot.get(f"{repo}/pulls/{pull}")["state"] == "closed"
    assert bot.send("PATCH", f"{repo}/pulls/{pull}", json={"state": "open"}).status_code == 422


def test_its_title_text_and_labels_can_change(github: GitHubService, repo: str, pull: int, bot: Person) -> None:
    shown = bot.patch(f"{repo}/pulls/{pull}", {"title": "Mended", "body": "New."})
    assert (shown["title"], shown["body"]) == ("Mended", "New.")
    bot.post(f"{repo}/issues/{pull}/labels", {"labels": ["harvest"]})
    assert [label["name"] for label in bot.get(f"{repo}/pulls/{pull}")["labels"]] == ["harvest"]
    assert github.reader.send("PATCH", f"{repo}/pulls/{pull}", json={"title": "Mine"}).status_code == 403


def test_a_pull_request_by_somebody_who_may_not_write_is_refused(github: GitHubService, repo: str, pull: int) -> None:
    asked = {"title": "x", "head": "fix", "base": "main"}
    assert github.reader.send("POST", f"{repo}/pulls", json=asked).status_code == 403


def test_a_token_for_pull_requests_alone_comments_there_and_not_on_issues(github: GitHubService, repo: str, pull: int) -> None:
    token = github.as_installation(permissions={"pull_requests": "write"})
    assert token.post(f"{repo}/issues/{pull}/comments", {"body": "here"})["body"] == "here"
    assert token.send("POST", f"{repo}/issues/1/comments", json={"body": "there"}).status_code == 403


def test_a_review_with_comments_and_replies(github: GitHubService, repo: str, pull: int, bot: Person) -> None:
    comments = [{"path": "new.txt", "line": 1, "body": "Why?"}]
    review = github.maintainer.post(
        f"{repo}/pulls/{pull}/reviews", {"event": "REQUEST_CHANGES", "body": "Hm.", "comments": comments}
    )
    assert review["state"] == "CHANGES_REQUESTED"
    first = bot.get(f"{repo}/pulls/{pull}/reviews/{review['id']}/comments")[0]
    reply = bot.post(f"{repo}/pulls/{pull}/comments/{first['id']}/replies", {"body": "Because."})
    assert reply["in_reply_to_id"] == first["id"]
    assert bot.send("POST", f"{repo}/pulls/comments/{first['id']}/reactions", json={"content": "rocket"}).status_code == 201
    assert [one["body"] for one in bot.get(f"{repo}/pulls/{pull}/comments")] == ["Why?", "Because."]
    assert bot.patch(f"{repo}/pulls/comments/{reply['id']}", {"body": "So."})["body"] == "So."
    bot.delete(f"{repo}/pulls/comments/{reply['id']}")
    assert len(bot.get(f"{repo}/pulls/comments")) == 1
    assert bot.get(f"{repo}/pulls/{pull}/reviews/{review['id']}")["body"] == "Hm."


def test_a_review_comment_outside_of_the_diff_is_refused(github: GitHubService, repo: str, pull: int) -> None:
    sha = github.reader.get(f"{repo}/pulls/{pull}")["head"]["sha"]
    asked = {"commit_id": sha, "path": "README.md", "line": 1, "body": "?"}
    assert github.maintainer.send("POST", f"{repo}/pulls/{pull}/comments", json=asked).status_code == 422
    assert github.maintainer.post(f"{repo}/pulls/{pull}/comments", {**asked, "path": "new.txt"})["line"] == 1


def test_nobody_approves_their_own_pull_request(repo: str, pull: int, bot: Person) -> None:
    refused = bot.send("POST", f"{repo}/pulls/{pull}/reviews", json={"event": "APPROVE"})
    assert refused.json()["errors"] == ["Can not approve your own pull request"]


def test_only_collaborators_are_asked_for_a_review(github: GitHubService, repo: str, pull: int, bot: Person) -> None:
    path = f"{repo}/pulls/{pull}/requested_reviewers"
    assert bot.send("POST", path, json={"reviewers": [github.outsider.login]}).status_code == 422
    bot.post(path, {"reviewers": [github.reader.login]})
    assert [one["login"] for one in bot.get(path)["users"]] == [github.reader.login]
    bot.send("DELETE", path, json={"reviewers": [github.reader.login]})
    assert bot.get(path)["users"] == []


def test_its_diff_can_be_had_as_text(github: GitHubService, repo: str, pull: int) -> None:
    headers = {"accept": "application/vnd.github.diff"}
    text = github.api.get(f"{repo}/pulls/{pull}".lstrip("/"), headers=headers).text
    assert text.startswith("diff --git a/new.txt b/new.txt\n")
