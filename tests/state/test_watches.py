"""Watches as rows: one a pull request, due when what happens there has come to rest, and over once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from state import watches as module
from state.clock import database_now
from state.database import Database
from state.watches import MOST_IN_A_REPOSITORY, TooManyWatches, Watches, watches
from tests.watches import NEW


async def due_in(database: Database, watch_id: str = "w1") -> float:
    query = sa.select(watches.c.due_at - database_now()).where(watches.c.id == watch_id)
    async with database.read() as connection:
        return float(await connection.scalar(query) or 0.0)


async def test_a_pull_request_has_one_and_a_repository_not_too_many(database: Database) -> None:
    kept = Watches(database)
    first, is_new = await kept.begin(NEW)
    assert (first.id, is_new, [one.id for one in await kept.due(9)]) == ("w1", True, ["w1"])
    again, is_new = await kept.begin(replace(NEW, id="w2"))
    assert (again.id, is_new) == ("w1", False)
    for number in range(1, MOST_IN_A_REPOSITORY):
        await kept.begin(replace(NEW, id=f"more{number}", pull_number=100 + number))
    with pytest.raises(TooManyWatches):
        await kept.begin(replace(NEW, id="one more", pull_number=999))

    await kept.end(["w1"], "off", by="bob")
    await kept.end(["w1"], "merged")
    ended = await kept.get("w1")
    assert (ended.why, ended.ended_by, await kept.of_pull(2, 8)) == ("off", "bob", None)
    assert "w1" in [one.id for one in await kept.due(99)], "somebody has to be told"
    await kept.told("w1")
    assert (await kept.begin(replace(NEW, id="w3")))[1]
    assert (await kept.begin(NEW))[0].id in ("w1", "w3"), "the same delivery once more begins nothing"
    assert await kept.forget(told_before=0.0) == 0
    assert await kept.forget(told_before=2**40) == 1


@pytest.mark.parametrize(
    ("news", "is_watched"),
    [
        ({"pull": 8}, True),
        ({"pull": 9}, False),
        ({"pushed": "fix"}, True),
        ({"pushed": "main"}, True),
        ({"pushed": "other"}, False),
        ({"sha": "c" * 40}, True),
        ({"sha": "d" * 40}, False),
    ],
)
async def test_what_happens_makes_due_what_it_is_about(database: Database, news: dict[str, str], is_watched: bool) -> None:
    kept = Watches(database)
    watch, _ = await kept.begin(NEW)
    await kept.looked(watch, again_in=900.0, changes={})
    assert await kept.stir(2, **news) is is_watched  # type: ignore[arg-type]  # one of each case
    assert not await kept.stir(3, **news)  # type: ignore[arg-type]  # another repository
    assert (await due_in(database) < 100.0) is is_watched
    assert await kept.due(9) == [], "it has to come to rest"


async def test_it_waits_for_the_last_thing_and_not_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Watches(database)
    watch, _ = await kept.begin(NEW)
    await kept.looked(watch, again_in=900.0, changes={})
    await kept.stir(2, pull=8)
    monkeypatch.setattr(module, "MOST_SETTLE_TIMES", 0.5)
    await kept.stir(2, pull=8)
    assert await due_in(database) < 40.0, "where something happens all the time it is looked at all the same"


async def test_a_look_that_was_overtaken_does_not_put_the_next_one_off(database: Database) -> None:
    kept = Watches(database)
    watch, _ = await kept.begin(NEW)
    await kept.stir(2, pull=8)
    await kept.looked(watch, again_in=900.0, changes={"head_sha": "d" * 40})
    assert await due_in(database) < 100.0
    assert (await kept.get("w1")).head_sha == "d" * 40
    await kept.put_off(watch, 300.0)
    assert await due_in(database) < 100.0, "a look that failed does not either"
    await kept.put_off(await kept.get("w1"), 300.0)
    assert 200.0 < await due_in(database) < 400.0
    assert (await kept.get("w1")).failures == 2
