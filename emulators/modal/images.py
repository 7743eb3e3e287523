"""Images: layers with an environment and a working directory, found by id or by name, gone when their time is up."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from grpclib import GRPCError, Status
from modal_proto import api_pb2 as pb

from emulators.modal.account_rpcs import BUILDER_VERSION
from emulators.modal.credentials import new_id
from emulators.modal.machine import Machine

BASE_IMAGE = "im-host"


@dataclass
class Image:
    """`layers` stand topmost first. `expires_at` is in seconds since the epoch. `error` says why its build failed."""

    id: str
    layers: tuple[int, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/root"
    log: list[str] = field(default_factory=list)
    error: str | None = None
    expires_at: float | None = None
    built: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def failed(self) -> bool:
        return self.built.is_set() and self.error is not None

    def metadata(self) -> pb.ImageMetadata:
        return pb.ImageMetadata(
            workdir=self.workdir, python_version_info=sys.version.split()[0], image_builder_version=BUILDER_VERSION
        )

    def result(self) -> pb.GenericResult:
        """Empty while it is being built."""
        if not self.built.is_set():
            return pb.GenericResult()
        failed, worked = pb.GenericResult.GENERIC_STATUS_FAILURE, pb.GenericResult.GENERIC_STATUS_SUCCESS
        return pb.GenericResult(status=failed if self.failed else worked, exception=self.error or "")


class ImageStore:
    """All images. The first one is this computer's own system; every build ends on it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        base = Image(BASE_IMAGE)
        base.built.set()
        self._images: dict[str, Image] = {BASE_IMAGE: base}
        self.names: dict[str, str] = {}

    def get(self, image_id: str) -> Image:
        """NOT_FOUND for one that never was, was deleted, or has expired."""
        image = self._images.get(image_id)
        if image is None or (image.expires_at is not None and image.expires_at <= time.time()):
            raise GRPCError(Status.NOT_FOUND, f"Image {image_id!r} not found or expired")
        return image

    def begin(self, base: Image) -> Image:
        """A new image that is being built on another."""
        image = Image(new_id("im"), base.layers, dict(base.env), base.workdir)
        self._images[image.id] = image
        return image

    def keep(self, layers: tuple[int, ...], like: Image | None, ttl_seconds: int) -> Image:
        """A snapshot as an image, with environment and working directory of the image it came from."""
        image = Image(new_id("im"), layers, dict(like.env) if like else {}, like.workdir if like else "/")
        image.expires_at = time.time() + ttl_seconds if ttl_seconds > 0 else None
        image.built.set()
        self._images[image.id] = image
        return image

    def delete(self, image_id: str) -> None:
        self.get(image_id)
        del self._images[image_id]
        self.names = {name: kept for name, kept in self.names.items() if kept != image_id}

    def sweep(self, in_use: Iterable[tuple[int, ...]]) -> None:
        """Drop expired images, and the layers that neither an image nor one of the stacks `in_use` needs."""
        now = time.time()
        before = {layer for image in self._images.values() for layer in image.layers}
        self._images = {
            image_id: image for image_id, image in self._images.items() if image.expires_at is None or image.expires_at > now
        }
        needed = {layer for image in self._images.values() for layer in image.layers}
        needed |= {layer for stack in in_use for layer in stack}
        for layer in before - needed:
            self._machine.drop_layer(layer)
