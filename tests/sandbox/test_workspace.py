"""The workspace is the repository on the session's branch, as the remote has it, and nothing of an earlier run is lost."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

import pytest

from sandbox.git import InvalidBranchName, branch_ref
from sandbox.local import LocalBackend
from sandbox.local.sandbox import LocalSandbox
from sandbox.protocol import SandboxSpec
from sandbox.repository import open_repository
from sandbox.workspace import GoingOn, prepare
from sandbox.workspace_failure import (
    BranchGone,
    RepositoryEmpty,
    RepositoryGone,
    RepositoryTooLarge,
    WorkspaceError,
)
from tests.publish.agent_repository import AgentRepository, git
from tests.sandbox.workspaces import BRANCH, in_sandbox, push, spec

# Makes folders that lie deeper in each other than Python can call itself.
DEEPER = f"python3 -c \"import os; [(os.mkdir('d'), os.chdir('d')) for _ in range({sys.getrecursionlimit() + 200})]\""


async def test_a_new_branch_begins_at_the_head_of_the_base_branch(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    ready = await prepare(unisolated, spec(remote))

    assert (ready.base_sha, ready.head_sha, ready.branch_is_new, ready.cloned) == (remote.start, remote.start, True, True)
    assert await in_sandbox(unisolated, "git", "status", "--short", "--branch") == f"## {BRANCH}"
    assert "return 41" in await in_sandbox(unisolated, "cat", "src/app.py")
    identity = await in_sandbox(unisolated, "git", "var", "GIT_AUTHOR_IDENT")
    assert identity.startswith("Claude (Harvest) <harvest@example.com>")


async def test_a_new_branch_can_begin_at_the_head_of_a_pull_request_and_then_goes_on_by_itself(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    base = git(remote.clone, "rev-parse", "HEAD")
    (remote.clone / "fork.txt").write_text("from a fork\n")
    git(remote.clone, "add", "--all")
    git(remote.clone, "commit", "--quiet", "--message", "From a fork")
    head = git(remote.clone, "rev-parse", "HEAD")
    git(remote.clone, "push", "--quiet", str(remote.server), f"{head}:refs/pull/5/head")
    beside = spec(remote, starts_at="refs/pull/5/head")
    ready = await prepare(unisolated, beside)
    assert (ready.head_sha, ready.base_sha, ready.branch_is_new) == (head, base, True)
    assert await in_sandbox(unisolated, "cat", "fork.txt") == "from a fork"
    assert await in_sandbox(unisolated, "git", "rev-parse", "origin/main") == base

    git(remote.clone, "commit", "--quiet", "--allow-empty", "--message", "On top of it")
    ours = push(remote, BRANCH)
    again = await prepare(unisolated, beside)
    assert (again.head_sha, again.branch_is_new, again.notes) == (ours, False, ())
    with pytest.raises(BranchGone):
        await prepare(unisolated, spec(remote, starts_at="refs/pull/6/head"))


async def test_a_branch_that_exists_goes_on_at_its_head_and_can_be_rebased(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    remote.commit("On the branch", a="1")
    head = push(remote, BRANCH)
    git(remote.clone, "reset", "--quiet", "--hard", remote.start)
    remote.commit("Main went on", b="2")
    base = push(remote)

    ready = await prepare(unisolated, spec(remote, branch_must_exist=True))

    assert (ready.base_sha, ready.head_sha, ready.branch_is_new) == (base, head, False)
    await in_sandbox(unisolated, "git", "rebase", "--quiet", "origin/main")
    assert await in_sandbox(unisolated, "git", "rev-list", "--count", "HEAD") == "3"


async def test_preparing_again_gives_the_same_workspace(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    first = await prepare(unisolated, spec(remote))

    second = await prepare(unisolated, spec(remote))

    assert second == replace(first, cloned=False)


@pytest.mark.parametrize("branch", ["a;$(touch${IFS}trap)`id`'\"&|<>!#", "$HOME/{x,y}", "ünïcödé", "refs/heads/main", "a%20b"])
async def test_a_branch_name_with_shell_characters_is_only_a_name(
    unisolated: LocalSandbox, remote: AgentRepository, branch: str
) -> None:
    remote.commit("On it", a="1")
    head = push(remote, branch)

    ready = await prepare(unisolated, spec(remote, branch=branch))

    assert ready.head_sha == head
    assert await in_sandbox(unisolated, "git", "symbolic-ref", "HEAD") == f"refs/heads/{branch}"
    assert not [name for name in os.listdir(unisolated.paths.workspace) if name.startswith("trap")]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "a b",
        "a..b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[",
        "a\\",
        "/a",
        "a/",
        "a//b",
        "a.lock",
        ".a",
        "a/.b",
        "@",
        "a@{",
        "a.",
    ],
)
def test_what_git_refuses_as_a_branch_is_refused_before_git_sees_it(name: str) -> None:
    with pytest.raises(InvalidBranchName):
        branch_ref(name)


async def test_what_an_earlier_run_left_is_kept_and_named(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    await prepare(unisolated, spec(remote))
    await in_sandbox(
        unisolated, "sh", "-c", "echo committed >c && git add c && git commit -qm mine && echo new >n && echo 42 >README.md"
    )

    ready = await prepare(unisolated, spec(remote))

    assert await in_sandbox(unisolated, "git", "status", "--short") == ""
    assert ready.head_sha == await in_sandbox(unisolated, "git", "rev-parse", "HEAD") == remote.start
    uncommitted, unpushed = ready.notes
    assert "Uncommitted changes" in uncommitted
    assert "1 local commit" in unpushed
    ref = uncommitted.split()[-1].rstrip(".")
    assert await in_sandbox(unisolated, "git", "show", f"{ref}:n") == "new"
    assert await in_sandbox(unisolated, "git", "show", f"{ref}:README.md") == "42"
    assert await in_sandbox(unisolated, "git", "show", f"{unpushed.split()[-1].rstrip('.')}:c") == "committed"


async def test_work_that_was_published_under_other_ids_is_not_called_lost(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    await prepare(unisolated, spec(remote))
    await in_sandbox(unisolated, "sh", "-c", "echo 1 >a && git add a && git commit -qm mine")
    remote.commit("The same, rewritten by vetting", a="1\n")
    head = push(remote, BRANCH)

    ready = await prepare(unisolated, spec(remote))

    assert (ready.head_sha, ready.notes) == (head, ())


async def test_ignored_files_such_as_installed_dependencies_stay(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    remote.commit("Ignore", **{".gitignore": "node_modules/\n"})
    push(remote)
    await prepare(unisolated, spec(remote))
    await in_sandbox(unisolated, "sh", "-c", "mkdir node_modules && echo dep >node_modules/dep")

    await prepare(unisolated, spec(remote))

    assert await in_sandbox(unisolated, "cat", "node_modules/dep") == "dep"


async def test_from_an_image_the_work_begins_at_the_remotes_head_with_what_was_installed(
    unisolated_backend: LocalBackend, remote: AgentRepository
) -> None:
    remote.commit("Ignore", **{".gitignore": "node_modules/\n"})
    push(remote)
    built = await unisolated_backend.create(SandboxSpec(name="image", session="image"))
    await prepare(built, spec(remote, branch="main"))
    await in_sandbox(
        built,
        "sh",
        "-c",
        "mkdir node_modules && touch node_modules/dep shown && echo /shown >.git/info/exclude && rm README.md",
    )
    image = await built.snapshot()
    git(remote.clone, "reset", "--quiet", "--hard", remote.start)  # the default branch is rewritten meanwhile
    remote.commit("Ignore otherwise", **{".gitignore": "node_modules/\n*.log\n"})
    head = push(remote)

    job = await unisolated_backend.create(SandboxSpec(name="job-1", session="issue-7", image_id=image))
    ready = await prepare(job, spec(remote))

    assert (ready.head_sha, ready.cloned, ready.notes) == (head, False, ())
    assert await in_sandbox(job, "git", "status", "--short", "--branch") == f"## {BRANCH}"
    there = ("ls", "node_modules/dep", "shown", "README.md")
    assert await in_sandbox(job, *there) == "README.md\nnode_modules/dep\nshown"

    await in_sandbox(job, "sh", "-c", "echo '*' >.git/info/exclude; touch hidden")
    snapshot = await job.snapshot()
    following = await unisolated_backend.create(SandboxSpec(name="job-2", session="issue-7", snapshot_id=snapshot))
    await prepare(following, spec(remote, hidden=ready.hidden))

    assert await in_sandbox(following, *there) == "README.md\nnode_modules/dep\nshown", "hidden by the set-up"
    assert await in_sandbox(following, "git", "status", "--short") == ""
    assert "hidden" not in await in_sandbox(following, "ls"), "hidden by an agent"


SET_TRAPS = """
spring='touch $HOME/trapped'
git config core.fsmonitor "$spring; false"
git config filter.t.clean "$spring; cat"
git config filter.t.smudge "$spring; cat"
echo '* filter=t' >.git/info/attributes
mkdir -p .git/hooks
for hook in post-checkout reference-transaction; do
  printf '#!/bin/sh\\n%s\\n' "$spring" >.git/hooks/$hook
  chmod +x .git/hooks/$hook
