"""`kill -9` of the service at every step, and a start: the same pull request comes, once, and everything else once too.

A step is held open by what it needs failing for as long as the test wants (GitHub answering 503, a place on the disk taken),
or its effect happens and the answer to it is lost; then the process is killed, the fault taken away, and it is started again.
"""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.harvest_service import JobRow
from tests.scene import HOLD, Scene, commit, eventually, instructions
from tests.service.backends import (
    cases_on_both,
    on_both,
    on_both_in_the_campaign,
)
from tests.service.branches import content

FOR_EVER = 1000
# Longer than the supervisor's start may take.
FROZEN_SECONDS = 25
SCRIPT = HOLD + commit("held.txt")

# What is refused, from when on: (method, path, what the request log shows of it).
Refused = tuple[str, str, str]
BEFORE_THE_AGENT: dict[str, Refused] = {
    "intake, before anybody was asked for the permission": ("GET", "/repos/*/collaborators/*", "/collaborators/"),
    "acknowledge, before its comment": ("POST", "/repos/*/issues/*/comments", "/comments"),
    "prepare the workspace, while it clones": ("*", "/*.git/*", ".git/info/refs"),
}
AFTER_THE_AGENT: dict[str, Refused] = {
    "vet, while it fetches the base": ("*", "/*.git/*", ".git/info/refs"),
    "publish, before the push": ("*", "/*/git-receive-pack", "git-receive-pack"),
    "publish, between push and pull request": ("POST", "/repos/*/pulls", "/pulls"),
    "report, before the check run": ("POST", "/repos/*/check-runs", "/check-runs"),
    "report, before the comment is finished": ("PATCH", "/repos/*/issues/comments/*", "/issues/comments/"),
    "report, before its end is told": ("POST", "/repos/*/issues/*/comments", "/comments"),
}

# What takes effect without an answer, and what is asked next to find that out, which is refused until the kill.
Lost = tuple[str, str, str, str]
ANSWER_LOST_BEFORE_THE_AGENT: dict[str, Lost] = {
    "intake, the reaction is there": ("POST", "/repos/*/reactions", "POST", "/repos/*/reactions"),
    "acknowledge, the comment is there": ("POST", "/repos/*/issues/*/comments", "GET", "/repos/*/issues/*/comments"),
}
ANSWER_LOST_AFTER_THE_AGENT: dict[str, Lost] = {
    "publish, the push has arrived": ("POST", "/*/git-receive-pack", "POST", "/repos/*/pulls"),
    "publish, the pull request is open": ("POST", "/repos/*/pulls", "GET", "/repos/*/pulls"),
    "report, the check run is there": ("POST", "/repos/*/check-runs", "GET", "/repos/*/commits/*/check-runs"),
    "report, the comment is finished": (
        "PATCH",
        "/repos/*/issues/comments/*",
        "PATCH",
        "/repos/*/issues/comments/*",
    ),
    "report, its end is told": ("POST", "/repos/*/issues/*/comments", "GET", "/repos/*/issues/*/comments"),
}

# Beside one kill at every step, these are further moments within one; `make further` has them.
FURTHER = (
    "intake, before anybody was asked for the permission",
    "prepare the workspace, while it clones",
    "report, its end is told",
    "vet, while it fetches the base",
    "acknowledge, the comment is there",
    "acknowledge, before its comment",
    "publish, before the push",
    "publish, the push has arrived",
    "report, before the check run",
    "report, before the comment is finished",
    "report, before its end is told",
    "intake, the reaction is there",
    "report, the check run is there",
    "report, the comment is finished",
)


@cases_on_both("step", BEFORE_THE_AGENT, further=FURTHER)
def test_killed_before_the_agent_starts_it_comes_to_the_same_end(scene: Scene, step: str) -> None:
    method, path, shown = BEFORE_THE_AGENT[step]
    begun, before = now(scene), pushes(scene)
    refuse(scene, method, path)
    issue = scene.ask(f"Killed at {step}", commit("held.txt"))
    wait_for_request(scene, begun, lambda one: shown in one["path"] and one["status"] == 503)
    kill_and_start(scene)
    one_of_each(scene, issue, before)


