"""One emulated Modal for each worker; every test gets an app of its own on it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import modal
import pytest

from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service


@pytest.fixture(scope="session")
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModalService]:
    if CANNOT_ISOLATE:
        pytest.skip(f"sandboxes can't be isolated here: {CANNOT_ISOLATE}")
    with modal_service(tmp_path_factory.mktemp("modal")) as service:
        yield service


@pytest.fixture(scope="session")
def shared_client(running_service: ModalService) -> modal.Client:
    return running_service.client()


@pytest.fixture
def service(running_service: ModalService) -> Iterator[ModalService]:
    yield running_service
    running_service.heal()


@pytest.fixture
def client(shared_client: modal.Client, service: ModalService) -> modal.Client:
    return shared_client


@pytest.fixture
def app(client: modal.Client) -> modal.App:
    return modal.App.lookup(f"app-{secrets.token_hex(6)}", create_if_missing=True, client=client)


@pytest.fixture
def image() -> modal.Image:
    return modal.Image.from_registry("debian:12", add_python=None)


@pytest.fixture
def create(client: modal.Client, app: modal.App, image: modal.Image) -> Iterator[Callable[..., modal.Sandbox]]:
    """Creates sandboxes, with the options of the SDK's own `create`, that are gone after the test."""
    made: list[modal.Sandbox] = []

    def make(*argv: str, **options: Any) -> modal.Sandbox:
        sandbox = modal.Sandbox.create(*argv, **{"app": app, "image": image, "client": client, "timeout": 60, **options})
        made.append(sandbox)
        return sandbox

    yield make
    for sandbox in made:
        try:
            sandbox.terminate()
        except modal.exception.NotFoundError:
            continue  # the test made it vanish
