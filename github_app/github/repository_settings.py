"""A repository's own settings, asked of GitHub: before there is a sandbox, and in words that no agent has touched.

What has not changed costs nothing of the hourly limit: it is asked for by the ETag of the last answer. GitHub gives none with
the answer that there is no such file, so then the folder is asked for that would have it.
https://docs.github.com/en/rest/repos/contents#get-repository-content
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from github_app.github.client import GitHub, Tagged
from github_app.github.failures import Refused
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose, Tokens
from github_app.settings.plain_yaml import MAX_BYTES
from github_app.settings.repository import SETTINGS_FILE, RepositorySettings
from github_app.settings.repository_file import SettingsUnusable, read_settings
from state.own_words import OwnWords, Words

# Branches whose file is remembered; the one not asked for longest is forgotten first.
MOST_REMEMBERED = 1_000


@dataclass(frozen=True)
class SettingsRead:
    """`settings` is None where there is no file, or one that can't be used: then `problem` says why, in half a sentence that
    may hold a part of the file."""

    settings: RepositorySettings | None = None
    problem: str = ""


# The file, and what it would be in, innermost first; the last one, the root, is in every repository with a commit.
PLACES = (SETTINGS_FILE, *(str(parent).removesuffix(".") for parent in PurePosixPath(SETTINGS_FILE).parents))


@dataclass(frozen=True)
class Remembered:
    """What was read, and by which ETag of which of the PLACES it is known to hold; None where that is not known."""

    read: SettingsRead
    place: int
    etag: str | None


@dataclass(frozen=True)
class RepositoryOnGitHub:
    """Which repository, by its id and `owner/name`, and the installation that reaches it."""

    installation_id: int
    id: int
    full_name: str


class SettingsFiles:
    """The settings files of all repositories."""

    def __init__(self, github: GitHub, tokens: Tokens, own_words: OwnWords) -> None:
        self._github = github
        self._tokens = tokens
        self._own_words = own_words
        self._remembered: OrderedDict[tuple[int, str], Remembered] = OrderedDict()

    async def read_default(
        self, repository: RepositoryOnGitHub, default_branch: str, *, job_id: str | None = None
    ) -> SettingsRead:
        """As `read`, of the default branch: its words are those by which deliveries are looked at from now on."""
        read = await self.read(repository, default_branch, job_id=job_id)
        if not read.problem:
            own = read.settings or RepositorySettings()
            await self._own_words.note(repository.id, Words(own.label, own.command))
        return read

    async def read(self, repository: RepositoryOnGitHub, branch: str, *, job_id: str | None = None) -> SettingsRead:
        """The file as it is on that branch now. Raises GitHubProblem when GitHub can't be asked."""
        key = (repository.id, branch)
        token = await self._tokens.get(repository.installation_id, repository.id, Purpose.READ)

        async def ask(place: int, etag: str | None) -> Tagged | None:
            where = f"{repository_path(repository.full_name)}/contents/{PLACES[place]}?ref={quote(branch, safe='')}"
            return await self._github.if_changed(token.value, where, etag, job_id=job_id)

        self._remembered[key] = remembered = await look(ask, self._remembered.get(key))
        self._remembered.move_to_end(key)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return remembered.read


async def look(ask: Callable[[int, str | None], Awaitable[Tagged | None]], before: Remembered | None) -> Remembered:
    """What there is now. The file is asked for once its folder lists it; of a folder that is not there, what it would be in is
    asked for the next time."""
    place, etag = (before.place, before.etag) if before is not None else (1, None)
    while True:
        try:
            found = await ask(place, etag)
        except Refused as problem:
            if problem.status != 404:
                raise
            return Remembered(SettingsRead(), min(place + 1, len(PLACES) - 1), None)
        if found is None and before is not None:
            return before
        assert found is not None  # noqa: S101 - nothing is unchanged without an ETag
        if place == 0:
            return Remembered(await asyncio.to_thread(read_answer, found.content), 0, found.etag)
        listed = found.content if isinstance(found.content, list) else []
        if PLACES[place - 1] not in (entry["path"] for entry in listed):
            return Remembered(SettingsRead(), place, found.etag)
        place, etag = place - 1, None


def read_answer(answer: Mapping[str, Any]) -> SettingsRead:
    """The settings in GitHub's answer."""
    if not isinstance(answer, dict) or answer.get("type") != "file":
        return SettingsRead(problem="it is no plain file")
    if answer["size"] > MAX_BYTES:
        return SettingsRead(problem=f"it is larger than {MAX_BYTES // 1024} KiB")
    try:
        return SettingsRead(read_settings(base64.b64decode(answer["content"])))
    except (SettingsUnusable, binascii.Error) as problem:
        return SettingsRead(problem=str(problem))
