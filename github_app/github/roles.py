"""What people may do on a repository, asked of GitHub each time: by the ETag of its last answer, so that one which still holds
costs nothing of the hourly limit. Of many at once one list tells.

https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
https://docs.github.com/en/rest/collaborators/collaborators#list-repository-collaborators
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from github_app.github.client import GitHub, Tagged
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path

# People on repositories of whom the last answer is remembered; the one not asked about longest is forgotten first.
MOST_REMEMBERED = 1_000

# How long a list of all who may write counts, and of how many repositories it is remembered.
LIST_SECONDS = 60.0
MOST_LISTS = 100
A_PAGE = 100
# In an organization whose thousands all read, the list takes longer than to ask about those who come.
MOST_PAGES = 10


@dataclass(frozen=True)
class Writers:
    """The ids of their accounts, None where they can't be listed; `at` is when they were."""

    ids: frozenset[int] | None
    at: float


class Roles:
    """The roles of all people on all repositories."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._remembered: OrderedDict[tuple[str, str], Tagged] = OrderedDict()
        self._writers: OrderedDict[str, Writers] = OrderedDict()

    async def of(self, token: InstallationToken, repository: str, login: str, job_id: str) -> dict[str, Any]:
        """GitHub's answer, as it is now. Raises Refused (404 for somebody whom GitHub does not know), Passing."""
        key = (repository, login)
        before = self._remembered.pop(key, None)
        path = f"{repository_path(repository)}/collaborators/{quote(login, safe='')}/permission"
        found = await self._github.if_changed(token, path, before.etag if before else None, job_id=job_id)
        answer = found or before
        assert answer is not None  # noqa: S101 - without an ETag there is always an answer
        if answer.etag is not None:
            self._remembered[key] = answer
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        content: dict[str, Any] = answer.content
        return content

    async def writers(self, token: InstallationToken, repository: str, job_id: str) -> frozenset[int] | None:
        """The ids of all accounts that may write, as of the last minute; None where GitHub does not tell or they are too many.
        Who is not among them may not; who is has to be asked about. Raises Passing."""
        known = self._writers.get(repository)
        if known is None or time.monotonic() - known.at > LIST_SECONDS:
            known = Writers(await self._list_writers(token, repository, job_id), time.monotonic())
            self._writers[repository] = known
            self._writers.move_to_end(repository)
            if len(self._writers) > MOST_LISTS:
                self._writers.popitem(last=False)
        return known.ids

    async def _list_writers(self, token: InstallationToken, repository: str, job_id: str) -> frozenset[int] | None:
        found: set[int] = set()
        for page in range(1, MOST_PAGES + 1):
            path = f"{repository_path(repository)}/collaborators?per_page={A_PAGE}&page={page}"
            try:
                listed = await self._github.with_token(token, "GET", path, job_id=job_id)
            except Refused:
                return None
            found |= {one["id"] for one in listed if one.get("permissions", {}).get("push", True)}
            if len(listed) < A_PAGE:
                return frozenset(found)
        return None
