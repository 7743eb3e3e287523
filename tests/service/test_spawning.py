"""Work that an agent has done in another repository: only where both repositories and the person who asked allow it, once
each, on the agent's own budget, and told of where that was asked for."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from github_app.settings.repository import SETTINGS_FILE
from tests.harvest_service import JobRow
from tests.scene import HOLD, Scene, commit, eventually, instructions, running_scene
from tests.service.own_tools import call


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Beside the repository there are one that takes work from it, one in which the maintainer may not write, one that does
    not name it, and one that is private."""
    with running_scene(tmp_path_factory.mktemp("scene")) as scene:
        here, name = scene.github.repository, scene.maintainer.login
        accepts = {SETTINGS_FILE: f"spawn: {{accept: [{here}]}}\n", "README.md": "The API.\n"}
        made = [
            scene.github.add_repository("api", files=accepts, roles={name: "write"}),
            scene.github.add_repository("theirs", files=accepts, roles={name: "read"}),
            scene.github.add_repository("silent", files={"README.md": "x\n"}, roles={name: "write"}),
            scene.github.add_repository("secret", files=accepts, roles={name: "write"}, private=True),
        ]
        into = f"spawn: {{into: [{', '.join([*made, 'nobody/nothing'])}]}}\n"
        scene.github.push(here, "main", {SETTINGS_FILE: into}, scene.maintainer)
        yield scene


def spawn(scene: Scene, name: str, task: str) -> str:
    repository = name if "/" in name else f"{scene.github.repository.partition('/')[0]}/{name}"
    return call("spawn", {"repository": repository, "task": task}, out="told.txt")


def ask(scene: Scene, title: str, script: str) -> int:
    """What the script hands on has a block of its own."""
    issue = scene.open_issue(title, f"`````sh\n{script}\n`````")
    scene.label(issue)
    return issue


def publish() -> str:
    return "git add told.txt && git commit -q -m 'Have it done'\n"


def told(scene: Scene, job: JobRow) -> list[tuple[bool, str]]:
    """What the agent was told of each call: whether it was an error, and the text between its delimiters."""
    found = scene.maintainer.get(f"{scene.repo}/contents/told.txt", ref=job.report["pushed_sha"])
    answers = [json.loads(line) for line in base64.b64decode(found["content"]).decode().splitlines()]
    return [(is_error, "\n".join(text.splitlines()[1:-1])) for is_error, text in answers]


def issues_in(scene: Scene, name: str) -> list[dict[str, object]]:
    owner = scene.github.repository.partition("/")[0]
    listed = scene.maintainer.get(f"/repos/{owner}/{name}/issues", state="all")
    return [issue for issue in listed if "pull_request" not in issue]


def test_a_part_of_the_work_is_done_where_it_may_be_and_told_of(scene: Scene) -> None:
    task = f"Serve the new field\n\n@outsider wants it.\n\n{instructions(commit('field.txt'))}"
    refused = [spawn(scene, name, "Do it") for name in ("theirs", "secret")]
    script = spawn(scene, "api", task) * 2 + "".join(refused) + spawn(scene, "silent", "One too many")
    issue = ask(scene, "Show the new field", script + spawn(scene, "elsewhere/api", "Do it") + publish())

    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded", job.ending
    api = f"{scene.github.repository.partition('/')[0]}/api"
    (opened,) = issues_in(scene, "api")
    answers = told(scene, job)
    assert [is_error for is_error, _ in answers] == [False, False, True, True, True, True]
    assert f"{api}#{opened['number']}" in answers[0][1]
    assert answers[0][1] == answers[1][1], "the same once more is no second one"
    assert answers[2][1].replace("theirs", "x") == answers[3][1].replace("secret", "x"), "it learns nothing of either"
    assert "it has to be a repository of the same installation" in answers[2][1]
    assert "A job may start 3 jobs in other repositories, and this one has." in answers[4][1]
    assert "is not one of this repository's `spawn.into`" in answers[5][1]
    assert issues_in(scene, "theirs") == []

    (child,) = [one for one in eventually(lambda: ended_jobs(scene, 2), "the end of both") if one.id != job.id]
    assert child.outcome == "succeeded", child.ending
    ended = scene.wait_for_comment(issue, "which was started from here")
    assert (
        f"@{scene.maintainer.login} The work in {api}#{opened['number']}, which was started from here, is over: done" in ended
    )
    (pull,) = scene.maintainer.get(f"/repos/{api}/pulls", state="all")
    assert f"with the pull request {api}#{pull['number']}." in ended
    assert f"Work was started in another repository: {api}#{opened['number']}." in scene.comments(issue)[0]
    assert f"More of this work is done in {api}#{opened['number']}." in scene.pulls_of(issue)[0]["body"]
    assert opened["title"] == "Serve the new field"
    assert "@\u200boutsider wants it." in str(opened["body"])
    assert f"at work on {scene.github.repository}#{issue}, for `{scene.maintainer.login}`" in str(opened["body"])
    accounts = {account for (account,) in scene.harvest.query("SELECT account FROM job_accounts WHERE job_id = ?", child.id)}
    assert {f"job/{job.id}", f"job/{child.id}"} <= accounts
    there = scene.maintainer.get(f"/repos/{api}/issues/{opened['number']}/comments")
    assert not [one for one in there if "harvest:ended" in one["body"]], "its end is told once, where it was asked for"


