"""Which of all GitHub's routes a path means: so that one which is not emulated is not taken for another one that is.

`commits/{ref}` would take `commits/main/status` as well, because a ref may hold slashes; GitHub has a route for that.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from emulators.github.rest.routing import Route, fixed_parts, pattern_of


class KnownRoutes:
    """The routes of GitHub's description by name (`GET /zen`)."""

    def __init__(self, names: Iterable[str]) -> None:
        self._routes = [(method, template, _fixed(template)) for method, template in (name.split(" ", 1) for name in names)]
        self._pattern = functools.cache(pattern_of)

    def instead_of(self, found: Route | None, method: str, path: str) -> str | None:
        """The name of the route that GitHub would choose for this path, if that isn't the one that was found here."""
        least, chosen = (fixed_parts(found.template), found.template) if found else (0, "")
        present = set(path.split("/"))
        for candidate, template, fixed in self._routes:
            if candidate != method or fixed_parts(template) <= least or not fixed <= present:
                continue
            if self._pattern(template).fullmatch(path):
                least, chosen = fixed_parts(template), template
        return f"{method} {chosen}" if chosen and (found is None or chosen != found.template) else None


def _fixed(template: str) -> frozenset[str]:
    return frozenset(re.sub(r"/\{\w+\}", "", template).split("/")) - {""}
