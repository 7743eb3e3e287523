from __future__ import annotations

import gzip
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.emulators.github.git_client import GitClient
from tests.github_service import GitHubService
from tests.waiting import wait_until
from tests.webhook_receiver import WebhookReceiver

MEGABYTE = 1024 * 1024
LARGE_BYTES = 24 * MEGABYTE


@pytest.fixture
def private(github: GitHubService) -> str:
    """`/repos/owner/name` of a private repository."""
    name = f"private-{time.monotonic_ns()}"
    return f"/repos/{github.add_repository(name, private=True, files={'a.txt': 'a' * 100})}"


def test_a_token_clones_and_pushes(github: GitHubService, git: GitClient, private: str) -> None:
    bot = github.as_installation(private.removeprefix("/repos/"))
    clone = git.clone(private, who=bot)
    sha = git.commit(clone, {"b.txt": "b"})
    git.ok(clone, "push", "--quiet", "origin", "HEAD:refs/heads/new", who=bot)
    assert bot.get(f"{private}/branches/new")["commit"]["sha"] == sha


def test_a_bearer_token_works_as_well(github: GitHubService, private: str) -> None:
    bot = github.as_installation(private.removeprefix("/repos/"))
    refs = f"{github.url}/{private.removeprefix('/repos/')}/info/refs?service=git-upload-pack"
    assert httpx.get(refs, headers={"authorization": f"Bearer {bot.token}"}).status_code == 200
    assert httpx.get(refs).status_code == 401


def test_shallow_partial_and_by_sha(github: GitHubService, git: GitClient) -> None:
    shallow = git.clone(github.repo_path, "--depth", "1")
    assert git.ok(shallow, "rev-list", "--count", "HEAD") == "1"
    partial = git.clone(github.repo_path, "--filter=blob:none", "--no-checkout")
    assert git.ok(partial, "config", "remote.origin.partialclonefilter") == "blob:none"
    assert "python3 -m unittest" in git.ok(partial, "show", "HEAD:CLAUDE.md")  # fetched when it is needed
    older = git.ok(partial, "rev-parse", "HEAD~3")
    git.ok(shallow, "fetch", "--quiet", "--depth", "1", "origin", older)


@pytest.mark.parametrize(
    ("narrowing", "fetches", "pushes"),
    [
        ({}, True, True),
        ({"permissions": {"contents": "read"}}, True, False),
        ({"permissions": {"issues": "write"}}, False, False),
    ],
)
def test_a_token_does_what_its_permissions_say(
    github: GitHubService, git: GitClient, private: str, narrowing: dict[str, object], *, fetches: bool, pushes: bool
) -> None:
    bot = github.as_installation(private.removeprefix("/repos/"), **narrowing)
    fetched = git.run(git.home, "ls-remote", git.address(private), who=bot)
    assert (fetched.returncode == 0) is fetches
    clone = git.clone(private, who=github.as_installation(private.removeprefix("/repos/")))
    pushed = git.run(clone, "push", "origin", "HEAD:refs/heads/new", who=bot)
    assert (pushed.returncode == 0) is pushes
    if not pushes:
        assert "denied to harvest-local[bot]" in pushed.stderr or "Repository not found" in pushed.stderr


def test_a_token_for_another_repository_finds_nothing(github: GitHubService, git: GitClient, repo: str, private: str) -> None:
    elsewhere = github.as_installation(repo.removeprefix("/repos/"), repositories=[repo.rpartition("/")[2]])
    refused = git.run(git.home, "ls-remote", git.address(private), who=elsewhere)
    assert refused.returncode != 0
    assert "not found" in refused.stderr


def test_a_token_for_another_repository_pushes_nowhere_else(github: GitHubService, git: GitClient, repo: str) -> None:
    elsewhere = github.as_installation(repositories=[github.repository.rpartition("/")[2]])
    refused = git.run(git.clone(repo, who=elsewhere), "push", "origin", "HEAD:refs/heads/new", who=elsewhere)
    assert f"Permission to {repo.removeprefix('/repos/')}.git denied to harvest-local[bot]." in refused.stderr


def test_a_public_repository_is_open_to_read_and_closed_to_write(github: GitHubService, git: GitClient, repo: str) -> None:
    clone = git.clone(repo)
    for who, says in ((None, "could not read Username"), (github.reader, f"denied to {github.reader.login}")):
        refused = git.run(clone, "push", "origin", "HEAD:refs/heads/new", who=who)
        assert refused.returncode != 0
        assert says in refused.stderr


def test_an_expired_token_fails_authentication(github: GitHubService, git: GitClient, private: str) -> None:
    bot = github.as_installation(private.removeprefix("/repos/"))
    github.control("POST", "tokens/expire")
    refused = git.run(git.home, "ls-remote", git.address(private), who=bot)
    assert refused.returncode != 0
    assert "could not read Username" in refused.stderr or "Authentication failed" in refused.stderr


def test_a_workflow_is_refused_in_githubs_words_and_other_refs_go_through(
    github: GitHubService, git: GitClient, repo: str
) -> None:
    bot = github.as_installation(repo.removeprefix("/repos/"))
    clone = git.clone(repo, who=bot)
    git.ok(clone, "switch", "--quiet", "--create", "plain")
    git.commit(clone, {"b.txt": "b"})
    git.ok(clone, "switch", "--quiet", "--create", "workflow")
    git.commit(clone, {".github/workflows/ci.yml": "on: push\n"})
    git.commit(clone, {"c.txt": "on top"})

    pushed = git.run(clone, "push", "--porcelain", "origin", "plain", "workflow", who=bot)

    assert pushed.returncode != 0
    assert (
        "[remote rejected] (refusing to allow a GitHub App to create or update workflow"
        " `.github/workflows/ci.yml` without `workflows` permission)"
    ) in pushed.stdout
    assert [branch["name"] for branch in bot.get(f"{repo}/branches")] == ["main", "plain"]
    git.ok(clone, "push", "--quiet", "origin", "workflow", who=github.maintainer)


