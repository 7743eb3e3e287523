"""What people may do on a repository, asked of GitHub each time: by the ETag of its last answer, so that one which still holds
costs nothing of the hourly limit.

https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any
from urllib.parse import quote

from github_app.github.client import GitHub, Tagged
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path

# People on repositories of whom the last answer is remembered; the one not asked about longest is forgotten first.
MOST_REMEMBERED = 1_000


class Roles:
    """The roles of all people on all repositories."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._remembered: OrderedDict[tuple[str, str], Tagged] = OrderedDict()

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
