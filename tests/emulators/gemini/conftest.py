"""One emulator for all of these tests; each test loads its own play."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.anthropic_service import TRUST_NOBODY
from tests.gemini_service import GeminiService, gemini_service


@pytest.fixture(scope="session")
def running_gemini() -> Iterator[GeminiService]:
    with gemini_service() as service:
        yield service


@pytest.fixture
def gemini(running_gemini: GeminiService) -> GeminiService:
    running_gemini.forget()
    return running_gemini


@pytest.fixture
def client(gemini: GeminiService) -> Iterator[httpx.Client]:
    """A client with the right key."""
    headers = {"x-goog-api-key": gemini.api_key}
    with httpx.Client(base_url=gemini.url, headers=headers, timeout=60, verify=TRUST_NOBODY) as client:
        yield client
