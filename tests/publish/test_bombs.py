"""A few kilobytes that were made to keep whoever looks at them busy: each is refused with its reason, and soon."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from github_app.publish.vet.rules import Policy
from github_app.publish.vet.secret_scan import MAX_FINDINGS, SecretScan
from github_app.publish.vet.unpacked import PackUnreadable, Unpacked, unpacked
from github_app.publish.vet.vetting import Refused, vet
from tests.publish.agent_repository import AgentRepository, git
from tests.publish.processes import is_running

FAKE_TOKEN = "ghp_" + "Ab3" * 12


def commit_tree(agent: AgentRepository, tree: str, message: bytes = b"Work") -> None:
    commit = git(agent.clone, "commit-tree", tree, "-p", "HEAD", "-F", "-", stdin=message)
    git(agent.clone, "update-ref", "HEAD", commit)


def tree_in_tree(agent: AgentRepository, names: int, depth: int, content: bytes = b"x") -> str:
    """A tree of `names` to the power of `depth` files, made of as many objects as it is deep."""
    blob = git(agent.clone, "hash-object", "-w", "--stdin", stdin=content)
    below, mode = blob, "100644 blob"
    for _ in range(depth):
        entries = "".join(f"{mode} {below}\tn{name}\n" for name in range(names))
        below, mode = git(agent.clone, "mktree", stdin=entries.encode()), "040000 tree"
    return below


def a_thousand_million_files(agent: AgentRepository) -> None:
    commit_tree(agent, tree_in_tree(agent, 10, 9))


def forty_thousand_files(agent: AgentRepository) -> None:
    commit_tree(agent, tree_in_tree(agent, 200, 2))


def the_same_files_in_every_commit(agent: AgentRepository) -> None:
    trees = [tree_in_tree(agent, 30, 2, content) for content in (b"x", b"y")]
    for number in range(40):
        commit_tree(agent, trees[number % 2])


def a_message_of_megabytes(agent: AgentRepository) -> None:
    commit_tree(agent, tree_in_tree(agent, 1, 1), b"<!-- [a](b) &amp; @x #1 \n" * 100_000)


@pytest.mark.parametrize(
    ("bomb", "rule", "sentence"),
    [
        (a_thousand_million_files, "change-count", "change files more than 20,000 times"),
        (forty_thousand_files, "change-count", "change files more than 20,000 times"),
        (the_same_files_in_every_commit, "change-count", "change files more than 20,000 times"),
        (a_message_of_megabytes, "message-size", "has a message of more than 66 kB"),
    ],
)
async def test_what_grows_when_it_is_looked_at_is_refused(
    agent: AgentRepository, bomb: Callable[[AgentRepository], None], rule: str, sentence: str
) -> None:
    bomb(agent)

    result = await vet(agent.spec())

    assert isinstance(result, Refused)
    assert [reason.rule for reason in result.reasons] == [rule]
    assert sentence in result.reasons[0].sentence


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (Policy(max_unpacked_bytes=3_000_000), "more than 3 MB when unpacked"),
        (Policy(max_objects=5), "6 objects, and at most 5"),
    ],
)
async def test_what_unpacks_to_too_much_is_refused_before_git_unpacks_it(
    agent: AgentRepository, policy: Policy, sentence: str
) -> None:
    agent.commit("Zeros", zeros=bytes(2_000_000))
    agent.commit("More of them", zeros=bytes(2_000_000) + b"1")

    result = await vet(agent.spec(policy=policy))

    assert isinstance(result, Refused)
    assert [reason.rule for reason in result.reasons] == ["unpacked-size"]
    assert sentence in result.reasons[0].sentence
    assert not list(agent.root.glob("clean.git/objects/pack/*.idx"))[1:], "the bundle was not taken in"


async def test_a_difference_counts_as_what_it_makes(agent: AgentRepository) -> None:
    lines = [f"line {number} of many\n" for number in range(2_000)]
    agent.commit("One", text="".join(lines))
    agent.commit("Two", text="".join([*lines[:1_000], "another\n", *lines[1_000:]]))
    bundle = agent.bundle(agent.start)

    measured = unpacked(bundle, most_objects=6, most_bytes=1_000_000)

    listed = git(agent.clone, "rev-list", "--objects", "HEAD", f"^{agent.start}").splitlines()
    sizes = [int(git(agent.clone, "cat-file", "-s", line.split()[0])) for line in listed]
    assert bundle.stat().st_size < sum(sizes) / 3
    assert measured.objects == len(sizes)
    # The differences themselves count too: some hundred bytes.
    assert sum(sizes) < measured.size < sum(sizes) + 1_000


async def test_an_object_that_is_larger_than_it_says_is_not_unpacked(agent: AgentRepository) -> None:
    agent.commit("Zeros", zeros=bytes(100_000))
    bundle = agent.bundle(agent.start)
    content = bytearray(bundle.read_bytes())
    first = content.index(b"PACK") + 12
    content[first] ^= 1
    bundle.write_bytes(content)

    with pytest.raises(PackUnreadable):
        unpacked(bundle, most_objects=10, most_bytes=1_000_000)
    result = await vet(agent.spec(bundle=bundle))

    assert isinstance(result, Refused)
    assert [reason.rule for reason in result.reasons] == ["broken"]


def test_a_bundle_that_ends_anywhere_is_unreadable(agent: AgentRepository, tmp_path: Path) -> None:
    agent.commit("Work", a="1" * 500)
    content = agent.bundle(agent.start).read_bytes()
    cut = tmp_path / "cut.bundle"
    whole = unpacked(agent.bundle(agent.start), most_objects=10, most_bytes=10_000)

    for end in range(1, len(content), 7):
        cut.write_bytes(content[:end])
        try:
            # The last twenty bytes are a checksum, which is git's to look at.
            assert unpacked(cut, most_objects=10, most_bytes=10_000) == whole
            assert end >= len(content) - 20
        except PackUnreadable:
            assert end < len(content) - 20
    assert isinstance(whole, Unpacked)


async def test_vetting_past_its_time_is_refused_and_leaves_no_git_behind(
    agent: AgentRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, noted, slow = git_on_the_path(), tmp_path / "pid", tmp_path / "bin" / "git"
    noted.write_text("")
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\n[ "$1" = fsck ] || exec {real} "$@"\necho $$ >{noted}\nexec sleep 60\n')
    slow.chmod(0o755)
    agent.commit("Work", a="1")
    spec = agent.spec(policy=Policy(max_seconds=2))
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")

    result = await vet(spec)

    assert isinstance(result, Refused)
    assert [reason.rule for reason in result.reasons] == ["too-much"]
    assert "longer than 2 s" in result.reasons[0].sentence
    started = noted.read_text()  # nothing, on a machine so slow that it did not come so far
    assert not (started and is_running(int(started)))


def git_on_the_path() -> Path:
    return next(folder for each in os.environ["PATH"].split(":") if (folder := Path(each) / "git").exists())


async def test_more_that_looks_like_secrets_than_is_looked_at_is_refused(agent: AgentRepository) -> None:
    agent.commit("Tokens", tokens="".join(f"{FAKE_TOKEN}{number:05}\n" for number in range(MAX_FINDINGS + 1)))

    result = await vet(agent.spec())

    assert isinstance(result, Refused)
    assert [(reason.rule, reason.path) for reason in result.reasons] == [("secret", "")]


async def test_a_secret_does_not_pass_where_too_much_stood_before_to_look_for_it(agent: AgentRepository) -> None:
    agent.start = agent.commit("The repository's own fixture", fixture=f"{FAKE_TOKEN}\n" + "x" * 5_000)
    git(agent.clone, "push", "--quiet", str(agent.server), "HEAD:main")
    agent.commit("Shorter", fixture=f"{FAKE_TOKEN}\n")

    result = await vet(agent.spec(policy=Policy(max_total_bytes=1_000)))

    assert isinstance(result, Refused)
    assert [(reason.rule, reason.path) for reason in result.reasons] == [("secret", "fixture")]


def test_a_line_of_a_million_blanks_takes_no_longer_than_any_other() -> None:
    assert SecretScan().findings(b" \t" * 500_000 + b"x\n") == {}
