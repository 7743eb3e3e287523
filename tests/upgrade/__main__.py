"""Makes a state with jobs in mid-flight and keeps it: `python -m tests.upgrade NAME`, once for each release, named after it.
With recipes behind the name (`plan/1`) it has their jobs alone.

What is kept is never made anew by a later Harvest: it is there to be what an earlier one left.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from state.database import Database
from state.jobs import Jobs
from state.sessions import Sessions
from tests.github_service import GitHubService, running_github
from tests.harvest_service import SCRIPTED_AGENT, HarvestService
from tests.sandboxes import LocalSandboxes
from tests.scene import eventually
from tests.upgrade.jobs_in_flight import IN_FLIGHT, InFlight, add_repositories, ask_for, pulls_of
from tests.upgrade.states import STATES, keep

FOR_EVER = 100_000

# No model is asked for anything but a review, and does not answer.
NOWHERE = "http://127.0.0.1:1"


def main(name: str, *recipes: str) -> None:
    in_flight = [job for job in IN_FLIGHT if not recipes or job.recipe in recipes]
    with tempfile.TemporaryDirectory() as temporary, running_github(Path(temporary) / "github") as github:
        folder = Path(temporary) / "harvest"
        sandboxes = LocalSandboxes(folder / "state", SCRIPTED_AGENT)
        (folder / "state").mkdir(mode=0o700, parents=True, exist_ok=True)
        env = {
            **github.env,
            **sandboxes.env,
            "ANTHROPIC_API_KEY": "unused",
            "ANTHROPIC_BASE_URL": NOWHERE,
            "HARVEST_JOBS_PER_INSTALLATION": "20",
        }
        harvest = HarvestService(folder, env)
        repositories = [job.id for job in in_flight if not job.waiting]
        add_repositories(github, repositories)
        asyncio.run(add_jobs(github, harvest.state, in_flight))
        try:
            bring_into_flight(github, harvest, sandboxes, in_flight)
        finally:
            if harvest.running:
                harvest.kill()
            sandboxes.end_all()
        notes = {
            "jobs": {job.id: {"recipe": job.recipe, "step": job.step, "outcome": job.outcome} for job in in_flight},
            "repositories": repositories,
            "pulls": pulls_of(github, repositories),
        }
        keep(harvest.state, Path(temporary) / "github" / "git", STATES / name, notes)


async def add_jobs(github: GitHubService, state: Path, in_flight: list[InFlight]) -> None:
    database = await Database.open(f"sqlite:///{state}/harvest.db")
    owner, repository = github.repository.partition("/")[0], ""
    for job in in_flight:
        repository = repository if job.waiting else f"{owner}/{job.id}"
        ask = ask_for(github, job, repository)
        session = await Sessions(database).open_session(
            installation_id=ask.target.installation_id,
            repository_id=ask.target.repository.id,
            repository=repository,
            thread=job.thread,
            kind="issue",
        )
        await Jobs(database).add(
            job.id,
            session_id=session.id,
            installation_id=ask.target.installation_id,
            kind="issue",
            recipe=job.recipe,
            ask=ask.to_json(),
        )
    await database.close()


def bring_into_flight(
    github: GitHubService, harvest: HarvestService, sandboxes: LocalSandboxes, in_flight: list[InFlight]
) -> None:
    """Let each job come to where it is to be, and end Harvest there as a power cut does."""

    def refuse(job: InFlight) -> None:
        if job.refused is not None:
            method, path = job.refused
            github.fault("status", method=method, path=path.format(job.id), status=503, count=FOR_EVER)

    def at(job: InFlight, step: str) -> bool:
        return any(row.id == job.id and row.step == step for row in harvest.jobs())

    def comes_to(job: InFlight, step: str) -> None:
        eventually(lambda: at(job, step), f"{job.id} at {step}")

    running = [job for job in in_flight if not job.waiting]
    later = [job for job in running if job.after_the_agent]
    for job in running:
        if not job.after_the_agent:
            refuse(job)
    harvest.start()
    session_of = {row.id: row.session for row in harvest.jobs()}
    for job in running:
        comes_to(job, "run_agent" if job.after_the_agent else job.step)
    for job in later:
        refuse(job)
        sandboxes.touch(session_of[job.id], "go")
    for job in later:
        comes_to(job, job.step)
    for job in running:
        if job.refused is not None:
            eventually(lambda: has_met_its_refusal(github, job), f"{job.id} refused")  # noqa: B023 - it is called at once
    harvest.kill()


def has_met_its_refusal(github: GitHubService, job: InFlight) -> bool:
    return any(one["status"] == 503 and f"/{job.id}" in one["path"] for one in github.requests()["requests"])


if __name__ == "__main__":
    main(*sys.argv[1:])
