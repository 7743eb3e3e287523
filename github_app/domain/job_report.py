"""What Harvest itself saw of a job, beside what the agent says: commands, files, blocked hosts, cost, time. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


class SeenCommand(msgspec.Struct, frozen=True):
    """`exit_code` is None when the command was not run to its end."""

    command: str
    exit_code: int | None


class JobReport(msgspec.Struct, frozen=True):
    """`said` is the agent's last message, whole, `title` and `summary` the parts of it; the rest is what Harvest saw. Cost in
    US dollars, time in seconds; `files` are paths, `insertions` and `deletions` lines. `blocked_hosts` were not reached and
    may not be: `egress` is the limit's name (github_app/settings/egress.py). `sandbox_seconds` is how long the job's sandboxes had run
    by the report."""

    said: str = ""
    title: str = ""
    summary: str = ""
    model: str = ""
    commands: tuple[SeenCommand, ...] = ()
    egress: str = ""
    blocked_hosts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    insertions: int = 0
    deletions: int = 0
    commits: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    sandbox_seconds: float = 0.0
    turns: int = 0
    started_from: str = ""

    def with_changes(self, files: tuple[str, ...], insertions: int, deletions: int, commits: int) -> JobReport:
        """The same, with what the vetted commits changed."""
        return msgspec.structs.replace(self, files=files, insertions=insertions, deletions=deletions, commits=commits)

    @property
    def answer(self) -> str:
        """All that the agent said. Cards of an earlier version hold only the parts."""
        return self.said or "\n\n".join(filter(None, [self.title, self.summary]))

    def with_sandbox_seconds(self, seconds: float) -> JobReport:
        """The same, with what the sandboxes took."""
        return msgspec.structs.replace(self, sandbox_seconds=seconds)

    def to_json(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> JobReport:
        return msgspec.convert(document, cls)


def sum_of(cards: Sequence[JobReport]) -> JobReport:
    """What several jobs on one branch took together, oldest first, of which there is at least one. What they changed doesn't
    add up: files and lines stay the last one's, and what its sandboxes took is known only after its end."""
    last = cards[-1]
    return msgspec.structs.replace(
        last,
        commands=tuple(command for card in cards for command in card.commands),
        blocked_hosts=tuple(dict.fromkeys(host for card in cards for host in card.blocked_hosts)),
        commits=sum(card.commits for card in cards),
        cost_usd=sum(card.cost_usd for card in cards),
        seconds=sum(card.seconds for card in cards),
        sandbox_seconds=0.0,
        turns=sum(card.turns for card in cards),
    )


# GitHub cuts a title at 256 characters; what a person reads in a list is far shorter.
TITLE_CHARACTERS = 72


def title_and_summary(text: str) -> tuple[str, str]:
    """Split the agent's last words: a short first line followed by an empty one is the title; else there is none."""
    first, _, rest = text.strip().partition("\n")
    title = first.strip().lstrip("#").strip().strip("*").strip()
    if rest.strip() and not rest.splitlines()[0].strip() and 0 < len(title) <= TITLE_CHARACTERS:
        return title, rest.strip()
    return "", text.strip()
