"""What stands before several nodes: it passes each request on to one that answers in time, each in turn."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

# A node that is stopped takes a connection and says nothing; GitHub itself waits for ten seconds.
_ANSWER_SECONDS = 4.0
_NOT_PASSED_ON = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})


@contextmanager
def balancing(nodes: Callable[[], Sequence[str]]) -> Iterator[str]:
    """The URL under which the nodes at these URLs are reached; 503 when none of them answers."""
    turns = itertools.count()
    client = httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED_ON}
            urls = list(nodes())
            first = next(turns)
            for number in range(len(urls)):
                url = urls[(first + number) % len(urls)]
                try:
                    answer = client.post(f"{url}{self.path}", content=body, headers=headers)
                except httpx.TransportError:
                    continue
                if answer.status_code < 500:
                    return self._say(answer.status_code, answer.content)
            return self._say(503, b"")

        def _say(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
        client.close()
