"""What is said of memory: what is kept and from where, what waits for a word, and what a job used and proposed. Pure.

Whatever an agent or a person wrote is neutralised here.
"""

from __future__ import annotations

from collections.abc import Sequence

from github_app.replies.markdown import code_span, counted, table_cell
from github_app.text.neutral import neutralise_code, neutralise_line
from state.memory import MOST_CHARACTERS, MOST_DIRECTIVES, MOST_EVERYWHERE, Entry, TooMany

# Of two tables; GitHub refuses a comment over 65,536.
MAX_TABLE_CHARACTERS = 28_000
MAX_SHOWN_CHARACTERS = 2 * MOST_CHARACTERS
MAX_QUOTE_CHARACTERS = 100
# A note in a comment has 500 in all.
MAX_NOTE_CHARACTERS = 360

SWITCHED_OFF = "Memory is switched off here (`memory: false` in `.github/harvest.yml`): jobs are told none of this."


def memory_table(
    approved: Sequence[Entry], proposed: Sequence[Entry], repository_id: int, word: str, *, switched_on: bool
) -> str:
    """The answer to `memory`: what counts here, the newest first, and what waits."""
    parts = [] if switched_on else [SWITCHED_OFF]
    if approved:
        parts.append(f"**What jobs here are told, where it matters**\n\n{rows_of(approved, repository_id)}")
    if proposed:
        waits = "Proposed, and told to no job until somebody who may approve plans here says yes"
        parts.append(f"**{waits}**\n\n{rows_of(proposed, repository_id)}")
    if not approved and not proposed:
        parts.append("Nothing is kept of earlier work here.")
    else:
        verbs, number = (("approve",) if proposed else ()), (proposed or approved)[0].number
        said = ", ".join(f"`{word} memory {verb} {number}`" for verb in (*verbs, "forget"))
        parts.append(f"Decide on an entry by its number: {said}, `{word} memory correct {number} …` with other words.")
    return "\n\n".join(parts)


def rows_of(entries: Sequence[Entry], repository_id: int) -> str:
    """As many as a comment has room for."""
    rows, room = [], MAX_TABLE_CHARACTERS
    for entry in entries:
        kind, text, place = kind_of(entry, repository_id), shown(entry), where_from(entry, repository_id)
        row = f"| {entry.number} | {kind} | {table_cell(text)} | {table_cell(place)} |"
        if len(row) > room:
            break
        rows.append(row)
        room -= len(row)
    left_out = len(entries) - len(rows)
    more = f"\n\nand {left_out} more" if left_out > 0 else ""
    return "\n".join(["| number | kind | says | from |\n| --- | --- | --- | --- |", *rows]) + more


def kind_of(entry: Entry, repository_id: int) -> str:
    """A directive of another repository is no rule here."""
    return (
        "directive of another repository" if entry.kind == "directive" and entry.repository_id != repository_id else entry.kind
    )


def where_from(entry: Entry, repository_id: int) -> str:
    """Where an entry is from, and who stands for it."""
    here = entry.repository_id == repository_id
    told = [f"#{entry.thread}" if here else code_span(entry.repository)]
    if entry.path:
        path = code_span(neutralise_code(entry.path, max_length=200))
        told.append(f"{path} at {code_span(entry.sha[:7])}" if entry.sha else path)
    if entry.quote:
        told.append(code_span(neutralise_code(entry.quote, max_length=MAX_QUOTE_CHARACTERS)))
    told.append(f"said by {code_span(entry.said_by)}" if entry.said_by else "proposed by an agent")
    if entry.standing == "approved":
        told.append(f"approved by {code_span(entry.decided_by)}")
    if entry.everywhere:
        told.append("for all repositories of this installation" if here else "approved there for all repositories")
    return ", ".join(told)


def shown(entry: Entry) -> str:
    return neutralise_line(entry.text, max_length=MAX_SHOWN_CHARACTERS)


def used_note(used: Sequence[int], word: str) -> str:
    """At a job's end: which entries it was told or found."""
    numbers = ", ".join(str(number) for number in used)
    return f"Used from memory: {numbers}. `{word} memory` says what that is."


def is_shown_whole(text: str) -> bool:
    """Whether a note has room for it: what makes its markup harmless makes it longer."""
    return neutralise_line(text, max_length=MAX_NOTE_CHARACTERS) == neutralise_line(text, max_length=10 * MOST_CHARACTERS)


def proposed_note(entry: Entry, word: str) -> str:
    """At a job's end: what it would keep."""
    text = neutralise_line(entry.text, max_length=MAX_NOTE_CHARACTERS)
    return f"Proposed for memory, a {entry.kind}: {text} `{word} memory approve {entry.number}` keeps it."


def approved(entries: Sequence[Entry]) -> str:
    what = "\n".join(f"- {entry.number}, {entry.kind}: {shown(entry)}" for entry in entries)
    where = " in all repositories of this installation" if any(entry.everywhere for entry in entries) else ""
    return f"Jobs that begin from now on are told this{where}, where it matters:\n\n{what}"


def forgotten(entries: Sequence[Entry]) -> str:
    what = "\n".join(f"- {entry.number}, {entry.kind}: {shown(entry)}" for entry in entries)
    return f"Forgotten, and not to be proposed again:\n\n{what}"


def corrected(entry: Entry) -> str:
    return f"From now on {entry.number}, a {entry.kind}, says: {shown(entry)}"


def not_there(numbers: Sequence[int], word: str) -> str:
    listed = ", ".join(str(number) for number in numbers)
    return (
        f"Nothing is kept here as {listed}: `{word} memory` lists what is. What another repository has is approved, corrected "
        "and forgotten there."
    )


def changed_since(numbers: Sequence[int], word: str) -> str:
    """Of what somebody else has corrected or approved just before, or after, it was to be told everywhere."""
    listed = ", ".join(str(number) for number in numbers)
    return (
        f"Somebody else had just decided on {listed}, so nothing was changed there. `{word} memory` shows the words as they "
        "are now: approve them once more if you still want that."
    )


def which_ones(verb: str, word: str) -> str:
    words = " it counts from 0" if verb == "correct" else ""
    return f"Tell me which: `{word} memory {verb} 12{words}`, with a number that `{word} memory` lists."


def too_long(length: int) -> str:
    return f"That has {counted(length, 'character')}, and an entry may have {MOST_CHARACTERS}. Nothing was changed."


def says_nothing() -> str:
    return "There are no words in that which a reader would see. Nothing was changed."


def said_already(number: int) -> str:
    return f"That is what {number} says already. Nothing was changed."


def too_many(problem: TooMany, word: str) -> str:
    """Why no more can be approved."""
    if problem.of == "everywhere":
        full = f"{MOST_EVERYWHERE} entries are told in all repositories"
    else:
        full = f"{counted(MOST_DIRECTIVES, 'directive')} hold here"
    return f"{full} already, which is as many as can be. Nothing was changed: `{word} memory forget …` makes room."


def takes_a_person() -> str:
    return "People decide what later jobs are told, and no bot. Nothing was changed."


def takes_admin(login: str, *, approving: bool) -> str:
    """Said to who would approve for all repositories, or correct or forget what is told in all."""
    here = " Without `--everywhere` it is told in this one alone." if approving else ""
    return f"Sorry {login}, what is told in all repositories takes the role `admin` on this one. Nothing was changed.{here}"
