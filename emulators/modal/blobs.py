"""Contents by name: what the SDK uploads over plain HTTP before it says, over gRPC, what it is for."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from aiohttp import web  # modal depends on it, so whoever can use this emulator has it

# Modal cuts a volume's files into blocks of this size.
BLOCK_BYTES = 8 * 1024 * 1024
_LARGEST_UPLOAD = 1 << 30


class BlobStore:
    """Files under one folder by SHA-256 or by blob id; `url` is where the HTTP side of it listens."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)
        self.url = ""
        self._shared: dict[str, Path] = {}

    def path(self, name: str) -> Path:
        """Where the content of that name is; names are hexadecimal or ids, never paths."""
        if not name.replace("-", "").isalnum():
            raise ValueError(f"{name!r} is no name of a blob")
        return self._root / name

    def has(self, name: str) -> bool:
        return self.path(name).exists()

    def put(self, name: str, data: bytes) -> None:
        partial = self._root / f"{name}.{secrets.token_hex(4)}"
        partial.write_bytes(data)
        partial.replace(self.path(name))

    def rename(self, name: str, new_name: str) -> None:
        self.path(name).replace(self.path(new_name))

    def upload_url(self, name: str) -> str:
        return f"{self.url}/blobs/{name}"

    def download_url(self, file: Path, offset: int, length: int) -> str:
        """A URL for a part of a file, good for whoever is told it."""
        ticket = secrets.token_hex(16)
        self._shared[ticket] = file
        return f"{self.url}/files/{ticket}?offset={offset}&length={length}"

    def routes(self) -> list[web.RouteDef]:
        return [web.put("/blobs/{name}", self._take), web.get("/files/{ticket}", self._give)]

    async def _take(self, request: web.Request) -> web.Response:
        data = await request.read()
        self.put(request.match_info["name"], data)
        # The SDK compares this with what it sent.
        return web.Response(headers={"ETag": f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'})

    async def _give(self, request: web.Request) -> web.Response:
        file = self._shared.get(request.match_info["ticket"])
        if file is None or not file.exists():
            raise web.HTTPNotFound
        with file.open("rb") as content:
            content.seek(int(request.query["offset"]))
            return web.Response(body=content.read(int(request.query["length"])))


def http_app() -> web.Application:
    return web.Application(client_max_size=_LARGEST_UPLOAD)
