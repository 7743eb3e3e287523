"""Sends a person's browser back to who has sent it here."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response


def lead_back(url: str, told: Mapping[str, str | int]) -> Response:
    """With these as its query, beside what it has already; empty ones are left out."""
    query = urlencode({name: value for name, value in told.items() if value != ""})
    return RedirectResponse(f"{url}{'&' if urlsplit(url).query else '?'}{query}", 302)
