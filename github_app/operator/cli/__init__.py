"""The command `harvest`: one file a command, and this one place that lists them.

What a command needs is imported when it runs, so that `harvest --help` answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from github_app.operator.cli.demo import demo
from github_app.operator.cli.doctor import doctor
from github_app.operator.cli.image import image
from github_app.operator.cli.jobs import jobs
from github_app.operator.cli.migrate import migrate
from github_app.operator.cli.serve import serve
from github_app.operator.cli.setup import setup
from github_app.operator.cli.watch import watch
from github_app.version import VERSION
from state.operator_problem import OperatorProblem

app = typer.Typer(
    name="harvest",
    help="A GitHub App that answers an issue with a pull request, written by Claude Code in a sandbox.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def which(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Say which Harvest this is.")] = False
) -> None:
    if version:
        print(f"harvest {VERSION}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(2)


for command in (serve, demo, doctor, setup, jobs, migrate):
    app.command()(command)
app.add_typer(image, name="image")
app.add_typer(watch, name="watch")


def main() -> None:
    """Run the command. What the operator can mend is a line on stderr and exit code 2; anything else is a bug's traceback."""
    try:
        app()
    except OperatorProblem as problem:
        for line in str(problem).splitlines():
            print(f"harvest: {line}", file=sys.stderr)
        sys.exit(2)
