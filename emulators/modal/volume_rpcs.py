"""Volumes over the wire: found by name, listed, read and written by the caller without a sandbox."""

from __future__ import annotations

import os
from pathlib import Path

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from grpclib.server import Stream
from modal_proto import api_pb2 as pb

from emulators.modal.blobs import BLOCK_BYTES, BlobStore
from emulators.modal.volumes import VolumeStore


class VolumeRpcs:
    """What the caller's side of a volume does happens to committed files, at once."""

    def __init__(self, volumes: VolumeStore, blobs: BlobStore) -> None:
        self._volumes = volumes
        self._blobs = blobs

    async def volume_get_or_create(self, request: pb.VolumeGetOrCreateRequest) -> pb.VolumeGetOrCreateResponse:
        volume = self._volumes.named(request.deployment_name)
        if volume is None:
            if request.object_creation_type == pb.OBJECT_CREATION_TYPE_UNSPECIFIED:
                raise GRPCError(Status.NOT_FOUND, f"Volume {request.deployment_name!r} not found")
            volume = self._volumes.create(request.deployment_name)
        version = pb.VOLUME_FS_VERSION_V2
        metadata = pb.VolumeMetadata(version=version, name=volume.name)
        return pb.VolumeGetOrCreateResponse(volume_id=volume.id, version=version, metadata=metadata)

    async def volume_delete(self, request: pb.VolumeDeleteRequest) -> Empty:
        self._volumes.delete(request.volume_id)
        return Empty()

    async def volume_list_files2(self, stream: Stream[pb.VolumeListFiles2Request, pb.VolumeListFiles2Response]) -> None:
        request = await stream.recv_message()
        if request is None:
            raise GRPCError(Status.INVALID_ARGUMENT, "the request is missing")
        root = self._volumes.get(request.volume_id).committed
        path = self._volumes.path(request.volume_id, request.path)
        found = [path] if not path.is_dir() else sorted(path.rglob("*") if request.recursive else path.iterdir())
        await stream.send_message(pb.VolumeListFiles2Response(entries=[_entry(root, item) for item in found]))

    async def volume_get_file2(self, request: pb.VolumeGetFile2Request) -> pb.VolumeGetFile2Response:
        path = self._volumes.path(request.volume_id, request.path)
        size = path.stat().st_size
        end = min(size, request.start + request.len) if request.len else size
        urls, offset = [], request.start
        while offset < end:
            block_end = min((offset // BLOCK_BYTES + 1) * BLOCK_BYTES, end)
            urls.append(self._blobs.download_url(path, offset, block_end - offset))
            offset = block_end
        return pb.VolumeGetFile2Response(get_urls=urls, size=size, start=request.start, len=end - request.start)

    async def volume_put_files2(self, request: pb.VolumePutFiles2Request) -> pb.VolumePutFiles2Response:
        missing = [
            pb.VolumePutFiles2Response.MissingBlock(
                file_index=file_index,
                block_index=block_index,
                put_url=self._blobs.upload_url(block.contents_sha256.hex()),
            )
            for file_index, file in enumerate(request.files)
            for block_index, block in enumerate(file.blocks)
            if not self._blobs.has(block.contents_sha256.hex())
        ]
        if not missing:
            for file in request.files:
                self._write(request, file)
        return pb.VolumePutFiles2Response(missing_blocks=missing)

    async def volume_remove_file2(self, request: pb.VolumeRemoveFile2Request) -> Empty:
        path = self._volumes.path(request.volume_id, request.path)
        if path.is_dir() and not path.is_symlink():
            if not request.recursive:
                raise GRPCError(Status.INVALID_ARGUMENT, f"{request.path} is a directory: ask for recursive removal")
            for inside in sorted(path.rglob("*"), reverse=True):
                inside.rmdir() if inside.is_dir() and not inside.is_symlink() else inside.unlink()
            path.rmdir()
        else:
            path.unlink()
        return Empty()

    def _write(self, request: pb.VolumePutFiles2Request, file: pb.VolumePutFiles2Request.File) -> None:
        path = self._volumes.path(request.volume_id, file.path, must_exist=False)
        if request.disallow_overwrite_existing_files and os.path.lexists(path):
            raise GRPCError(Status.ALREADY_EXISTS, f"{file.path}: already exists")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            for block in file.blocks:
                target.write(self._blobs.path(block.contents_sha256.hex()).read_bytes())
            target.truncate(file.size)
        path.chmod(file.mode or 0o644)


def _entry(root: Path, path: Path) -> pb.FileEntry:
    facts = path.lstat()
    kind = pb.FileEntry.FileType.DIRECTORY if path.is_dir() else pb.FileEntry.FileType.FILE
    return pb.FileEntry(path=str(path.relative_to(root)), type=kind, mtime=int(facts.st_mtime), size=facts.st_size)
