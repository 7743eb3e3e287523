"""`harvest watch`: which pull requests are watched, on all repositories, and the switch that ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from github_app.operator.cli.stored import stored

if TYPE_CHECKING:
    from state.watches import Watch, Watches

watch = typer.Typer(help="The pull requests that are watched.", no_args_is_help=True, rich_markup_mode=None)


@watch.command("list")
def list_() -> None:
    """List what is watched, with what it may spend."""
    asyncio.run(show())


@watch.command()
def off(
    pull: Annotated[str, typer.Argument(help="The pull request, as owner/name#7.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All of them, in every repository.")] = False,
) -> None:
    """End watches. The service that runs tells of it on each pull request; what a watch has started goes on."""
    from github_app.settings.operator import SettingsError

    if bool(pull) == everything:
        raise SettingsError("say which: `harvest watch off owner/name#7`, or `harvest watch off --all`")
    asyncio.run(end(pull))


async def show() -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from github_app.replies.markdown import moment
    from github_app.replies.watching import spent
    from state.columns import to_dollars

    table = Table("pull request", "asked for by", "since", "until", "jobs", "spent", "of", box=None, pad_edge=False)
    async with opened() as watches:
        found = await watches.all()
        for one in found:
            tries = await watches.tries(one.id)
            of = f"${to_dollars(one.budget_microdollars):.2f}"
            cells = (
                name_of(one),
                one.actor_login,
                moment(one.created_at),
                one.until,
                str(len(tries)),
                f"${spent(tries):.2f}",
                of,
            )
            table.add_row(*map(Text, cells))
    Console(markup=False).print(table if found else "No pull request is watched.")


async def end(pull: str) -> None:
    from github_app.domain.watching import Why
    from github_app.settings.operator import SettingsError

    async with opened() as watches:
        found = [one for one in await watches.all() if pull in ("", name_of(one))]
        if pull and not found:
            raise SettingsError(f"{pull} is not watched: `harvest watch list` says what is")
        await watches.end([one.id for one in found], Why.OFF)
    for one in found:
        print(f"{name_of(one)} is not watched any more")
    if not found:
        print("No pull request is watched.")


def name_of(one: Watch) -> str:
    return f"{one.repository}#{one.pull_number}"


@asynccontextmanager
async def opened() -> AsyncIterator[Watches]:
    from state.watches import Watches

    async with stored("watches") as (_, database):
        yield Watches(database)
