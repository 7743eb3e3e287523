"""The text of a comment becomes commands: `/harvest [verb] [--option value …] [text]`. Pure, and knows nothing of GitHub.

A command begins on any line that begins with the command word and is neither code nor quoted; its text goes on until the next
one. What follows the word is one of the phrases that the verbs have, or what is to be done. A phrase that takes no text
counts only when it stands alone on its line: "stop" stops, "stop logging the password" is to be done. What is nearly a
command, or one with an option that it does not have, or in a list where none stands elsewhere, is not guessed: it is asked
back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from github_app.commands.option import Option
from github_app.commands.option_parser import flag_in, nearest, options_at_the_end, read_options
from github_app.commands.slips import has_swapped_or_doubled, slips
from github_app.domain.ask import Command, Unclear
from github_app.text.prose import lines_said

# What is to be done needs no verb.
DO = "do"

# Markdown shows a line with this indent as code.
CODE_INDENT = 4

# Words as short as "do" are near to too many others.
SHORTEST_PHRASE = 3
# One slip is forgiven in so many letters: "stpo", "staus", "stop keep".
LETTERS_A_SLIP = 3

# "stop now", "retry it please": more than these is a sentence of its own.
MOST_WORDS_BEHIND = 2

# More in one comment is a mistake, or mischief.
MOST_COMMANDS = 5

# Markdown's own marks around the word, and what people write behind it.
_MARKS = re.compile(r"(?:\*{1,3}|_{1,3})?")
_SIGNS = r"[:,.!]*"
# Of a list, with its box, or a heading: who writes a command behind one may mean it, or tell of it.
_LISTED = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)]|#{1,6})\s+(?:\[[ xX]\]\s+)?")
_SHORT_FLAG = re.compile(r"-[a-z]+")


@dataclass(frozen=True)
class Phrase:
    """`words` in small letters, with one space between: the verb of that name, and what its text is then. When it
    `takes_text`, what follows is added to that."""

    words: str
    verb: str
    text: str = ""
    takes_text: bool = False


@dataclass(frozen=True)
class Grammar:
    """`words` are those that a command begins with, the one that people are told first; `options` those of each verb."""

    words: tuple[str, ...]
    phrases: Sequence[Phrase]
    options: Mapping[str, Sequence[Option]]


@dataclass(frozen=True)
class Said:
    """The commands in a text, in order, and what its writer put above the first one."""

    commands: tuple[Command, ...] = ()
    above: str = ""


def parse(text: str, grammar: Grammar) -> Said:
    """What a comment says to Harvest; no commands when it is not for Harvest. The command word's case doesn't matter."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    lines = text.split("\n")
    spoken = {number: found for number, line in enumerate(lines) if (found := spoken_to(line, grammar.words)) is not None}
    listed = {} if spoken else dict(spoken_behind_marks(text, lines, grammar.words[0]))
    if not spoken and not listed:  # nearly every comment; the rest takes longer
        return Said()
    said = lines_said(text)
    if (first := next((number for number in listed if number in said), None)) is not None:
        return Said((Command(DO, unclear=Unclear("mark", lines[first].strip(), f"{grammar.words[0]}{listed[first]}")),))
    begins = [number for number in spoken if number in said]
    if not begins:
        return Said()
    if len(begins) > MOST_COMMANDS:
        return Said((Command(DO, unclear=Unclear("many", str(len(begins)))),))
    commands = []
    for number, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        word, rest = spoken[number]
        behind = "\n".join([rest, *lines[number + 1 : end]]).strip()
        commands.append(command_in(behind, word, grammar))
    return Said(tuple(commands), "\n".join(lines[: begins[0]]).strip())


