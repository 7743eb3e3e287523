"""What of memory matters to a job, whether the code that an entry cites still stands, and what of a review is worth keeping.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from github_app.domain.review_threads import ReviewThread
from github_app.text.hostile import clean
from state.memory import MOST_CHARACTERS, Entry
from state.memory_search import WORD

# What a prompt has of it: a screenful. Directives come to 3,000 characters at most, and all of them hold.
ROOM_CHARACTERS = 5_000
MOST_TOLD = 12
# Where little matches what was asked, what was learnt last is told.
LATEST_TOLD = 3
MOST_RECALLED = 10

MOST_WORDS = 40
LEAST_WORD_CHARACTERS = 3
# They are in every request, and tell nothing of what it is about.
SAYING_NOTHING = frozenset(
    {"and", "are", "but", "can", "does", "for", "from", "has", "have", "how", "its", "not", "please", "should", "that", "the"}
    | {"then", "there", "this", "was", "what", "when", "which", "will", "with", "you", "your"}
)

# Less is found by chance.
LEAST_QUOTE_CHARACTERS = 8
MOST_QUOTE_CHARACTERS = 300
# A remark like "typo" teaches nothing.
LEAST_LESSON_CHARACTERS = 20


def words_of(*texts: str) -> list[str]:
    """What texts are searched for by, each once, the first ones first."""
    found = (word for text in texts for word in WORD.findall(text.casefold()))
    telling = (word for word in found if len(word) >= LEAST_WORD_CHARACTERS and word not in SAYING_NOTHING)
    return list(dict.fromkeys(telling))[:MOST_WORDS]


def candidates(matching: Sequence[Entry], latest: Sequence[Entry]) -> list[Entry]:
    """Beside the directives: what matches, the best first, and a few of the latest where that is little."""
    numbers = {entry.number for entry in matching}
    further = [entry for entry in latest if entry.number not in numbers]
    return [*matching, *further[: max(0, LATEST_TOLD - len(matching))]][:MOST_TOLD]


def what_fits(entries: Iterable[Entry], room: int) -> list[Entry]:
    """As many of them as there is room for, in characters; one that is too long makes place for the next."""
    told = []
    for entry in entries:
        if len(entry.text) <= room:
            told.append(entry)
            room -= len(entry.text)
    return told


def binds(entry: Entry, repository_id: int) -> bool:
    """Whether it is a rule for jobs there: a directive is, in the repository whose people approved it."""
    return entry.kind == "directive" and entry.standing == "approved" and entry.repository_id == repository_id


def cites_code(entry: Entry) -> bool:
    """Whether it holds only as long as that code does."""
    return entry.kind == "fact" and bool(entry.path)


def is_quoted(quote: str, content: str) -> bool:
    """Whether a file has these lines, however they are indented."""
    return squeezed(quote) in squeezed(content)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def as_entry(text: str) -> str:
    """A text as it is kept: what a person would see of it, on one line. Where a link leads is seen too: an agent
    reads that, and a page would not show it to who approves the text."""
    return squeezed(clean(text)).replace("](", "] (")


def shortened(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1].rstrip()}…"


def lesson_of(thread: ReviewThread) -> tuple[str, str]:
    """What somebody who may decide said first in a review thread, and who; both empty where that teaches nothing."""
    for remark in thread.remarks:
        if remark.may_decide and (text := lesson_in(remark.text)):
            return text, remark.by
    return "", ""


def lesson_in(remark: str) -> str:
    """The words of a remark that are worth keeping, without code and quotes; empty where there are none."""
    prose = re.sub(r"^(`{3,}|~{3,}).*?(?:^\1|\Z)", "", remark, flags=re.DOTALL | re.MULTILINE)
    text = as_entry(re.sub(r"^[ \t]*>.*$", "", prose, flags=re.MULTILINE))
    return shortened(text) if len(text) >= LEAST_LESSON_CHARACTERS else ""