done
echo 1 >new
"""


async def test_one_that_is_open_is_not_opened_again_and_comes_to_what_the_remote_has(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    await prepare(unisolated, spec(remote))
    git(remote.clone, "commit", "--quiet", "--allow-empty", "-m", "Later")
    sha = push(remote, BRANCH)
    await in_sandbox(unisolated, "git", "config", "harvest.opened", "before")

    ready = await prepare(unisolated, spec(remote, is_open=True))
    assert (ready.head_sha, ready.cloned) == (sha, False)
    assert await in_sandbox(unisolated, "git", "rev-parse", "HEAD") == sha
    assert await in_sandbox(unisolated, "git", "config", "harvest.opened") == "before"

    await prepare(unisolated, spec(remote))
    assert (await unisolated.run(["git", "config", "harvest.opened"])).exit_code == 1


async def test_traps_that_an_earlier_run_configured_are_not_sprung(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    await prepare(unisolated, spec(remote))
    await in_sandbox(unisolated, "sh", "-c", SET_TRAPS)
    trapped = os.path.join(unisolated.paths.home, "trapped")
    await in_sandbox(unisolated, "rm", "-f", trapped)
    had_begun = asyncio.Event()

    async def look_around(may_start: asyncio.Event) -> None:
        """As an agent's CLI does when it starts, beside the fetching."""
        await may_start.wait()
        assert "hooks" not in await in_sandbox(unisolated, "ls", "-A", ".git")
        await in_sandbox(unisolated, "git", "ls-files")
        await in_sandbox(unisolated, "git", "--no-optional-locks", "status")
        had_begun.set()

    await prepare(unisolated, spec(remote), look_around)

    assert had_begun.is_set()
    assert "trapped" not in os.listdir(unisolated.paths.home)
    assert not {"hooks", "config.worktree"} & set(os.listdir(os.path.join(unisolated.paths.workspace, ".git")))
    await in_sandbox(
        unisolated, "git", "commit", "--quiet", "--allow-empty", "--message=The agent's own git springs none either"
    )
    assert "trapped" not in os.listdir(unisolated.paths.home)


