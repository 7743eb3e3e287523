"""The commands by which people take work that was not published: pasted into a shell, they do what they say and no more."""

from __future__ import annotations

import shlex
from dataclasses import replace

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
        kept_work.take_branch("kept", "b" * 40, place(HOSTILE, instead_of="b" * 40, now="c" * 40), merges=False),
        kept_work.take_patch(place(HOSTILE, instead_of="b" * 40)),
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


def test_a_rebased_branch_is_overwritten_only_where_nobody_pushed_to_it_meanwhile() -> None:
    rebased = place("topic", there=True, start_is_on="main", instead_of="b" * 40)
    push = f"git push --force-with-lease=refs/heads/topic:{'b' * 40} origin HEAD:refs/heads/topic"
    assert kept_work.take_patch(rebased).splitlines()[0] == "git fetch origin main"
    assert kept_work.take_patch(rebased).splitlines()[-1] == push
    assert kept_work.take_branch("kept", "c" * 40, rebased, merges=False).splitlines()[-1] == push
    moved = kept_work.take_branch("kept", "c" * 40, replace(rebased, there=False, now="d" * 40), merges=False)
    assert moved.splitlines()[-2:] == [f"git cherry-pick {'b' * 40}..{'d' * 40}", "git push origin HEAD"]


def test_merges_are_not_picked_one_by_one() -> None:
    assert "git merge bbbb" in kept_work.take_branch("kept", "b" * 40, place(), merges=True)
    assert "git cherry-pick aaaa" in kept_work.take_branch("kept", "b" * 40, place(), merges=False)
