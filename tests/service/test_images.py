"""A repository's image, from the operator's command to the replies of the jobs that start from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harvest_service import HarvestService
from tests.scene import commit, running_scene
from tests.service.backends import on_both_in_the_campaign

SET_UP = "echo fetched > dependency\necho careless >&2; exit 3\n"


def harvest(service: HarvestService, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One of the operator's commands, beside the running service."""
    argv = [sys.executable, "-m", "github_app", *arguments]
    env = {**service.env, "COLUMNS": "200"}
    return subprocess.run(argv, cwd=service.log_path.parent, env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.further
@on_both_in_the_campaign
def test_a_first_job_starts_from_the_image_and_says_so_and_the_next_one_from_its_snapshot(
    tmp_path: Path, backend: str
) -> None:
    with running_scene(tmp_path, backend) as scene:
        repository = scene.github.repository
        scene.github.push(repository, "main", {".harvest/setup.sh": SET_UP}, scene.maintainer)

        refreshed = harvest(scene.harvest, "image", "refresh", repository)
        listed = harvest(scene.harvest, "image", "list").stdout

        assert refreshed.returncode == 1, "it did not come out whole"
        assert "`sh .harvest/setup.sh` for .harvest/setup.sh did not work (exit code 3: careless)" in refreshed.stdout
        assert re.search(rf"^{repository} +\d+ s +\d+ KB +[0-9a-f]{{7}} +\d+ s", listed, re.MULTILINE), listed
        assert f"{repository}: `sh .harvest/setup.sh` for .harvest/setup.sh did not work" in listed

        issue = scene.ask("First", 'cat dependency && test -z "$(git status --short)" && ' + commit("first.txt"))
        first = scene.wait_for_end(issue)

        (comment,) = scene.comments(issue)
        assert "with the repository's dependencies installed" in comment
        assert "> The repository's image is incomplete: `sh .harvest/setup.sh` did not work" in comment
        shown = harvest(scene.harvest, "jobs", first.id).stdout
        assert re.search(r"^sandbox: opened from image in \d+\.\d\d s$", shown, re.MULTILINE), shown

        scene.comment(issue, f"/harvest more\n\n```sh\ncat dependency && {commit('second.txt')}```")
        second = scene.wait_for_end(issue, number=2)

        assert "with what the request before had left in its sandbox" in scene.comments(issue)[0]
        ran = [command["exit_code"] for job in (first, second) for command in job.report["commands"]]
        assert ran == [0, 0], "the agent found what the set-up had made, both times"
        (pull,) = scene.pulls_of(issue)
        files = scene.maintainer.get(f"{scene.repo}/pulls/{pull['number']}/files")
        assert [file["filename"] for file in files] == ["first.txt", "second.txt"], "and nothing of it is published"
        assert scene.github.violations() == []