async def test_what_lies_in_a_submodules_folder_does_not_stay(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    git(remote.clone, "update-index", "--add", "--cacheinfo", f"160000,{remote.start},other")
    (remote.clone / "other").mkdir()
    remote.commit("With a submodule")
    push(remote)
    await prepare(unisolated, spec(remote))
    await in_sandbox(
        unisolated, "sh", "-c", "git init -q other && touch other/conftest.py && git config -f other/.git/config x.y z"
    )

    await prepare(unisolated, spec(remote))

    assert await in_sandbox(unisolated, "ls", "-A", "other") == ""
    assert await in_sandbox(unisolated, "git", "status", "--short") == ""


DAMAGES = [
    "ln -s $HOME .git/objects/elsewhere",
    f"cd .git/refs && {DEEPER}",
    "rm -rf .git && ln -s / .git",
    "touch -d @1 README.md && rm .git/objects/$(git rev-parse HEAD:README.md | sed 's,^..,&/,')",
]
FURTHER_DAMAGES = [
    "mv .git/refs .git/kept && ln -s kept .git/refs",
    "mkfifo .git/refs/heads/waits",
    "rm -rf .git",
    "rm .git/HEAD",
    "rm -rf .git && echo gitdir: / >.git",
    "rm -rf .git/objects",
    "git update-ref -d refs/remotes/origin/main && git update-ref refs/remotes/origin/main/x HEAD",
    f"git checkout -q --detach && git update-ref -d refs/heads/{BRANCH} && git update-ref refs/heads/harvest HEAD",
    "git update-ref -d refs/heads/main; git update-ref refs/heads/main/x HEAD",
]


@pytest.mark.parametrize("damage", [*DAMAGES, *(pytest.param(one, marks=pytest.mark.further) for one in FURTHER_DAMAGES)])
async def test_a_damaged_repository_is_cloned_again_and_its_files_are_kept(
    unisolated: LocalSandbox, remote: AgentRepository, damage: str
) -> None:
    whole = spec(remote, reported_kib=1)
    await prepare(unisolated, whole)
    await in_sandbox(unisolated, "sh", "-c", f"echo mine >mine && {damage}")

    ready = await prepare(unisolated, whole)

    assert ready.cloned
    assert await in_sandbox(unisolated, "git", "status", "--short") == ""
    (note,) = ready.notes
    assert await in_sandbox(unisolated, "cat", os.path.join(note.split()[-1].rstrip("."), "mine")) == "mine"


async def test_deep_folders_where_none_of_gits_are_do_not_stay(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    await prepare(unisolated, spec(remote))
    await in_sandbox(unisolated, "sh", "-c", f"mkdir .git/other && cd .git/other && {DEEPER}")

    ready = await prepare(unisolated, spec(remote))

    assert (ready.cloned, ready.notes) == (False, ())
    assert "other" not in await in_sandbox(unisolated, "ls", "-A", ".git")


async def test_a_repository_inside_a_folder_that_nobody_may_write_to_does_not_stay(isolated: LocalSandbox) -> None:
    await open_repository(isolated, "https://github.com/acme/timespan", None, hidden="")
    identity = "-c user.name=x -c user.email=x@example.com"
    inner = "git init -q cache/inner && echo kept >cache/inner/file && chmod 555 cache/inner cache"
    await in_sandbox(isolated, "sh", "-c", f"git {identity} commit -q --allow-empty -m Start && {inner}")

    opened = await open_repository(isolated, "https://github.com/acme/timespan", None, hidden="")

    assert (opened.is_new, opened.notes) == (False, ())
    assert await in_sandbox(isolated, "ls", "-A", "cache/inner") == "file"


async def test_git_waits_at_no_pipe_that_an_earlier_run_left(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    await prepare(unisolated, spec(remote))
    await in_sandbox(unisolated, "sh", "-c", "mkdir new; mkfifo .gitattributes .gitignore .gitmodules new/.gitignore")

    ready = await prepare(unisolated, spec(remote))

    assert (ready.cloned, ready.notes) == (False, ())


async def test_locks_of_a_git_that_was_killed_are_in_nobodys_way(unisolated: LocalSandbox, remote: AgentRepository) -> None:
    await prepare(unisolated, spec(remote))
    locked = f"HEAD refs/heads/main refs/heads/{BRANCH} refs/remotes/origin/main"
    await in_sandbox(unisolated, "sh", "-c", f"for each in {locked}; do touch .git/$each.lock; done")
    remote.commit("One more")
    head = push(remote)

    ready = await prepare(unisolated, spec(remote))

    assert (ready.cloned, ready.head_sha, ready.notes) == (False, head, ())


async def test_submodules_are_not_followed_and_lfs_pointers_stay_pointers(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"
    remote.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    remote.write("model.bin", pointer)
    remote.write(".gitmodules", f'[submodule "other"]\n\tpath = other\n\turl = {remote.url}\n')
    git(remote.clone, "update-index", "--add", "--cacheinfo", f"160000,{remote.start},other")
    (remote.clone / "other").mkdir()
    remote.commit("Both")
    push(remote)

    await prepare(unisolated, spec(remote))

    assert await in_sandbox(unisolated, "cat", "model.bin") == pointer.strip()
    assert await in_sandbox(unisolated, "ls", "-A", "other") == ""
    assert await in_sandbox(unisolated, "git", "status", "--short") == ""


@pytest.mark.parametrize(("reported_kib", "lacking"), [(100, 0), (200_000, 1), (None, 1)])
async def test_old_contents_of_a_large_repository_are_fetched_only_when_they_are_asked_for(
    unisolated: LocalSandbox, remote: AgentRepository, reported_kib: int | None, lacking: int
) -> None:
    remote.commit("Replace", **{"README.md": "# Replaced\n"})
    push(remote)

    await prepare(unisolated, spec(remote, reported_kib=reported_kib))
    await prepare(unisolated, spec(remote, reported_kib=100))

    missing = await in_sandbox(unisolated, "git", "rev-list", "--objects", "--missing=print", "HEAD")
    assert len([line for line in missing.splitlines() if line.startswith("?")]) == lacking
    assert "A project" in await in_sandbox(unisolated, "git", "log", "-p", "HEAD", "--", "README.md")


async def test_an_empty_repository_a_missing_branch_and_a_missing_repository_each_end_with_a_sentence(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    git(remote.root, "init", "--quiet", "--bare", "empty.git")

    with pytest.raises(RepositoryEmpty, match="no commits yet"):
        await prepare(unisolated, spec(remote, remote_url=f"file://{remote.root}/empty.git"))
    with pytest.raises(BranchGone, match="'gone'"):
        await prepare(unisolated, spec(remote, base_branch="gone"))
    with pytest.raises(BranchGone, match=BRANCH):
        await prepare(unisolated, spec(remote, branch_must_exist=True))
    with pytest.raises(RepositoryGone, match="was not found"):
        await prepare(unisolated, spec(remote, remote_url=f"file://{remote.root}/nowhere.git"))


async def test_a_repository_over_the_limit_ends_early_whoever_says_so(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    remote.commit("Large", large=os.urandom(400_000))
    push(remote)

    with pytest.raises(RepositoryTooLarge, match=r"larger than 1,000 MB"):
        await prepare(unisolated, spec(remote, reported_kib=1_100_000))
    with pytest.raises(RepositoryTooLarge):
        await prepare(unisolated, spec(remote, max_bytes=200_000))


async def test_a_repository_that_grew_over_the_limit_bit_by_bit_ends_too(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    for name in ("one", "two"):
        remote.commit("More", **{name: os.urandom(150_000)})
        push(remote)
        if name == "one":
            await prepare(unisolated, spec(remote, max_bytes=250_000))

    with pytest.raises(RepositoryTooLarge):
        await prepare(unisolated, spec(remote, max_bytes=250_000))


async def test_work_that_began_on_a_commit_that_is_gone_is_told_as_that(
    unisolated: LocalSandbox, remote: AgentRepository
) -> None:
    await prepare(unisolated, spec(remote))
    await in_sandbox(unisolated, "sh", "-c", "echo mine >mine && git add mine && git commit --quiet -m 'Of an earlier run'")
    begun_on = GoingOn(start_sha="1" * 40, base_sha=remote.start, in_place=False, bundle=None)

    with pytest.raises(WorkspaceError) as told:
        await prepare(unisolated, spec(remote, going_on=begun_on))

    assert "set aside" not in str(told.value)
    kept = await in_sandbox(unisolated, "git", "for-each-ref", "--format=%(subject)", "refs/harvest/kept/")
    assert kept == "Of an earlier run"
