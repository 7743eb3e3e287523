"""The demo from curtain to curtain: the processes are started, the story happens, and what came of it is shown and judged."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from github_app.operator.demo.people import Person
from github_app.operator.demo.processes import DemoFailed, Ready, run_to_its_end, running
from github_app.operator.demo.screen import Screen
from github_app.operator.demo.story import LIVE_SECONDS, SCRIPTED_SECONDS, Story, tests_of
from sandbox.local import LocalBackend
from sandbox.protocol import SandboxError

FOLLOW_UP = "/harvest also write -0.4 as `0s`: it comes out as `-0s`"

# What the scripted model knows; the last answers whatever no other does.
PLAYS = ("timespan-fix.toml", "timespan-also.toml", "unscripted.toml")

# What a process of the demo gets of the visitor's environment; above all none of their HARVEST_ and GITHUB_ settings.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM", "SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY")


# The folder, in the demo's own, in which Harvest keeps its state.
STATE = "state"

# The demo must run where there is no bubblewrap; where there is, the sandbox is isolated all the same.
LOCAL_SANDBOX = {"HARVEST_SANDBOX": "local", "HARVEST_LOCAL_UNISOLATED": "1"}


async def perform(*, keep: bool, live: bool, sandbox: str) -> int:
    """Run the demo; the exit code is 0 only if all of it came true. However it ends, nothing that it started goes on."""
    screen = Screen()
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
    folder = Path(tempfile.mkdtemp(prefix="harvest-demo-"))
    begun = time.monotonic()
    worth_a_look = False
    try:
        async with AsyncExitStack() as stack:
            # Pushed first, so called last: what a service that has ended left running, for the next one to go on with.
            stack.push_async_callback(end_sandboxes, folder / STATE)
            stage = await set_up(stack, screen, folder, live=live, sandbox=sandbox)
            await play(stage, screen)
            await show_what_came_of_it(stage, screen, folder)
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


async def obstacle_to_modal() -> str:
    """Why the emulated Modal can't isolate its sandboxes on this machine; empty when it can."""
    asked = await run_to_its_end("emulators.modal", "--obstacle", env=passed_on(), folder=Path(tempfile.gettempdir()))
    return asked.strip()


def passed_on() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


async def end_sandboxes(state: Path) -> None:
    """End the agents that are still at work: a service that is told to end leaves them to its successor."""
    backend = LocalBackend(state, allow_unisolated=True)
    for living in await backend.list({}):
        with suppress(SandboxError):
            await (await backend.attach(living.id)).terminate()


