"""Repositories by their id, and by a name that they had. https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from emulators.github.access import may_see
from emulators.github.errors import Moved
from emulators.github.service import GitHub
from emulators.github.tokens import Actor

_BY_ID = re.compile(r"/repositories/(\d{1,18})(/.*)?")
_BY_NAME = re.compile(r"/repos/([^/]+)/([^/]+)(/.*)?")


def by_name(github: GitHub, path: str) -> str:
    """A path below `/repositories/{id}`, where redirects lead, as the one that it stands for; any other path as it is."""
    if found := _BY_ID.fullmatch(path):
        repository = github.store.repositories.get(int(found[1]))
        if repository:
            return f"/repos/{quote(repository.full_name)}{found[2] or ''}"
    return path


def tell_if_moved(github: GitHub, actor: Actor, method: str, path: str, query: str) -> None:
    """Raises Moved for a path with a name that a repository had before: 301, or 307 so that what is sent is sent again."""
    found = _BY_NAME.fullmatch(path)
    if found is None:
        return
    owner, name = unquote(found[1]), unquote(found[2])
    repository = github.store.formerly(owner, name)
    if repository and may_see(actor, repository):
        target = f"{github.at.api}/repositories/{repository.id}{found[3] or ''}"
        raise Moved(f"{target}?{query}" if query else target, 301 if method in ("GET", "HEAD") else 307)
