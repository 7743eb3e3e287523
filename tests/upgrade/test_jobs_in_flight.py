"""An upgrade finds jobs in mid-flight: whatever version of a recipe they are of, they come to their end on today's code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from github_app.jobs.all_recipes import all_recipes
from tests.anthropic_service import anthropic_service
from tests.github_service import running_github
from tests.harvest_service import SCRIPTED_AGENT, HarvestService, JobRow, running_harvest
from tests.sandboxes import LOCAL, Sandboxes, sandboxes_on
from tests.scene import BOT, END, eventually, slow
from tests.upgrade.jobs_in_flight import add_pulls, add_repositories, pass_over_comments
from tests.upgrade.states import STATES, restore, restore_commits

KEPT = sorted(path for path in STATES.iterdir() if path.is_dir())

# What they had posted stands in the GitHub of then.
ANSWERED_BEFORE = frozenset({"plan-1-report"})


def test_jobs_of_every_version_of_every_recipe_are_kept() -> None:
    kept = "".join((state / "harvest.sql").read_text() for state in KEPT)
    assert [key for key in all_recipes() if f"'{key}'" not in kept] == []


@pytest.mark.further
@pytest.mark.parametrize("kept", [KEPT[0], *(slow(kept) for kept in KEPT[1:])], ids=lambda kept: kept.name)
def test_jobs_in_mid_flight_come_to_their_end(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "harvest"
    notes = restore(kept, home / "state")
    with (
        running_github(tmp_path / "github") as github,
        anthropic_service() as model,
        sandboxes_on(LOCAL, tmp_path, state=home / "state", claude=SCRIPTED_AGENT) as sandboxes,
    ):
        add_repositories(github, notes["repositories"])
        restore_commits(kept, tmp_path / "github" / "git")
        add_pulls(github, notes["pulls"])
        pass_over_comments(github, notes["repositories"])
        with running_harvest(home, {**github.env, **model.environment, **sandboxes.env}) as harvest:
            ended = eventually(lambda: all_ended(harvest, sandboxes), "the end of every job")
        assert {job.id for job in ended} == set(notes["jobs"])
        owner = github.repository.partition("/")[0]
        for job in ended:
            assert job.outcome == notes["jobs"][job.id].get("outcome", "succeeded"), (job.id, job.ending)
        for name in notes["repositories"]:
            repository = f"/repos/{owner}/{name}"
            pulls = github.maintainer.get(f"{repository}/pulls", state="all")
            assert len(pulls) == (1 if name.startswith(("change", "review")) else 0), name
            if name.startswith("review"):
                reviews = github.maintainer.get(f"{repository}/pulls/{pulls[0]['number']}/reviews")
                assert [review["state"] for review in reviews] == ["COMMENTED"], name
            comments = github.maintainer.get(f"{repository}/issues/1/comments")
            answer = [comment for comment in comments if re.search("<!-- harvest:(answered|plan):", comment["body"])]
            assert len(answer) == (1 if name.startswith(("answer", "plan")) and name not in ANSWERED_BEFORE else 0), name
            end = [comment for comment in comments if comment["body"].startswith(END)]
            of_jobs = [comment["body"].partition("\n")[0] for comment in end]
            assert len(answer) + len(end) >= 1 or name in ANSWERED_BEFORE, name
            assert len(of_jobs) == len(set(of_jobs)), name
            rest = [comment for comment in comments if comment not in (*answer, *end)]
            assert [comment["user"]["login"] for comment in rest] == [BOT], [comment["body"] for comment in rest]
        assert github.violations() == []


def all_ended(harvest: HarvestService, sandboxes: Sandboxes) -> list[JobRow]:
    """Every job, once all have ended. Agents that wait are let go."""
    jobs = harvest.jobs()
    for job in jobs:
        if sandboxes.has_started(job.session, job.id):
            sandboxes.touch(job.session, "go")
    return jobs if all(job.state == "ended" for job in jobs) else []
