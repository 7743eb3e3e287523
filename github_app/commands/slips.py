"""How far what was written is from what was meant. Pure."""

from __future__ import annotations


def slips(written: str, words: str) -> int:
    """How many slips lie between two texts: a letter too many, too few, another one, or two neighbours swapped.

    https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance#Optimal_string_alignment_distance
    """
    before: list[int] = []
    row = list(range(len(words) + 1))
    for i, letter in enumerate(written, 1):
        two_before, before, row = before, row, [i]
        for j, wanted in enumerate(words, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == words[j - 2] and written[i - 2] == wanted:
                least = min(least, two_before[j - 2] + 1)
            row.append(least)
    return row[-1]


def has_swapped_or_doubled(written: str, words: str) -> bool:
    """Whether it is the words with two neighbours swapped, or with a letter that stands twice in a row."""
    if len(written) == len(words):
        at = next((at for at, (one, other) in enumerate(zip(written, words, strict=True)) if one != other), len(words))
        return written != words and written == words[:at] + words[at : at + 2][::-1] + words[at + 2 :]
    twice = (written[:at] + written[at + 1 :] for at in range(1, len(written)) if written[at] == written[at - 1])
    return len(written) == len(words) + 1 and words in twice
