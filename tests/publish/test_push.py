"""Pushing one ref with a lease: what the server said becomes a decision, and nothing is overwritten."""

from __future__ import annotations

import pytest

from github_app.publish.push import Moved, Pushed, PushRefused, PushResult, Unreachable, branch_name, push, read_push
from github_app.publish.vet.clean_git import Remote
from github_app.publish.vet.vetting import Vetted, vet
from sandbox.git import InvalidBranchName
from sandbox.secret import Secret
from tests.publish.agent_repository import AgentRepository, git

BRANCH = "harvest/7-right-answer"


async def work(agent: AgentRepository, start: str | None = None) -> Vetted:
    result = await vet(agent.spec(start=start))
    assert isinstance(result, Vetted)
    return result


async def pushed(agent: AgentRepository, vetted: Vetted, expected: str | None, branch: str = BRANCH) -> PushResult:
    return await push(vetted.repository, Remote(agent.url, Secret("ghs_write")), vetted.head_sha, branch, expected)


async def test_a_new_branch_is_made_and_pushing_it_again_finds_it_there(agent: AgentRepository) -> None:
    agent.commit("Work", a="1")
    vetted = await work(agent)

    assert await pushed(agent, vetted, None) == Pushed(vetted.head_sha)
    assert git(agent.server, "rev-parse", f"refs/heads/{BRANCH}") == vetted.head_sha
    assert await pushed(agent, vetted, None) == Pushed(vetted.head_sha, already_there=True)


async def test_the_default_branch_is_refused_whatever_it_is_called_now(agent: AgentRepository) -> None:
    agent.commit("Work", a="1")
    vetted = await work(agent)

    refused = await pushed(agent, vetted, agent.start, "main")
    assert isinstance(refused, PushRefused)
    assert (refused.by, git(agent.server, "rev-parse", "refs/heads/main")) == ("default", agent.start)

    git(agent.server, "branch", "trunk", "main")
    git(agent.server, "symbolic-ref", "HEAD", "refs/heads/trunk")
    refused = await pushed(agent, vetted, agent.start, "trunk")
    assert isinstance(refused, PushRefused)
    assert (refused.by, git(agent.server, "rev-parse", "refs/heads/trunk")) == ("default", agent.start)
    assert await pushed(agent, vetted, agent.start, "main") == Pushed(vetted.head_sha)


async def test_a_server_that_names_no_default_branch_is_pushed_nothing(agent: AgentRepository) -> None:
    agent.commit("Work", a="1")
    vetted = await work(agent)
    git(agent.server, "update-ref", "--no-deref", "HEAD", agent.start)

    refused = await pushed(agent, vetted, None)
    assert isinstance(refused, PushRefused)
    assert refused.by == "default"


async def test_a_branch_that_somebody_moved_is_left_as_it_is(agent: AgentRepository) -> None:
    agent.commit("Work", a="1")
    vetted = await work(agent)
    git(agent.clone, "push", "--quiet", str(agent.server), f"HEAD:refs/heads/{BRANCH}")
    theirs = git(agent.server, "rev-parse", f"refs/heads/{BRANCH}")

    assert isinstance(await pushed(agent, vetted, None), Moved)
    assert isinstance(await pushed(agent, vetted, agent.start), Moved)
    assert git(agent.server, "rev-parse", f"refs/heads/{BRANCH}") == theirs


async def test_a_branch_that_was_made_or_set_back_meanwhile_is_left_alone_though_git_could_go_forward(
    agent: AgentRepository,
) -> None:
    agent.commit("One", a="1")
    first = await work(agent)
    git(agent.server, "update-ref", f"refs/heads/{BRANCH}", agent.start)

    assert isinstance(await pushed(agent, first, None), Moved)
    assert isinstance(await pushed(agent, first, "1" * 40), Moved)
    assert git(agent.server, "rev-parse", f"refs/heads/{BRANCH}") == agent.start


async def test_a_second_job_goes_on_where_the_first_one_ended(agent: AgentRepository) -> None:
    agent.commit("One", a="1")
    first = await work(agent)
    await pushed(agent, first, None)
    git(agent.clone, "fetch", "--quiet", str(agent.server), BRANCH)
    git(agent.clone, "reset", "--quiet", "--hard", "FETCH_HEAD")
    agent.commit("Two", b="2")

    second = await work(agent, start=first.head_sha)

    assert await pushed(agent, second, first.head_sha) == Pushed(second.head_sha)
    assert git(agent.server, "rev-list", "--count", f"{agent.start}..refs/heads/{BRANCH}") == "2"


