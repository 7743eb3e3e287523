"""The whole way of the work: cloned over HTTP and pushed over HTTP, with tokens that the server really narrows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from github_app.publish.push import Moved, Pushed, PushRefused, PushResult, Unreachable, push
from github_app.publish.vet.authorship import CoAuthors
from github_app.publish.vet.clean_git import Remote
from github_app.publish.vet.rules import Policy
from github_app.publish.vet.vetting import VetSpec, Vetted, vet
from sandbox.collect import Collected, CollectSpec, collect
from sandbox.git import Identity
from sandbox.local import LocalBackend
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import Egress, Sandbox, SandboxSpec
from sandbox.secret import Secret
from sandbox.workspace import WorkspaceReady, WorkspaceSpec, prepare
from sandbox.workspace_failure import ReadTokenRefused, RepositoryEmpty, RepositoryGone, RepositoryUnreachable, WorkspaceError
from tests.github_service import GitHubService, running_github

BRANCH = "harvest/1-a-change"
IDENTITY = Identity("Claude (Harvest)", "harvest[bot]@users.noreply.github.com")


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubService]:
    with running_github(tmp_path_factory.mktemp("github")) as service:
        yield service


@pytest.fixture
async def sandbox(github: GitHubService, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[LocalSandbox]:
    """A local sandbox, without isolation unless the test asks for bubblewrap by parameter."""
    bubblewrap = getattr(request, "param", None)
    backend = LocalBackend(tmp_path / "s", allow_unisolated=True, bubblewrap=bubblewrap)
    if bubblewrap and backend.isolation().kind != "bubblewrap":
        pytest.skip(f"no bubblewrap: {backend.isolation().detail}")
    sandbox = await backend.create(SandboxSpec(name="job-1", session="issue-1", egress=Egress(services=(github.url,))))
    yield sandbox
    await sandbox.terminate()


@pytest.fixture
def repository(github: GitHubService, request: pytest.FixtureRequest) -> str:
    """A private repository of this test's own, `owner/name`."""
    name = f"r{abs(hash(request.node.nodeid))}"
    roles = {github.maintainer.login: "write"}
    return github.add_repository(name, private=True, roles=roles, files={"README.md": "# R\n", "src/app.py": "answer = 41\n"})


def token(github: GitHubService, repository: str, **permissions: str) -> Secret:
    """An installation token for this one repository, narrowed to these permissions."""
    number = github.maintainer.get(f"/repos/{repository}")["id"]
    return Secret(github.as_installation(repository, repository_ids=[number], permissions=permissions).token)


def url(github: GitHubService, repository: str) -> str:
    return f"{github.url}/{repository}.git"


async def prepared(sandbox: Sandbox, github: GitHubService, repository: str, read_token: Secret) -> WorkspaceReady:
    return await prepare(sandbox, WorkspaceSpec(url(github, repository), "main", BRANCH, read_token, IDENTITY))


async def vetted(sandbox: Sandbox, github: GitHubService, repository: str, ready: WorkspaceReady, root: Path) -> Vetted:
    spec = CollectSpec(BRANCH, ready.head_sha, ready.base_sha, "Work in progress")
    found = await collect(sandbox, spec, root / "work.bundle")
    assert isinstance(found, Collected)
    read = token(github, repository, contents="read")
    result = await vet(
        VetSpec(
            folder=root / "vetted.git",
            remote=Remote(url(github, repository), read),
            bundle=found.bundle,
            start_sha=ready.head_sha,
            base_sha=ready.base_sha,
            base_branch="main",
            identity=IDENTITY,
            co_authors=CoAuthors("Claude Opus 4.5"),
            title="Change what was asked for",
            not_after=2_000_000_000,
            known_secrets=(read,),
            policy=Policy(allow_workflows=True),
        )
    )
    assert isinstance(result, Vetted)
    return result


async def pushed(work: Vetted, github: GitHubService, repository: str, with_token: Secret, expected: str | None) -> PushResult:
    return await push(work.repository, Remote(url(github, repository), with_token), work.head_sha, BRANCH, expected)


