"""Where this GitHub is, as its own links say it, and the ids and time-independent names that links are made of."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote

from emulators.github.model.repositories import Repository


@dataclass(frozen=True)
class Addresses:
    """`api` is the REST API's root, `html` the pages' and git's; neither ends in a slash."""

    api: str
    html: str

    def repository(self, repository: Repository) -> str:
        return f"{self.api}/repos/{repository.full_name}"

    def page(self, repository: Repository) -> str:
        return f"{self.html}/{repository.full_name}"

    def clone(self, repository: Repository) -> str:
        return f"{self.html}/{repository.full_name}.git"


def node_id(prefix: str, number: int | str) -> str:
    """An opaque global id as GraphQL has it: `I_kwDO…`."""
    return f"{prefix}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def path_part(text: str) -> str:
    """One part of a URL's path, `/` kept as branch names have it."""
    return quote(text, safe="/")