def spoken_to(line: str, words: Sequence[str]) -> tuple[str, str] | None:
    """The word that a line begins with, as it was written, and what stands behind it; None when that is no command word, nor
    nearly one."""
    begun = line.lstrip()
    indent = line[: len(line) - len(begun)]
    if not begun or len(indent.expandtabs(CODE_INDENT)) >= CODE_INDENT:
        return None
    marks = _MARKS.match(begun)
    mark = marks[0] if marks else ""
    begun = begun[len(mark) :]
    for word in words:
        if begun[: len(word)].casefold() != word.casefold():
            continue
        after = begun[len(word) :]
        found = re.match(rf"({_SIGNS})({re.escape(mark)})({_SIGNS})" if mark else rf"({_SIGNS})()()", after)
        closed = found is not None
        if found is None:  # the mark closes further on, as a rule at the end of the line
            found = re.match(rf"({_SIGNS})", after)
        if found is None:
            continue
        rest, signs = after[found.end() :], found[0]
        if rest and not rest[0].isspace() and not (":" in signs or "," in signs):
            continue
        return word, rest if closed else rest.rstrip().removesuffix(mark)
    first, _, rest = begun.partition(" ")
    first = re.sub(r"[:,.!*_]+$", "", first)
    if is_nearly(first, words[0]):
        return first, rest
    return None


def spoken_behind_marks(text: str, lines: Sequence[str], word: str) -> Iterator[tuple[int, str]]:
    """The lines on which the command word stands behind the mark of a list or a heading, and what follows it."""
    if word.casefold() not in text.casefold():
        return
    for number, line in enumerate(lines):
        mark = _LISTED.match(line)
        found = spoken_to(line[mark.end() :], (word,)) if mark is not None else None
        if found is not None and found[0] == word:
            yield number, found[1]


def is_nearly(written: str, word: str) -> bool:
    """Whether somebody made one slip in the command word, behind its first sign."""
    if abs(len(written) - len(word)) > 1 or written[:1] != word[:1] or len(word) <= SHORTEST_PHRASE:
        return False
    return slips(written.casefold(), word.casefold()) == 1


def command_in(said: str, word: str, grammar: Grammar) -> Command:
    """The command that stands behind the command word, or behind what was written in its place."""
    command = what_is_said(said, word, grammar)
    if word in grammar.words or command.unclear is not None:
        return command
    meant = f"{grammar.words[0]} {said.partition(chr(10))[0]}".strip()
    return Command(command.verb, unclear=Unclear("word", f"{word} {said.partition(chr(10))[0]}".strip(), meant))


def what_is_said(said: str, word: str, grammar: Grammar) -> Command:
    line, _, more = said.partition("\n")
    head, flag = flag_in(line)
    if flag is not None and (begun := phrases_of(plain(head), grammar.phrases)):
        return with_options(begun, line[len(head) :], more, word, grammar)
    command = without_options(said, word, grammar)
    if command.unclear is None and (found := options_at_the_end(line, grammar.options.get(command.verb, ()))):
        text, options = found
        return Command(
            command.verb,
            unclear=Unclear("order", f"{word} {line}", f"{grammar.words[0]} {moved(text, options, command.verb)}"),
        )
    return command


def moved(text: str, options: str, verb: str) -> str:
    """The line with its options before its text."""
    first, rest = first_word_of(text)
    return f"{first} {options} {rest}" if plain(first) == verb else f"{options} {text}"