def test_a_branch_that_merely_has_the_workflow_goes_through(github: GitHubService, git: GitClient) -> None:
    bot = github.as_installation()
    clone = git.clone(github.repo_path, who=bot)
    git.commit(clone, {"note.txt": "note"})
    git.ok(clone, "push", "--quiet", "origin", "HEAD:refs/heads/has-workflow", who=bot)
    git.ok(clone, "push", "--quiet", "origin", ":refs/heads/has-workflow", who=bot)


@pytest.mark.campaign
def test_a_file_over_100_megabytes_is_refused(github: GitHubService, git: GitClient, repo: str) -> None:
    bot = github.as_installation(repo.removeprefix("/repos/"))
    clone = git.clone(repo, who=bot)
    git.ok(clone, "config", "core.compression", "1")
    with (clone / "large file.bin").open("wb") as large:
        large.truncate(101 * MEGABYTE)
    git.commit(clone, {})
    pushed = git.run(clone, "push", "origin", "HEAD:refs/heads/large", who=bot)
    assert pushed.returncode != 0
    assert "File large file.bin is 101.00 MB; this exceeds GitHub's file size limit of 100.00 MB" in pushed.stderr
    assert "GH001" in pushed.stderr


def test_a_lease_that_is_stale_moves_nothing(github: GitHubService, git: GitClient, repo: str) -> None:
    bot = github.as_installation(repo.removeprefix("/repos/"))
    clone = git.clone(repo, who=bot)
    old = git.ok(clone, "rev-parse", "HEAD")
    moved = github.push(repo.removeprefix("/repos/"), "main", {"x": "y"}, github.maintainer)
    git.commit(clone, {"z": "z"})
    refused = git.run(clone, "push", f"--force-with-lease=main:{old}", "origin", "HEAD:main", who=bot)
    assert refused.returncode != 0
    assert "stale info" in refused.stderr
    assert bot.get(f"{repo}/git/ref/heads/main")["object"]["sha"] == moved


def test_pushes_at_the_same_time_are_told_apart(
    github: GitHubService, git: GitClient, repo: str, hook: WebhookReceiver
) -> None:
    bot = github.as_installation(repo.removeprefix("/repos/"))
    clones = [git.clone(repo, who=bot) for _ in range(4)]
    shas = {f"refs/heads/b{n}": git.commit(clone, {f"{n}.txt": str(n)}) for n, clone in enumerate(clones)}

    def push(clone: Path, ref: str) -> None:
        git.ok(clone, "push", "--quiet", "origin", f"HEAD:{ref}", who=bot)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(push, clones, shas))

    wait_until(lambda: len(hook.of("push")) == 4, "four push events")
    assert {one.payload["ref"]: one.payload["after"] for one in hook.of("push")} == shas
    assert {one.payload["created"] for one in hook.of("push")} == {True}


def test_a_compressed_request_is_understood(github: GitHubService, repo: str) -> None:
    head = github.reader.get(f"{repo}/git/ref/heads/main")["object"]["sha"]
    body = f"0032want {head}\n".encode() + b"0000" + b"0009done\n"
    url = f"{github.url}/{repo.removeprefix('/repos/')}.git/git-upload-pack"
    headers = {"content-type": "application/x-git-upload-pack-request", "content-encoding": "gzip"}
    answer = httpx.post(url, content=gzip.compress(body), headers=headers)
    assert answer.content.startswith(b"0008NAK\nPACK")


@pytest.mark.campaign
def test_a_large_repository_passes_through_without_being_held(github: GitHubService, git: GitClient, repo: str) -> None:
    bot = github.as_installation(repo.removeprefix("/repos/"))
    before = _peak_memory(github)
    clone = git.clone(repo, who=bot)
    git.ok(clone, "config", "core.compression", "0")
    (clone / "noise.bin").write_bytes(os.urandom(LARGE_BYTES))
    git.commit(clone, {})
    git.ok(clone, "push", "--quiet", "origin", "HEAD:main", who=bot)
    again = git.clone(repo, "--bare", who=bot)
    assert sum(path.stat().st_size for path in again.rglob("*.pack")) > LARGE_BYTES
    assert _peak_memory(github) - before < LARGE_BYTES / 2


def test_the_dumb_protocol_is_not_spoken(github: GitHubService, repo: str) -> None:
    url = f"{github.url}/{repo.removeprefix('/repos/')}.git"
    assert httpx.get(f"{url}/info/refs").status_code == 403
    assert httpx.get(f"{url}/config").status_code == 403


def test_git_is_counted_apart_from_the_api(github: GitHubService, git: GitClient, repo: str) -> None:
    began = time.time()
    bot = github.as_installation(repo.removeprefix("/repos/"))
    git.clone(repo, who=bot)
    counted = github.requests(since=began)
    assert counted["count"]["rest"] == 2
    assert counted["count"]["git"] == sum(entry["channel"] == "git" for entry in counted["requests"]) > 1
    assert counted["requests"][-1]["route"] == "/{owner}/{repo}.git/git-upload-pack"


def _peak_memory(github: GitHubService) -> int:
    """The emulator's largest resident size so far, in bytes."""
    lines = Path(f"/proc/{github.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
