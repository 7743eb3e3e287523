"""What an option of a verb is: how it is written, what its value may be, and how the help tells of it. Values only."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """`--name`, and `takes` what its value is, in a word; empty for one without a value. `value` is the form of that value,
    and `example` one of it. `help` goes on from "and Harvest". Of those that have a `choice` in common a command has one."""

    name: str
    help: str
    takes: str = ""
    value: re.Pattern[str] | None = None
    example: str = ""
    choice: str = ""

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def syntax(self) -> str:
        return f"{self.flag} {self.takes}".strip()

    @property
    def kind(self) -> str:
        """What it can't be said twice of."""
        return self.choice or self.name

    def takes_as_value(self, written: str) -> bool:
        return self.value is not None and self.value.fullmatch(written) is not None
