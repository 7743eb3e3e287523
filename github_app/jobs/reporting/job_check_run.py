"""A job's check run on a commit: created once, known again by its external_id, updated from then on."""

from __future__ import annotations

from typing import Any

from github_app.github.threads import Thread, create_or_adopt
from github_app.jobs.context import JobContext
from github_app.replies.check_run import CHECK_NAME, created


async def put_check_run(context: JobContext, thread: Thread, head_sha: str, content: dict[str, Any]) -> None:
    """Bring the job's check run to this content, creating it on that commit if there is none."""
    if context.job.check_run_id is not None:
        await thread.request("PATCH", f"/check-runs/{context.job.check_run_id}", content)
        return
    check_run_id = await create_check_run(context, thread, head_sha, content)
    await context.services.jobs.update(context.job.id, check_run_id=check_run_id, head_sha=head_sha)


async def create_check_run(context: JobContext, thread: Thread, head_sha: str, content: dict[str, Any]) -> int:
    """A check run of this job on a commit, or the one that an earlier try created there; gives its id."""

    async def create() -> int:
        return int((await thread.request("POST", "/check-runs", created(context.job.id, head_sha, content)))["id"])

    async def find() -> int | None:
        return await find_check_run(context, thread, head_sha)

    return await create_or_adopt(create, find, look_first=not context.first_try)


async def find_check_run(context: JobContext, thread: Thread, head_sha: str) -> int | None:
    """This job's check run on a commit, if it was created before. A check run of another App can carry any external_id."""
    found = await thread.request("GET", f"/commits/{head_sha}/check-runs?check_name={CHECK_NAME}&filter=all&per_page=100")
    for run in found["check_runs"]:
        if run["external_id"] == context.job.id and run["app"]["id"] == context.services.app_id:
            return int(run["id"])
    return None
