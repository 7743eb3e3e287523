"""What a service costs that has nothing to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.harvest_service import ROOT
from tests.scene import Scene, commit, running_scene
from tests.waiting import wait_until

# The part that stands on the SDK of the tools' protocol.
TOOLS = "github_app.gateway.tools.protocol"

# A process of its own, that was not forked from one which has imported everything; it says what it imports.
FROM_NOTHING = {"PYTHONPATH": f"{ROOT}{os.pathsep}", "PYTHONPROFILEIMPORTTIME": "1"}


@pytest.mark.further
def test_what_only_an_agents_tools_need_is_loaded_when_the_first_job_is_on_its_way_to_its_agent(tmp_path: Path) -> None:
    with running_scene(tmp_path, env=FROM_NOTHING) as scene:
        wait_until(lambda: asked_who_its_bot_is(scene), "the service has got ready for a first job")
        assert TOOLS not in imported(scene)
        scene.wait_for_end(scene.ask("Say hello", commit("hello.txt")))
        wait_until(lambda: TOOLS in imported(scene), "the job has had it loaded")


def asked_who_its_bot_is(scene: Scene) -> bool:
    """The last that a service does to be ready."""
    return any(request["path"].startswith("/users/") for request in scene.github.requests()["requests"])


def imported(scene: Scene) -> set[str]:
    lines = scene.harvest.log().splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
