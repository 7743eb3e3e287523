"""Looking for a settings file: what is not there is found out by what it would be in, whose ETag costs nothing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from github_app.github.client import Tagged
from github_app.github.failures import Refused
from github_app.github.repository_settings import Remembered, look

FILE = {"type": "file", "size": 14, "content": b64encode(b"label: please\n").decode()}
WITH_FILE, WITHOUT_FILE = [{"path": ".github/harvest.yml"}], [{"path": ".github/workflows"}]
WITH_FOLDER, WITHOUT_FOLDER = [{"path": ".github"}, {"path": "src"}], [{"path": "src"}]


@dataclass
class Branch:
    """What GitHub has at each place: the file, its folder, the root. `counted` are the requests that its limits count."""

    places: list[Any]
    counted: list[int] = field(default_factory=list)

    async def ask(self, place: int, etag: str | None) -> Tagged | None:
        content = self.places[place]
        if content is not None and etag == repr(content):
            return None
        self.counted.append(place)
        if content is None:
            raise Refused("GET", "not found", 404)
        return Tagged(content, repr(content))

    async def look_again(self, before: Remembered | None) -> tuple[Remembered, list[int]]:
        self.counted.clear()
        return await look(self.ask, before), list(self.counted)


async def test_a_file_is_read_once_and_asked_for_again_by_its_etag() -> None:
    branch = Branch([FILE, WITH_FILE, WITH_FOLDER])
    first, asked = await branch.look_again(None)
    assert first.read.settings is not None
    assert (first.read.settings.label, asked) == ("please", [1, 0])
    again, asked = await branch.look_again(first)
    assert (again, asked) == (first, [])


async def test_a_file_that_is_not_there_costs_nothing_either_until_it_comes() -> None:
    branch = Branch([None, WITHOUT_FILE, WITH_FOLDER])
    seen, asked = await branch.look_again(None)
    assert (seen.read.settings, asked) == (None, [1])
    seen, asked = await branch.look_again(seen)
    assert (seen.read.settings, asked) == (None, [])

    branch.places = [FILE, WITH_FILE, WITH_FOLDER]
    seen, asked = await branch.look_again(seen)
    assert (seen.read.settings is not None, asked) == (True, [1, 0])


async def test_without_its_folder_the_root_is_asked_for() -> None:
    branch = Branch([None, None, WITHOUT_FOLDER])
    seen, asked = await branch.look_again(None)
    assert (seen.read.settings, asked) == (None, [1])
    seen, asked = await branch.look_again(seen)
    assert (seen.read.settings, asked) == (None, [2])
    seen, asked = await branch.look_again(seen)
    assert (seen.read.settings, asked) == (None, [])

    branch.places = [FILE, WITH_FILE, WITH_FOLDER]
    seen, asked = await branch.look_again(seen)
    assert (seen.read.settings is not None, asked) == (True, [2, 1, 0])


async def test_a_file_that_was_taken_away_counts_no_more() -> None:
    branch = Branch([FILE, WITH_FILE, WITH_FOLDER])
    seen, _ = await branch.look_again(None)
    branch.places = [None, WITHOUT_FILE, WITH_FOLDER]
    seen, _ = await branch.look_again(seen)
    assert seen.read.settings is None
