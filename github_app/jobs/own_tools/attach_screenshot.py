"""The agent attaches a picture to its work: Harvest reads it out of the sandbox, draws it anew, stamps it and keeps it. People
see it in the pull request, once the work is published (`github_app/jobs/screenshots.py`).

The picture shows what the agent let it show, and may lie as any claim of the agent's; commit and files are as the sandbox's
git has them, the time is Harvest's.
"""

from __future__ import annotations

import posixpath
from typing import get_args

from github_app.domain.screenshot import MAX_SCREENSHOTS, Moment
from github_app.gateway.tools.arguments import Unclear
from github_app.jobs.context import JobContext
from github_app.jobs.own_tools.tool import Call, OwnTool
from github_app.jobs.results import WorkspacePrepared
from github_app.jobs.screenshots import attached, keep, stamp_now, tried
from github_app.publish.pictures.picture import MAX_GIVEN_BYTES, NoPicture, redrawn
from sandbox.protocol import Sandbox, SandboxError, SandboxPaths
from state.artifacts import ArtifactsAway

# Each may be made to take twenty seconds of the machine that Harvest runs on.
MOST_TRIES = 3 * MAX_SCREENSHOTS
MAX_PATH_CHARACTERS = 500
MAX_CAPTION_CHARACTERS = 300


async def attach_screenshot(call: Call) -> str:
    caption, moment = call.text("caption", most=MAX_CAPTION_CHARACTERS), moment_of(call)
    context = await call.context()
    if len(await attached(context)) >= MAX_SCREENSHOTS:
        raise Unclear(f"{MAX_SCREENSHOTS} pictures are attached already, and there can be no more")
    if await tried(context) >= MOST_TRIES:
        raise Unclear(f"you came with a picture {MOST_TRIES} times already: go on without more of them")
    try:
        sandbox = await context.sandbox()
        data = await read(sandbox, call.text("path", most=MAX_PATH_CHARACTERS))
        picture = await redrawn(data)
        stamp = await stamp_now(sandbox, context.found(WorkspacePrepared).hidden)
        await keep(context, picture, caption, moment, stamp)
    except NoPicture as problem:
        raise Unclear(str(problem)) from None
    except (SandboxError, ArtifactsAway, OSError) as problem:
        raise Unclear(f"the picture could not be kept: {problem}") from None
    return f"Attached ({picture.width}x{picture.height}). People see it in the pull request."


def moment_of(call: Call) -> Moment:
    given = call.text_or_none("when", most=20) or ""
    for moment in get_args(Moment):
        if given == moment:
            return moment  # type: ignore[no-any-return]
    raise Unclear("when: it is before or after, or left out")


async def read(sandbox: Sandbox, path: str) -> bytes:
    """Raises Unclear, SandboxError."""
    place = place_of(path, sandbox.paths)
    try:
        return await sandbox.read_file(place, max_bytes=MAX_GIVEN_BYTES)
    except FileNotFoundError:
        raise Unclear(f"path: there is no file {place}") from None


def place_of(path: str, paths: SandboxPaths) -> str:
    """Where the file is, by its absolute path or one in the workspace. Raises Unclear. Links on the way are refused by who
    reads it."""
    place = posixpath.normpath(posixpath.join(paths.workspace, path))
    if not any(place.startswith(f"{folder}/") for folder in (paths.workspace, paths.tmp)):
        raise Unclear(f"path: a file in {paths.workspace} or {paths.tmp} is needed")
    return place


def may_attach(context: JobContext) -> bool:
    return context.narrowed.screenshots


TOOL = OwnTool(
    name="attach_screenshot",
    description="Show people in the pull request what your change looks like: attach a picture that you took of the running "
    f"app, one before the change and one after it. PNG, JPEG or WebP, at most {MAX_GIVEN_BYTES // 1024**2} MB, at most "
    f"{MAX_SCREENSHOTS} a job. Never one with a password or personal data in it: all who can read the repository see it.",
    arguments={
        "path": {"type": "string", "description": "The file, in the workspace or in $TMPDIR"},
        "caption": {"type": "string", "description": "What is to be seen, in one line"},
        "when": {"type": "string", "enum": ["before", "after"]},
    },
    needed=("path", "caption"),
    changes=True,
    answer=attach_screenshot,
    offered=may_attach,
)
