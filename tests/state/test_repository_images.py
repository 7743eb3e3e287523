"""One image a repository, built by one builder at a time; what a build gave, and that it gave nothing, is not lost."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from state import repository_images
from state.database import Database
from state.jobs import Jobs
from state.repository_images import BuiltImage, ImageRepository, RepositoryImages, SetUpStep
from state.sessions import Sessions

REPOSITORY = ImageRepository(2, 5, "acme/timespan")
BUILT = BuiltImage("im-1", "c" * 40, 3 * 2**30, 41.5, (SetUpStep("npm ci", "package-lock.json", 40.0),))
BROKEN = replace(BUILT, image_id="im-0", set_up=(SetUpStep("npm ci", "package-lock.json", 1.0, "exit code 1"),))


@pytest.fixture
def images(database: Database) -> RepositoryImages:
    return RepositoryImages(database)


async def test_of_many_who_want_to_build_one_does(images: RepositoryImages) -> None:
    begun = await asyncio.gather(*(images.begin(REPOSITORY, "c" * 40, f"builder-{number}") for number in range(5)))
    assert begun.count(True) == 1
    assert await images.builders() == {f"builder-{begun.index(True)}"}
    assert await images.begin(replace(REPOSITORY, id=3), "c" * 40, "of another repository")


async def test_what_was_built_is_found_with_how_it_went(images: RepositoryImages) -> None:
    await images.begin(REPOSITORY, BUILT.sha, "me")
    assert await images.store("me", BUILT)
    found = await images.get(2)
    assert found is not None
    assert (found.repository, found.built, found.failures, found.error) == (REPOSITORY, BUILT, 0, None)
    assert found.built_at == pytest.approx(time.time(), abs=60)
    assert await images.builders() == frozenset()
    assert await images.all() == [found]


async def test_the_image_before_it_is_kept_beside_it(images: RepositoryImages) -> None:
    for number in (1, 2, 3):
        await images.begin(REPOSITORY, BUILT.sha, "me")
        await images.store("me", replace(BUILT, image_id=f"im-{number}"))
    found = await images.get(2)
    assert found is not None
    assert found.built is not None
    assert (found.built.image_id, found.replaced_image_id) == ("im-3", "im-2")


async def test_a_build_counts_as_a_failure_until_a_complete_image_is_stored(images: RepositoryImages) -> None:
    async def failures() -> int:
        found = await images.get(2)
        assert found is not None
        return found.failures

    await images.begin(REPOSITORY, BUILT.sha, "killed")
    await let_the_builder_die(images, "killed")
    assert await failures() == 1
    await images.begin(REPOSITORY, BUILT.sha, "me")
    await images.give_up("me", "no network")
    assert await failures() == 2
    await images.begin(REPOSITORY, BUILT.sha, "me")
    await images.store("me", BROKEN)
    assert await failures() == 3
    await images.begin(REPOSITORY, BUILT.sha, "me")
    await images.store("me", BUILT)
    assert await failures() == 0


async def test_a_builder_that_says_nothing_is_replaced_and_may_store_nothing(images: RepositoryImages) -> None:
    await images.begin(REPOSITORY, BUILT.sha, "first")
    await images.hold("first")
    assert not await images.begin(REPOSITORY, BUILT.sha, "second")
    await let_the_builder_die(images, "first")
    assert await images.builders() == frozenset()
    assert await images.begin(REPOSITORY, BUILT.sha, "second")
    assert not await images.store("first", BUILT)
    assert not await images.give_up("first", "too late")
    assert await images.builders() == {"second"}


async def test_giving_up_keeps_the_image_and_says_why(images: RepositoryImages) -> None:
    await images.begin(REPOSITORY, BUILT.sha, "me")
    await images.store("me", BUILT)
    await images.begin(REPOSITORY, "d" * 40, "me")
    await images.give_up("me", "`npm ci` ended with \x00")
    found = await images.get(2)
    assert found is not None
    assert (found.built, found.error, found.tried_sha) == (BUILT, "`npm ci` ended with \ufffd", "d" * 40)


async def test_only_the_image_that_is_gone_is_forgotten(images: RepositoryImages) -> None:
    await images.begin(REPOSITORY, BUILT.sha, "me")
    await images.store("me", BUILT)
    await images.forget_image(2, "im-0")
    assert (await images.all())[0].built == BUILT
    await images.forget_image(2, "im-1")
    assert (await images.all())[0].built is None


async def test_a_repository_is_removed_unless_its_image_is_being_built(images: RepositoryImages) -> None:
    await images.begin(REPOSITORY, BUILT.sha, "me")
    await images.remove(2)
    assert await images.get(2) is not None
    await images.store("me", BUILT)
    await images.remove(2)
    assert await images.get(2) is None


async def test_wanted_are_repositories_with_a_late_job_and_those_asked_for(
    images: RepositoryImages, database: Database
) -> None:
    for number, repository in enumerate(("acme/old", "acme/busy", "acme/busy-renamed")):
        session = await Sessions(database).open_session(
            installation_id=5, repository_id=min(number, 1), repository=repository, thread=number, kind="issue"
        )
        await Jobs(database).add(
            f"job-{number}", session_id=session.id, installation_id=5, kind="issue", recipe="change/1", ask={}
        )
    after_the_first = (await Jobs(database).get("job-0")).created_at
    busy = ImageRepository(1, 5, "acme/busy-renamed")
    await images.note_look(ImageRepository(7, 5, "acme/looked-at"))
    assert await images.wanted(after_the_first) == [busy]
    await images.ask_for(REPOSITORY)
    assert await images.wanted(after_the_first) == [busy, REPOSITORY]
    assert await images.wanted(time.time()) == []


async def let_the_builder_die(images: RepositoryImages, builder: str) -> None:
    """As if it had said nothing for longer than it may."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(repository_images, "HOLD_SECONDS", -1.0)
        await images.hold(builder)
