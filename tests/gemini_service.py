"""The emulated Gemini as tests use it: started by its command line, told what to play, asked what it was sent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.anthropic_service import AnthropicService, emulated_model


class GeminiService(AnthropicService):
    """A running emulator, which is talked to as the emulated Anthropic is."""

    @property
    def api_key(self) -> str:
        return self.environment["GEMINI_API_KEY"]


@contextlib.contextmanager
def gemini_service(*plays: Path, api_key: str | None = None) -> Iterator[GeminiService]:
    """Start `python -m emulators.gemini` on a free port, and end it."""
    with emulated_model("emulators.gemini", *plays, api_key=api_key) as (url, environment, controls):
        yield GeminiService(url, environment, controls)
