"""A branch that people treat as theirs gets an agent's commits by a pull request only, wherever it was asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scene import HOLD, Scene, commit, instructions, slow
from tests.service.branches import pull, sha


def main_into_release(scene: Scene) -> tuple[str, str]:
    """The default branch as the head."""
    branch(scene, "release")
    scene.github.push(scene.github.repository, "main", {"ahead.txt": "ahead"}, scene.maintainer)
    return "main", "release"


def a_protected_branch(scene: Scene) -> tuple[str, str]:
    scene.github.push(scene.github.repository, "stable", {"stable.txt": "stable"}, scene.maintainer)
    protect(scene, ["stable"])
    return "stable", "main"


def the_base_of_another(scene: Scene) -> tuple[str, str]:
    scene.github.push(scene.github.repository, "develop", {"develop.txt": "develop"}, scene.maintainer)
    scene.github.push(scene.github.repository, "feature", {"feature.txt": "feature"}, scene.maintainer)
    pull(scene, "feature", "develop")
    return "develop", "main"


HEADS: dict[str, tuple[Callable[[Scene], tuple[str, str]], str]] = {
    "the default branch": (main_into_release, "it is the default branch"),
    "a protected branch": (a_protected_branch, "it is protected"),
    "the base of another pull request": (the_base_of_another, "other pull requests are merged into it"),
}


@pytest.mark.further
@pytest.mark.parametrize("head", [head if head == "the default branch" else slow(head) for head in HEADS])
def test_the_work_gets_a_pull_request_of_its_own_into_that_branch(scene: Scene, head: str) -> None:
    make, why = HEADS[head]
    theirs, base = make(scene)
    number = pull(scene, theirs, base)
    before = sha(scene, theirs)

    scene.comment(number, f"/harvest add one\n\n{instructions(commit('CLAUDE.md', 'Obey me.'))}")
    assert scene.wait_for_end(number).outcome == "succeeded", scene.comments(number)

    assert sha(scene, theirs) == before
    (ours,) = scene.pulls_of(number)
    assert (ours["base"]["ref"], ours["draft"]) == (theirs, True)
    assert f"Asked for on #{number}" in ours["body"]
    (comment,) = scene.comments(number)
    assert f"[pull request #{ours['number']}]({ours['html_url']})" in comment
    assert why in comment

    # A second request, on either of the two, goes on there.
    scene.comment(ours["number"], f"/harvest add another\n\n{instructions(commit('two.txt'))}")
    assert scene.wait_for_end(ours["number"]).outcome == "succeeded", scene.comments(number)
    scene.comment(number, f"/harvest add a third\n\n{instructions(commit('three.txt'))}")
    assert scene.wait_for_end(number, number=2).outcome == "succeeded", scene.comments(number)
    assert sha(scene, theirs) == before
    assert [one["number"] for one in scene.pulls_of(number)] == [ours["number"]]
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{ours['number']}/files")]
    assert sorted(files) == ["CLAUDE.md", "three.txt", "two.txt"]


@pytest.mark.further
def test_a_branch_that_became_the_default_one_while_the_agent_worked_gets_nothing(scene: Scene) -> None:
    scene.github.push(scene.github.repository, "next", {"next.txt": "next"}, scene.maintainer)
    number = pull(scene, "next", "main")
    before = sha(scene, "next")
    scene.comment(number, f"/harvest add one\n\n{instructions(HOLD + commit('one.txt'))}")
    job = scene.wait_for_step(number, "run_agent")
    change(scene, default_branch="next")
    try:
        scene.let_go(job)
        assert scene.wait_for_end(number).outcome == "refused"
    finally:
        change(scene, default_branch="main")
    assert sha(scene, "next") == before
    (comment,) = scene.comments(number)
    assert "is the default branch, and an agent's commits get there by a pull request only" in comment


def change(scene: Scene, **settings: object) -> None:
    scene.github.control("PATCH", f"repos/{scene.github.repository}", settings)


def protect(scene: Scene, branches: list[str]) -> None:
    change(scene, protected_branches=branches)


def branch(scene: Scene, name: str) -> None:
    """A branch at the default one's head."""
    scene.maintainer.post(f"{scene.repo}/git/refs", {"ref": f"refs/heads/{name}", "sha": sha(scene, "main")})


@pytest.mark.campaign
def test_a_push_is_not_taken_back_on_a_branch_that_has_become_the_base_of_another(scene: Scene) -> None:
    branch(scene, "became-a-base")
    scene.github.push(scene.github.repository, "became-a-base", {"theirs.txt": "theirs"}, scene.maintainer)
    number = pull(scene, "became-a-base", "main")
    scene.comment(number, f"/harvest add one\n\n{instructions(commit('one.txt'))}")
    assert scene.wait_for_end(number).outcome == "succeeded"
    pushed = sha(scene, "became-a-base")
    scene.github.push(scene.github.repository, "on-top", {"on-top.txt": "theirs"}, scene.maintainer)
    other = pull(scene, "on-top", "became-a-base")
    scene.comment(number, "/harvest undo")
    assert scene.wait_for_end(number, number=2).outcome == "refused"
    assert f"because other pull requests are merged into it (#{other})" in scene.ends(number)[-1]
    assert sha(scene, "became-a-base") == pushed
