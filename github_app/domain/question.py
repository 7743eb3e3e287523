"""A question that an agent has for people, and what an answer to it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

# What a person reads before they answer; more is a plan, and is posted as one.
MAX_QUESTION_CHARACTERS = 4_000
MAX_ANSWER_CHARACTERS = 500
MAX_OPTIONS = 6
# With more of them in a row somebody should say better what is wanted.
MOST_IN_A_ROW = 3

# "2", "2.", "(2)", "option 2"
_NUMBER = re.compile(r"(?:option\s+)?\(?(\d{1,2})\)?[.!]?", re.IGNORECASE)


class Question(msgspec.Struct, frozen=True):
    """`text` as the agent wrote it, with what it left to choose from, and `default`, with which the work goes on when nobody
    has answered by `until` (seconds since the epoch); empty where it does not."""

    text: str
    options: tuple[str, ...]
    default: str
    until: float


def meant(answer: str, options: Sequence[str]) -> str:
    """The answer in words: the option that it names by its number alone, else what it says."""
    number = _NUMBER.fullmatch(answer.strip())
    if number is not None and 1 <= int(number[1]) <= len(options):
        return options[int(number[1]) - 1]
    return answer
