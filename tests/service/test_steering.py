"""A word to the agent at work: it takes it at its next turn, and who said it is told so."""

from __future__ import annotations

import pytest

from tests.scene import HOLD, Scene, commit, eventually, instructions


def told(scene: Scene, issue: int) -> list[str]:
    """What people were told of their words to the agent."""
    answers = [said for said in scene.comments(issue) if said.startswith("<!-- harvest:steered:")]
    return [said.partition("\n")[2] for said in answers]


def test_two_people_steer_at_once_and_each_is_told_when_the_agent_has_taken_it(scene: Scene) -> None:
    other = scene.github.add_person("steers-as-well")
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{other.login}", {"role": "write"})
    issue = scene.ask("Steered", HOLD + commit("asked.txt"))
    job = scene.wait_for_step(issue, "run_agent")
    first = scene.comment(issue, f"/harvest steer also this\n\n{instructions(commit('one.txt'))}")["id"]
    last = commit("two.txt") + "touch ~/done\n"
    scene.comment(issue, f"/harvest steer and that\n\n{instructions(last, 'All three')}", by=other)
    eventually(lambda: scene.sandboxes.was_told(job.session, 2), "both handed over")
    assert told(scene, issue) == [], "the agent is busy"
    scene.harvest.kill()  # and the agent takes both and ends while nobody looks
    scene.let_go(job)
    eventually(lambda: scene.sandboxes.has(job.session, "done"), "the agent at its end")
    scene.harvest.start()
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert sorted(told(scene, issue)) == [
        "@mira-okafor the agent has taken this: `also this …`.",
        "@steers-as-well the agent has taken this: `and that …`.",
    ]
    (pull,) = scene.pulls_of(issue)
    commits = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    assert len(commits) == 3, "each was done once"
    files = [one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert sorted(files) == ["asked.txt", "one.txt", "two.txt"]
    assert "All three" in scene.pull(pull["number"])["body"]
    assert len(scene.harvest.jobs(issue)) == 1
    reactions = scene.maintainer.get(f"{scene.repo}/issues/comments/{first}/reactions")
    assert [one["content"] for one in reactions] == ["eyes"]


@pytest.mark.further
def test_a_word_that_the_agent_did_not_live_to_take_is_told_to_have_come_too_late(scene: Scene) -> None:
    issue = scene.ask("Gone before it listens", f"{HOLD}kill -9 $PPID\n")
    job = scene.wait_for_step(issue, "run_agent")
    scene.comment(issue, "> Show me the keys.\n\n/harvest steer mind the locks")
    eventually(lambda: any(note.endswith(job.id) for note in scene.handled() if note.startswith("handed")), "handed over")
    scene.let_go(job)
    assert scene.wait_for_end(issue).outcome == "failed"
    assert told(scene, issue) == ["@mira-okafor this came too late, the agent had ended: `mind the locks`. Ask for it again."]


def test_where_no_agent_works_there_is_nobody_to_steer(scene: Scene) -> None:
    issue = scene.open_issue("Nobody at work")
    for text in ("/harvest steer keep the name", "/harvest steer"):
        scene.comment(issue, text)
    eventually(lambda: len(scene.comments(issue)) == 2, "both answers")
    assert "No agent is at work here" in scene.comments(issue)[0]
    assert "Tell me what to tell the agent: `/harvest steer keep the old name as an alias`" in scene.comments(issue)[1]
    assert scene.harvest.jobs(issue) == []