class Stage:
    """What is up: the emulated GitHub, Harvest, and the story that is played there."""

    def __init__(self, github: dict[str, Any], harvest_url: str, env: dict[str, str], story: Story) -> None:
        self.github_url: str = github["url"]
        self.harvest_url = harvest_url
        self.env = env
        self.story = story

    async def emulator(self, path: str) -> Any:
        """What the emulated GitHub says about itself."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{self.github_url}/_emulator/{path}")).raise_for_status().json()


async def set_up(stack: AsyncExitStack, screen: Screen, folder: Path, *, live: bool, sandbox: str) -> Stage:
    """Start GitHub, the model and Harvest, and introduce them to each other."""
    screen.heading("The stage")
    base = passed_on()
    emulator = running("emulators.github", "--root", str(folder / "github"), env=base, folder=folder)
    github = (await stack.enter_async_context(emulator)).document()
    screen.happened("an emulated GitHub", github["url"])
    env = {**base, **github["env"], **await the_model(stack, screen, folder, base, live=live)}
    env |= {"HARVEST_PORT": "0", "HARVEST_STATE_DIR": str(folder / STATE)}
    env |= await the_modal(stack, screen, folder, base) if sandbox == "modal" else LOCAL_SANDBOX
    ready = await stack.enter_async_context(running("github_app", "serve", env=env, folder=folder))
    harvest_url = address_in(ready)
    screen.happened("Harvest", harvest_url)
    await point_webhooks(github, harvest_url)
    maintainer = Person.at(github["env"]["GITHUB_API_URL"], **github["people"]["maintainer"])
    story = Story(screen, maintainer, github["repository"], LIVE_SECONDS if live else SCRIPTED_SECONDS)
    return Stage(github, harvest_url, env, story)


async def the_model(
    stack: AsyncExitStack, screen: Screen, folder: Path, base: dict[str, str], *, live: bool
) -> dict[str, str]:
    """The environment by which Harvest reaches a model: a scripted one, or the visitor's own."""
    if live:
        screen.happened("the model is your own", os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com"))
        return {name: os.environ[name] for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL") if name in os.environ}
    plays = [argument for name in PLAYS for argument in ("--play", str(plays_folder() / name))]
    ready = await stack.enter_async_context(running("emulators.anthropic", *plays, env=base, folder=folder))
    model = ready.document()
    screen.happened("a scripted model (the Claude CLI is the real one)", model["url"])
    environment: dict[str, str] = model["env"]
    return environment


async def the_modal(stack: AsyncExitStack, screen: Screen, folder: Path, base: dict[str, str]) -> dict[str, str]:
    """The environment by which Harvest reaches an emulated Modal."""
    modal = await emulated_modal(stack, folder, base)
    screen.happened("an emulated Modal (the SDK is the real one)", modal["url"])
    return {**modal["env"], "HARVEST_SANDBOX": "modal"}


async def emulated_modal(stack: AsyncExitStack, folder: Path, base: dict[str, str]) -> dict[str, Any]:
    """Start an emulated Modal and build the base image; what it says of itself."""
    claude = shutil.which("claude") or bundled_claude()
    show = ("--show", f"{claude}:/usr/local/bin/claude")
    modal = (await stack.enter_async_context(running("emulators.modal", *show, env=base, folder=folder))).document()
    await run_to_its_end(
        "github_app", "image", "build", env={**base, **modal["env"], "HARVEST_SANDBOX": "modal"}, folder=folder
    )
    return modal


def bundled_claude() -> str:
    """The Claude CLI that the demo's own requirements bring."""
    spec = find_spec("claude_agent_sdk")
    if spec is None or spec.origin is None:
        raise DemoFailed("there is no Claude CLI: run the demo with `make demo`, which brings one")
    return str(Path(spec.origin).parent / "_bundled" / "claude")


def plays_folder() -> Path:
    """Where the scripted model's plays are."""
    spec = find_spec("emulators")
    if spec is None or not spec.submodule_search_locations:
        raise DemoFailed("the emulators are not installed: run the demo from a clone, with `make demo`")
    return Path(spec.submodule_search_locations[0]) / "anthropic" / "plays"


def address_in(ready: Ready) -> str:
    return ready.line.rpartition(" ")[2]


async def point_webhooks(github: dict[str, Any], harvest_url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.patch(f"{github['url']}/_emulator/hook", json={"url": f"{harvest_url}/webhooks/github"})
        answer.raise_for_status()


async def play(stage: Stage, screen: Screen) -> None:
    await stage.story.label_the_bug()
    await stage.story.comment_on_the_pull_request(FOLLOW_UP)


async def show_what_came_of_it(stage: Stage, screen: Screen, folder: Path) -> None:
    """The diff, the proof, the steps, the counts; DemoFailed when something in it is not as it should be."""
    story = stage.story
    screen.heading("What came of it")
    pull = await story.maintainer.get(f"{story.path}/pulls/{story.pull}")
    files = await story.maintainer.get(f"{story.path}/pulls/{story.pull}/files")
    screen.diff("\n".join(f"--- {file['filename']}\n{file.get('patch', '')}" for file in files))
    await prove(stage, screen, pull, folder)
    await show_steps(stage, screen, folder)
    await show_counts(stage, screen)
    pages = f"{stage.github_url}/{story.repository}"
    screen.box(
        "Where to look (with --keep)",
        [
            f"issue         {pages}/issues/{story.issue}",
            f"pull request  {pages}/pull/{story.pull}",
            f"Harvest       {stage.harvest_url}",
        ],
    )


async def prove(stage: Stage, screen: Screen, pull: dict[str, Any], folder: Path) -> None:
    """A fresh clone of the branch passes its tests, and the pull request is what was promised."""
    story = stage.story
    code, said = await tests_of(f"{stage.github_url}/{story.repository}.git", pull["head"]["ref"], folder / "proof")
    if code:
        raise DemoFailed(f"the tests fail on the pull request's branch: {said}")
    screen.happened("a fresh clone of the branch passes its tests", said)
    if not pull["draft"] or pull["commits"] < 2:
        raise DemoFailed(f"the pull request is not a draft of two commits or more: {pull['commits']} commits")
    if f"Closes #{story.issue}" not in pull["body"]:
        raise DemoFailed(f"the pull request does not close issue #{story.issue}")
    if violations := await stage.emulator("violations"):
        raise DemoFailed(f"GitHub would have refused {len(violations)} requests, the first: {violations[0]}")
    screen.happened("every request was one that GitHub's own description allows")


async def show_steps(stage: Stage, screen: Screen, folder: Path) -> None:
    """Each job's steps and cost, as `harvest jobs` tells them."""
    for job, title in zip(stage.story.jobs, ("The first job", "The follow-up"), strict=True):
        told = await run_to_its_end("github_app", "jobs", job.id, env=stage.env, folder=folder)
        screen.box(title, told.rstrip().splitlines())


async def show_counts(stage: Stage, screen: Screen) -> None:
    """How often GitHub was asked for each job: the API, which has rate limits, and git, which has none."""
    begins = [job.asked_at for job in stage.story.jobs]
    for title, begin, end in zip(("the first job", "the follow-up"), begins, [*begins[1:], time.time()], strict=True):
        log = await stage.emulator(f"requests?since={begin}&until={end}")
        ours = [request["channel"] for request in log["requests"] if request["actor"].startswith(("app", "installation"))]
        screen.happened(f"{title}: {ours.count('rest')} requests to GitHub's API, {ours.count('git')} by git")


async def leave_open(screen: Screen, folder: Path) -> None:
    screen.note(f"Everything stays up; state and logs are in {folder}. Ctrl-C ends it and clears it away.")
    await asyncio.Event().wait()
