"""Images over the wire: build, look up, publish under a name, delete."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from grpclib.server import Stream
from modal_proto import api_pb2 as pb

from emulators.modal.image_build import ImageBuilder
from emulators.modal.images import BASE_IMAGE, ImageStore
from emulators.modal.secret_rpcs import SecretRpcs

_DEFAULT_TAG = ":latest"


class ImageRpcs:
    """`builds` counts the builds that were really done."""

    def __init__(self, images: ImageStore, builder: ImageBuilder, secrets: SecretRpcs) -> None:
        self._images = images
        self._builder = builder
        self._secrets = secrets
        self._id_by_definition: dict[str, str] = {}
        self._building: set[asyncio.Task[None]] = set()
        self.builds = 0

    async def image_get_or_create(self, request: pb.ImageGetOrCreateRequest) -> pb.ImageGetOrCreateResponse:
        definition = request.image
        key = hashlib.sha256(definition.SerializeToString(deterministic=True)).hexdigest()
        image_id = self._id_by_definition.get(key)
        if image_id is None or request.force_build or self._images.get(image_id).failed:
            base_id = definition.base_images[0].image_id if definition.base_images else BASE_IMAGE
            image = self._images.begin(self._images.get(base_id))
            self._id_by_definition[key] = image_id = image.id
            self.builds += 1
            secrets = self._secrets.environment((), definition.secret_ids)
            building = asyncio.create_task(self._builder.build(image, definition, secrets))
            self._building.add(building)
            building.add_done_callback(self._building.discard)
        image = self._images.get(image_id)
        return pb.ImageGetOrCreateResponse(image_id=image_id, result=image.result(), metadata=image.metadata())

    async def image_join_streaming(self, stream: Stream[pb.ImageJoinStreamingRequest, pb.ImageJoinStreamingResponse]) -> None:
        request = await _request(stream)
        image = self._images.get(request.image_id)
        with contextlib.suppress(TimeoutError):  # the caller asks again
            await asyncio.wait_for(image.built.wait(), request.timeout or None)
        logs = [pb.TaskLogs(data=text, file_descriptor=pb.FILE_DESCRIPTOR_STDOUT) for text in image.log]
        await stream.send_message(pb.ImageJoinStreamingResponse(task_logs=logs, entry_id="1-0"))
        if image.built.is_set():
            done = pb.ImageJoinStreamingResponse(result=image.result(), eof=True, metadata=image.metadata())
            await stream.send_message(done)

    async def image_from_id(self, request: pb.ImageFromIdRequest) -> pb.ImageFromIdResponse:
        image = self._images.get(request.image_id)
        return pb.ImageFromIdResponse(image_id=image.id, metadata=image.metadata())

    async def image_publish(self, request: pb.ImagePublishRequest) -> pb.ImagePublishResponse:
        self._images.names[_tagged(request.tag)] = self._images.get(request.image_id).id
        return pb.ImagePublishResponse(image_id=request.image_id, revision_id="1")

    async def image_get_by_tag(self, request: pb.ImageGetByTagRequest) -> pb.ImageGetByTagResponse:
        image_id = self._images.names.get(_tagged(request.tag))
        if image_id is None:
            raise GRPCError(Status.NOT_FOUND, f"Image {request.tag!r} not found")
        return pb.ImageGetByTagResponse(image_id=self._images.get(image_id).id)

    async def image_list_tags(self, request: pb.ImageListTagsRequest) -> pb.ImageListTagsResponse:
        items = [
            pb.ImageListTagsItem(tag=name, image_id=image_id)
            for name, image_id in sorted(self._images.names.items())
            if name.startswith(request.tag_prefix) and request.image_id in ("", image_id)
        ]
        return pb.ImageListTagsResponse(items=items)

    async def image_delete(self, request: pb.ImageDeleteRequest) -> Empty:
        self._images.delete(request.image_id)
        return Empty()


def _tagged(name: str) -> str:
    """A name as Docker would complete it; the one environment's prefix is left out."""
    name = name.rpartition("/")[2]
    return name if ":" in name else name + _DEFAULT_TAG


async def _request(
    stream: Stream[pb.ImageJoinStreamingRequest, pb.ImageJoinStreamingResponse],
) -> pb.ImageJoinStreamingRequest:
    request = await stream.recv_message()
    if request is None:
        raise GRPCError(Status.INVALID_ARGUMENT, "the request is missing")
    return request
