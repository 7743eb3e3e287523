"""A repository's own settings, asked of GitHub: before there is a sandbox, and in words that no agent has touched.

A file that has not changed costs nothing of the hourly limit: it is asked for by the ETag of the last answer.
https://docs.github.com/en/rest/repos/contents#get-repository-content
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from github_app.github.client import GitHub, repository_path
from github_app.github.failures import Refused
from github_app.github.tokens import Purpose, Tokens
from github_app.settings.plain_yaml import MAX_BYTES
from github_app.settings.repository import SETTINGS_FILE, RepositorySettings, SettingsUnusable, read_settings
from state.own_words import OwnWords, Words

# Branches whose file is remembered; the one not asked for longest is forgotten first.
MOST_REMEMBERED = 1_000


@dataclass(frozen=True)
class SettingsRead:
    """`settings` is None where there is no file, or one that can't be used: then `problem` says why, in half a sentence that
    may hold a part of the file."""

    settings: RepositorySettings | None = None
    problem: str = ""


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
        self._remembered: OrderedDict[tuple[int, str], tuple[str, SettingsRead]] = OrderedDict()

    async def read_default(self, repository: RepositoryOnGitHub, default_branch: str) -> SettingsRead:
        """As `read`, of the default branch: its words are those by which deliveries are looked at from now on."""
        read = await self.read(repository, default_branch)
        if not read.problem:
            own = read.settings or RepositorySettings()
            await self._own_words.note(repository.id, Words(own.label, own.command))
        return read

    async def read(self, repository: RepositoryOnGitHub, branch: str) -> SettingsRead:
        """The file as it is on that branch now. Raises GitHubProblem when GitHub can't be asked."""
        key = (repository.id, branch)
        etag, before = self._remembered.get(key, (None, SettingsRead()))
        token = await self._tokens.get(repository.installation_id, repository.id, Purpose.READ)
        path = f"{repository_path(repository.full_name)}/contents/{SETTINGS_FILE}?ref={quote(branch, safe='')}"
        try:
            found = await self._github.if_changed(token.value, path, etag)
        except Refused as problem:
            if problem.status != 404:
                raise
            self._remembered.pop(key, None)
            return SettingsRead()
        if found is None:
            self._remembered.move_to_end(key)
            return before
        read = await asyncio.to_thread(read_answer, found.content)
        if found.etag is not None:
            self._remembered[key] = (found.etag, read)
            self._remembered.move_to_end(key)
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return read


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
