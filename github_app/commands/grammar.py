"""What a person asked: the text of a comment becomes a command. Knows nothing of GitHub and does no I/O.

The first word of the first line has to be the command word (`/harvest`); all that follows is the prompt, unless its first
word is one of the verbs. A new verb is one entry in VERBS and one type here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Do:
    """Work on it. `prompt` is what was written after the command word; empty means "do what this issue says"."""

    prompt: str


@dataclass(frozen=True)
class Help:
    """Say what can be said here."""


@dataclass(frozen=True)
class Stop:
    """End what is running or waiting in this session. `keep`: what is done so far becomes a draft pull request."""

    keep: bool = False


Command = Do | Help | Stop

STOP_AND_KEEP = "stop and keep"

VERBS: dict[str, Command] = {"help": Help(), "stop": Stop(), STOP_AND_KEEP: Stop(keep=True)}


def parse_command(text: str, word: str) -> Command | None:
    """The command in a comment, or None when the comment is not for Harvest.

    A verb counts only when it stands alone: "/harvest stop" stops, "/harvest stop logging the password" is a prompt.
    The command word is matched without regard to case; quoted lines, code and text before it are never a command.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    first, *rest = stripped.split(maxsplit=1)[:2] or [""]
    if first.casefold() != word.casefold():
        return None
    prompt = rest[0].strip() if rest else ""
    return VERBS.get(prompt.casefold().rstrip(".!?"), Do(prompt))
