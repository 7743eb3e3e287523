"""Memory as rows: proposed once, counting once approved, found by words, and read by nobody whom it is not for."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from state import memory_search
from state.database import Database
from state.memory import (
    MOST_DIRECTIVES,
    MOST_OF_A_JOB,
    MOST_PROPOSED,
    Entry,
    Memory,
    NewEntry,
    Reader,
    SaidAlready,
    TooMany,
)

HERE = Reader(installation_id=1, repository_id=2, private=False)
PRIVATE = Reader(installation_id=1, repository_id=3, private=True)
BESIDE = Reader(installation_id=1, repository_id=4, private=False)
ELSEWHERE = Reader(installation_id=9, repository_id=2, private=True)
NEW = NewEntry(repository="a/b", kind="fact", text="Spans are parsed from left to right.", job_id="j1", thread=7)


def said(text: str, **more: Any) -> NewEntry:
    return replace(NEW, text=text, **more)


async def kept(memory: Memory, reader: Reader, text: str, *, everywhere: bool = False, **more: Any) -> Entry:
    entry, _ = await memory.propose(reader, said(text, **more))
    (approved,) = await memory.approve(reader, [entry.number], by="ada", everywhere=everywhere)
    return approved


async def test_the_same_words_are_one_entry_and_count_once_somebody_says_so(database: Database) -> None:
    memory = Memory(database)
    first, is_new = await memory.propose(HERE, NEW)
    again, is_new_again = await memory.propose(HERE, said("spans are parsed  from left to right", job_id="j2"))
    assert (is_new, is_new_again, again) == (True, False, first)
    assert await memory.search(HERE, ["spans"], limit=9) == []
    assert [entry.number for entry in await memory.of_job("j1")] == [first.number]

    for _ in range(2):
        (approved,) = await memory.approve(HERE, [first.number], by="ada")
    assert (approved.standing, approved.decided_by) == ("approved", "ada")
    assert await memory.of_job("j1") == []
    assert await memory.search(HERE, ["spans"], limit=9) == [approved]

    (forgotten,) = await memory.forget(HERE, [first.number], by="bob")
    assert (forgotten.standing, await memory.approve(HERE, [first.number], by="ada")) == ("forgotten", [])
    assert await memory.propose(HERE, NEW) == (forgotten, False), "what people have forgotten is not proposed again"


async def test_of_calls_at_the_same_time_no_more_are_kept_than_a_job_may_propose(database: Database) -> None:
    memory = Memory(database)
    calls = (memory.propose(HERE, said(f"Number {number} counts.")) for number in range(3 * MOST_OF_A_JOB))
    told = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(one, TooMany) for one in told) == 2 * MOST_OF_A_JOB
    assert len(await memory.of_job("j1")) == MOST_OF_A_JOB


async def test_nobody_reads_what_is_not_for_them(database: Database) -> None:
    memory = Memory(database)
    public = await kept(memory, HERE, "The public one counts spans.", everywhere=True)
    own = await kept(memory, HERE, "This is about spans here.")
    secret = await kept(memory, PRIVATE, "The private one counts spans.", everywhere=True)
    waiting, _ = await memory.propose(HERE, said("Wait for spans."))

    async def read(reader: Reader) -> set[int]:
        found = {entry.number for entry in await memory.search(reader, ["spans"], limit=9)}
        assert found == {entry.number for entry in await memory.listed(reader, "approved")}
        return found

    assert await read(HERE) == {public.number, own.number}
    assert await read(BESIDE) == {public.number}
    assert await read(PRIVATE) == {public.number, secret.number}
    assert await read(ELSEWHERE) == set()
    opened = replace(PRIVATE, private=False)
    assert await read(opened) == {public.number}, "what was said while it was private is not told in public"
    assert await memory.get(opened, secret.number) is None
    for reader in (BESIDE, PRIVATE, ELSEWHERE):
        assert await memory.listed(reader, "proposed") == []
        assert await memory.approve(reader, [waiting.number], by="eve") == []
        assert await memory.forget(reader, [own.number], by="eve") == []
        assert await memory.correct(reader, own.number, "Push to main.", by="eve") is None


async def test_there_is_room_for_so_much(database: Database) -> None:
    memory = Memory(database)

    async def too_many() -> str:
        with pytest.raises(TooMany) as problem:
            await memory.propose(HERE, said("one more"))
        return problem.value.of

    for number in range(MOST_OF_A_JOB):
        await memory.propose(HERE, said(f"Entry {number}"))
    assert await too_many() == "job"
    for number in range(MOST_PROPOSED - MOST_OF_A_JOB):
        await memory.propose(HERE, said(f"More {number}", job_id=f"j{number + 2}"))
    await memory.forget(HERE, [entry.number for entry in await memory.of_job("j1")][:1], by="ada")
    await memory.propose(HERE, said("instead of it", job_id="j999"))
    with pytest.raises(TooMany) as problem:
        await memory.propose(HERE, said("one more", job_id="j1000"))
    assert problem.value.of == "proposed"

    directives = [await kept(memory, BESIDE, f"Do {n}.", kind="directive", job_id=f"k{n}") for n in range(MOST_DIRECTIVES)]
    last, _ = await memory.propose(BESIDE, said("Do more.", kind="directive", job_id="k"))
    with pytest.raises(TooMany) as problem:
        await memory.approve(BESIDE, [last.number], by="ada")
    assert problem.value.of == "directives"
    assert [entry.number for entry in await memory.listed(BESIDE, "proposed")] == [last.number], "it still waits"
    await memory.forget(BESIDE, [directives[0].number], by="ada")
    assert await memory.approve(BESIDE, [last.number], by="ada")


async def test_a_correction_counts_in_the_words_of_who_corrects(database: Database) -> None:
    memory = Memory(database)
    entry, _ = await memory.propose(HERE, NEW)
    other = await kept(memory, HERE, "Another one.")
    for _ in range(2):
        corrected = await memory.correct(HERE, entry.number, "From right to left.", by="ada")
        assert corrected is not None
        assert (corrected.text, corrected.said_by, corrected.standing) == ("From right to left.", "ada", "approved")
    assert await memory.search(HERE, ["right"], limit=9) == [corrected]
    with pytest.raises(SaidAlready) as problem:
        await memory.correct(HERE, entry.number, "another one", by="ada")
    assert problem.value.number == other.number


async def test_what_is_told_everywhere_is_what_was_seen_and_others_change_it_only_with_that_right(database: Database) -> None:
    memory = Memory(database)
    entry = await kept(memory, HERE, "Count from 0.")
    corrected = await memory.correct(HERE, entry.number, "Push to main.", by="eve")
    assert corrected is not None
    seen_at = corrected.changed_at - 1
    assert await memory.approve(HERE, [entry.number], by="ada", everywhere=True, seen_at=seen_at) == []
    assert await memory.listed(BESIDE, "approved") == []
    (own,) = await memory.approve(HERE, [entry.number], by="eve", everywhere=True, seen_at=seen_at)
    assert own.everywhere, "who changed it has seen it"
    assert await memory.correct(HERE, entry.number, "Push to dev.", by="ada") is None
    assert await memory.forget(HERE, [entry.number], by="ada") == []
    (forgotten,) = await memory.forget(HERE, [entry.number], by="ada", everywhere=True)
    assert forgotten.standing == "forgotten"


async def test_what_cites_code_that_is_gone_counts_no_more_and_can_be_proposed_anew(database: Database) -> None:
    memory = Memory(database)
    entry = await kept(memory, HERE, "It is there.", path="a.py", quote="limit = 3", sha="a")
    await memory.code_gone([entry.number], "b")
    assert await memory.listed(HERE, "approved") == [entry], "it was never there yet: its pull request may still be open"
    await memory.code_found([entry.number], "b")
    await memory.code_gone([entry.number], "c")
    assert await memory.listed(HERE, "approved") == []
    assert [(gone.number, gone.sha) for gone in await memory.listed(HERE, "gone")] == [(entry.number, "c")]
    again, is_new = await memory.propose(HERE, said("It is there.", job_id="j2", path="b.py"))
    assert (again.number, again.standing, again.path, again.decided_by, is_new) == (entry.number, "proposed", "b.py", "", True)


async def test_what_nobody_wants_is_dropped_and_its_number_is_not_given_again(database: Database) -> None:
    memory = Memory(database)
    approved = await kept(memory, HERE, "Keep this.")
    waiting, _ = await memory.propose(HERE, said("Wait."))
    assert await memory.drop(unchanged_since=waiting.changed_at) == 0
    assert await memory.drop(unchanged_since=2**40) == 1
    assert await memory.listed(HERE, "approved") == [approved]
    later, _ = await memory.propose(HERE, said("Wait."))
    assert later.number > waiting.number


TEXTS = {
    1: "Tests run with unittest; timespan/units.py has the units.",
    2: "parse_span reads units from left to right.",
    3: "The changelog has a line for what users notice.",
}


@pytest.mark.parametrize("has_fts5", [True, False])
@pytest.mark.parametrize(
    ("words", "found"), [(["units", "span"], [2, 1]), (["changelog"], [3]), (["timespan", "unittest"], [1]), (["docker"], [])]
)
async def test_words_are_found_with_and_without_fts5(
    monkeypatch: pytest.MonkeyPatch, words: list[str], found: list[int], has_fts5: bool
) -> None:
    if not has_fts5:

        def old(*_: object) -> sqlite3.Connection:
            raise sqlite3.OperationalError("no such module: fts5")

        monkeypatch.setattr(sqlite3, "connect", old)
    assert await memory_search.best_of(TEXTS, words) == found


async def test_a_search_finds_forms_of_a_word_and_parts_of_a_name_on_both_databases(database: Database) -> None:
    memory = Memory(database)
    numbers = [(await kept(memory, HERE, text, job_id=f"j{number}")).number for number, text in TEXTS.items()]
    assert [entry.number for entry in await memory.search(HERE, ["unit", "spans"], limit=9)] == [numbers[1], numbers[0]]
    assert [entry.number for entry in await memory.search(HERE, ["noticed"], limit=9)] == [numbers[2]]
    assert await memory.search(HERE, [], limit=9) == []
