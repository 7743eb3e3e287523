"""One emulator for all of these tests; each test loads its own play."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.anthropic_service import TRUST_NOBODY, AnthropicService, anthropic_service


@pytest.fixture(scope="session")
def running_anthropic() -> Iterator[AnthropicService]:
    with anthropic_service() as service:
        yield service


@pytest.fixture
def anthropic(running_anthropic: AnthropicService) -> AnthropicService:
    running_anthropic.forget()
    return running_anthropic


@pytest.fixture
def client(anthropic: AnthropicService) -> Iterator[httpx.Client]:
    """A client with the right key."""
    with httpx.Client(
        base_url=anthropic.url, headers={"x-api-key": anthropic.api_key}, timeout=60, verify=TRUST_NOBODY
    ) as client:
        yield client
