"""`harvest jobs`: what was asked, how far it has come, and how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from github_app.operator.cli.stored import stored

if TYPE_CHECKING:
    from state.backlog import ParkedDelivery
    from state.database import Database
    from state.evidence_ledger import RunRow
    from state.jobs import Job
    from state.sandbox_times import SandboxUse

# The latest that were given up: there should be none at all.
PARKED_SHOWN = 10


def jobs(
    job_id: Annotated[str, typer.Argument(help="One job, with its steps and its end; all jobs if left out.")] = "",
    rows: Annotated[int, typer.Option(help="How many of the latest jobs to list.", min=1, max=500)] = 20,
    bundle: Annotated[
        Path | None,
        typer.Option(help="Write what is kept of that job's refused work to this file, for `git fetch`.", dir_okay=False),
    ] = None,
) -> None:
    """List the latest jobs, show one, or get the work of one that was refused."""
    import asyncio

    asyncio.run(show(job_id, rows) if bundle is None else save(job_id, bundle))


async def show(job_id: str, rows: int) -> None:
    from github_app.settings.operator import SettingsError
    from state.jobs import Jobs

    async with stored("jobs") as (_, database):
        if not job_id:
            await show_table(database, await Jobs(database).page(rows=rows))
            return
        try:
            job = await Jobs(database).get(job_id)
        except KeyError:
            raise SettingsError(f"there is no job {job_id}: `harvest jobs` lists them") from None
        await show_one(database, job)


async def save(job_id: str, into: Path) -> None:
    from github_app.jobs.kept_for_people import kept_key
    from github_app.service.artifacts import open_artifacts
    from github_app.settings.operator import SettingsError
    from state.artifacts import ArtifactsAway

    async with stored("jobs") as (settings, database):
        try:
            artifacts = open_artifacts(settings, database)
            found = bool(job_id) and await artifacts.get(kept_key(job_id), into)
        except (ArtifactsAway, ValueError, OSError) as problem:
            raise SettingsError(
                f"the work of job {job_id!r} could not be written to {into}: {problem}: give the id as `harvest jobs` lists "
                "it, and a file that can be written"
            ) from None
    if not found:
        raise SettingsError(
            f"no refused work of job {job_id!r} is kept: the comment on its end says where it is, and how long"
        )


async def show_table(database: Database, found: list[Job]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from github_app.domain.ask import Ask
    from state.backlog import parked_deliveries
    from state.sessions import Sessions

    table = Table("job", "thread", "asked by", "state", "for", box=None, pad_edge=False)
    for job in found:
        session = await Sessions(database).get(job.session_id)
        state = job.outcome or (f"{job.state}: {job.step}" if job.step else job.state)
        ask = Ask.from_json(job.ask)
        thread = f"{session.repository}#{ask.target.thread}"
        table.add_row(*(Text(cell) for cell in (job.id, thread, ask.actor.login, state, seconds_of(job))))
    console = Console(markup=False)
    console.print(table if found else "No jobs yet.")
    parked = await parked_deliveries(database)
    for delivery in parked[-PARKED_SHOWN:]:
        console.print(parked_line(delivery))
    if len(parked) > PARKED_SHOWN:
        console.print(f"{len(parked)} deliveries were given up in all")


def parked_line(delivery: ParkedDelivery) -> str:
    """What was given up: nobody on GitHub was told of it."""
    what = f"{delivery.event}.{delivery.action}" if delivery.action else delivery.event
    where = f"repository {delivery.repository_id}" + (f" #{delivery.thread}" if delivery.thread is not None else "")
    tries = "after 1 attempt" if delivery.attempts == 1 else f"after {delivery.attempts} attempts"
    return f"given up {tries}: delivery {delivery.delivery_id} ({what}, {where}): {delivery.error}"


async def show_one(database: Database, job: Job) -> None:
    from itertools import chain

    import msgspec
    from rich.console import Console

    from github_app.jobs.results import SandboxOpened
    from state.evidence_ledger import EvidenceLedger
    from state.job_steps import JobSteps
    from state.sandbox_times import SandboxTimes
    from state.usage import UsageLedger

    console = Console(highlight=False, markup=False)
    console.print(f"job {job.id}, {job.outcome or job.state}, {seconds_of(job)}")
    steps = await JobSteps(database).of_job(job.id)
    for row in steps:
        console.print(f"  {row.started_at - job.created_at:8.2f} s  {row.step}")
    opened = (msgspec.convert(row.result, SandboxOpened) for row in steps if row.step == "open_sandbox" and row.result)
    for attempt in chain.from_iterable(each.attempts for each in opened):
        outcome = f"not opened ({attempt.problem})" if attempt.problem else "opened"
        console.print(f"sandbox: {outcome} from {attempt.start} in {attempt.seconds:.2f} s")
    for run in await EvidenceLedger(database).of_job(job.id):
        console.print(test_line(run))
    ending = job.ending or {}
    for part in ("happened", "kept", "advice"):
        if ending.get(part):
            console.print(f"{part}: {ending[part]}")
    spent = await UsageLedger(database).of_job(job.id)
    tokens = spent.input_tokens + spent.output_tokens + spent.cache_read_tokens + spent.cache_write_tokens
    console.print(f"model: {spent.requests} requests, {tokens} tokens, ${spent.cost_usd:.4f}")
    console.print(sandbox_line(await SandboxTimes(database).of_job(job.id)))


def test_line(run: RunRow) -> str:
    """One run of tests in the ledger."""
    who = f"run {run.number} by Harvest" if run.source == "harvest" else "seen in the agent's shell"
    ended = "not finished" if run.exit_code is None else f"exit code {run.exit_code}"
    took = f", {run.ended_at - run.began_at:.1f} s" if run.source == "harvest" and run.ended_at is not None else ""
    tree = run.tree or run.tree_after
    return f"tests, {who}: {ended}{took}{f', tree {tree[:12]}' if tree else ''}: {' '.join(run.command.split())}"


def sandbox_line(used: SandboxUse) -> str:
    """How long the job's sandboxes lived and what they had meanwhile; dollars once their provider has told."""
    from state.columns import to_dollars

    count = "1 sandbox" if used.sandboxes == 1 else f"{used.sandboxes} sandboxes"
    had = ""
    if used.seconds:
        had = f" with {used.core_seconds / used.seconds:.3g} CPU and {used.gib_seconds / used.seconds:.3g} GiB of memory"
    cost = f", ${to_dollars(used.cost_microdollars):.4f}" if used.cost_microdollars else ""
    return f"sandbox: {count}, {used.seconds:.0f} s{had}{cost}"


def seconds_of(job: Job) -> str:
    import time

    from github_app.replies.markdown import duration

    return duration((job.ended_at or time.time()) - job.created_at)
