"""What is not kept for ever: deliveries, how jobs were carried out, session logs, snapshots. Settings say how long it is kept.
What a job took (usage, sandbox time) and how it ended stays.

Each look takes a bounded part at a time, so that nobody who writes waits for it, and what a job at work needs is left to it.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import structlog

from github_app.jobs.commits import COLLECTED
from github_app.jobs.kept_for_people import KEPT
from github_app.jobs.repository_tests import OUTPUT
from github_app.jobs.saved_commits import SAVED
from github_app.jobs.screenshots import SCREENSHOTS
from github_app.jobs.services import Services
from sandbox.protocol import SandboxError
from state.pace_rows import PaceRows
from state.tool_writes import ToolWrites

log = structlog.get_logger()

DAY_SECONDS = 86_400.0
# An account is of a day or a month; a session's is made anew from what its jobs took.
ACCOUNT_DAYS = 62.0
# What one look takes of the slow things: a snapshot is a call or the removal of a folder, a log a file to open.
SNAPSHOTS_A_LOOK = 500
LOGS_A_LOOK = 1_000
FILES_A_LOOK = 1_000
# What is to be told in an issue is looked after for a month.
NOTES_DAYS = 31.0
# One that is free for so long is renewed by nobody.
LEASES_SECONDS = DAY_SECONDS
# A log whose oldest entry is a little older than that is left for another time: its session may be used every day.
LOG_SLACK_DAYS = 7.0


async def forget_deliveries(services: Services) -> int:
    """Drop deliveries that were handled or given up; gives their number."""
    return await services.inbox.forget(older_than_days=services.settings.keep_deliveries_days)


async def forget_steps(services: Services) -> int:
    """Drop how jobs were carried out that have long ended: the engine's rows, ours, what their tests wrote, and folders that a
    crash left; gives the number of jobs and files."""
    days = services.settings.keep_steps_days
    before = time.time() - days * DAY_SECONDS
    jobs = await services.engine.forget(older_than_days=days)
    await services.job_steps.forget(ended_before=before)
    await services.job_tools.forget(ended_before=before)
    await services.job_issues.forget(ended_before=before)
    await services.issue_notes.forget(made_before=before - NOTES_DAYS * DAY_SECONDS)
    await ToolWrites(services.database).forget(ended_before=before)
    await services.evidence.forget(ended_before=before)
    await services.budgets.forget(unused_since=time.time() - ACCOUNT_DAYS * DAY_SECONDS, ended_before=before)
    folders = await asyncio.to_thread(untouched_since, services.job_folder("any").parent, before)
    states = await services.engine.states([folder.name for folder in folders])
    left = [folder for folder in folders if states.get(folder.name, "ended") == "ended"]
    for folder in left:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    collected = [each for where in (COLLECTED, SCREENSHOTS) for each in await kept_since_before(services, where, before)]
    states = await services.engine.states([job_id for _, job_id in collected])
    unneeded = [key for key, job_id in collected if states.get(job_id, "ended") == "ended"]
    unneeded += [key for key, _ in await kept_since_before(services, OUTPUT, before)]
    for key in unneeded:
        await services.artifacts.delete(key)
    return jobs + len(left) + len(unneeded)


async def forget_watches(services: Services) -> int:
    """Drop watches that were over long ago, and what agents have asked of people and for elsewhere; gives their number."""
    before = time.time() - services.settings.keep_steps_days * DAY_SECONDS
    asked = await services.questions.forget(asked_before=before - services.settings.answer_hours * 3600)
    asked += await services.children.forget(over_before=before)
    return asked + await services.watches.forget(told_before=before)


async def forget_memory(services: Services) -> int:
    """Drop what people have forgotten, what nobody approved, and facts whose code is gone; gives their number."""
    return await services.memory.drop(unchanged_since=time.time() - services.settings.keep_logs_days * DAY_SECONDS)


async def forget_logs(services: Services) -> int:
    """Drop old entries of the sessions' logs; gives the number of sessions."""
    before = time.time() - services.settings.keep_logs_days * DAY_SECONDS
    due = await services.sessions.with_old_log(before - LOG_SLACK_DAYS * DAY_SECONDS, limit=LOGS_A_LOOK)
    for session in due:
        oldest = await services.logs.forget(session.id, before=before)
        await services.sessions.note_log_since(session.id, session.log_since, oldest)
    return len(due)


async def forget_snapshots(services: Services) -> int:
    """Delete the snapshots of sessions that were not used for long or are closed, commits that were saved for them or kept for
    people, and snapshots that a crash kept from becoming anybody's; gives their number. The next job of such a session starts
    from its repository's image and says so."""
    before = time.time() - services.settings.keep_snapshots_days * DAY_SECONDS
    closed_before = time.time() - services.settings.keep_closed_days * DAY_SECONDS
    forgotten = 0
    for session in await services.sessions.with_old_snapshot(before, closed_before, limit=SNAPSHOTS_A_LOOK):
        snapshot_id = session.snapshot_id or ""
        try:
            await services.backend.delete_snapshot(snapshot_id)
        except SandboxError as problem:
            log.warning("an old snapshot could not be deleted", snapshot=snapshot_id, error=str(problem))
            continue
        await services.sessions.note_expired(session.id, snapshot_id)
        forgotten += 1
    for key, session_id in await kept_since_before(services, SAVED, before):
        if not await services.jobs.live_of_session(session_id):
            await services.artifacts.delete(key)
            forgotten += 1
    for key, _ in await kept_since_before(services, KEPT, before):
        await services.artifacts.delete(key)
        forgotten += 1
    for snapshot_id in await snapshots_of_nobody(services, before):
        await services.backend.delete_snapshot(snapshot_id)
        forgotten += 1
    return forgotten


async def snapshots_of_nobody(services: Services, before: float) -> list[str]:
    """Old ones that no session, no repository's image and no job in flight goes on from, as much as one look takes."""
    old = (await services.backend.old_snapshots(before))[:SNAPSHOTS_A_LOOK]
    needed = await services.sessions.snapshots_among(old)
    for image in await services.images.all() if old else []:
        needed |= {image.built.image_id if image.built else "", image.replaced_image_id or ""}
    for job in await services.jobs.unfinished() if old else []:
        steps = await services.job_steps.of_job(job.id)
        needed |= {step.result["snapshot"] for step in steps if step.result and step.result.get("snapshot")}
    return [snapshot_id for snapshot_id in old if snapshot_id not in needed]


async def forget_leases(services: Services) -> int:
    """Drop leases that whoever held them died with, what was asked of GitHub for installations that are quiet now, and when
    bots were listened to; gives their number."""
    dead = await services.leases.forget(free_for=LEASES_SECONDS)
    dead += await services.bot_asks.forget()
    return dead + await PaceRows(services.database).forget(written_before=time.time() - DAY_SECONDS)


async def kept_since_before(services: Services, where: str, before: float) -> list[tuple[str, str]]:
    """The artifacts below that which were put there before then, and whose each is, as much as one look takes."""
    old = [each for each in await services.artifacts.list(where) if each.stored_at < before]
    return [(each.key, each.key.removeprefix(where).partition(".")[0]) for each in old[:FILES_A_LOOK]]


def untouched_since(folder: Path, before: float) -> list[Path]:
    """What lies in this folder and was not changed since then, as much as one look takes. Blocks."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.stat().st_mtime < before][:FILES_A_LOOK]