@cases_on_both("step", AFTER_THE_AGENT, further=FURTHER)
def test_killed_after_the_agent_has_ended_it_comes_to_the_same_end(scene: Scene, step: str) -> None:
    method, path, shown = AFTER_THE_AGENT[step]
    before, issue, job = pushes(scene), *agent_at_work(scene, step)
    begun = now(scene)
    refuse(scene, method, path)
    scene.let_go(job)
    wait_for_request(scene, begun, lambda one: shown in one["path"] and one["status"] == 503)
    kill_and_start(scene)
    one_of_each(scene, issue, before)


@cases_on_both("step", ANSWER_LOST_BEFORE_THE_AGENT, further=FURTHER)
def test_killed_with_an_answer_lost_it_does_not_say_things_twice(scene: Scene, step: str) -> None:
    before, begun = pushes(scene), now(scene)
    lose_the_answer(scene, ANSWER_LOST_BEFORE_THE_AGENT[step])
    issue = scene.ask(f"Killed at {step}", commit("held.txt"))
    wait_for_request(scene, begun, lambda one: one["note"] == "fault: drop-after")
    kill_and_start(scene)
    one_of_each(scene, issue, before)


@pytest.mark.further
@cases_on_both("step", ANSWER_LOST_AFTER_THE_AGENT, further=FURTHER)
def test_killed_with_an_answer_lost_it_does_not_publish_twice(scene: Scene, step: str) -> None:
    before, issue, job = pushes(scene), *agent_at_work(scene, step)
    begun = now(scene)
    lose_the_answer(scene, ANSWER_LOST_AFTER_THE_AGENT[step])
    scene.let_go(job)
    wait_for_request(scene, begun, lambda one: one["note"] == "fault: drop-after")
    kill_and_start(scene)
    one_of_each(scene, issue, before)


@pytest.mark.campaign
@on_both_in_the_campaign
def test_killed_while_it_opens_the_sandbox(scene: Scene) -> None:
    before, issue = pushes(scene), scene.open_issue("Killed while it opens the sandbox")
    scene.comment(issue, "/harvest ask What is here?")
    with scene.sandboxes.being_made(scene.wait_for_end(issue).session):
        scene.comment(issue, f"/harvest do it\n\n{instructions(commit('held.txt'))}")
        scene.wait_for_step(issue, "open_sandbox", number=2)
        scene.harvest.kill()
    scene.harvest.start()
    job = scene.wait_for_end(issue, number=2)
    assert job.outcome == "succeeded", job.ending
    assert [scene.pull(pull["number"])["commits"] for pull in scene.pulls_of(issue)] == [1]
    assert pushes(scene) - before == 1
    ((ends_by,),) = scene.harvest.query("SELECT ends_by FROM sandbox_times WHERE job_id = ?", job.id)
    assert job.result_of("open_sandbox")["ends_at"] == ends_by, "its life is counted from its start"


# The run's folder is what the supervisor, the CLI's parent, was called with.
HOW_IT_BEGAN = """
supervisor=$(cut -d' ' -f4 /proc/$PPID/stat)
cp "$(tr '\\0' '\\n' < /proc/$supervisor/cmdline | tail -n 1)/started.json" began.json
cat "$CLAUDE_CONFIG_DIR"/projects/*/*.jsonl > said.txt
git add began.json said.txt && git commit -q -m 'Say how it began'
"""


@pytest.mark.further
@on_both_in_the_campaign
def test_killed_while_the_agent_waits_to_be_told_that_agent_is_told_and_remembers(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    issue = scene.ask("Killed while the agent waits", commit("first.txt"))
    scene.wait_for_end(issue)
    (pull,) = scene.pulls_of(issue)
    refuse(scene, "POST", "/*.git/git-upload-pack")
    scene.comment(pull["number"], f"/harvest go on\n\n```sh\n{HOW_IT_BEGAN}```")
    job = scene.wait_for_step(pull["number"], "prepare_workspace")
    eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "an agent that waits")
    scene.harvest.kill()
    killed_at = time.time()
    scene.clear_faults()
    # The agent that waits was started with the model that the job began with.
    request.addfinalizer(lambda: scene.harvest.env.pop("HARVEST_MODEL"))
    scene.harvest.env["HARVEST_MODEL"] = "opus"
    scene.harvest.start()

    job = scene.wait_for_end(pull["number"])
    assert job.outcome == "succeeded", job.ending
    assert json.loads(content(scene, "began.json", pull["head"]["ref"]))["at"] < killed_at
    said = [json.loads(line) for line in content(scene, "said.txt", pull["head"]["ref"]).splitlines()]
    assert [one["resumed"] for one in said] == [False, True]
    assert "first.txt" in said[0]["prompt"]