async def test_a_branch_name_with_shell_characters_is_a_branch_name(agent: AgentRepository) -> None:
    agent.commit("Work", a="1")
    vetted = await work(agent)
    branch = "a;$(touch${IFS}x)`id`'\"&|<>!#"

    assert await pushed(agent, vetted, None, branch) == Pushed(vetted.head_sha)
    assert git(agent.server, "for-each-ref", "--format=%(refname)", "refs/heads/a*") == f"refs/heads/{branch}"
    with pytest.raises(InvalidBranchName):
        await pushed(agent, vetted, None, "--upload-pack=x")


async def test_a_branch_that_stands_in_the_way_of_the_name_is_named(agent: AgentRepository) -> None:
    git(agent.server, "branch", "harvest", "main")
    agent.commit("Work", a="1")

    result = await pushed(agent, await work(agent), None)

    assert isinstance(result, PushRefused)
    assert result.by == "name"


async def test_a_hook_of_the_server_that_declines_is_a_refusal(agent: AgentRepository) -> None:
    hook = agent.server / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'error: GH006: Protected branch update failed for refs/heads/main.' >&2\nexit 1\n")
    hook.chmod(0o755)
    agent.commit("Work", a="1")

    result = await pushed(agent, await work(agent), None)

    assert isinstance(result, PushRefused)
    assert result.by == "protected"


async def test_a_server_that_is_not_there_is_unreachable_and_the_token_is_in_no_message(agent: AgentRepository) -> None:
    agent.commit("Work", a="1")
    vetted = await work(agent)
    remote = Remote("http://127.0.0.1:1/o/r.git", Secret("ghs_write"))

    result = await push(vetted.repository, remote, vetted.head_sha, BRANCH, None)

    assert isinstance(result, Unreachable)
    assert "ghs_write" not in repr((result, remote))


SHA = "a" * 40
LINE = f"{SHA}:refs/heads/{BRANCH}\t"


@pytest.mark.parametrize(
    ("stdout", "stderr", "exit_code", "expected"),
    [
        (f"To u\n*\t{LINE}[new branch]\nDone\n", "", 0, Pushed),
        (f"To u\n \t{LINE}1..2\nDone\n", "", 0, Pushed),
        (f"To u\n=\t{LINE}[up to date]\nDone\n", "", 0, Pushed),
        (f"To u\n!\t{LINE}[rejected] (stale info)\nDone\n", "", 1, Moved),
        (f"To u\n!\t{LINE}[remote rejected] (cannot lock ref 'x': reference already exists)\n", "", 1, Moved),
        (
            f"To u\n!\t{LINE}[remote failure] (remote failed to report status)\n",
            "fatal: the remote end hung up",
            1,
            Unreachable,
        ),
        (
            f"To u\n!\t{LINE}[remote rejected] (failed to update ref)\n",
            "remote: error: cannot lock ref 'x': is at 1 but expected 2",
            1,
            Moved,
        ),
        ("", "fatal: unable to access 'https://x/': Could not resolve host: x", 128, Unreachable),
        ("", "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502", 1, Unreachable),
        ("", "", 0, Unreachable),
    ],
)
def test_what_git_prints_becomes_a_decision(stdout: str, stderr: str, exit_code: int, expected: type[PushResult]) -> None:
    assert type(read_push(stdout, stderr, exit_code, SHA, BRANCH)) is expected


@pytest.mark.parametrize(
    ("said", "by"),
    [
        (
            "refusing to allow a GitHub App to create or update workflow `.github/x.yml` without `workflows` permission",
            "workflow",
        ),
        ("remote: error: GH001: Large files detected.", "large-file"),
        ("remote: error: GH013: Repository rule violations found for refs/heads/x.", "rules"),
        ("remote: error: GH006: Protected branch update failed for refs/heads/main.", "protected"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", "permission"),
        ("remote: Permission to o/r.git denied to harvest[bot].", "permission"),
        ("fatal: Authentication failed for 'https://x/'", "token"),
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", "permission"),
    ],
)
def test_a_refusal_says_who_refused_and_what_to_do(said: str, by: str) -> None:
    result = read_push(f"!\t{LINE}[remote rejected] (declined)\n", said, 1, SHA, BRANCH)

    assert isinstance(result, PushRefused)
    assert result.by == by


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Off by one in answer()", "harvest/7-off-by-one-in-answer"),
        ("Ünïcode & `shell` $(stuff); rm -rf /", "harvest/7-unicode-shell-stuff-rm-rf"),
        ("日本語", "harvest/7-change"),
        ("", "harvest/7-change"),
        ("x" * 100, "harvest/7-" + "x" * 40),
        ("one two three four five six seven eight nine ten", "harvest/7-one-two-three-four-five-six-seven-eight"),
    ],
)
def test_a_branch_is_named_after_the_issue(title: str, expected: str) -> None:
    assert branch_name(7, title) == expected
