"""`harvest demo`: the main job, from a label to a pull request and a follow-up, or a tour; on this machine alone."""

from __future__ import annotations

import signal
from typing import Annotated, Literal

import typer

# Ctrl-C, a polite kill, and the terminal that was closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything up at the end, until Ctrl-C.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Use your own ANTHROPIC_API_KEY, and no script.")] = False,
    sandbox: Annotated[
        Literal["local", "modal"], typer.Option(help="Where the agent works; modal is emulated here.")
    ] = "local",
    tour: Annotated[
        bool, typer.Option("--tour", help="Instead: a plan, its approval, a review comment, a red check, each followed up.")
    ] = False,
) -> None:
    """Watch Harvest at work. GitHub, Linear and the model are emulated, git and the Claude CLI real: no account, no key."""
    import asyncio
    import sys

    from github_app.operator.demo.performance import perform

    async def until_told_to_end() -> int:
        """A demo that is ended from outside ends what it started, too, and takes its time for that: told again, it goes on
        ending."""
        performing = asyncio.ensure_future(perform(keep=keep, live=live, sandbox=sandbox, with_tour=tour))

        def end(number: int) -> None:
            if not told:
                performing.cancel()
            told.append(number)

        for number in ENDING:
            asyncio.get_running_loop().add_signal_handler(number, end, number)
        return await performing

    told: list[int] = []
    try:
        sys.exit(asyncio.run(until_told_to_end()))
    except asyncio.CancelledError:
        sys.exit(128 + told[0])
