"""Files of the caller's machine on their way into an image or a sandbox (`Image.add_local_*`): Modal calls them mounts."""

from __future__ import annotations

import shutil
from pathlib import Path

from grpclib import GRPCError, Status
from modal_proto import api_pb2 as pb

from emulators.modal.blobs import BlobStore
from emulators.modal.credentials import new_id


class LocalFileRpcs:
    """Lists of files by mount id; their contents are blobs by SHA-256."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._mounts: dict[str, list[pb.MountFile]] = {}

    def place(self, mount_id: str, root: Path, *, source: str = "/", target: str = "/") -> None:
        """Write what lies under `source` in the mount to `target` under `root`."""
        if mount_id not in self._mounts:
            raise GRPCError(Status.NOT_FOUND, f"Mount {mount_id} not found")
        for file in self._mounts[mount_id]:
            inside = Path("/", file.filename).relative_to(source) if _lies_in(file.filename, source) else None
            if inside is None:
                continue
            path = root / target.lstrip("/") / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._blobs.path(file.sha256_hex), path)
            path.chmod(file.mode or 0o644)

    async def mount_batched_check_existence(
        self, request: pb.MountBatchedCheckExistenceRequest
    ) -> pb.MountBatchedCheckExistenceResponse:
        missing = [name for name in request.sha256_hex_hashes if not self._blobs.has(name)]
        return pb.MountBatchedCheckExistenceResponse(missing_sha256_hex_hashes=missing)

    async def mount_put_file(self, request: pb.MountPutFileRequest) -> pb.MountPutFileResponse:
        if request.WhichOneof("data_oneof") == "data":
            self._blobs.put(request.sha256_hex, request.data)
        elif request.data_blob_id:
            self._blobs.rename(request.data_blob_id, request.sha256_hex)
        return pb.MountPutFileResponse(exists=self._blobs.has(request.sha256_hex))

    async def mount_get_or_create(self, request: pb.MountGetOrCreateRequest) -> pb.MountGetOrCreateResponse:
        mount_id = new_id("mo")
        self._mounts[mount_id] = list(request.files)
        metadata = pb.MountHandleMetadata(content_checksum_sha256_hex="0" * 64)
        return pb.MountGetOrCreateResponse(mount_id=mount_id, handle_metadata=metadata)

    async def blob_create(self, _: pb.BlobCreateRequest) -> pb.BlobCreateResponse:
        blob_id = new_id("bl")
        return pb.BlobCreateResponse(blob_id=blob_id, upload_url=self._blobs.upload_url(blob_id))


def _lies_in(filename: str, folder: str) -> bool:
    return Path("/", filename).is_relative_to(folder)
