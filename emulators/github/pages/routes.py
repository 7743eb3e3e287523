"""Every page, in one place."""

from __future__ import annotations

from starlette.routing import Route


def page_routes() -> list[Route]:
    return []
