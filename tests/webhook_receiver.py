"""Somebody who receives webhooks: an HTTP server on loopback that keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One POST: its headers with lower-case names, and its raw body."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["x-github-event"]

    @property
    def guid(self) -> str:
        return self.headers["x-github-delivery"]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    @property
    def action(self) -> str | None:
        action: str | None = self.payload.get("action")
        return action


class WebhookReceiver:
    """Answers with `status`, but not before `held` is set (it is, unless cleared); `url` is where to send."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 202
        self.held = threading.Event()
        self.held.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.held.wait()
                receiver.received.append(Received({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Tests don't print what they receive."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks"

    def of(self, event: str, action: str | None = None) -> list[Received]:
        """What came of one event, in the order it came."""
        return [one for one in list(self.received) if one.event == event and action in (None, one.action)]

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving_webhooks() -> Iterator[WebhookReceiver]:
    """A receiver for the length of the block."""
    receiver = WebhookReceiver()
    thread = threading.Thread(target=receiver.serve, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.close()
        thread.join()
