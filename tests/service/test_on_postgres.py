"""The main path on Postgres, and what happens when that goes away in the middle of it. Seen as people see it: on GitHub."""

from __future__ import annotations

from collections.abc import Iterator

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
