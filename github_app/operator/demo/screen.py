"""How the demo looks: a line for each thing that happens, with the seconds since it was asked. Plain without a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

WIDTH = 110


class Screen:
    """Prints as it goes; a terminal shows besides what is being waited for."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=False)
        self.console.width = min(self.console.width, WIDTH)
        self._begun = time.monotonic()
        self.seconds: dict[str, float] = {}

    def heading(self, title: str) -> None:
        """A new part; the clock starts again."""
        self.console.print()
        self.console.print(Rule(Text(title, style="bold"), align="left", style="green"))
        self.restart_clock()

    def restart_clock(self) -> None:
        self._begun = time.monotonic()

    def happened(self, what: str, detail: str = "", *, mark: str = "✓", name: str = "") -> None:
        """Something happened now; `name` keeps its time for the summary."""
        seconds = time.monotonic() - self._begun
        if name:
            self.seconds[name] = seconds
        line = Text.assemble((f"{seconds:7.2f} s ", "dim"), (f"{mark} ", "green bold"), what)
        if detail:
            line.append(f"  {detail}", style="cyan")
        self.console.print(line, soft_wrap=True)

    def note(self, text: str) -> None:
        """A quieter line below the last one."""
        self.console.print(Text(f"            {text}", style="dim"), soft_wrap=True)

    def failed(self, what: str) -> None:
        self.console.print(Text.assemble(("✗ ", "red bold"), what), soft_wrap=True)

    @contextmanager
    def waiting_for(self, what: str) -> Iterator[None]:
        """Show what is being waited for, at a terminal."""
        if self.console.is_terminal:
            with self.console.status(f"[dim]waiting for {what} …[/dim]"):
                yield
        else:
            yield

    def diff(self, text: str) -> None:
        if self.console.is_terminal:
            self.console.print(Syntax(text, "diff", theme="ansi_dark", background_color="default", word_wrap=True))
        else:
            self.console.print(text, markup=False, soft_wrap=True)

    def box(self, title: str, lines: list[str]) -> None:
        body = Text("\n".join(lines))
        if self.console.is_terminal:
            self.console.print(Panel(body, title=title, title_align="left", border_style="green"))
        else:
            self.console.print(f"{title}:", markup=False)
            self.console.print(body, soft_wrap=True)
