"""The pictures that a job's agent attached: kept while it works, and shown to people once its commits are published.

What is kept is among the artifacts, and each has its event in the session's log. People see them from a branch of the
repository, as they see its code: who may not, sees none. https://docs.github.com/en/get-started/writing-on-github/
getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#images
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from github_app.domain.screenshot import MAX_SCREENSHOTS, Moment, Screenshot, Stamp
from github_app.domain.session_events import HarvestEvent, ScreenshotAttached, ToolUsed, event_in
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.results import CommitsPushed, CommitsVetted, Ground
from github_app.publish.pictures.branch import BRANCH, NewPicture, NotTaken, push_pictures
from github_app.publish.pictures.picture import Picture
from github_app.publish.vet.clean_git import GitFailed, Remote
from github_app.replies import tools as tool_words
from sandbox.git import git
from sandbox.protocol import Sandbox
from sandbox.work_tree import work_tree

log = structlog.get_logger()

# Where they are kept, under the job's id and a name for their content, until the job is over.
SCREENSHOTS = "screenshots/"
FOLDER = "screenshots"
SHA = re.compile(rb"[0-9a-f]{40}")


async def attached(context: JobContext) -> list[ScreenshotAttached]:
    """Those that the job's agents have attached so far, the first one first, and no more than may be."""
    found = [event async for event in events_of(context) if isinstance(event, ScreenshotAttached)]
    return found[:MAX_SCREENSHOTS]


async def tried(context: JobContext) -> int:
    """How often the job's agents have come with a picture so far."""
    return len([0 async for event in events_of(context) if isinstance(event, ToolUsed) and event.tool == "attach_screenshot"])


async def events_of(context: JobContext) -> AsyncIterator[HarvestEvent]:
    """What Harvest has noted of the job so far."""
    after, logs = 0, context.services.logs
    while page := await logs.read(context.session.id, after=after, job_id=context.job.id, by="harvest"):
        for entry in page:
            after = entry.number
            if (event := event_in(entry)) is not None:
                yield event


async def stamp_now(sandbox: Sandbox, hidden: str) -> Stamp:
    """What the sandbox's working tree is at; `hidden` is what Harvest hides from git there. Raises SandboxError."""
    head = await git(sandbox, "rev-parse", "--verify", "HEAD", max_bytes=1_000)
    status = await git(sandbox, "status", "--porcelain", "--ignore-submodules", max_bytes=1_000)
    commit = head.stdout.strip().decode("ascii", "replace") if SHA.fullmatch(head.stdout.strip()) else ""
    tree = await work_tree(sandbox, hidden=hidden)
    return Stamp(commit, bool(commit and status.stdout.strip()), time.time(), tree)


async def keep(context: JobContext, picture: Picture, caption: str, moment: Moment, stamp: Stamp) -> None:
    """Keep it for when the job's commits are published; the same one again counts once. Raises ArtifactsAway, OSError."""
    name = f"{hashlib.sha256(picture.data).hexdigest()[:16]}.{picture.format}"
    file = context.folder / FOLDER / name
    await asyncio.to_thread(write, file, picture.data)
    key = f"{SCREENSHOTS}{context.job.id}.{name}"
    await context.services.artifacts.put(key, file)
    await context.append(ScreenshotAttached(key, picture.format, caption, moment, stamp))


def write(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_bytes(data)


async def forget_screenshots(context: JobContext) -> None:
    """The job is over."""
    for event in await attached(context) if context.narrowed.screenshots else ():
        await context.services.artifacts.delete(event.artifact)


async def show_screenshots(context: JobContext) -> tuple[tuple[Screenshot, ...], list[str]]:
    """Push what the job attached to the branch for pictures, once; gives those that people can see, and sentences on what did
    not work out. A job is never held up by its pictures."""
    events = await attached(context) if context.narrowed.screenshots else []
    files = [(event, context.folder / FOLDER / Path(event.artifact).name) for event in events]
    files = [(event, file) for event, file in files if await context.services.artifacts.get(event.artifact, file)]
    if not files:
        return (), []
    names = [f"{number}-{event.moment or 'picture'}.{event.format}" for number, (event, _) in enumerate(files, 1)]
    pictures = [NewPicture(name, file) for name, (_, file) in zip(names, files, strict=True)]
    folder = folder_of(context)
    try:
        await pushed(context, folder, pictures)
    except (NotTaken, GitFailed) as problem:
        log.warning("a job's pictures are not shown", problem=str(problem))
        return (), [tool_words.screenshots_not_shown(str(problem))]
    repository = context.session.repository
    stamps = [as_published(context, event.stamp) for event, _ in files]
    return tuple(
        Screenshot(
            url=f"{context.services.web_url(repository, 'blob', BRANCH, folder, name)}?raw=true",
            caption=event.caption,
            moment=event.moment,
            stamp=stamp,
            commit_url=context.services.web_url(repository, "commit", stamp.commit) if is_there else "",
        )
        for name, (event, _), (stamp, is_there) in zip(names, files, stamps, strict=True)
    ), []


def as_published(context: JobContext, stamp: Stamp) -> tuple[Stamp, bool]:
    """The stamp, and whether its commit is on GitHub. Of the published files it is the published commit: the agent's own ones
    get other names when they are vetted."""
    vetted = context.latest(CommitsVetted)
    if vetted is not None and stamp.tree and stamp.tree == vetted.tree:
        return msgspec.structs.replace(stamp, commit=context.found(CommitsPushed).head_sha, on_top=False), True
    return stamp, stamp.commit == context.found(Ground).start_sha


async def pushed(context: JobContext, folder: str, pictures: Sequence[NewPicture]) -> None:
    """Raises NotTaken, GitFailed. The token for it is made now, after the agent has ended, and used for this alone."""
    services, session = context.services, context.session
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.PUSH)
    scratch = context.folder / f"{FOLDER}.git"
    try:
        remote = Remote(context.remote_url, token.value)
        await push_pictures(scratch, remote, folder, pictures, await services.identity.git())
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


def folder_of(context: JobContext) -> str:
    """The job's folder on the branch: the same each time, and in the order of time among those of others."""
    asked = datetime.fromtimestamp(context.job.created_at, UTC)
    return f"{asked:%Y%m%d-%H%M%S}-{context.job.id}"
