"""The main path on Postgres, and what happens when that goes away in the middle of it. Seen as people see it: on GitHub."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from state.artifacts import FolderArtifacts
from state.s3_artifacts import S3Artifacts
from state.sessions import Sessions
from tests.postgres_service import PostgresService, running_postgres
from tests.s3_service import S3Service, running_s3
from tests.scene import HOLD, Scene, commit, eventually, instructions, running_scene
from tests.sqlite_file import open_sqlite

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresService]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    with running_s3(tmp_path_factory.mktemp("s3")) as service:
        yield service


@pytest.fixture(scope="module")
def scene(postgres: PostgresService, s3: S3Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    postgres_url = postgres.new_database()
    env = {"HARVEST_DATABASE_URL": postgres_url, "HARVEST_SAVE_SECONDS": "1", "HARVEST_STANDBYS": "1", **s3.env}
    with running_scene(tmp_path_factory.mktemp("scene"), env=env) as scene:
        yield scene
        assert scene.github.violations() == []


@pytest.mark.further
def test_a_label_a_comment_and_a_postgres_that_went_away_lead_to_one_pull_request(
    scene: Scene, postgres: PostgresService, s3: S3Service
) -> None:
    issue = scene.ask("On Postgres", commit("first.txt"))
    wait_for_headline(scene, issue, "Done")
    (pull,) = scene.pulls_of(issue)
    (standby,) = eventually(lambda: scene.harvest.log_lines("a standby waits"), "the session's standby")

    scene.comment(pull["number"], f"/harvest go on\n\n{instructions(commit('second.txt') + HOLD)}")
    wait_for_headline(scene, issue, "Working on it")
    (goes_on,) = eventually(lambda: scene.harvest.log_lines("the job goes on in a standby"), "the follow-up in it")
    assert goes_on["sandbox"] == standby["sandbox"]
    eventually(lambda: s3.keys(), "what the agent has committed so far, in the bucket")
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
    eventually(lambda: s3.keys() == [], "nothing left in the bucket that nobody needs")


@pytest.mark.campaign
def test_with_local_sandboxes_a_second_node_is_refused_and_doctor_says_so(scene: Scene, tmp_path: Path) -> None:
    second = {**scene.harvest.env, "HARVEST_PORT": "0", "HARVEST_STATE_DIR": str(tmp_path / "second")}
    assert "no other node can go on with what is in it. Stop all nodes but one" in run_harvest("serve", second, 2)
    assert re.search(r"nodes +1 at work\n", run_harvest("doctor", second, None))
    modal = {
        **second,
        "HARVEST_SANDBOX": "modal",
        "MODAL_TOKEN_ID": "ak-1",
        "MODAL_TOKEN_SECRET": "as-1",
        "HARVEST_EGRESS": "",
    }
    assert "Stop all nodes but one" in run_harvest("serve", modal, 2)
    assert "1 at work, of which one has local sandboxes, and HARVEST_SANDBOX is modal" in run_harvest("doctor", modal, 1)


def wait_for_headline(scene: Scene, issue: int, words: str) -> None:
    eventually(lambda: any(f"### 🌾 {words}" in comment for comment in scene.comments(issue)), f"the comment: {words}")


@pytest.mark.campaign
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


@pytest.mark.campaign
async def test_saved_files_are_moved_into_the_bucket_that_is_set_and_nothing_is_while_it_is_away(
    postgres: PostgresService, s3: S3Service, tmp_path: Path
) -> None:
    (tmp_path / "bundle").write_bytes(b"commits")
    await FolderArtifacts(tmp_path / "state" / "artifacts").put("saved/a-session.bundle", tmp_path / "bundle")
    database = await open_sqlite(tmp_path / "state")
    await Sessions(database).open_session(installation_id=1, repository_id=1, repository="a/b", thread=7, kind="issue")
    await database.close()
    env = {"HARVEST_STATE_DIR": str(tmp_path / "state"), "HARVEST_DATABASE_URL": postgres.new_database(), **s3.env}
    away = {**env, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    assert "nothing was moved, because the bucket could not be written" in await asyncio.to_thread(run_migrate, away, 2)
    assert re.search(r"^ +1 saved files$", await asyncio.to_thread(run_migrate, env, 0), re.MULTILINE)
    assert await S3Artifacts(s3.bucket).get("saved/a-session.bundle", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"commits"


def migrate(scene: Scene, exit_code: int) -> str:
    """What `harvest migrate` says, with the service's own settings."""
    return run_migrate(scene.harvest.env, exit_code)


def run_migrate(env: Mapping[str, str], exit_code: int) -> str:
    return run_harvest("migrate", env, exit_code)


def run_harvest(command: str, env: Mapping[str, str], exit_code: int | None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "github_app", command],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert exit_code in (None, done.returncode), done.stderr
    return done.stdout + done.stderr
