"""A Modal backend on the emulated Modal, for the tests of this folder."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import modal
import pytest

from sandbox.modal import ModalBackend
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service


@dataclass
class Connected:
    """A running emulator with the base image built, and the client that talks to it."""

    service: ModalService
    client: modal.Client


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    if CANNOT_ISOLATE:
        pytest.skip(f"the emulated Modal can't isolate sandboxes here: {CANNOT_ISOLATE}")
    with modal_service(tmp_path_factory.mktemp("modal")) as service:
        client = service.client()
        asyncio.run(ModalBackend(client=client).build_base_image())
        yield Connected(service, client)


@asynccontextmanager
async def fresh_backend(connected: Connected) -> AsyncIterator[ModalBackend]:
    """A backend with an app of its own; afterwards its sandboxes have ended and the emulator is healthy."""
    backend = ModalBackend(app_name=f"app-{secrets.token_hex(6)}", client=connected.client)
    yield backend
    connected.service.heal()
    await backend.close()
    for summary in await backend.list({}):
        connected.service.end(summary.id, "terminated")
