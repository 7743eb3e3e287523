"""The text of a comment becomes a command. Pure, and knows nothing of GitHub.

The first word has to be the command word (`/harvest`). What follows is one of the phrases that the verbs have, or what is to
be done. A phrase that takes no text counts only when it stands alone on its line: "stop" stops, "stop logging the password" is
to be done. What is nearly a phrase is not guessed: the command says how it was written, and is asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from github_app.domain.ask import Command

# What is to be done needs no verb.
DO = "do"

# Markdown shows a line with this indent as code.
CODE_INDENT = 4

# Words as short as "do" are near to too many others.
SHORTEST_PHRASE = 3
# One slip is forgiven in so many letters: "stpo", "staus", "stop keep".
LETTERS_A_SLIP = 3


@dataclass(frozen=True)
class Phrase:
    """`words` in small letters, with one space between: the verb of that name, and what its text is then. When it takes text,
    it is a single word, and the text is what follows."""

    words: str
    verb: str
    text: str = ""
    takes_text: bool = False


def parse(text: str, word: str, phrases: Sequence[Phrase]) -> Command | None:
    """The command in a comment, or None when the comment is not for Harvest. The command word's case doesn't matter."""
    said = after_the_word(text, word)
    if said is None:
        return None
    first_line = said.partition("\n")[0]
    alone = plain(first_line)
    for phrase in phrases:
        if not phrase.takes_text and phrase.words == alone:
            return Command(phrase.verb, phrase.text)
    if alone == DO:
        return Command(DO, said[len(first_line) :].strip())
    first, rest = first_word_of(said)
    for phrase in phrases:
        if phrase.takes_text and phrase.words == plain(first):
            return Command(phrase.verb, rest)
    return near_miss(said, phrases) or Command(DO, said)


def after_the_word(text: str, word: str) -> str | None:
    """What stands behind the command word; None when the text doesn't begin with it, or shows it as code."""
    begun = text.lstrip("\ufeff \t\r\n")
    before = text[: len(text) - len(begun)].replace("\ufeff", "").rpartition("\n")[2]
    if len(before.expandtabs(CODE_INDENT)) >= CODE_INDENT:
        return None
    first, rest = first_word_of(begun)
    return rest if first.casefold() == word.casefold() else None


def first_word_of(text: str) -> tuple[str, str]:
    """The first word, and what follows it without the space around."""
    parts = text.split(maxsplit=1)
    return (parts[0] if parts else ""), (parts[1].strip() if len(parts) > 1 else "")


def plain(text: str) -> str:
    """As phrases are written: in small letters, one space between words, no marks at the end."""
    return " ".join(text.casefold().split()).rstrip(".!?:,")


def near_miss(said: str, phrases: Sequence[Phrase]) -> Command | None:
    """The command that was probably meant, with how it was written; None for what is to be done as it stands.

    What stands alone may be off by a slip in three letters. Where more follows, the first word has to have the very letters of
    the verb in another order, or one twice ("aks why …"): "task" and "as" are words of their own.
    """
    longest = max((len(phrase.words) for phrase in phrases), default=0)
    whole = plain(said) if len(said) <= 2 * longest else ""
    near = [(slips(whole, phrase.words), phrase) for phrase in phrases if may_be_missed(whole, phrase)]
    for count, phrase in sorted(near, key=lambda found: found[0]):
        if count <= len(phrase.words) // LETTERS_A_SLIP:
            return Command(phrase.verb, phrase.text, written=said)
    (line, _, more), (first, rest) = said.partition("\n"), first_word_of(said)
    for phrase in phrases:
        if phrase.takes_text and mistyped(plain(first), phrase.words):
            return Command(phrase.verb, rest, written=first)
        if not phrase.takes_text and more and mistyped(plain(line), phrase.words):
            return Command(phrase.verb, phrase.text, written=line.strip())
    return None


def may_be_missed(written: str, phrase: Phrase) -> bool:
    return bool(written) and len(phrase.words) >= SHORTEST_PHRASE


def mistyped(written: str, words: str) -> bool:
    """Whether the letters are those of the words in another order, or one of them stands twice in a row."""
    if len(words) < SHORTEST_PHRASE or abs(len(written) - len(words)) > 1:
        return False
    twice = (written[:at] + written[at + 1 :] for at in range(1, len(written)) if written[at] == written[at - 1])
    return sorted(written) == sorted(words) or words in twice


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
