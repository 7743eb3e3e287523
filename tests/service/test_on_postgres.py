"""The main path on Postgres, and what happens when that goes away in the middle of it. Seen as people see it: on GitHub."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres_service import PostgresService, running_postgres
from tests.scene import HOLD, Scene, commit, eventually, instructions, running_scene


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresService]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def scene(postgres: PostgresService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), env={"HARVEST_DATABASE_URL": postgres.new_database()}) as scene:
        yield scene
        assert scene.github.violations() == []


def test_a_label_a_comment_and_a_postgres_that_went_away_lead_to_one_pull_request(
    scene: Scene, postgres: PostgresService
) -> None:
    issue = scene.ask("On Postgres", commit("first.txt"))
    wait_for_headline(scene, issue, "Done")
    (pull,) = scene.pulls_of(issue)

    scene.comment(pull["number"], f"/harvest go on\n\n{instructions(HOLD + commit('second.txt'))}")
    wait_for_headline(scene, issue, "Working on it")
    (comment,) = scene.comments(issue)
    session = comment.removeprefix("<!-- harvest:session:").partition(" ")[0]
    postgres.stop()
    scene.sandboxes.touch(session, "go")
    eventually(lambda: "is tried again" in scene.harvest.log(), "a step that the database kept from ending")
    postgres.start()

    wait_for_headline(scene, issue, "Done")
    files = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
    assert sorted(one["filename"] for one in files) == ["first.txt", "second.txt"]
    assert len(scene.pulls_of(issue)) == 1
    assert len(scene.comments(issue)) == 1
    assert not (scene.harvest.state / "harvest.db").exists(), "nothing of it is in SQLite"


def wait_for_headline(scene: Scene, issue: int, words: str) -> None:
    eventually(lambda: any(f"### 🌾 {words}" in comment for comment in scene.comments(issue)), f"the comment: {words}")


def test_what_a_stopped_service_had_in_sqlite_goes_on_in_postgres(postgres: PostgresService, tmp_path: Path) -> None:
    with running_scene(tmp_path) as scene:
        issue = scene.ask("From SQLite", commit("first.txt"))
        scene.wait_for_end(issue)
        (pull,) = scene.pulls_of(issue)
        scene.comment(pull["number"], f"/harvest go on\n\n{instructions(HOLD + commit('second.txt'))}")
        wait_for_headline(scene, issue, "Working on it")
        job = scene.wait_for_step(pull["number"], "run_agent")
        eventually(lambda: scene.sandboxes.has_started(job.session, job.id), "its agent")
        before = len(scene.handled())

        scene.harvest.env["HARVEST_DATABASE_URL"] = postgres.new_database()
        assert "another Harvest" in migrate(scene, 2), "while it runs"
        scene.harvest.stop()
        said = migrate(scene, 0)
        assert re.search(rf"^ +{before} deliveries$", said, re.MULTILINE), said
        assert re.search(r"^ +2 jobs$", said, re.MULTILINE), said
        assert re.search(r"^ +1 jobs that go on there$", said, re.MULTILINE), said
        assert "has rows of its own" in migrate(scene, 2), "a second time"

        scene.harvest.start()
        scene.let_go(job)
        eventually(lambda: scene.pull(pull["number"])["commits"] == 2, "the commit of the job that went on")
        wait_for_headline(scene, issue, "Done")
        another = scene.ask("In Postgres", commit("third.txt"))
        eventually(lambda: scene.pulls_of(another), "the pull request of a new job")
        wait_for_headline(scene, another, "Done")
        assert len(scene.comments(issue)) == 1
        assert scene.harvest.jobs(another) == [], "nothing more is in SQLite"
        assert scene.github.violations() == []


def migrate(scene: Scene, exit_code: int) -> str:
    """What `harvest migrate` says, with the service's own settings."""
    done = subprocess.run(
        [sys.executable, "-m", "github_app", "migrate"], env=scene.harvest.env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == exit_code, done.stderr
    return done.stdout + done.stderr
