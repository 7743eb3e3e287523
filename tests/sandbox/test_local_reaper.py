"""Which processes belong to a sandbox, and reading the process table."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.local.reaper import Entry, belonging, parse_stat, read_entry


def table(*rows: tuple[int, int, int]) -> dict[int, Entry]:
    """Rows of (pid, parent, session)."""
    return {pid: Entry(pid, parent, session, start_time=1, is_zombie=False) for pid, parent, session in rows}


@pytest.mark.parametrize(
    ("marked", "expected", "why"),
    [
        (set(), set(), "nothing marked, nothing belongs"),
        ({10}, {10, 11, 12, 13}, "children to any depth, and who stayed in the session when its parent died"),
        ({11}, {11, 12}, "not the parent, not the sister"),
        ({20}, {20}, "a neighbour has nothing to do with it"),
    ],
)
def test_who_belongs(marked: set[int], expected: set[int], why: str) -> None:
    processes = table((1, 0, 1), (10, 1, 10), (11, 10, 11), (12, 11, 12), (13, 1, 10), (20, 1, 20))

    assert belonging(processes, marked) == expected, why


@given(name=st.binary(max_size=15).filter(lambda name: b"\0" not in name), pid=st.integers(1, 2**22))
def test_a_hostile_program_name_does_not_shift_the_fields(name: bytes, pid: int) -> None:
    fields = [b"Z", b"7", b"8", b"9", *([b"0"] * 15), b"4711", b"0"]

    entry = parse_stat(b"%d (%s) %s\n" % (pid, name, b" ".join(fields)))

    assert entry == Entry(pid, parent=7, session=9, start_time=4711, is_zombie=True)


def test_this_very_process_is_read_as_it_is() -> None:
    me = read_entry(os.getpid())

    assert me is not None
    assert (me.parent, me.session, me.is_zombie) == (os.getppid(), os.getsid(0), False)


def test_a_process_that_is_gone_has_no_entry() -> None:
    assert read_entry(2**22 + 1) is None
