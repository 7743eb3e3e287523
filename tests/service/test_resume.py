"""A request that was broken off is held: it goes on when somebody resumes it, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harvest_service import JobRow
from tests.scene import HOLD, Scene, commit, eventually, instructions

# The first time it is at work until it is stopped; then it finds out how far it had come.
HALF_WAY = f"[ -e half-way.txt ] || {{ {commit('half-way.txt', message='Come half-way')}{HOLD} }}\n"


def prompt_of(job: JobRow) -> str:
    text: str = job.result_of("compose_prompt")["text"]
    return text


def stopped_half_way(scene: Scene, thread: int, *, number: int = 1) -> JobRow:
    job = scene.wait_for_step(thread, "run_agent", number=number)
    eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "the agent at work")
    scene.comment(thread, "/harvest stop")
    job = scene.wait_for_end(thread, number=number)
    assert job.outcome == "stopped"
    return job


def open_pull(scene: Scene, branch: str) -> dict[str, Any]:
    """A person's pull request."""
    scene.github.push(scene.github.repository, branch, {f"{branch}.txt": "a person's\n"}, scene.maintainer)
    opened: dict[str, Any] = scene.maintainer.post(
        f"{scene.repo}/pulls", {"title": f"Try {branch}", "head": branch, "base": "main"}
    )
    return opened


def check_run_of(scene: Scene, pull: dict[str, Any], job: JobRow) -> int:
    (run,) = [run for run in scene.check_runs(pull["head"]["sha"]) if run["external_id"] == job.id]
    number: int = run["id"]
    return number


def files_of(scene: Scene, number: int) -> set[str]:
    return {one["filename"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{number}/files")}


@pytest.mark.further
def test_the_button_goes_on_with_the_same_conversation_and_does_not_ask_anew(scene: Scene) -> None:
    pull = open_pull(scene, "resumed")
    number = pull["number"]
    scene.comment(number, f"/harvest finish it\n\n{instructions(HALF_WAY)}")
    job = stopped_half_way(scene, number)
    assert "`/harvest resume` goes on from what is left." in scene.comments(number)[0]
    button = check_run_of(scene, pull, job)

    scene.github.press(button, "resume", scene.github.maintainer)

    resumed = scene.wait_for_end(number, number=2)
    assert resumed.outcome == "succeeded", resumed.ending
    assert prompt_of(resumed).startswith(
        "You were interrupted in what you were asked last. mira-okafor, who may decide here, asks you to go on with it."
    )
    assert "finish it" not in prompt_of(resumed)
    assert resumed.result_of("compose_prompt")["resume"]
    assert "half-way.txt" in files_of(scene, number), "what was left of it is published"

    scene.comment(number, "/harvest resume")
    none = "there is nothing to go on with. `/harvest retry` does it once more from the beginning."
    scene.wait_for_comment(number, none)
    # The first one's button once more, by somebody else.
    other = scene.github.add_person("second-maintainer")
    scene.github.control("PUT", f"repos/{scene.github.repository}/roles/{other.login}", {"role": "write"})
    scene.github.press(button, "resume", other)
    scene.wait_for_comment(number, "That was gone on with already.")
    assert len(scene.harvest.jobs(number)) == 2


@pytest.mark.campaign
def test_what_was_broken_off_is_held_until_somebody_resumes_it(scene: Scene) -> None:
    pull = open_pull(scene, "held")
    number = pull["number"]
    scene.comment(number, f"/harvest finish it\n\n{instructions(HALF_WAY + commit('the-end.txt'))}")
    held = stopped_half_way(scene, number)

    scene.comment(number, f"/harvest do something else\n\n{instructions(commit('else.txt'))}")
    other = scene.wait_for_end(number, number=2)
    assert other.outcome == "succeeded", other.ending
    prompt = prompt_of(other)
    assert prompt.index("do something else") < prompt.index("What you were asked before this was broken off")
    assert "finish it" not in prompt

    scene.github.press(check_run_of(scene, pull, held), "resume", scene.github.maintainer)
    resumed = scene.wait_for_end(number, number=3)
    assert resumed.outcome == "succeeded", resumed.ending
    prompt = prompt_of(resumed)
    assert "finish it" in prompt, "the agent was told something else since"
    assert "An agent before you was interrupted in this." in prompt
    assert files_of(scene, number) >= {"half-way.txt", "else.txt", "the-end.txt"}
