"""The review threads of a pull request that nobody has resolved, and what an agent says of each. Values, and how its words are
read. Pure.

What stands in a thread is somebody's text, and what the agent says of it is the agent's: whoever shows either cleans it first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

# What one job is given; of more it comes to no good end.
MOST_THREADS = 30

# settled: by a commit. answered: nothing was to be changed. left: it stays open.
Outcome = Literal["settled", "answered", "left"]


class Remark(msgspec.Struct, frozen=True):
    """A comment in a thread. `by` is a login; `may_decide` says that they may ask for changes here."""

    by: str
    text: str
    may_decide: bool = False


class ReviewThread(msgspec.Struct, frozen=True):
    """`id` is GitHub's node id, `first_comment` the number of the comment that the thread began with. `line` is None where it
    is about the whole file, or about lines that are gone; `hunk` are the lines that it was about when it began."""

    id: str
    first_comment: int
    path: str
    line: int | None
    hunk: str
    remarks: tuple[Remark, ...]


class OpenThreads(msgspec.Struct, frozen=True):
    """Those that a job works through, and how many more there were when it was asked for."""

    threads: tuple[ReviewThread, ...]
    more: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What the agent says of a thread, by its number from 1 in what it was told."""

    thread: int
    outcome: Outcome
    say: str = ""


# The last block of JSON in what it says.
_BLOCK = re.compile(r"^(?P<fence>`{3,}|~{3,})json[ \t]*\n(?P<json>.*?)^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE)


def verdicts_in(said: str, threads: int) -> tuple[str, tuple[Verdict, ...] | None]:
    """What the agent said for people to read, without the block of verdicts, and the verdicts; None where there is no block
    that can be read. Of two on one thread the last counts; one on a thread that was none of its is passed over."""
    blocks = list(_BLOCK.finditer(said.replace("\r\n", "\n")))
    if not blocks:
        return said.strip(), None
    block = blocks[-1]
    before, after = block.string[: block.start()], block.string[block.end() :]
    try:
        found = msgspec.json.decode(block["json"], type=list[Verdict])
    except (msgspec.DecodeError, RecursionError):
        return said.strip(), None
    by_thread = {verdict.thread: verdict for verdict in found if 1 <= verdict.thread <= threads}
    return "\n\n".join(filter(None, [before.strip(), after.strip()])), tuple(by_thread[key] for key in sorted(by_thread))


def first_of(threads: Sequence[ReviewThread]) -> OpenThreads:
    """As many of them as one job works through, the first ones first."""
    return OpenThreads(tuple(threads[:MOST_THREADS]), max(0, len(threads) - MOST_THREADS))
