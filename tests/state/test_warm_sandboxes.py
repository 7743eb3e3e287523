"""A warm sandbox goes to one job, or to the one who ends it, and never to both."""

from __future__ import annotations

import asyncio
import time

import pytest

from state.database import Database
from state.warm_sandboxes import WarmSandboxes


@pytest.fixture
async def warm(database: Database) -> WarmSandboxes:
    warm = WarmSandboxes(database)
    for number in range(3):
        await warm.add(f"sb-{number}", repository_id=2, image_id="im-1")
    return warm


async def claim(warm: WarmSandboxes, job: str, *, image: str = "im-1", after: float = 0.0) -> str | None:
    return await warm.claim(job, repository_id=2, image_id=image, created_after=after)


async def test_jobs_at_once_get_different_ones_the_oldest_first_until_there_is_none(warm: WarmSandboxes) -> None:
    assert await claim(warm, "job-0") == "sb-0"
    claimed = await asyncio.gather(*(claim(warm, f"job-{number}") for number in (1, 2, 3)))
    assert set(claimed) == {"sb-1", "sb-2", None}
    assert await warm.claimed_by("job-0") == "sb-0"
    assert await warm.claimed_by("nobody") is None


async def test_one_of_another_image_or_too_old_is_not_given(warm: WarmSandboxes) -> None:
    assert await claim(warm, "job-0", image="im-2") is None
    assert await claim(warm, "job-0", after=time.time() + 60) is None
    assert await warm.claim("job-0", repository_id=3, image_id="im-1", created_after=0.0) is None


async def test_what_was_claimed_is_not_taken_away_and_what_was_taken_away_is_not_claimed(warm: WarmSandboxes) -> None:
    assert await claim(warm, "job-0") == "sb-0"
    assert not await warm.take_away("sb-0")
    assert await warm.take_away("sb-1")
    assert not await warm.take_away("sb-1")
    assert await claim(warm, "job-1") == "sb-2"


async def test_a_claim_is_forgotten_with_its_job(warm: WarmSandboxes) -> None:
    await claim(warm, "job-0")
    await claim(warm, "job-1")
    await warm.forget_claims(["job-0", "another"])
    assert [(one.sandbox_id, one.claimed_by) for one in await warm.all()] == [("sb-1", "job-1"), ("sb-2", None)]


async def test_adding_one_again_changes_nothing(warm: WarmSandboxes) -> None:
    await claim(warm, "job-0")
    await warm.add("sb-0", repository_id=2, image_id="im-1")
    assert await warm.claimed_by("job-0") == "sb-0"
