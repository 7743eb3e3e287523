"""No more jobs at a time than the operator allows: for one installation, whatever the sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scene import HOLD, commit, running_scene


@pytest.mark.campaign  # tests/state has the caps in detail
def test_a_second_issue_waits_until_the_first_is_done_when_the_cap_is_one(tmp_path: Path) -> None:
    with running_scene(tmp_path, env={"HARVEST_JOBS_PER_INSTALLATION": "1"}) as scene:
        first = scene.ask("First", HOLD + commit("first.txt"))
        running = scene.wait_for_step(first, "run_agent")
        second = scene.ask("Second", commit("second.txt"))
        waiting = scene.wait_for_job(second)
        scene.let_go(running)
        assert scene.wait_for_end(first).outcome == "succeeded"
        assert scene.wait_for_end(second).outcome == "succeeded"
        began = "SELECT ask -> 'target' ->> 'thread' FROM jobs ORDER BY started_at"
        assert [int(thread) for (thread,) in scene.harvest.query(began)] == [first, second]
        (ended,) = scene.harvest.query("SELECT ended_at FROM jobs WHERE id = ?", running.id)
        (started,) = scene.harvest.query("SELECT started_at FROM jobs WHERE id = ?", waiting.id)
        assert started > ended
        assert scene.github.violations() == []
