"""What an agent says of review threads is read strictly, and shown to people without its block."""

from __future__ import annotations

import json
from typing import Any

import pytest

from github_app.domain.review_threads import MOST_THREADS, ReviewThread, Verdict, first_of, verdicts_in

SUMMARY = "Bound the loop\n\nThe limit is looked at first."


def block(text: str, fence: str = "```") -> str:
    return f"\n\n{fence}json\n{text}\n{fence}"


def of(*verdicts: Any) -> str:
    """A block that says so of threads by their numbers."""
    return block(json.dumps([{"thread": thread, "outcome": outcome} for thread, outcome in verdicts]))


@pytest.mark.parametrize(
    ("said", "verdicts"),
    [
        (of((2, "left"), (1, "settled")), (Verdict(1, "settled"), Verdict(2, "left"))),
        (block('[{"thread": 1, "outcome": "answered", "say": "Yes."}]'), (Verdict(1, "answered", "Yes."),)),
        (block("[]", "~~~~").replace("\n", "\r\n"), ()),
        # Of a thread that was none of its, nothing counts; of one that is named twice, the last word.
        (of((3, "settled"), (0, "left")), ()),
        (of((1, "settled"), (1, "left")), (Verdict(1, "left"),)),
        # What can't be read is no account at all.
        ("", None),
        (block("[{"), None),
        (block("{}"), None),
        (of((1, "resolved")), None),
        (of(("1", "left")), None),
        (block("[" * 100_000), None),
        ("\n\n```json\n[]", None),
    ],
)
def test_a_block_says_what_became_of_each_thread(said: str, verdicts: tuple[Verdict, ...] | None) -> None:
    shown, found = verdicts_in(SUMMARY + said, 2)
    assert found == verdicts
    assert shown == (SUMMARY if found is not None else f"{SUMMARY}{said}")


def test_of_two_blocks_the_last_one_counts() -> None:
    shown, found = verdicts_in(SUMMARY + of((1, "left")) + of((1, "answered")), 2)
    assert found == (Verdict(1, "answered"),)
    assert shown == SUMMARY + of((1, "left"))


def test_a_job_is_given_thirty_threads_at_most() -> None:
    many = [ReviewThread(str(number), number, "a.py", 1, "", ()) for number in range(MOST_THREADS + 2)]
    assert len(first_of(many).threads) == MOST_THREADS == 30
    assert (first_of(many).more, first_of(many[:30]).more) == (2, 0)
