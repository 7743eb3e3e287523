"""The commits of a session that no snapshot holds yet, kept where any node finds them: of an agent at work, in case its
sandbox is lost, and of work that came to no end, for the session's next job."""

from __future__ import annotations

import asyncio
from pathlib import Path

from github_app.jobs.context import JobContext

# Where they are kept, under the session's id.
SAVED = "saved/"
# In the job's folder, which is scratch.
SAVED_FILE = "saved.bundle"


async def save_commits(context: JobContext, bundle: Path) -> None:
    """Keep them, in the place of what was saved before."""
    await context.services.artifacts.put(key_of(context), bundle)


async def saved_commits(context: JobContext) -> Path | None:
    """A bundle of what was saved last, on this machine; None when nothing is."""
    await asyncio.to_thread(context.folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    bundle = context.folder / SAVED_FILE
    return bundle if await context.services.artifacts.get(key_of(context), bundle) else None


async def forget_saved_commits(context: JobContext) -> None:
    """They are pushed, or in a snapshot."""
    await context.services.artifacts.delete(key_of(context))


def key_of(context: JobContext) -> str:
    return f"{SAVED}{context.session.id}.bundle"
