"""Whether one more round of automatic work is worth it: rounds whose findings don't shrink stop. Pure.

A round is one job that settles what was found on a pull request (failing checks, unresolved threads, a conflict), and its push
is what the next look looks at. Work that settles one thing and breaks another could go on like that for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

# A check that turns green may let another one run that was red all along: one round may bring no fewer findings.
ROUNDS_WITHOUT_FEWER = 2


class Rounds(StrEnum):
    """What is to be done after a look, as words that can follow "because" where it is a reason to stop."""

    GO_ON = "there is something to settle"
    NOTHING_FOUND = "nothing is left to settle"
    NOTHING_SETTLED = "the last round settled nothing of what it was given"
    NOT_FEWER = "the last two rounds left no less to settle than there was before them"


def after(found: Sequence[Collection[str]]) -> Rounds:
    """What is to be done now. `found` is what each look found, the first one first: what each round so far was given, and as
    the last one what there is now."""
    looks = [frozenset(names) for names in found]
    if not looks or not looks[-1]:
        return Rounds.NOTHING_FOUND
    if len(looks) > 1 and looks[-1] >= looks[-2]:
        return Rounds.NOTHING_SETTLED
    before, lately = looks[:-ROUNDS_WITHOUT_FEWER], looks[-ROUNDS_WITHOUT_FEWER:]
    if before and min(map(len, lately)) >= min(map(len, before)):
        return Rounds.NOT_FEWER
    return Rounds.GO_ON
