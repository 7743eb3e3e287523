"""A search query, read: words and phrases that must be there, and qualifiers.

https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

# "Queries longer than 256 characters are not supported", qualifiers and operators left aside.
MAX_CHARACTERS = 256
# "You can't have more than five AND, OR, or NOT operators."
MAX_OPERATORS = 5

_PART = re.compile(r'(-?)(?:([a-z-]+):)?("(?:[^"\\]|\\.)*"|[^\s"]+)', re.IGNORECASE)
_RANGE = re.compile(r"(>=|<=|>|<)?([^.]+?)(?:\.\.(.+))?")


class BadQuery(Exception):
    """GitHub refuses it; the message is GitHub's."""


class NotEmulated(Exception):
    """GitHub would understand it."""


@dataclass(frozen=True)
class Qualifier:
    name: str
    value: str
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """`words` are in lower case, phrases among them; `unwanted` must not be there."""

    words: tuple[str, ...]
    unwanted: tuple[str, ...]
    qualifiers: tuple[Qualifier, ...]

    def values(self, *names: str) -> list[str]:
        """What the qualifiers of these names ask for, in lower case."""
        return [one.value.lower() for one in self.qualifiers if one.name in names and not one.negated]

    def finds(self, *texts: str | None) -> bool:
        """Whether all words stand somewhere in the texts, and no unwanted one does."""
        whole = "\n".join(text.lower() for text in texts if text)
        return all(word in whole for word in self.words) and not any(word in whole for word in self.unwanted)


def read_query(text: str) -> Query:
    """Raises BadQuery, and NotEmulated for `OR` and brackets."""
    words: list[str] = []
    unwanted: list[str] = []
    qualifiers: list[Qualifier] = []
    operators, negate_next = 0, False
    for found in _PART.finditer(text):
        sign, name, value = found[1], found[2], found[3].strip('"').replace('\\"', '"')
        if not name and value in ("AND", "OR", "NOT"):
            operators += 1
            if value == "OR":
                raise NotEmulated("OR")
            negate_next = value == "NOT"
            continue
        if not name and value[:1] in "()" and value[:1]:
            raise NotEmulated("brackets")
        negated, negate_next = bool(sign) or negate_next, False
        if name:
            qualifiers.append(Qualifier(name.lower(), value, negated))
        else:
            (unwanted if negated else words).append(value.lower())
    if len(" ".join(words)) > MAX_CHARACTERS:
        raise BadQuery("The search is longer than 256 characters.")
    if operators > MAX_OPERATORS:
        raise BadQuery("More than five AND / OR / NOT operators were used.")
    return Query(tuple(words), tuple(unwanted), tuple(qualifiers))


def in_range(value: str) -> Callable[[datetime], bool]:
    """What `>=2026-01-01`, `2026-01-01..2026-02-01`, `2026-01-01..*` or a day alone lets through. Raises BadQuery."""
    found = _RANGE.fullmatch(value)
    if found is None:
        raise BadQuery(f"{value!r} is not a recognized date/time format.")
    operator, first, last = found[1], found[2], found[3]
    if last is not None:
        return lambda moment: _from(first, moment) and _until(last, moment)
    match operator:
        case ">=":
            return lambda moment: _from(first, moment)
        case "<=":
            return lambda moment: _until(first, moment)
        case ">":
            return lambda moment: not _until(first, moment)
        case "<":
            return lambda moment: not _from(first, moment)
        case _:
            return lambda moment: _from(first, moment) and _until(first, moment)


def _from(text: str, moment: datetime) -> bool:
    return text == "*" or _compared(text, moment) >= 0


def _until(text: str, moment: datetime) -> bool:
    return text == "*" or _compared(text, moment) <= 0


def _compared(text: str, moment: datetime) -> int:
    """Whether a moment is before (-1), at or after what is written: a day holds all of its moments."""
    try:
        if len(text) == len("2026-01-01"):
            day, of = date.fromisoformat(text), moment.date()
            return (of > day) - (of < day)
        asked = datetime.fromisoformat(text)
        asked = asked if asked.tzinfo else asked.replace(tzinfo=moment.tzinfo)
        return (moment > asked) - (moment < asked)
    except ValueError:
        raise BadQuery(f"{text!r} is not a recognized date/time format.") from None


def unknown(query: Query, known: frozenset[str]) -> Iterator[str]:
    """Qualifiers that this search does not have."""
    yield from (one.name for one in query.qualifiers if one.name not in known)
