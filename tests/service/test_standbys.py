"""Standbys: when a job is over, its session's next sandbox is made and the agent started in it. A follow-up goes on there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sandbox.local import reaper
from tests.anthropic_service import TRUST_NOBODY
from tests.harvest_service import JobRow
from tests.sandbox.agents import command_line
from tests.scene import HOLD, Scene, commit, eventually, instructions, running_scene
from tests.service.backends import on_both_in_the_campaign
from tests.service.plans import a_plan, planning

# The agent finds whether it goes on with the conversation, by the transcript that its CLI has.
RESUMED = """grep -c '"resumed": true' "$CLAUDE_CONFIG_DIR"/projects/tests/*.jsonl > resumed.txt; git add resumed.txt; """


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), backend, env={"HARVEST_STANDBYS": "1"}) as scene:
        yield scene


@dataclass(frozen=True)
class Waiting:
    """A session whose first job is over and whose standby waits."""

    issue: int
    first: JobRow
    sandbox: str
    run: str
    token_sha256: str


def waiting(scene: Scene, title: str, *, then: str = "") -> Waiting:
    issue = scene.ask(title, commit(f"{title}.txt") + then)
    first = scene.wait_for_end(issue)
    assert first.outcome == "succeeded", first.ending
    query = "SELECT sandbox_id, run_id, token_sha256 FROM standbys WHERE session_id = ?"
    ((sandbox, run, token),) = eventually(lambda: scene.harvest.query(query, first.session), f"the standby of #{issue}")
    return Waiting(issue, first, str(sandbox), str(run), str(token))


def runs_there(before: Waiting, run: str) -> bool:
    """Whether the supervisor of that run is at work in the standby's sandbox."""
    return any(f"/runs/{run}" in command_line(entry.pid) for entry in reaper.find(f"{before.sandbox}/"))


def standbys(scene: Scene) -> list[str]:
    return [str(sandbox) for (sandbox,) in scene.harvest.query("SELECT sandbox_id FROM standbys")]


def goes_on(scene: Scene, before: Waiting, text: str, *, number: int = 2) -> JobRow:
    """The session's next job, once it has ended, and ended well."""
    scene.comment(before.issue, text)
    job = scene.wait_for_end(before.issue, number=number)
    assert job.outcome == "succeeded", job.ending
    return job


def commits_of(scene: Scene, before: Waiting) -> list[str]:
    """The first lines of the pull request's commits."""
    (pull,) = scene.pulls_of(before.issue)
    commits = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/commits")
    return [one["commit"]["message"].splitlines()[0] for one in commits]


def patches_of(scene: Scene, before: Waiting) -> dict[str, str]:
    """What the pull request does to each file."""
    (pull,) = scene.pulls_of(before.issue)
    return {one["filename"]: one["patch"] for one in scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")}


def sandbox_of(job: JobRow) -> tuple[str, str | None]:
    """The job's last sandbox, and the run of the agent that had waited there."""
    opened = job.result_of("open_sandbox")
    return opened["sandbox_id"], (opened["waiting"] or {}).get("run_id")


@on_both_in_the_campaign
def test_a_follow_up_goes_on_in_the_standby_and_leaves_another_one(scene: Scene) -> None:
    before = waiting(scene, "Go on at once")

    job = goes_on(scene, before, f"/harvest {instructions(RESUMED + commit('more.txt'))}")

    assert sandbox_of(job) == (before.sandbox, before.run)
    assert commits_of(scene, before) == ["Add something", "Add something"]
    assert "+1" in patches_of(scene, before)["resumed.txt"]
    eventually(lambda: standbys(scene) not in ([], [before.sandbox]), "the next standby")
    time = "SELECT job_id, purpose, ended_at IS NOT NULL FROM sandbox_times WHERE sandbox_id = ?"
    assert scene.harvest.query(time, before.sandbox) == [(job.id, "job", 1)]


@pytest.mark.further
def test_an_agent_of_another_kind_is_started_anew_where_one_waits(scene: Scene) -> None:
    before = waiting(scene, "Plan where it waits")

    scene.comment(before.issue, f"/harvest plan {planning(a_plan('Plan it', commit('planned.txt')), look=HOLD)}")
    job = scene.wait_for_step(before.issue, "run_agent", number=2)
    eventually(lambda: runs_there(before, job.id), "the planner")
    assert not runs_there(before, before.run), "nobody has anything to tell it"
    scene.let_go(job)
    job = scene.wait_for_end(before.issue, number=2)

    assert job.ending["happened"] == "The plan waits for somebody to approve it."
    assert sandbox_of(job) == (before.sandbox, before.run), "files and snapshot are those that it needs"
    assert job.result_of("run_agent")["title"] == "Plan it"


@pytest.mark.further
def test_a_standby_that_would_have_begun_otherwise_is_ended(scene: Scene) -> None:
    before = waiting(scene, "Another model")

    job = goes_on(scene, before, f"/harvest --model opus {instructions(commit('other.txt'))}")

    assert sandbox_of(job)[0] != before.sandbox
    assert sandbox_of(job)[1] is None
    assert job.result_of("run_agent")["model"].startswith("claude-opus")
    assert reaper.find(before.sandbox) == []


@pytest.mark.further
def test_one_that_has_begun_something_by_itself_is_ended(scene: Scene) -> None:
    before = waiting(scene, "Speaks unasked", then="touch unasked")
    eventually(lambda: scene.sandboxes.has_said(before.first.session, before.run), "what it says")

    job = goes_on(scene, before, f"/harvest {instructions(commit('asked.txt'))}")

    assert sandbox_of(job)[0] != before.sandbox
    assert sandbox_of(job)[1] is None


@pytest.mark.further
def test_where_the_agent_has_died_the_job_goes_on_in_another_sandbox(scene: Scene) -> None:
    before = waiting(scene, "Dies while it waits")
    assert reaper.end_marked(f"{before.sandbox}/") > 0  # as a machine without memory does it, or an operator

    job = goes_on(scene, before, f"/harvest {instructions(commit('alive.txt'))}")

    assert sandbox_of(job)[1] is None
    assert commits_of(scene, before) == ["Add something", "Add something"]
    assert "interrupted" not in job.result_of("compose_prompt")["text"], "nobody had begun"
    assert "in mid-work" not in "".join(scene.comments(before.issue))


@pytest.mark.further
def test_its_token_is_good_for_nothing_until_a_job_is_there(scene: Scene) -> None:
    before = waiting(scene, "Holds a token")
    # It is written down a moment before its agent is there.
    (token,) = eventually(lambda: {*map(token_in, pids_in(before.sandbox))} - {""}, "an agent that holds its token")
    assert hashlib.sha256(token.encode()).hexdigest() == before.token_sha256

    asked = {"model": "claude-sonnet-4-5", "max_tokens": 10, "messages": [{"role": "user", "content": "hello"}]}
    with httpx.Client(verify=TRUST_NOBODY, trust_env=False) as client:
        answers = [
            client.post(f"{scene.harvest.url}/llm/v1/messages", headers={"x-api-key": token}, json=asked),
            client.post(f"{scene.harvest.url}/tools/harvest", headers={"authorization": f"Bearer {token}"}, json={}),
        ]
    assert [answer.status_code for answer in answers] == [401, 401]


def pids_in(sandbox: str) -> list[int]:
    return [entry.pid for entry in reaper.find(f"{sandbox}/")]


def token_in(pid: int) -> str:
    variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return next((name[2].decode() for line in variables if (name := line.partition(b"="))[0] == b"ANTHROPIC_API_KEY"), "")


@pytest.mark.further
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_none_outlives_the_service_for_long(scene: Scene, how: str) -> None:
    before = waiting(scene, f"Left by a {how}")
    if how == "stop":
        scene.harvest.stop()
        assert standbys(scene) == []
        assert reaper.find(before.sandbox) == []
    else:
        scene.harvest.kill()
        assert reaper.find(f"{before.sandbox}/") != []
    scene.harvest.start()
    assert standbys(scene) == []
    assert reaper.find(before.sandbox) == []

    job = goes_on(scene, before, f"/harvest {instructions(commit('later.txt'))}")
    assert sandbox_of(job)[1] is None


@pytest.mark.further
def test_a_job_that_comes_while_its_standby_is_made_ends_well_with_it_or_without(scene: Scene) -> None:
    issue = scene.ask("At once", commit("first.txt"))
    first = scene.wait_for_end(issue)
    eventually(lambda: scene.sandboxes.lives(first.session) or standbys(scene), "a sandbox for the standby")
    scene.comment(issue, f"/harvest {instructions(commit('second.txt'))}")
    job = scene.wait_for_end(issue, number=2)
    assert job.outcome == "succeeded", job.ending
    assert scene.harvest.log_lines("no standby") == [], "nothing went wrong"
