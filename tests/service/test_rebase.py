"""rebase: Harvest's own commits on top of the base branch as it is now, and never anybody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scene import HOLD, Scene, commit, eventually, instructions
from tests.service.refused_work import A_WORKFLOW, WORKFLOW, follow, grant

# How the scripted agent does it: both lines are kept where there is a conflict.
SOLVE = (
    "git rebase -q origin/main || { f=$(git diff --name-only --diff-filter=U); printf 'theirs\\nours\\n' > $f; git add $f; "
    "GIT_EDITOR=true git rebase --continue; }\n"
)
GIVE_UP = "git rebase -q origin/main || git rebase --abort\n"
# The first commit has moved, and the second one, which is in conflict, has not.
HALF_WAY = "git rebase -q origin/main || true\n"


def pull_behind_its_base(scene: Scene, file: str) -> dict[str, Any]:
    """A pull request of Harvest's, whose base has gone on with the same file."""
    issue = scene.ask(f"Write {file}", commit(file, "ours"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.github.push(scene.github.repository, "main", {file: "theirs\n"}, scene.maintainer, f"Go on with {file}")
    return pull


def files_of(scene: Scene, pull: dict[str, Any]) -> list[str]:
    return [file["filename"] for file in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]


def ask_for_a_rebase(scene: Scene, pull: dict[str, Any], script: str, *, say: str = "") -> None:
    """The agent of these tests does what stands in its prompt, and what stands above a command comes with it."""
    scene.comment(pull["number"], f"This may help:\n\n{instructions(script, say)}\n\n/harvest rebase")


def head_of(scene: Scene, pull: dict[str, Any]) -> str:
    return str(scene.pull(pull["number"])["head"]["sha"])


def test_its_commits_go_on_top_of_the_base_with_the_conflict_solved_and_stay_there(scene: Scene, clone: Path) -> None:
    pull = pull_behind_its_base(scene, "solved.txt")
    before = head_of(scene, pull)
    ask_for_a_rebase(scene, pull, SOLVE)
    job = scene.wait_for_end(pull["number"])
    assert job.outcome == "succeeded", job.ending
    compared = scene.maintainer.get(f"{scene.repo}/compare/main...{pull['head']['ref']}")
    assert (compared["behind_by"], compared["ahead_by"]) == (0, 1)
    (moved,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    assert moved["commit"]["author"]["name"] == "harvest-local (Harvest)"
    (file,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    assert "+ours" in file["patch"]
    assert "-theirs" not in file["patch"]
    prompt = job.result_of("compose_prompt")["text"]
    assert f"git branch checkpoint-{pull['head']['ref']}-" in prompt
    assert "### Then: `rebase`" in scene.pull(pull["number"])["body"]

    scene.comment(pull["number"], "/harvest undo")
    assert scene.wait_for_end(pull["number"], number=2).outcome == "refused"
    assert f"The branch was at {before} before that" in scene.ends(pull["number"])[-1]
    scene.comment(pull["number"], "/harvest rebase")
    assert scene.wait_for_end(pull["number"], number=3).outcome == "no_change"
    assert "stands on top of main already." in scene.ends(pull["number"])[-1]

    # Where what it made may not be published, the branch stays, and people get what takes its place.
    scene.github.push(scene.github.repository, "main", {"on.txt": "theirs\n"}, scene.maintainer, "Go on")
    stays = head_of(scene, pull)
    ask_for_a_rebase(scene, pull, "git rebase -q origin/main\n" + A_WORKFLOW)
    assert scene.wait_for_end(pull["number"], number=4).outcome == "refused"
    assert head_of(scene, pull) == stays
    end = scene.ends(pull["number"])[-1]
    assert f"`{WORKFLOW}` is a workflow file" in end
    follow(end, clone)
    compared = scene.maintainer.get(f"{scene.repo}/compare/main...{pull['head']['ref']}")
    assert (compared["behind_by"], compared["ahead_by"]) == (0, 1)
    assert files_of(scene, pull) == [WORKFLOW, "solved.txt"]


@pytest.mark.campaign
@pytest.mark.parametrize("script", [GIVE_UP, HALF_WAY], ids=["back at the checkpoint", "half-way"])
def test_what_the_agent_can_not_solve_leaves_the_branch_as_it_was(scene: Scene, script: str) -> None:
    issue = scene.ask("Write two", commit("clean.txt", message="First") + commit("unsolved.txt", "ours", message="Second"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.github.push(scene.github.repository, "main", {"unsolved.txt": f"theirs, {script[-6:]}"}, scene.maintainer)
    before = head_of(scene, pull)
    ask_for_a_rebase(scene, pull, script, say="Two meanings\n\nA person has to say which one holds.")
    assert scene.wait_for_end(pull["number"]).outcome == "failed"
    assert head_of(scene, pull) == before
    end = scene.ends(pull["number"])[-1]
    assert "The branch could not be put on top of main." in end
    assert "A person has to say which one holds." in end
    assert "The branch is as it was on GitHub" in scene.comments(issue)[0]

    eventually(lambda: scene.pull(pull["number"])["mergeable"] is False, "GitHub's word on the conflict")
    scene.comment(pull["number"], f"/harvest all the same\n\n{instructions(commit('more.txt'))}")
    assert scene.wait_for_end(pull["number"], number=2).outcome == "succeeded"
    (told,) = scene.comments(pull["number"])
    assert "This pull request conflicts with `main`" in told, "before the work began"
    assert "`/harvest rebase` puts it on top of `main`" in told


@pytest.mark.campaign
def test_commits_of_others_are_never_rewritten(scene: Scene) -> None:
    pull = pull_behind_its_base(scene, "shared.txt")
    scene.github.push(scene.github.repository, pull["head"]["ref"], {"of-a-person.txt": "mine"}, scene.maintainer)
    before = head_of(scene, pull)
    ask_for_a_rebase(scene, pull, SOLVE)
    job = scene.wait_for_end(pull["number"])
    assert job.outcome == "refused"
    assert not job.results_of("open_sandbox"), "no agent was asked"
    assert head_of(scene, pull) == before
    end = scene.ends(pull["number"])[-1]
    assert "has commits that are not Harvest's own (" in end
    assert "Rebase it by hand, or merge the base branch into it." in end


@pytest.mark.campaign
def test_what_is_pushed_meanwhile_is_not_overwritten(scene: Scene, clone: Path) -> None:
    pull = pull_behind_its_base(scene, "moved.txt")
    ask_for_a_rebase(scene, pull, HOLD + SOLVE)
    job = scene.wait_for_step(pull["number"], "run_agent")
    pushed = scene.github.push(scene.github.repository, pull["head"]["ref"], {"late.txt": "mine"}, scene.maintainer)
    scene.let_go(job)
    assert scene.wait_for_end(pull["number"]).outcome == "refused"
    assert head_of(scene, pull) == pushed
    follow(scene.ends(pull["number"])[-1], clone)
    assert head_of(scene, pull) == pushed
    compared = scene.maintainer.get(f"{scene.repo}/compare/main...harvest-{job.id[:8]}")
    assert compared["behind_by"] == 0
    assert [file["filename"] for file in compared["files"]] == ["late.txt", "moved.txt"]


@pytest.mark.further
def test_a_workflow_in_it_is_published_by_who_maintains_and_stays_on_top_of_the_base(scene: Scene) -> None:
    settings = {".github/harvest.yml": "allow_workflows: true\n"}
    scene.github.push(scene.github.repository, "main", settings, scene.maintainer)
    grant(scene, workflows="write")
    pull = pull_behind_its_base(scene, "with-workflow.txt")
    before = head_of(scene, pull)
    ask_for_a_rebase(scene, pull, SOLVE + A_WORKFLOW)
    assert scene.wait_for_end(pull["number"]).outcome == "refused"
    assert "can publish it as it is: `/harvest publish --allow-workflows`." in scene.ends(pull["number"])[-1]
    scene.comment(pull["number"], "/harvest publish --allow-workflows")
    assert scene.wait_for_end(pull["number"], number=2).outcome == "succeeded", scene.ends(pull["number"])
    assert files_of(scene, pull) == [WORKFLOW, "with-workflow.txt"]
    assert scene.maintainer.get(f"{scene.repo}/compare/main...{pull['head']['ref']}")["behind_by"] == 0
    scene.comment(pull["number"], "/harvest undo")
    assert scene.wait_for_end(pull["number"], number=3).outcome == "refused"
    assert f"The branch was at {before} before that" in scene.ends(pull["number"])[-1]


@pytest.mark.further
def test_one_that_is_stopped_when_it_is_done_is_kept_and_goes_in_the_branchs_place(scene: Scene, clone: Path) -> None:
    pull = pull_behind_its_base(scene, "stopped.txt")
    ask_for_a_rebase(scene, pull, f"{SOLVE}touch ~/done\n{HOLD}")
    job = scene.wait_for_step(pull["number"], "run_agent")
    eventually(lambda: scene.sandboxes.has(job.session, "done"), "the rebase done")
    scene.comment(pull["number"], "/harvest stop")
    assert scene.wait_for_end(pull["number"]).outcome == "stopped"
    follow(scene.ends(pull["number"])[-1], clone)
    assert scene.maintainer.get(f"{scene.repo}/compare/main...{pull['head']['ref']}")["behind_by"] == 0
    assert files_of(scene, pull) == ["stopped.txt"]


@pytest.mark.further
def test_what_is_pushed_before_the_agent_begins_is_not_taken_for_harvests(scene: Scene) -> None:
    issue = scene.ask("Write early.txt", commit("early.txt", "ours"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.github.push(scene.github.repository, "main", {"early-base.txt": "theirs\n"}, scene.maintainer)
    # The branch has been looked at, and can't be cloned yet.
    scene.github.fault("status", path="*/info/refs*", count=1000)
    scene.comment(issue, f"This may help:\n\n{instructions(SOLVE)}\n\n/harvest rebase")
    scene.wait_for_step(issue, "prepare_workspace", number=2)
    pushed = scene.github.push(scene.github.repository, pull["head"]["ref"], {"early-person.txt": "mine"}, scene.maintainer)
    scene.clear_faults()
    assert scene.wait_for_end(issue, number=2).outcome == "refused"
    assert head_of(scene, pull) == pushed
    assert "The branch moved after you asked" in scene.ends(issue)[-1]
