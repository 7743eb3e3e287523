"""What only an emulated model has, below `/_emulator`: its plays, the record of what it was sent, the answers it holds back.

`GET /_emulator/requests` is the record, `DELETE` empties it; `PUT /_emulator/play` replaces the plays by the TOML in the body;
`POST /_emulator/release` lets every answer that a `silence` holds back go on.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.plays.play import Play, PlayError, parse_play
from emulators.plays.record import Record
from emulators.plays.stage import Stage


class Controls:
    """The controls of one emulated model, and what they change. `released` is set when those that wait now are let go."""

    def __init__(self, plays: tuple[Play, ...]) -> None:
        self.record = Record()
        self.stage = Stage(plays)
        self.released = asyncio.Event()

    def routes(self) -> list[Route]:
        return [
            Route("/_emulator/requests", self._show_requests, methods=["GET"]),
            Route("/_emulator/requests", self._forget_requests, methods=["DELETE"]),
            Route("/_emulator/play", self._load_play, methods=["PUT"]),
            Route("/_emulator/release", self._release, methods=["POST"]),
        ]

    async def _show_requests(self, http: Request) -> Response:
        return JSONResponse(self.record.as_json())

    async def _forget_requests(self, http: Request) -> Response:
        self.record.clear()
        return Response(status_code=204)

    async def _load_play(self, http: Request) -> Response:
        try:
            play = parse_play((await http.body()).decode(), origin="the play that was sent")
        except (PlayError, UnicodeDecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        self.stage = Stage((play,))
        return JSONResponse({"title": play.title})

    async def _release(self, http: Request) -> Response:
        self.released.set()
        # The next silence holds again.
        self.released = asyncio.Event()
        return Response(status_code=204)
