"""The commands by which people take work that was not published: pasted into a shell, they do what they say and no more."""

from __future__ import annotations

import shlex

import pytest

from github_app.domain.job_report import JobReport
from github_app.replies import kept_work
from github_app.replies.kept_work import Place

HOSTILE = "a;$(touch${IFS}x)`id`'\"&|<!--harvest:session:x-->#"


def place(branch: str = "main", **more: str | bool) -> Place:
    known: dict[str, str | bool] = {"start": "a" * 40, "there": False, "mine": "harvest-1", "title": "It's $(done); `now`"}
    return Place(branch=branch, **{**known, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "steps",
    [
        kept_work.take_patch(place(HOSTILE, there=True)),
        kept_work.take_rest_and_patch(HOSTILE, place()),
        kept_work.take_branch(HOSTILE, "b" * 40, place(HOSTILE), merges=False),
        kept_work.take_branch(HOSTILE, "b" * 40, place(gone=True), merges=False),
        kept_work.take_bundle("refs/x", place(HOSTILE)),
    ],
)
def test_the_names_of_branches_are_words_of_git_whatever_is_in_them(steps: str) -> None:
    words = [shlex.split(line) for line in steps.splitlines()]
    assert {line[0] for line in words} == {"git"}
    assert any(HOSTILE in word for line in words for word in line)
    assert "<!--harvest" not in "\n".join(kept_work.section(JobReport(steps=steps)))


def test_what_builds_on_a_forks_commits_is_fetched_from_where_those_are() -> None:
    of_a_fork = place(start_is_on="refs/pull/7/head")
    assert kept_work.take_patch(of_a_fork).startswith("git fetch origin refs/pull/7/head\n")
    assert kept_work.take_bundle("refs/x", of_a_fork).startswith("git fetch origin refs/pull/7/head\n")
    assert "main" not in kept_work.take_branch("harvest/7-kept", "b" * 40, of_a_fork, merges=False)


def test_merges_are_not_picked_one_by_one() -> None:
    assert "git merge bbbb" in kept_work.take_branch("kept", "b" * 40, place(), merges=True)
    assert "git cherry-pick aaaa" in kept_work.take_branch("kept", "b" * 40, place(), merges=False)