@on_both_in_the_campaign
def test_killed_while_the_agent_works_it_is_attached_to_again(scene: Scene, request: pytest.FixtureRequest) -> None:
    before, issue, job = pushes(scene), *agent_at_work(scene, "run the agent")
    scene.harvest.kill()
    scene.let_go(job)
    # The job keeps the model that it began with.
    request.addfinalizer(lambda: scene.harvest.env.pop("HARVEST_MODEL"))
    scene.harvest.env["HARVEST_MODEL"] = "opus"
    scene.harvest.start()
    one_of_each(scene, issue, before)
    assert len(scene.sandboxes.kept(scene.snapshot_of(job), '"prompt"')) == 1, "the agent was asked once"


@pytest.mark.campaign
@on_both_in_the_campaign
def test_stopped_by_an_operator_while_the_agent_works_it_is_attached_to_again(scene: Scene) -> None:
    before, issue, job = pushes(scene), *agent_at_work(scene, "a deploy")
    scene.harvest.stop()
    scene.harvest.start()
    scene.let_go(job)
    one_of_each(scene, issue, before)


@pytest.mark.further
@on_both_in_the_campaign
def test_a_job_that_only_another_version_knows_how_to_go_on_with_is_told_so(scene: Scene) -> None:
    issue = scene.ask("Of another version", SCRIPT)
    job = scene.wait_for_step(issue, "run_agent")
    scene.harvest.stop()
    with closing(sqlite3.connect(scene.harvest.state / "harvest.db")) as connection:
        connection.execute("UPDATE jobs SET recipe = 'change/999' WHERE id = ?", (job.id,))
        connection.commit()
    scene.harvest.start()

    assert scene.wait_for_end(issue).outcome == "failed"
    eventually(lambda: any("Another version of Harvest began this" in one for one in scene.comments(issue)), "its last words")
    assert scene.pulls_of(issue) == []


@pytest.mark.campaign
@on_both_in_the_campaign
def test_killed_while_it_collects(scene: Scene) -> None:
    before, issue, job = pushes(scene), *agent_at_work(scene, "collect")
    in_the_way = scene.harvest.state / "jobs" / job.id / "collected.bundle"
    in_the_way.mkdir(parents=True)
    scene.let_go(job)
    scene.wait_for_step(issue, "collect")
    scene.harvest.kill()
    in_the_way.rmdir()
    scene.harvest.start()
    one_of_each(scene, issue, before)


@pytest.mark.campaign
@on_both_in_the_campaign
def test_killed_while_it_releases_the_sandbox(scene: Scene) -> None:
    before, issue, job = pushes(scene), *agent_at_work(scene, "release_sandbox")
    with scene.sandboxes.being_ended(job.session):
        scene.let_go(job)
        snapshot = "SELECT 1 FROM sessions WHERE id = ? AND snapshot_id IS NOT NULL"
        eventually(lambda: scene.harvest.query(snapshot, job.session), "the snapshot")
        scene.harvest.kill()
    scene.harvest.start()
    one_of_each(scene, issue, before)
    assert not scene.sandboxes.lives(job.session)
    assert not (scene.harvest.state / "jobs" / job.id).exists()


