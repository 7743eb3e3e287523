"""One call of a GitHub tool: for which job and repository it is made, with which arguments, and how GitHub is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from github_app.gateway.tools.arguments import Unclear, number_of, text_of
from github_app.github.client import GitHub
from github_app.github.failures import Refused
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path
from github_app.github.tokens import Purpose, Tokens
from state.job_tools import Place

A_PAGE = 30
MAX_PATH_CHARACTERS = 500
MAX_QUERY_CHARACTERS = 200


@dataclass(frozen=True)
class Asking:
    """One call: GitHub, whom it is made for, and its arguments."""

    github: GitHub
    tokens: Tokens
    place: Place
    arguments: Mapping[str, Any]
    app_id: int

    async def token(self, purpose: Purpose = Purpose.TOOLS) -> InstallationToken:
        """One that reads the job's repository. Raises Unclear when the App was not granted what that takes."""
        try:
            return (await self.tokens.get(self.place.installation_id, self.place.repository_id, purpose)).value
        except Refused as problem:
            raise Unclear(f"GitHub gives no token for this: {problem.reason}") from problem

    async def get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        """What stands at a path below the repository's."""
        asked = f"?{urlencode(query)}" if query else ""
        path = f"{repository_path(self.place.repository)}{path}{asked}"
        return await self.github.with_token(await self.token(), "GET", path)

    def number(self, name: str) -> int:
        return number_of(self.arguments, name)

    @property
    def page(self) -> dict[str, object]:
        return {"per_page": A_PAGE, "page": self.number("page") if "page" in self.arguments else 1}

    def text(self, name: str, *, most: int) -> str:
        """A text that may be left out."""
        return text_of(self.arguments, name, most=most, needed=False)

    def words(self, name: str, *, most: int) -> str:
        """A text that has to be there."""
        return text_of(self.arguments, name, most=most).strip()


ISSUE = {"issue_number": {"type": "integer", "description": "The issue's number"}}
