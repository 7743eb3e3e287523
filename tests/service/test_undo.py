"""Taking back what Harvest pushed: by one more commit, on top of what others did since, or with a word on why not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scene import Scene, commit, eventually, instructions


def files_of(scene: Scene, pull: dict[str, Any]) -> list[str]:
    return sorted(one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files"))


@pytest.mark.further
def test_the_last_push_is_taken_back_and_then_the_one_before_it(scene: Scene) -> None:
    issue = scene.ask("First one file, then another", commit("one.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.comment(pull["number"], f"/harvest and another\n\n{instructions(commit('two.txt'))}")
    second = scene.wait_for_end(pull["number"])
    scene.github.push(scene.github.repository, pull["head"]["ref"], {"of-a-person.txt": "mine"}, scene.maintainer)

    asked = scene.comment(pull["number"], "/harvest undo")["id"]
    assert scene.wait_for_end(pull["number"], number=2).outcome == "succeeded"
    assert files_of(scene, pull) == ["of-a-person.txt", "one.txt"], "what others pushed since stays"
    *_, last = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    message, sha = last["commit"]["message"], second.report["pushed_sha"]
    assert message.startswith('Take back "and another"\n\nThis reverts what was pushed as ')
    assert sha in message
    assert "Claude" not in message, "no model wrote it"
    assert last["commit"]["author"]["name"] == "harvest-local (Harvest)"
    assert f"Took `{sha[:7]}` back: `and another`." in scene.pull(pull["number"])["body"]
    assert "Done" in scene.ends(pull["number"])[-1]
    reactions = scene.maintainer.get(f"{scene.repo}/issues/comments/{asked}/reactions")
    assert [one["content"] for one in reactions] == ["eyes", "rocket"]

    scene.comment(issue, "/harvest undo")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    assert files_of(scene, pull) == ["of-a-person.txt"]
    scene.comment(issue, "/harvest undo")
    assert scene.wait_for_end(issue, number=3).outcome == "no_change"
    assert "There is no push of Harvest's here that could be taken back." in scene.ends(issue)[-1]


@pytest.mark.campaign
def test_what_was_changed_since_is_not_undone_by_force(scene: Scene) -> None:
    issue = scene.ask("Changed since", commit("shared.txt", "by Harvest"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    scene.github.push(scene.github.repository, pull["head"]["ref"], {"shared.txt": "by a person\n"}, scene.maintainer)
    before = scene.pull(pull["number"])["head"]["sha"]
    scene.comment(pull["number"], "/harvest undo")
    assert scene.wait_for_end(pull["number"]).outcome == "refused"
    assert "changed the same lines, so it can't be taken back by itself: shared.txt." in scene.ends(pull["number"])[-1]
    assert scene.pull(pull["number"])["head"]["sha"] == before


@pytest.mark.campaign
def test_the_buttons_of_a_finished_check_run_undo_it_and_look_at_the_checks(scene: Scene) -> None:
    issue = scene.ask("Undone by a button", commit("pressed.txt"))
    job = scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    (run,) = [one for one in scene.check_runs(pull["head"]["sha"]) if one["external_id"] == job.id]
    scene.github.press(run["id"], "fix-ci", scene.github.maintainer)
    none = f"No check fails on `{pull['head']['sha'][:7]}`."
    scene.wait_for_comment(pull["number"], none)
    scene.github.press(run["id"], "undo", scene.github.maintainer)
    assert scene.wait_for_end(pull["number"]).outcome == "succeeded"
    assert files_of(scene, pull) == []
    assert "Done" in scene.ends(pull["number"])[0], "it is told on the pull request, where it was pressed"


def test_where_nothing_was_ever_pushed_there_is_nothing_to_undo(scene: Scene) -> None:
    issue = scene.open_issue("Never asked")
    scene.comment(issue, "/harvest undo")
    eventually(lambda: scene.ends(issue), "the answer")
    assert scene.wait_for_end(issue).outcome == "no_change"
