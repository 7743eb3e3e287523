"""One thing in the forms that GitHub gives it in, as `Accept` asks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.emulators.github.git_client import GitClient
from tests.github_service import GitHubService


def asked(github: GitHubService, path: str, form: str, **query: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {github.reader.token}", "accept": f"application/vnd.github.{form}"}
    return github.api.get(path.lstrip("/"), headers=headers, params=query).raise_for_status()


def test_a_commit_is_a_sha_a_diff_or_a_patch(github: GitHubService, repo: str, git: GitClient) -> None:
    sha = github.push(repo.removeprefix("/repos/"), "main", {"b.txt": "b\n"}, github.maintainer, "Add b")
    assert asked(github, f"{repo}/commits/main", "sha").text == sha
    assert asked(github, f"{repo}/commits/main", "v3.sha").headers["content-type"].startswith("application/vnd.github.sha")
    assert asked(github, f"{repo}/commits/main", "diff").text.startswith("diff --git a/b.txt b/b.txt\n")
    patch = asked(github, f"{repo}/commits/main", "patch").text
    clone = git.clone(repo)
    git.ok(clone, "reset", "--quiet", "--hard", "HEAD~1")
    (clone / "../one.patch").write_text(patch)
    git.ok(clone, "am", "--quiet", "../one.patch")
    assert git.ok(clone, "show", "--format=%s", "--name-only").split() == ["Add", "b", "b.txt"]


def test_a_pull_request_and_a_comparison_are_diffs_and_patches(github: GitHubService, repo: str) -> None:
    github.push(repo.removeprefix("/repos/"), "fix", {"a.txt": "a\n"}, github.maintainer, "Add a")
    github.push(repo.removeprefix("/repos/"), "fix", {"b.txt": "b\n"}, github.maintainer, "Add b")
    number = github.maintainer.post(f"{repo}/pulls", {"title": "x", "head": "fix", "base": "main"})["number"]
    for path in (f"{repo}/pulls/{number}", f"{repo}/compare/main...fix"):
        assert asked(github, path, "diff").text.count("diff --git") == 2
        assert asked(github, path, "patch").text.count("Subject: [PATCH") == 2


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("raw+json", {"body": "Do **it**"}),
        ("text+json", {"body_text": "Do it"}),
        ("html+json", {"body_html": "<p>Do <strong>it</strong></p>"}),
        ("full+json", {"body": "Do **it**", "body_text": "Do it", "body_html": "<p>Do <strong>it</strong></p>"}),
    ],
)
def test_what_people_write_is_given_as_written_as_text_or_as_html(
    github: GitHubService, repo: str, form: str, fields: dict[str, Any]
) -> None:
    number = github.maintainer.post(f"{repo}/issues", {"title": "x", "body": "Do **it**"})["number"]
    github.maintainer.post(f"{repo}/issues/{number}/comments", {"body": "Do **it**"})
    shown = asked(github, f"{repo}/issues/{number}", form).json()
    (comment,) = asked(github, f"{repo}/issues/{number}/comments", form).json()
    for one in (shown, comment):
        assert {name: value for name, value in one.items() if name.startswith("body")} == fields


def test_the_root_and_folders_are_listed_and_files_come_raw_or_as_html(github: GitHubService, repo: str) -> None:
    for root in (f"{repo}/contents", f"{repo}/contents/"):
        assert {one["path"]: one["type"] for one in github.reader.get(root)} == {"README.md": "file", "src": "dir"}
    folder = asked(github, f"{repo}/contents/src", "object").json()
    assert (folder["type"], [one["path"] for one in folder["entries"]]) == ("dir", ["src/hello.py"])
    assert asked(github, f"{repo}/contents/", "object+json").json()["entries"][0]["path"] == "README.md"
    assert asked(github, f"{repo}/contents/README.md", "raw", ref="main").content == b"# Hello\n"
    assert "<h1>Hello</h1>" in asked(github, f"{repo}/contents/README.md", "html").text
    blob = github.reader.get(f"{repo}/contents/README.md")["sha"]
    assert asked(github, f"{repo}/git/blobs/{blob}", "raw+json").content == b"# Hello\n"


def test_what_github_cannot_give_is_said(github: GitHubService, repo: str) -> None:
    assert github.api.get(repo[1:], headers={"accept": "application/xml"}).status_code == 415
    assert github.api.get(repo[1:], headers={"accept": "application/xml, */*"}).status_code == 200


def test_the_names_of_previews_are_no_forms(github: GitHubService, repo: str) -> None:
    """As Go's client still sends them with reactions and reviews."""
    named = "application/vnd.github.squirrel-girl-preview, application/vnd.github.comfort-fade-preview+json"
    assert github.api.get(repo[1:], headers={"accept": named}).json()["full_name"] == repo.removeprefix("/repos/")
