"""A job whose agent works until it is let go, and its check run."""

from __future__ import annotations

from typing import Any

from tests.harvest_service import JobRow
from tests.scene import HOLD, Scene, commit


def at_work(scene: Scene, title: str) -> tuple[int, JobRow]:
    """An issue whose agent works until it is let go."""
    issue = scene.ask(title, HOLD + commit("held.txt"))
    return issue, scene.wait_for_step(issue, "run_agent")


def check_run(scene: Scene, sha: str, job: JobRow) -> dict[str, Any]:
    """The job's check run on that commit; empty when there is none."""
    return next((run for run in scene.check_runs(sha) if run["external_id"] == job.id), {})
