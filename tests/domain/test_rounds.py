"""Rounds whose findings don't shrink stop."""

from __future__ import annotations

import random

import pytest

from github_app.domain.rounds import Rounds, after


@pytest.mark.parametrize(
    ("looks", "verdict"),
    [
        ([], Rounds.NOTHING_FOUND),
        ([""], Rounds.NOTHING_FOUND),
        (["abc", ""], Rounds.NOTHING_FOUND),
        (["abc"], Rounds.GO_ON),
        (["abc", "ab"], Rounds.GO_ON),
        # What was hidden by the first comes to light.
        (["a", "b"], Rounds.GO_ON),
        (["a", "bc"], Rounds.GO_ON),
        (["ab", "c", "d"], Rounds.GO_ON),
        # Nothing of what was given is settled.
        (["ab", "ab"], Rounds.NOTHING_SETTLED),
        (["ab", "abc"], Rounds.NOTHING_SETTLED),
        (["abc", "ab", "ab"], Rounds.NOTHING_SETTLED),
        # One breaks what another one mends.
        (["a", "b", "a"], Rounds.NOT_FEWER),
        (["ab", "bc", "cd"], Rounds.NOT_FEWER),
        (["abcd", "ab", "cd", "ef"], Rounds.NOT_FEWER),
        (["abcd", "abc", "de", "fg"], Rounds.GO_ON),
        (["abcd", "abc", "de", "fg", "hi"], Rounds.NOT_FEWER),
    ],
)
def test_another_round_is_worth_it_for_as_long_as_there_is_less_to_settle(looks: list[str], verdict: Rounds) -> None:
    assert after(looks) is verdict


def test_whatever_is_found_it_comes_to_an_end() -> None:
    """The fewest that were ever found become fewer with every second round."""
    chance = random.Random(7)  # noqa: S311
    for _ in range(200):
        looks = ["abcdef"]
        while after(looks) is Rounds.GO_ON:
            looks.append("".join(chance.sample("abcdefghij", chance.randint(1, 10))))
        assert len(looks) <= 2 * len(looks[0]) + 1