@pytest.mark.further
@on_both_in_the_campaign
def test_killed_with_one_job_running_and_one_waiting_both_are_done_in_order(scene: Scene) -> None:
    issue, job = agent_at_work(scene, "two of them")
    scene.comment(issue, f"/harvest and then this\n\n```sh\n{commit('then.txt', message='And then this')}```")
    scene.wait_for_job(issue, number=2)
    scene.harvest.kill()
    scene.let_go(job)
    scene.harvest.start()
    assert scene.wait_for_end(issue).outcome == "succeeded"
    assert scene.wait_for_end(issue, number=2).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    commits = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    assert [one["commit"]["message"].splitlines()[0] for one in commits] == ["Add something", "And then this"]
    assert len(scene.comments(issue)) == 1


@pytest.mark.campaign
@on_both
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_moments_it_comes_to_the_same_end(scene: Scene, seed: int) -> None:
    """Five kills a job, each somewhere within the three seconds that a job takes."""
    moments = random.Random(seed)  # noqa: S311 - which moments, not which secret
    before = pushes(scene)
    issue = scene.ask(f"Killed at any moment ({seed})", commit("any.txt"))
    scene.wait_for_job(issue)
    for _ in range(5):
        threading.Event().wait(moments.uniform(0, 3))
        scene.harvest.restart()
    one_of_each(scene, issue, before)


def agent_at_work(scene: Scene, step: str) -> tuple[int, JobRow]:
    """An issue whose agent waits to be let go, its plan seen in the comment: the next edit is many seconds off."""
    issue = scene.ask(f"Killed at {step}", SCRIPT)
    job = scene.wait_for_step(issue, "run_agent")
    scene.wait_for_comment(issue, "- [ ]")
    return issue, job


def one_of_each(scene: Scene, issue: int, pushes_before: int) -> None:
    """What must be there in the end: one pull request, one comment, one word of the end, one check run, one push."""
    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    assert len(scene.harvest.jobs(issue)) == 1
    (pull,) = scene.pulls_of(issue)
    assert scene.pull(pull["number"])["commits"] == 1
    (comment,) = scene.comments(issue)
    assert f"]({pull['html_url']})" in comment
    assert len(scene.ends(issue)) == 1
    runs = [(run["external_id"], run["conclusion"]) for run in scene.check_runs(pull["head"]["sha"])]
    assert runs == [(job.id, "success")]
    assert pushes(scene) - pushes_before == 1
    assert scene.reactions(issue) == ["eyes"]


def pushes(scene: Scene) -> int:
    """Pushes so far: the one of a test before this may be delivered anew now, as Harvest was killed beside it."""
    return len([one for one in scene.github.deliveries("push") if not one["redelivery"]])


def kill_and_start(scene: Scene) -> None:
    scene.harvest.kill()
    scene.clear_faults()
    scene.harvest.start()


def refuse(scene: Scene, method: str, path: str) -> None:
    """GitHub answers such requests with 503 from now on; nothing takes effect."""
    scene.github.fault("status", method=method, path=path, status=503, count=FOR_EVER)


def lose_the_answer(scene: Scene, lost: Lost) -> None:
    method, path, next_method, next_path = lost
    scene.github.fault("drop-after", method=method, path=path)
    refuse(scene, next_method, next_path)


def wait_for_request(scene: Scene, since: float, wanted: Callable[[dict[str, Any]], bool]) -> None:
    def seen() -> list[dict[str, Any]]:
        return [one for one in scene.github.requests(since)["requests"] if wanted(one)]

    eventually(seen, "the request that goes wrong")


def now(scene: Scene) -> float:
    """A moment after every request so far."""
    return max((one["at"] for one in scene.github.requests()["requests"]), default=0.0) + 1e-6


@pytest.mark.campaign
@on_both
@pytest.mark.parametrize("step", ["prepare_workspace", "run_agent", "collect"])
def test_frozen_for_longer_than_its_patience_it_goes_on_where_it_was(scene: Scene, step: str) -> None:
    """The agent and its supervisor go on meanwhile; what was waited for has ended on waking."""
    before = pushes(scene)
    issue = scene.ask(f"Frozen at {step}", commit("frozen.txt"))
    scene.wait_for_step(issue, step)
    assert scene.harvest.process is not None
    scene.harvest.process.send_signal(signal.SIGSTOP)
    threading.Event().wait(FROZEN_SECONDS)
    scene.harvest.process.send_signal(signal.SIGCONT)
    one_of_each(scene, issue, before)
