"""A sandbox is lost in mid-work: the job goes on in another one, and no commit is lost, for this job or for the next one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import httpx
import pytest

from tests.anthropic_service import TRUST_NOBODY
from tests.harvest_service import JobRow
from tests.sandboxes import ModalSandboxes
from tests.scene import HOLD, Scene, commit, eventually, instructions, running_scene, slow
from tests.service.backends import on_both_in_the_campaign, on_modal

# What an agent does that finds out how far it had come: its first commit is made once, whatever happens after it.
FIRST_COMMIT = f"[ -e first.txt ] || {{ {commit('first.txt', message='Come half-way')} {HOLD} }}\n"


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    """Commits are saved as soon as they are there."""
    with running_scene(tmp_path_factory.mktemp("scene"), backend, env={"HARVEST_SAVE_SECONDS": "0.2"}) as scene:
        yield scene


@pytest.mark.further
@on_both_in_the_campaign
def test_a_job_goes_on_in_another_sandbox_from_the_commits_that_were_saved(scene: Scene) -> None:
    issue = scene.ask("Lose the sandbox once", FIRST_COMMIT + commit("second.txt", message="Come to the end"))
    job = scene.wait_for_step(issue, "run_agent")
    wait_until_saved(scene, job)

    scene.sandboxes.lose(job.session)

    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    commits = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    assert [one["commit"]["message"].splitlines()[0] for one in commits] == ["Come half-way", "Come to the end"]
    (comment,) = scene.comments(issue)
    assert "The sandbox was lost in mid-work; the job went on in another one." in comment
    times = scene.harvest.query("SELECT ended_at IS NOT NULL FROM sandbox_times WHERE job_id = ?", job.id)
    assert times == [(1,), (1,)], "the time of both is the job's, and over"


@on_modal
@pytest.mark.parametrize("cause", [slow("oom"), slow("evicted")])
def test_what_was_in_no_commit_is_there_too_when_the_sandbox_was_ended_from_outside(scene: Scene, cause: str) -> None:
    begin = f"[ -e left.txt ] || {{ echo 'half a sentence' >left.txt; {HOLD} }}\n"
    issue = scene.ask(f"Ended: {cause}", begin + "git add left.txt && git commit -q -m 'Go on from what was left'\n")
    job = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "the agent at work")
    eventually(lambda: scene.sandboxes.has(job.session, "../../workspace/left.txt"), "half of its work")
    assert isinstance(scene.sandboxes, ModalSandboxes)

    scene.sandboxes.end(job.session, cause)

    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    (file,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    assert file["filename"] == "left.txt"
    (done,) = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    assert done["commit"]["message"].startswith("Go on from what was left"), "the agent knows what it was asked for"


@pytest.mark.campaign
@on_both_in_the_campaign
def test_a_job_that_loses_every_sandbox_says_so_and_the_next_request_finds_its_commits(scene: Scene) -> None:
    send_away = 'printf %s "$ANTHROPIC_API_KEY" > ~/token\n'
    issue = scene.ask("Lose every sandbox", send_away + commit("first.txt", message="Come half-way") + HOLD)
    job = scene.wait_for_step(issue, "run_agent")
    wait_until_saved(scene, job)
    tokens: list[str] = []
    for lost in range(3):
        eventually(partial(at_work_after, scene, issue, lost), f"the agent at work after {lost} lost sandboxes")
        tokens.append(eventually(partial(scene.sandboxes.text_of, job.session, "token"), "the agent's token"))
        assert answer_of_the_gateway(scene, tokens[-1]) == 400, "it is let in, with an empty request"
        scene.sandboxes.lose(job.session)

    assert scene.wait_for_end(issue).outcome == "failed"
    assert [answer_of_the_gateway(scene, token) for token in tokens] == [401, 401, 401]
    (comment,) = scene.comments(issue)
    assert "The sandbox was lost 3 times while this job ran" in comment
    assert scene.pulls_of(issue) == []

    look = "git log --format=%s >found.txt && git add found.txt"
    scene.comment(issue, f"/harvest look for it\n```sh\n{look}\n```")
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    files = {file["filename"]: file for file in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")}
    assert "+Come half-way" in files["found.txt"]["patch"]
    assert "first.txt" in files


@pytest.mark.campaign
@on_both_in_the_campaign
def test_a_job_that_lost_every_sandbox_is_resumed_by_an_agent_that_remembers_if_the_last_one_left_that(scene: Scene) -> None:
    script = f"[ -e first.txt ] || {{ {commit('first.txt', message='Come half-way')} }}\n{HOLD}"
    issue = scene.ask("Lose every sandbox, then go on", script)
    job = scene.wait_for_step(issue, "run_agent")
    wait_until_saved(scene, job)
    for lost in range(3):
        eventually(partial(at_work_after, scene, issue, lost), f"the agent at work after {lost} lost sandboxes")
        eventually(partial(has_taken_its_prompt, scene, job, lost + 1), "what it was told taken")
        if isinstance(scene.sandboxes, ModalSandboxes):
            scene.sandboxes.end(job.session, "oom")
        else:
            scene.sandboxes.lose(job.session)
    assert scene.wait_for_end(issue).outcome == "failed"
    (end,) = scene.ends(issue)
    assert "`/harvest resume` goes on from what is left." in end

    scene.comment(issue, "/harvest resume")
    job = scene.wait_for_step(issue, "run_agent", number=2)
    told = job.result_of("compose_prompt")["text"]
    if isinstance(scene.sandboxes, ModalSandboxes):
        assert told.startswith("You were interrupted in what you were asked last.")
    else:  # the machine is gone with all that was on it
        assert "An agent before you was interrupted in this." in told
        eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "the agent at work")
        scene.let_go(job)
    job = scene.wait_for_end(issue, number=2)
    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    files = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    assert [file["filename"] for file in files] == ["first.txt"]


# A step after the agent's end, and the request that holds it open.
AFTER_THE_AGENT = {
    "vet": ("*", "/*.git/*"),
    "push": ("*", "/*/git-receive-pack"),
    "show_pull_request": ("POST", "/repos/*/pulls"),
}


@pytest.mark.further
@pytest.mark.parametrize("step", [slow("vet"), "push", slow("show_pull_request")])
def test_a_machine_that_lost_its_disk_and_the_sandbox_still_comes_to_one_pull_request(scene: Scene, step: str) -> None:
    issue = scene.ask(f"No disk at {step}", FIRST_COMMIT)
    job = scene.wait_for_step(issue, "run_agent")
    wait_until_saved(scene, job)
    method, path = AFTER_THE_AGENT[step]
    scene.github.fault("status", method=method, path=path, status=503, count=1000)
    scene.let_go(job)
    scene.wait_for_step(issue, step)
    scene.harvest.kill()
    shutil.rmtree(scene.harvest.state / "jobs" / job.id)
    scene.sandboxes.lose(job.session)
    scene.clear_faults()
    scene.harvest.start()

    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    assert scene.pull(pull["number"])["commits"] == 1


@pytest.mark.further
def test_commits_of_an_earlier_job_that_were_put_aside_stay_there_when_the_sandbox_is_lost(scene: Scene) -> None:
    issue = scene.ask("Put aside", commit("half.txt") + "touch ~/done\n" + HOLD)
    first = scene.wait_for_step(issue, "run_agent")
    eventually(lambda: scene.sandboxes.has(first.session, "done"), "half of the work")
    scene.comment(issue, "/harvest stop")
    assert scene.wait_for_end(issue).outcome == "stopped"
    ((branch,),) = scene.harvest.query("SELECT branch FROM sessions WHERE id = ?", first.session)
    scene.github.push(scene.github.repository, str(branch), {"theirs.txt": "theirs"}, scene.maintainer)

    scene.comment(issue, f"/harvest go on\n\n{instructions(HOLD + commit('rest.txt'))}")
    job = scene.wait_for_step(issue, "run_agent", number=2)
    eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "the agent at work")
    scene.sandboxes.lose(job.session)
    eventually(lambda: at_work_after(scene, issue, 1, number=2), "the agent at work in another sandbox")
    scene.let_go(job)
    job = scene.wait_for_end(issue, number=2)

    assert job.outcome == "succeeded", job.ending
    (pull,) = scene.pulls_of(issue)
    files = [file["filename"] for file in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")]
    assert files == ["rest.txt", "theirs.txt"]
    (comment,) = scene.comments(issue)
    assert comment.count("> Commits of an earlier run") == 1


def wait_until_saved(scene: Scene, job: JobRow) -> None:
    saved = scene.harvest.state / "artifacts" / "saved" / f"{job.session}.bundle"
    eventually(saved.exists, f"the saved commits of {job.session}")


def answer_of_the_gateway(scene: Scene, token: str) -> int:
    """The status that it gives to somebody who has this token, wherever they are."""
    headers = {"x-api-key": token}
    return httpx.post(f"{scene.harvest.url}/llm/v1/messages", headers=headers, json={}, verify=TRUST_NOBODY).status_code


def has_taken_its_prompt(scene: Scene, job: JobRow, agents: int) -> bool:
    """Whether so many agents of the job were seen to begin."""
    with closing(sqlite3.connect(f"file:{scene.harvest.state}/sessions/{job.session}.db?mode=ro", uri=True)) as database:
        begun = "SELECT count(*) FROM session_log WHERE job_id = ? AND body LIKE '%TaskCreate%' AND body LIKE '%tool_use\"%'"
        return int(database.execute(begun, (job.id,)).fetchone()[0]) >= agents


def at_work_after(scene: Scene, issue: int, lost: int, *, number: int = 1) -> bool:
    """Whether an agent is at work, that many sandboxes having been lost."""
    job = scene.harvest.jobs(issue)[number - 1]
    is_open = len(job.results_of("lose_sandbox")) == lost and len(job.results_of("open_sandbox")) == lost + 1
    return is_open and scene.sandboxes.has_started(job.session, job.id)
