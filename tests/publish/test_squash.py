"""Commits that only saved work in progress are not published as such, and nothing that they changed is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.publish.vet.authorship import WrittenCommit
from github_app.publish.vet.squash import is_unfinished, squashed

TITLE = "What was asked for"


def chain(*messages: str) -> list[WrittenCommit]:
    """Commits 1, 2, … with the trees t1, t2, …, each on top of the one before; the first one's parent was there before."""
    return [
        WrittenCommit(str(number), f"t{number}", (str(number - 1),), number, message)
        for number, message in enumerate(messages, start=1)
    ]


@pytest.mark.parametrize("message", ["WIP", "wip: half", "WIP - more", "snapshot", "Checkpoint 3", "[WIP] x", "fixup! Add it"])
def test_work_in_progress_is_known_by_its_message(message: str) -> None:
    assert is_unfinished(message)


@pytest.mark.parametrize("message", ["Add it", "Wipe the cache", "Snapshots are kept", "Fix wip", ""])
def test_other_messages_are_not_taken_for_it(message: str) -> None:
    assert not is_unfinished(message)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (["Add", "Test"], [("Add", "t1"), ("Test", "t2")]),
        (["WIP", "Add"], [("Add", "t2")]),
        (["WIP: a", "wip", "Add", "WIP", "Test"], [("Add", "t3"), ("Test", "t5")]),
        (["Add", "WIP"], [("Add", "t2")]),
        (["Add", "WIP", "WIP"], [("Add", "t3")]),
        (["WIP", "WIP"], [(TITLE, "t2")]),
        (["WIP"], [(TITLE, "t1")]),
    ],
)
def test_it_is_folded_into_the_commit_that_it_is_part_of(messages: list[str], expected: list[tuple[str, str]]) -> None:
    commits = squashed(chain(*messages), TITLE)
    assert [(commit.message, commit.tree) for commit in commits] == expected


def test_what_a_merge_stands_on_stays_as_it_is() -> None:
    one, two = WrittenCommit("1", "t1", ("0",), 1, "WIP"), WrittenCommit("2", "t2", ("0",), 2, "WIP")
    merge = WrittenCommit("3", "t3", ("1", "2"), 3, "Merge both")
    assert squashed([one, two, merge], TITLE) == [one, two, merge]


@given(st.lists(st.sampled_from(["WIP", "Add it", "fixup! Add it", "Snapshot"]), min_size=1, max_size=8))
def test_what_comes_out_ends_in_the_same_tree_and_is_one_line_from_the_start(messages: list[str]) -> None:
    commits = squashed(chain(*messages), TITLE)
    assert commits[-1].tree == f"t{len(messages)}"
    assert [commit.parents for commit in commits] == [("0",), *((commit.sha,) for commit in commits[:-1])]
    assert not [commit for commit in commits if is_unfinished(commit.message)]