def phrases_of(words: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    """The phrases that these words are, with a text and without; without any words, or with its verb alone, what is to be
    done."""
    if words in ("", DO):
        return [Phrase(words, DO, takes_text=True)]
    return [phrase for phrase in phrases if phrase.words == words]


def with_options(begun: Sequence[Phrase], options: str, more: str, word: str, grammar: Grammar) -> Command:
    """The command that begins with one of these phrases, which are of one verb, and with options behind it."""
    phrase = begun[0]
    read = read_options(options, grammar.options.get(phrase.verb, ()), phrase.words)
    if isinstance(read, Unclear):
        return Command(phrase.verb, unclear=verb_with_dashes(read, word, grammar) or read)
    text = "\n".join(filter(None, [read.rest, more.strip()]))
    phrase = next((one for one in begun if one.takes_text is bool(text)), phrase)
    if phrase.takes_text:
        return Command(phrase.verb, " ".join(filter(None, [phrase.text, text])), read.options)
    if read.rest:
        line = f"{phrase.words} {options.strip()}"
        meant = line.removesuffix(read.rest).strip()
        return Command(phrase.verb, unclear=Unclear("verb", f"{word} {line}", f"{grammar.words[0]} {meant}"))
    return Command(phrase.verb, phrase.text, read.options)


def verb_with_dashes(read: Unclear, word: str, grammar: Grammar) -> Unclear | None:
    """What was meant by `--help`."""
    verb = read.written.removeprefix("--")
    if read.fault != "option" or not any(phrase.words == verb for phrase in grammar.phrases):
        return None
    return Unclear("verb", f"{word} {read.written}", f"{grammar.words[0]} {verb}")


def without_options(said: str, word: str, grammar: Grammar) -> Command:
    line, _, more = said.partition("\n")
    alone = plain(line)
    # What may have text has the lines below for it.
    with_text = {phrase.words for phrase in grammar.phrases if phrase.takes_text} if more.strip() else set()
    for phrase in grammar.phrases:
        if not phrase.takes_text and phrase.words == alone and alone not in with_text:
            return Command(phrase.verb, phrase.text)
    if alone == DO:
        return Command(DO, said[len(line) :].strip())
    for phrase in grammar.phrases:
        count = len(phrase.words.split())
        first, rest = first_words_of(said, count)
        if phrase.takes_text and phrase.words == plain(first):
            return Command(phrase.verb, " ".join(filter(None, [phrase.text, rest])))
    if _SHORT_FLAG.fullmatch(alone):
        return Command(DO, unclear=Unclear("option", alone, nearest(alone, grammar.options.get(DO, ()))))
    return near_miss(said, word, grammar) or Command(DO, said)


def first_word_of(text: str) -> tuple[str, str]:
    """The first word, and what follows it without the space around."""
    return first_words_of(text, 1)


def first_words_of(text: str, count: int) -> tuple[str, str]:
    """So many words, and what follows them without the space around."""
    parts = text.split(maxsplit=count)
    return " ".join(parts[:count]), parts[count].strip() if len(parts) > count else ""


def plain(text: str) -> str:
    """As phrases are written: in small letters, one space between words, no marks at the end, and no emphasis."""
    return " ".join(text.casefold().split()).rstrip(".!?:,*_`").lstrip("*_`")


def near_miss(said: str, word: str, grammar: Grammar) -> Command | None:
    """The verb that was probably meant, to be asked back; None for what is to be done as it stands.

    What stands alone may be off by a slip in three letters, or have a word or two behind it that it does not take ("stop
    now"). Where more follows, the first word has to be the verb with two neighbours swapped, or a letter twice ("aks why …"):
    "task" and "as" are words of their own.
    """
    for phrase, written, rest in near_phrases(said, grammar.phrases):
        meant = " ".join(filter(None, [grammar.words[0], phrase.words, rest]))
        return Command(phrase.verb, phrase.text, unclear=Unclear("verb", f"{word} {written}", meant))
    return None


def near_phrases(said: str, phrases: Sequence[Phrase]) -> Iterator[tuple[Phrase, str, str]]:
    """What may have been meant, the nearest first: the phrase, what was written, and what stands behind it."""
    longest = max((len(phrase.words) for phrase in phrases), default=0)
    whole = plain(said) if len(said) <= 2 * longest else ""
    near = [(slips(whole, phrase.words), phrase) for phrase in phrases if whole and len(phrase.words) >= SHORTEST_PHRASE]
    for count, phrase in sorted(near, key=lambda found: found[0]):
        if count <= len(phrase.words) // LETTERS_A_SLIP:
            yield phrase, said, ""
    (line, _, more), (first, rest) = said.partition("\n"), first_word_of(said)
    for phrase in phrases:
        begun, behind = first_words_of(line, len(phrase.words.split()))
        if not phrase.takes_text and plain(begun) == phrase.words and len(behind.split()) <= MOST_WORDS_BEHIND:
            yield phrase, line.strip(), ""
        if len(phrase.words) < SHORTEST_PHRASE:
            continue
        if phrase.takes_text and has_swapped_or_doubled(plain(first), phrase.words):
            yield phrase, said.partition("\n")[0], rest.partition("\n")[0]
        if not phrase.takes_text and more and has_swapped_or_doubled(plain(line), phrase.words):
            yield phrase, line.strip(), ""