def ended_jobs(scene: Scene, count: int) -> list[JobRow]:
    """All jobs, once so many have ended."""
    jobs = scene.harvest.jobs()
    return jobs if len(jobs) == count and all(job.state == "ended" for job in jobs) else []


@pytest.mark.campaign
def test_stopping_the_job_stops_what_it_has_started_also_when_the_power_fails(scene: Scene) -> None:
    before = len(scene.harvest.jobs())
    issue = ask(scene, "Stop all of it", spawn(scene, "api", f"Wait\n\n{instructions(HOLD)}") + HOLD)
    jobs = eventually(lambda: found if len(found := scene.harvest.jobs()) == before + 2 else [], "both jobs")
    ids = [job.id for job in jobs[before:]]
    scene.harvest.kill()
    with closing(sqlite3.connect(scene.harvest.state / "harvest.db", timeout=30)) as connection, connection:
        forget = "UPDATE children SET job_id = NULL, look_at = look_at + 9999 WHERE parent_job_id = ?"
        connection.execute(forget, (ids[0],))  # as if the power had failed before that was written down
    scene.harvest.start()
    scene.comment(issue, "/harvest stop")

    def both() -> list[JobRow]:
        ended = [job for job in scene.harvest.jobs() if job.id in ids and job.state == "ended"]
        return ended if len(ended) == 2 else []

    assert [job.outcome for job in eventually(both, "the end of both")] == ["stopped", "stopped"]
    scene.wait_for_comment(issue, "is over: stopped")


@pytest.mark.campaign
def test_nothing_of_what_has_become_private_is_told_in_public_and_no_answer_goes_on_with_what_was_stopped(
    scene: Scene,
) -> None:
    api, before = f"{scene.github.repository.partition('/')[0]}/api", len(scene.harvest.jobs())
    secret = call("ask_maintainer", {"question": "Which key?", "default": "the old one"}) + HOLD
    issue = ask(scene, "Show one more", spawn(scene, "api", f"Serve one more\n\n{instructions(secret)}") + publish())
    scene.wait_for_end(issue)
    child = eventually(lambda: [one for one in scene.harvest.jobs()[before + 1 :] if one.step == "run_agent"], "the child")[0]
    scene.github.control("PATCH", f"repos/{api}", {"private": True})
    scene.let_go(child)
    word = scene.wait_for_comment(issue, "was started from here")
    assert "Work in another repository, which was started from here, is over." in word
    assert "api" not in word

    scene.comment(issue, "/harvest stop")
    withdrawn = "SELECT 1 FROM questions WHERE job_id = ? AND why = 'withdrawn'"
    eventually(lambda: scene.harvest.query(withdrawn, child.id), "its question withdrawn")
    there = f"/repos/{api}/issues/{child.thread}/comments"
    scene.maintainer.post(there, {"body": "/harvest answer the new one"})
    eventually(lambda: [one for one in scene.maintainer.get(there) if "No question waits" in one["body"]], "an answer")
    assert len(scene.harvest.jobs()) == before + 2
    scene.github.control("PATCH", f"repos/{api}", {"private": False})


@pytest.mark.campaign
def test_what_was_started_starts_nothing_and_another_person_may_ask_there(scene: Scene) -> None:
    owner = scene.github.repository.partition("/")[0]
    scene.github.push(
        f"{owner}/api",
        "main",
        {SETTINGS_FILE: f"spawn: {{accept: [{scene.github.repository}], into: [{scene.github.repository}]}}\n"},
        scene.maintainer,
    )
    inner = call("spawn", {"repository": scene.github.repository, "task": "Back again"}, out="told.txt") + publish()
    before = len(scene.harvest.jobs())
    ask(scene, "Round and round", spawn(scene, "api", f"Go on\n\n{instructions(inner)}") + publish())
    jobs = eventually(lambda: ended_jobs(scene, before + 2), "both jobs")
    child = jobs[-1]
    found = scene.maintainer.get(f"/repos/{owner}/api/contents/told.txt", ref=child.report["pushed_sha"])
    assert "harvest has no tool of that name for this job" in base64.b64decode(found["content"]).decode()
