"""The demo from curtain to curtain: the processes are started, the story happens, and what came of it is shown and judged."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from github_app.operator.demo import tour
from github_app.operator.demo.lesson import Lesson, keep_lesson, see_lesson_used
from github_app.operator.demo.linear import SIGN
from github_app.operator.demo.picture import see_pictures
from github_app.operator.demo.processes import DemoFailed, run_to_its_end
from github_app.operator.demo.proof import TESTS, clone, python_in
from github_app.operator.demo.screen import Screen
from github_app.operator.demo.stage import STATE, Stage, Wanted, obstacle_to_modal, set_up
from github_app.operator.demo.story import Story
from sandbox.local import LocalBackend
from sandbox.protocol import SandboxError

FOLLOW_UP = f"/harvest also write -0.4 as `0s`: it comes out as `-0s` ({SIGN})"

# What the scripted model knows; the last answers whatever no other does.
PLAYS = ("timespan-fix.toml", "timespan-also.toml", "unscripted.toml")


async def perform(*, keep: bool, live: bool, sandbox: str, with_tour: bool) -> int:
    """Run the demo; the exit code is 0 only if all of it came true. However it ends, nothing that it started goes on."""
    screen = Screen()
    if live and with_tour:
        screen.failed("--tour follows a script, so it can't be had with --live")
        return 1
    if live and not os.environ.get("ANTHROPIC_API_KEY"):
        screen.failed("--live needs ANTHROPIC_API_KEY in the environment")
        return 1
    try:
        obstacle = await obstacle_to_modal() if sandbox == "modal" else ""
    except DemoFailed as problem:
        obstacle = str(problem)
    if obstacle:
        screen.failed(f"--sandbox=modal can't be shown here: {obstacle}. Without it the agent works in a local sandbox.")
        return 1
    plays = (*tour.PLAYS, *PLAYS) if with_tour else PLAYS
    wanted = Wanted(plays, workflows=with_tour, live=live, sandbox=sandbox)
    folder = Path(tempfile.mkdtemp(prefix="harvest-demo-"))
    begun = time.monotonic()
    worth_a_look = False
    try:
        async with AsyncExitStack() as stack:
            # Pushed first, so called last: what a service that has ended left running, for the next one to go on with.
            stack.push_async_callback(end_sandboxes, folder / STATE)
            stage = await set_up(stack, screen, folder, wanted)
            await (tour.take(stage) if with_tour else main_job(stage, scripted=not live))
            screen.console.print(f"\nAll of it came true in {time.monotonic() - begun:.1f} s.", style="green bold")
            if keep:
                await leave_open(screen, folder)
    except DemoFailed as problem:
        worth_a_look = True
        screen.failed(str(problem))
        screen.note(f"The logs are in {folder}.")
        return 1
    finally:
        if not worth_a_look:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return 0


async def end_sandboxes(state: Path) -> None:
    """End the agents that are still at work: a service that is told to end leaves them to its successor."""
    backend = LocalBackend(state, allow_unisolated=True)
    for living in await backend.list({}):
        with suppress(SandboxError):
            await (await backend.attach(living.id)).terminate()


async def main_job(stage: Stage, *, scripted: bool) -> None:
    story = Story(stage.screen, stage.maintainer, stage.repository, stage.patience)
    await story.label_the_bug()
    lesson = await keep_lesson(story) if scripted else None  # another model does as it likes
    await story.comment_on_the_pull_request(FOLLOW_UP)
    await story.see_linear(stage.linear, SIGN)
    if lesson is not None:
        await story.see_harvests_own_tests()
        await see_lesson_used(stage, story, lesson)
        await see_pictures(stage, story)
    await show_what_came_of_it(stage, story, lesson)


async def show_what_came_of_it(stage: Stage, story: Story, lesson: Lesson | None) -> None:
    """The diff, the proof, the steps, the counts; DemoFailed when something in it is not as it should be."""
    screen = stage.screen
    screen.heading("What came of it")
    pull = await story.pull_request()
    files = await story.maintainer.get(f"{story.path}/pulls/{story.pull}/files")
    screen.diff("\n".join(f"--- {file['filename']}\n{file.get('patch', '')}" for file in files))
    await prove(stage, story, pull)
    await show_steps(stage, story)
    first, follow_up = (job.asked_at for job in story.jobs)
    kept = [("keeping its lesson", lesson.asked_at)] if lesson is not None else []
    await stage.show_counts([("the first job", first), *kept, ("the follow-up", follow_up)])
    screen.box(
        "Where to look (with --keep)",
        [
            f"issue         {stage.pages}/issues/{story.issue}",
            f"pull request  {stage.pages}/pull/{story.pull}",
            f"Harvest       {stage.harvest_url}",
        ],
    )


async def prove(stage: Stage, story: Story, pull: dict[str, Any]) -> None:
    """A fresh clone of the branch passes its tests, and the pull request is what was promised."""
    folder = await clone(f"{stage.pages}.git", pull["head"]["ref"], stage.folder / "proof")
    stage.screen.happened("a fresh clone of the branch passes its tests", await python_in(folder, *TESTS))
    if not pull["draft"] or pull["commits"] < 2:
        raise DemoFailed(f"the pull request is not a draft of two commits or more: {pull['commits']} commits")
    if f"Closes #{story.issue}" not in pull["body"]:
        raise DemoFailed(f"the pull request does not close issue #{story.issue}")
    await stage.must_have_asked_only_what_github_knows()


async def show_steps(stage: Stage, story: Story) -> None:
    """Each job's steps and cost, as `harvest jobs` tells them."""
    for job, title in zip(story.jobs, ("The first job", "The follow-up"), strict=True):
        told = await run_to_its_end("github_app", "jobs", job.id, env=stage.env, folder=stage.folder)
        stage.screen.box(title, told.rstrip().splitlines())


async def leave_open(screen: Screen, folder: Path) -> None:
    screen.note(f"Everything stays up; state and logs are in {folder}. Ctrl-C ends it and clears it away.")
    await asyncio.Event().wait()
