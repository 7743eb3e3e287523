"""A sandbox is lost in mid-work: the job goes on in another one, and no commit is lost, for this job or for the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harvest_service import JobRow
from tests.scene import HOLD, Scene, commit, eventually, running_scene

# What an agent does that finds out how far it had come: its first commit is made once, whatever happens after it.
FIRST_COMMIT = f"[ -e first.txt ] || {{ {commit('first.txt', message='Come half-way')} {HOLD} }}\n"


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Commits are saved as soon as they are there."""
    with running_scene(tmp_path_factory.mktemp("scene"), HARVEST_SAVE_SECONDS="0.2") as scene:
        yield scene


def test_a_job_goes_on_in_another_sandbox_from_the_commits_that_were_saved(scene: Scene) -> None:
    issue = scene.ask("Lose the sandbox once", FIRST_COMMIT + commit("second.txt", message="Come to the end"))
    wait_until_saved(scene, scene.wait_for_stage(issue, "run_agent"))

    scene.harvest.lose_sandboxes()

    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    commits = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    assert [one["commit"]["message"].splitlines()[0] for one in commits] == ["Come half-way", "Come to the end"]
    (comment,) = scene.comments(issue)
    assert "The sandbox was lost in mid-work; the job went on in another one." in comment


def test_a_job_that_loses_every_sandbox_says_so_and_the_next_request_finds_its_commits(scene: Scene) -> None:
    issue = scene.ask("Lose every sandbox", commit("first.txt", message="Come half-way") + HOLD)
    job = scene.wait_for_stage(issue, "run_agent")
    wait_until_saved(scene, job)
    for lost in range(3):
        eventually(lambda at=lost: at_work_after(scene, issue, at), f"the agent at work after {lost} lost sandboxes")
        scene.harvest.lose_sandboxes()

    assert scene.wait_for_end(issue).outcome == "failed"
    (comment,) = scene.comments(issue)
    assert "The sandbox was lost 3 times while this job ran" in comment
    assert scene.pulls_of(issue) == []

    look = "git log --format=%s $(git for-each-ref --format='%(refname)' refs/harvest/kept/) >found.txt && git add found.txt"
    scene.comment(issue, f"/harvest look for it\n```sh\n{look}\n```")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    (file,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    assert "+Come half-way" in file["patch"]


def wait_until_saved(scene: Scene, job: JobRow) -> None:
    saved = scene.harvest.state / "saved" / f"{job.session}.bundle"
    eventually(saved.exists, f"the saved commits of {job.session}")


def at_work_after(scene: Scene, issue: int, lost: int) -> bool:
    """Whether an agent is at work, that many sandboxes having been lost."""
    (job,) = scene.harvest.jobs(issue)
    (alive,) = scene.harvest.query("SELECT sandbox_id FROM jobs WHERE id = ?", job.id)
    started = scene.harvest.sandbox_folder(job.session) / "control" / "runs" / job.id / "started.json"
    return len(job.detail.get("lost", [])) == lost and alive != (None,) and started.exists()
