"""The file of an approved plan on the working branch: research, plan, and in the end what was done.

It is put there by the agent's own user in the sandbox, as a file that is not committed yet, and comes out with the agent's
commits. Where the repository's git ignores `.claude/`, it stays behind.
"""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from github_app.jobs.agent.planning import plan_file_text
from github_app.jobs.context import JobContext
from github_app.jobs.plans import approved_plan
from sandbox.protocol import Sandbox

log = structlog.get_logger()

# What is there already may have been written on since.
_WRITE = 'if [ ! -e "$1" ]; then mkdir -p -- "$(dirname -- "$1")" && cat > "$1"; fi'


def plan_path(branch: str, at: float) -> str:
    """Below the repository's root; `at` is when the plan was posted, in seconds since the epoch."""
    time = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f".claude/plans/{branch}/plan_{time}.md"


async def put_plan_file(context: JobContext, sandbox: Sandbox) -> None:
    """Put the plan that the job carries out where the agent finds it; nothing when there is none. Raises SandboxError."""
    approved = await approved_plan(context.services, context.ask)
    if approved is None:
        return
    text = plan_file_text(
        approved.plan.version,
        approved.text,
        asked_by=approved.ask.actor.login,
        approval=context.ask,
        thread=f"#{approved.ask.target.thread}",
    )
    path = plan_path(context.branch, approved.plan.at)
    done = await sandbox.run(["sh", "-c", _WRITE, "sh", path], cwd=sandbox.paths.workspace, stdin=text.encode())
    if done.exit_code != 0:
        log.warning("the plan's file could not be written", path=path, said=done.stderr[-200:].decode("utf-8", "replace"))
