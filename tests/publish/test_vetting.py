"""Vetting, from a bundle to commits that may be pushed or to the reasons why not; on real repositories."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from github_app.publish.vet.rules import Policy
from github_app.publish.vet.vetting import Differences, Refused, Vetted, vet
from sandbox.bundle import BUNDLE_REF
from sandbox.secret import Secret
from sandbox.workspace_failure import WorkspaceError
from tests.publish.agent_repository import HARVEST, AgentRepository, git

FAKE_TOKEN = "ghp_" + "Ab3" * 12


async def refusal(agent: AgentRepository, policy: Policy | None = None) -> Refused:
    result = await vet(agent.spec(policy=policy))
    assert isinstance(result, Refused), result
    return result


async def vetted(agent: AgentRepository, start: str | None = None, policy: Policy | None = None) -> Vetted:
    result = await vet(agent.spec(start=start, policy=policy))
    assert isinstance(result, Vetted), result
    return result


async def test_an_honest_change_is_vetted_and_carries_harvests_name_and_the_models(agent: AgentRepository) -> None:
    agent.write("src/app.py", "def answer():\n    return 42\n")
    agent.commit(
        "Return the right answer\n\nIt was one too low, @octocat. Fixes #7\n\n"
        "🤖 Generated with [Claude Code](https://claude.ai/code)\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
        "Signed-off-by: A Person <person@example.com>\n"
    )

    result = await vetted(agent)

    assert (result.commits, result.changes) == (1, Differences(("src/app.py",), 1, 1))
    shown = git(result.repository, "show", "--no-patch", "--format=%an|%ae|%cn|%ce|%at|%P%n%B", result.head_sha)
    assert shown == (
        f"{HARVEST.name}|{HARVEST.email}|{HARVEST.name}|{HARVEST.email}|1700000100|{agent.start}\n"
        "Return the right answer\n\nIt was one too low, @ octocat. Fixes issue #7\n\n"
        "Co-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>"
    )
    assert git(result.repository, "rev-parse", f"{result.head_sha}^{{tree}}") == git(agent.clone, "rev-parse", "HEAD^{tree}")


async def test_work_in_progress_is_published_as_part_of_the_commit_that_it_was_for(agent: AgentRepository) -> None:
    agent.commit("WIP: half of it", a="1")
    agent.commit("Add it", b="2")
    agent.commit("WIP", c="3")

    result = await vetted(agent)

    assert (result.commits, result.changes.files) == (1, ("a", "b", "c"))
    assert git(result.repository, "log", "--format=%s", f"{agent.start}..{result.head_sha}") == "Add it"
    assert git(result.repository, "rev-parse", f"{result.head_sha}^{{tree}}") == git(agent.clone, "rev-parse", "HEAD^{tree}")


async def test_vetting_twice_gives_the_same_commits(agent: AgentRepository) -> None:
    agent.commit("One", a="1")
    agent.commit("Two", b="2")

    first = await vetted(agent)
    second = await vetted(agent)

    assert (first.commits, first.head_sha) == (2, second.head_sha)


async def test_a_date_from_the_future_or_the_far_past_is_brought_back(agent: AgentRepository) -> None:
    tree = git(agent.clone, "rev-parse", "HEAD^{tree}")
    for date in ("1", "4000000000"):
        head = git(agent.clone, "rev-parse", "HEAD")
        content = f"tree {tree}\nparent {head}\nauthor a <a@b> {date} +0000\ncommitter a <a@b> {date} +0000\n\nx\n"
        commit = git(agent.clone, "hash-object", "-t", "commit", "-w", "--stdin", stdin=content.encode())
        git(agent.clone, "update-ref", "HEAD", commit)
    agent.commit("Real", a="1")

    result = await vetted(agent)

    dates = git(result.repository, "log", "--format=%at", f"{agent.start}..{result.head_sha}").split()
    assert dates == ["1700000100", "1800000000", "1700000100"]


async def test_a_workflow_file_is_refused_unless_the_settings_allow_it(agent: AgentRepository) -> None:
    agent.write(".github/workflows/steal.yml", "on: push\n")
    agent.commit()

    (reason,) = (await refusal(agent)).reasons
    assert (reason.rule, reason.path) == ("workflow", ".github/workflows/steal.yml")
    assert (await vetted(agent, policy=Policy(allow_workflows=True))).changes.files == (".github/workflows/steal.yml",)


async def test_a_file_that_a_later_commit_removes_again_is_refused_all_the_same(agent: AgentRepository) -> None:
    agent.commit("Add", config=f"token = '{FAKE_TOKEN}'\n")
    git(agent.clone, "rm", "--quiet", "config")
    agent.commit("Remove", other="x")

    result = await refusal(agent)

    assert [(reason.rule, reason.path) for reason in result.reasons] == [("secret", "config")]
    assert FAKE_TOKEN not in repr(result)


async def test_a_secret_that_the_file_held_before_is_not_held_against_the_agent(agent: AgentRepository) -> None:
    agent.write("fixture.py", f"TOKEN = '{FAKE_TOKEN}'\n")
    agent.start = agent.commit("The repository's own fixture")
    git(agent.clone, "push", "--quiet", str(agent.server), "HEAD:main")
    agent.write("fixture.py", f"# a comment\nTOKEN = '{FAKE_TOKEN}'\n")
    agent.commit()

    assert (await vetted(agent)).changes.files == ("fixture.py",)


async def test_the_jobs_own_secret_is_refused_even_where_it_stood_before(agent: AgentRepository) -> None:
    own = "opaque-job-token-1234567890"
    agent.start = agent.commit("Somehow it is there", notes=own)
    git(agent.clone, "push", "--quiet", str(agent.server), "HEAD:main")
    agent.known = (Secret(own),)
    agent.commit("Work", notes=f"more {own}")

    assert [reason.rule for reason in (await refusal(agent)).reasons] == ["secret"]


@pytest.mark.parametrize("spelling", ["plain", "base64", "hex", "url"])
async def test_the_jobs_own_secret_is_refused_in_any_spelling(agent: AgentRepository, spelling: str) -> None:
    own = "opaque/job token+1234567890"
    agent.known = (Secret(own),)
    spelt = {
        "plain": own,
        "base64": base64.b64encode(b"x" + own.encode()).decode(),
        "hex": own.encode().hex(),
        "url": quote(own),
    }
    agent.commit("Leak", notes=f"see {spelt[spelling]} there")

    result = await refusal(agent)

    assert [reason.rule for reason in result.reasons] == ["secret"]
    assert "opaque" not in repr(result)


@pytest.mark.parametrize(
    ("mode", "path", "content", "rule"),
    [
        ("120000", "passwd", b"/etc/passwd", "symlink"),
        ("120000", "links/up", b"../../outside", "symlink"),
        ("120000", "links/config", b"../.git/config", "symlink"),
        ("160000", "vendored", b"1" * 40, "submodule"),
        ("100644", ".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = ../x\n', "submodule"),
        ("100644", "a\\b", b"x", "path"),
        ("100644", "trailing ", b"x", "path"),
        ("100644", "invi\u200bsible", b"x", "path"),
        ("100644", "n" * 300, b"x", "path"),
    ],
)
async def test_an_entry_that_acts_on_checkout_is_refused(
    agent: AgentRepository, mode: str, path: str, content: bytes, rule: str
) -> None:
    agent.commit_entry(mode, path, content)

    assert [reason.rule for reason in (await refusal(agent)).reasons] == [rule]


async def test_a_link_that_stays_inside_is_published(agent: AgentRepository) -> None:
    os.symlink("../README.md", agent.clone / "src" / "readme")
    agent.commit()

    assert (await vetted(agent)).changes.files == ("src/readme",)


@pytest.mark.parametrize("name", [".GIT", "git~1", ".g\u200cit"])
async def test_a_folder_that_some_system_takes_for_git_is_refused(agent: AgentRepository, name: str) -> None:
    agent.commit_entry("100644", f"{name}/config", b"[core]\n\tfsmonitor = touch /tmp/x\n")

    assert [reason.rule for reason in (await refusal(agent)).reasons] == ["unsound"]


async def test_rewritten_history_is_refused(agent: AgentRepository) -> None:
    agent.commit("Already on the pull request", a="1")
    head = git(agent.clone, "rev-parse", "HEAD")
    git(agent.clone, "push", "--quiet", str(agent.server), "HEAD:refs/heads/topic")
    git(agent.clone, "commit", "--quiet", "--amend", "--message=Something else")

    result = await vet(agent.spec(start=head))

    assert isinstance(result, Refused)
    assert [reason.rule for reason in result.reasons] == ["history"]


async def test_a_large_file_too_many_files_and_too_many_commits_are_each_refused(agent: AgentRepository) -> None:
    agent.commit("One", a="1" * 2_000, b="2", c="3")
    agent.commit("Two", d="4")

    policies = (Policy(max_file_bytes=1_000), Policy(max_files=3), Policy(max_total_bytes=1_500), Policy(max_commits=1))
    refused = [await refusal(agent, policy) for policy in policies]

    rules = [[reason.rule for reason in one.reasons] for one in refused]
    assert rules == [["file-size"], ["file-count"], ["total-size"], ["commit-count"]]
    kept = [(one.whole is not None, one.rest is not None) for one in refused]
    assert kept == [(True, True), (True, False), (False, False), (False, False)]


async def test_a_damaged_bundle_is_refused(agent: AgentRepository) -> None:
    agent.commit("Work", a="1" * 500)
    spec = agent.spec()
    content = spec.bundle.read_bytes()
    spec.bundle.write_bytes(content[:-30] + bytes(10) + content[-20:])

    result = await vet(spec)

    assert isinstance(result, Refused)
    assert [reason.rule for reason in result.reasons] == ["broken"]


async def test_a_merge_of_the_newer_base_branch_keeps_its_commits_as_they_are(agent: AgentRepository) -> None:
    agent.commit("The agent's", a="1")
    git(agent.clone, "checkout", "--quiet", "--detach", agent.start)
    agent.write(".github/workflows/ci.yml", "on: push\n")
    upstream = agent.commit("Upstream changes its own workflow")
    git(agent.clone, "push", "--quiet", str(agent.server), f"{upstream}:refs/heads/main")
    git(agent.clone, "checkout", "--quiet", "main")
    git(agent.clone, "merge", "--quiet", "--no-edit", upstream)

    result = await vetted(agent)

    assert result.commits == 2
    assert upstream in git(result.repository, "rev-list", result.head_sha).split()


async def test_a_merge_that_hides_a_workflow_change_is_refused(agent: AgentRepository) -> None:
    agent.write(".github/workflows/ci.yml", "on: push\n")
    agent.start = agent.commit("The repository's own workflow")
    git(agent.clone, "push", "--quiet", str(agent.server), "HEAD:main")
    git(agent.clone, "checkout", "--quiet", "--detach", f"{agent.start}^")
    side = agent.commit("From before the workflow", side="x")
    git(agent.clone, "checkout", "--quiet", "main")
    git(agent.clone, "merge", "--quiet", "--no-commit", side)
    git(agent.clone, "rm", "--quiet", "--force", ".github/workflows/ci.yml")
    agent.commit("Merge")

    assert [reason.rule for reason in (await refusal(agent)).reasons] == ["workflow"]


async def test_a_bundle_that_leans_on_older_history_is_vetted_with_all_of_it(agent: AgentRepository) -> None:
    oldest = agent.start
    agent.start = agent.commit("Newer", newer="1")
    git(agent.clone, "push", "--quiet", str(agent.server), "HEAD:main")
    git(agent.clone, "checkout", "--quiet", "--detach", oldest)
    side = agent.commit("On the oldest", side="1")
    git(agent.clone, "checkout", "--quiet", "main")
    git(agent.clone, "merge", "--quiet", "--no-edit", side)

    assert (await vetted(agent)).changes.files == ("side",)


async def test_hooks_and_configuration_of_the_agent_are_not_run(agent: AgentRepository, tmp_path: Path) -> None:
    trap = tmp_path / "trapped"
    git(agent.clone, "config", "core.fsmonitor", f"touch {trap}")
    hook = agent.clone / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    bundle = agent.bundle(agent.start) if agent.commit("Work", a="1") else None

    trap.unlink(missing_ok=True)
    await vet(agent.spec(bundle=bundle))

    assert not trap.exists()


async def test_a_start_that_the_server_no_longer_has_ends_with_a_sentence(agent: AgentRepository) -> None:
    agent.commit("Work", a="1")
    spec = agent.spec(start="1" * 40, bundle=agent.bundle(agent.start))

    with pytest.raises(WorkspaceError) as error:
        await vet(spec)

    assert "is not on" in str(error.value)
    assert not error.value.retryable


async def test_only_the_one_ref_is_taken_from_the_bundle(agent: AgentRepository, tmp_path: Path) -> None:
    agent.commit("Work", a="1")
    git(agent.clone, "update-ref", BUNDLE_REF, "HEAD")
    git(agent.clone, "update-ref", "refs/heads/extra", "HEAD")
    bundle = tmp_path / "two.bundle"
    git(agent.clone, "bundle", "create", "--quiet", str(bundle), BUNDLE_REF, "refs/heads/extra", f"^{agent.start}")

    result = await vet(agent.spec(bundle=bundle))

    assert isinstance(result, Vetted)
    assert "extra" not in git(result.repository, "for-each-ref")


async def test_what_is_refused_for_its_paths_alone_is_there_for_a_person_whole_and_without_them(
    agent: AgentRepository,
) -> None:
    """Files that were there before, too: those are as they were."""
    agent.commit("A workflow", **{".github/workflows/ci.yml": "on: push"})
    agent.commit("And work", a="1", README="more")
    agent.write("README.md", "changed\n")
    agent.commit("Change what is protected")

    refused = await refusal(agent, Policy(protected_paths=("README.md",)))

    assert [reason.rule for reason in refused.reasons] == ["workflow", "protected"]
    assert refused.whole is not None
    assert refused.rest is not None
    assert refused.whole.changes.files == (".github/workflows/ci.yml", "README", "README.md", "a")
    assert (refused.rest.changes.files, refused.rest.commits) == (("README", "a"), 1)
    assert (
        git(refused.rest.repository, "log", "--format=%P %an", "-1", refused.rest.head_sha) == f"{agent.start} {HARVEST.name}"
    )


async def test_nothing_is_left_of_work_that_is_refused_as_a_whole(agent: AgentRepository) -> None:
    agent.commit("A workflow", **{".github/workflows/ci.yml": "on: push"})

    refused = await refusal(agent)

    assert refused.whole is not None
    assert refused.rest is None


async def test_refused_work_with_another_fault_or_a_secret_is_shown_to_nobody(agent: AgentRepository) -> None:
    agent.write(".github/workflows/ci.yml", f"on: push # {FAKE_TOKEN}\n")
    agent.commit("A workflow with a token")
    refused = await refusal(agent)
    assert ([reason.rule for reason in refused.reasons], refused.whole) == (["workflow", "secret"], None)

    (agent.clone / ".github/workflows/ci.yml").unlink()
    os.symlink("/etc/passwd", agent.clone / ".github/workflows/ci.yml")
    agent.commit("A link")
    refused = await refusal(agent)
    assert {reason.rule for reason in refused.reasons} >= {"workflow", "symlink"}
    assert refused.whole is None