async def agent_does(sandbox: Sandbox, script: str) -> None:
    done = await sandbox.run(["sh", "-ec", script])
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize("sandbox", [pytest.param(None, marks=pytest.mark.campaign), "bwrap"], indirect=True)
async def test_work_goes_from_a_private_repository_to_its_branch_and_on_to_a_second_push(
    sandbox: LocalSandbox, github: GitHubService, repository: str, tmp_path: Path
) -> None:
    read, write = token(github, repository, contents="read"), token(github, repository, contents="write")

    first_ready = await prepared(sandbox, github, repository, read)
    await agent_does(sandbox, "echo 'answer = 42' >src/app.py; git commit -qam 'Right answer'")
    first = await vetted(sandbox, github, repository, first_ready, tmp_path)
    assert await pushed(first, github, repository, write, None) == Pushed(first.head_sha)

    second_ready = await prepared(sandbox, github, repository, read)
    assert (second_ready.head_sha, second_ready.branch_is_new, second_ready.notes) == (first.head_sha, False, ())
    await agent_does(sandbox, "git fetch -q origin; git rebase -q origin/main; echo 'And a word.' >>README.md")
    second = await vetted(sandbox, github, repository, second_ready, tmp_path)
    assert await pushed(second, github, repository, write, first.head_sha) == Pushed(second.head_sha)

    commit = github.maintainer.get(f"/repos/{repository}/commits/{BRANCH}")
    assert commit["sha"] == second.head_sha
    assert commit["commit"]["author"]["name"] == IDENTITY.name
    paths = [entry["path"] for entry in github.requests()["requests"]]
    assert not [path for path in paths if "ghs_" in path or "@" in path]


async def test_a_read_token_can_not_push_and_the_sandbox_can_not_either(
    sandbox: LocalSandbox, github: GitHubService, repository: str, tmp_path: Path
) -> None:
    read = token(github, repository, contents="read")
    ready = await prepared(sandbox, github, repository, read)
    await agent_does(sandbox, "echo 1 >a; git add a; git commit -qm One")
    work = await vetted(sandbox, github, repository, ready, tmp_path)

    result = await pushed(work, github, repository, read, None)

    assert isinstance(result, PushRefused)
    assert result.by == "permission"
    assert (await sandbox.run(["git", "push", "origin", "HEAD"])).exit_code != 0


async def test_a_token_for_another_repository_reads_nothing_here(
    sandbox: LocalSandbox, github: GitHubService, repository: str
) -> None:
    other = token(github, github.repository, contents="read")

    with pytest.raises(WorkspaceError) as error:
        await prepared(sandbox, github, repository, other)

    assert type(error.value) in (ReadTokenRefused, RepositoryGone)
    assert other.reveal() not in str(error.value)


async def test_bad_credentials_no_repository_and_no_commits_are_told_apart(
    sandbox: LocalSandbox, github: GitHubService, repository: str
) -> None:
    read = token(github, repository, contents="read")
    roles = {github.maintainer.login: "write"}
    empty = github.add_repository(f"empty-{repository.partition('/')[2]}", private=True, roles=roles)
    nowhere = WorkspaceSpec("http://127.0.0.1:1/o/r.git", "main", BRANCH, read, IDENTITY)

    with pytest.raises(ReadTokenRefused):
        await prepared(sandbox, github, repository, Secret("ghs_never_issued"))
    with pytest.raises(RepositoryGone):
        await prepared(sandbox, github, f"{repository}-gone", read)
    with pytest.raises(RepositoryEmpty):
        await prepared(sandbox, github, empty, token(github, empty, contents="read"))
    with pytest.raises(RepositoryUnreachable):
        await prepare(sandbox, nowhere)


@pytest.mark.campaign
async def test_what_the_server_says_to_a_push_is_understood(
    sandbox: LocalSandbox, github: GitHubService, repository: str, tmp_path: Path
) -> None:
    write = token(github, repository, contents="write")
    ready = await prepared(sandbox, github, repository, token(github, repository, contents="read"))
    await agent_does(sandbox, "mkdir -p .github/workflows; echo 'on: push' >.github/workflows/ci.yml")
    work = await vetted(sandbox, github, repository, ready, tmp_path)

    workflow = await pushed(work, github, repository, write, None)
    assert isinstance(workflow, PushRefused)
    assert workflow.by == "workflow"

    unknown = await pushed(work, github, repository, Secret("ghs_never_issued"), None)
    assert isinstance(unknown, PushRefused)
    assert unknown.by == "token"

    moved = await pushed(work, github, repository, write, "1" * 40)
    assert isinstance(moved, Moved | PushRefused)


async def test_a_push_whose_answer_was_lost_is_found_to_be_there(
    sandbox: LocalSandbox, github: GitHubService, repository: str, tmp_path: Path
) -> None:
    write = token(github, repository, contents="write")
    ready = await prepared(sandbox, github, repository, token(github, repository, contents="read"))
    await agent_does(sandbox, "echo 1 >a")
    work = await vetted(sandbox, github, repository, ready, tmp_path)
    github.fault("drop-after", path=f"/{repository}.git/git-receive-pack", method="POST")

    lost = await pushed(work, github, repository, write, None)
    again = await pushed(work, github, repository, write, None)

    assert isinstance(lost, Unreachable) or lost == Pushed(work.head_sha, already_there=True)
    assert again == Pushed(work.head_sha, already_there=True)
