from __future__ import annotations

import base64

import pytest

from tests.github_service import GitHubService, Person


@pytest.fixture
def bot(github: GitHubService) -> Person:
    return github.as_installation()


def test_refs_are_made_moved_and_deleted(repo: str, bot: Person, github: GitHubService) -> None:
    main = bot.get(f"{repo}/git/ref/heads/main")["object"]["sha"]
    bot.post(f"{repo}/git/refs", {"ref": "refs/heads/harvest/1-x", "sha": main})
    again = bot.send("POST", f"{repo}/git/refs", json={"ref": "refs/heads/harvest/1-x", "sha": main})
    assert again.json()["message"] == "Reference already exists"
    newer = github.push(repo.removeprefix("/repos/"), "main", {"x": "y"}, github.maintainer)
    path = f"{repo}/git/refs/heads/harvest/1-x"
    assert bot.patch(path, {"sha": newer})["object"]["sha"] == newer
    assert bot.send("PATCH", path, json={"sha": main}).json()["message"] == "Update is not a fast forward"
    assert bot.patch(path, {"sha": main, "force": True})["object"]["sha"] == main
    found = bot.get(f"{repo}/git/matching-refs/heads/harvest")
    assert [ref["ref"] for ref in found] == ["refs/heads/harvest/1-x"]
    bot.delete(path)
    assert bot.send("GET", f"{repo}/git/ref/heads/harvest/1-x").status_code == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"ref": "main", "sha": "0" * 40}, "beginning with 'refs/'"),
        ({"ref": "refs/heads/x", "sha": "0" * 40}, "Object does not exist"),
    ],
)
def test_a_ref_that_cannot_be_is_unprocessable(repo: str, bot: Person, body: dict[str, str], says: str) -> None:
    assert says in bot.send("POST", f"{repo}/git/refs", json=body).json()["message"]


def test_files_are_read_at_a_ref_and_written_as_commits(repo: str, bot: Person) -> None:
    shown = bot.get(f"{repo}/contents/src/hello.py")
    assert base64.b64decode(shown["content"]) == b'print("hello")\n'
    assert [entry["name"] for entry in bot.get(f"{repo}/contents/src")] == ["hello.py"]
    changed = {"message": "Change", "content": base64.b64encode(b"new\n").decode()}
    assert bot.send("PUT", f"{repo}/contents/src/hello.py", json=changed).status_code == 422
    assert bot.send("PUT", f"{repo}/contents/src/hello.py", json={**changed, "sha": "0" * 40}).status_code == 409
    done = bot.put(f"{repo}/contents/src/hello.py", {**changed, "sha": shown["sha"]})
    old = bot.get(f"{repo}/contents/src/hello.py", ref=done["commit"]["parents"][0]["sha"])
    assert old["sha"] == shown["sha"]
    assert bot.send("GET", f"{repo}/contents/absent.txt").status_code == 404
    assert bot.send("GET", f"{repo}/contents/src/hello.py", params={"ref": "absent"}).status_code == 404


def test_a_workflow_needs_its_own_permission_through_the_api_too(repo: str, bot: Person, github: GitHubService) -> None:
    asked = {"message": "CI", "content": "b246IHB1c2gK"}
    refused = bot.send("PUT", f"{repo}/contents/.github/workflows/ci.yml", json=asked)
    assert (refused.status_code, refused.headers["x-accepted-github-permissions"]) == (403, "workflows=write")
    assert github.maintainer.send("PUT", f"{repo}/contents/.github/workflows/ci.yml", json=asked).status_code == 201


def test_commits_trees_and_blobs(repo: str, bot: Person, github: GitHubService) -> None:
    sha = github.push(repo.removeprefix("/repos/"), "main", {"b.txt": "b\n"}, github.maintainer, "Add b\n\nWith care.")
    newest = bot.get(f"{repo}/commits")[0]
    assert (newest["sha"], newest["author"]["login"]) == (sha, github.maintainer.login)
    commit = bot.get(f"{repo}/commits/main")
    assert commit["commit"]["message"] == "Add b\n\nWith care."
    assert (commit["stats"]["additions"], commit["files"][0]["filename"]) == (1, "b.txt")
    tree = bot.get(f"{repo}/git/trees/{bot.get(f'{repo}/git/commits/{sha}')['tree']['sha']}", recursive="1")
    paths = {entry["path"]: entry["sha"] for entry in tree["tree"]}
    assert set(paths) == {"README.md", "b.txt", "src", "src/hello.py"}
    assert base64.b64decode(bot.get(f"{repo}/git/blobs/{paths['b.txt']}")["content"]) == b"b\n"
    assert bot.send("GET", f"{repo}/commits/absent").status_code == 422
    assert bot.send("GET", f"{repo}/branches/absent").json()["message"] == "Branch not found"


def test_a_protected_branch_and_another_default_branch_are_told(repo: str, bot: Person, github: GitHubService) -> None:
    name = repo.removeprefix("/repos/")
    github.push(name, "side", {"side.txt": "s"}, github.maintainer)
    github.control("PATCH", f"repos/{name}", {"default_branch": "side", "protected_branches": ["side"]})
    assert bot.get(repo)["default_branch"] == "side"
    assert bot.get(f"{repo}/branches/side")["protected"] is True
    assert {one["name"]: one["protected"] for one in bot.get(f"{repo}/branches")} == {"main": False, "side": True}


def test_an_empty_repository_says_so(github: GitHubService, bot: Person) -> None:
    repo = f"/repos/{github.add_repository('without-commits')}"
    assert bot.send("GET", f"{repo}/commits").json()["message"] == "Git Repository is empty."
    assert bot.get(f"{repo}/branches") == []
    assert bot.get(repo)["size"] == 0


def test_two_histories_are_compared(repo: str, bot: Person, github: GitHubService) -> None:
    name = repo.removeprefix("/repos/")
    github.push(name, "side", {"side.txt": "s"}, github.maintainer)
    github.push(name, "main", {"main.txt": "m"}, github.maintainer)
    compared = bot.get(f"{repo}/compare/main...side")
    assert (compared["status"], compared["ahead_by"], compared["behind_by"]) == ("diverged", 1, 1)
    assert [file["filename"] for file in compared["files"]] == ["side.txt"]
    paged = bot.get(f"{repo}/compare/main...side", per_page=1, page=2)
    assert (paged["ahead_by"], paged["commits"], paged["files"]) == (1, [], []), "the files are on the first page alone"
    assert bot.get(f"{repo}/compare/main...main")["status"] == "identical"
    assert bot.send("GET", f"{repo}/compare/main...absent").status_code == 404
