"""The forward proxy behind a sandbox's socket: HTTP as RFC 9110 has it, tunnels by CONNECT, and everything looked at first.

Each connection carries one request and is closed after it, and what is passed on is written anew from what was understood:
nothing can be smuggled behind a request that was looked at. Bodies are streamed both ways as they come. A client that leaves
takes its request with it. Nothing of a request is written down, since its headers may hold a token.
https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6, https://www.rfc-editor.org/rfc/rfc9112#section-3.2
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

import h11

from sandbox.egress.addresses import Address, is_near
from sandbox.egress.rules import Rules, Wanted, wanted_by

# An install opens some fifty at once; more than this is a mistake or mischief.
MAX_CONNECTIONS = 256
MAX_HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
RESOLVE_SECONDS = 15.0
CONNECT_SECONDS = 15.0
# A name may have many addresses; that none of the first few answers is an answer.
MAX_ADDRESSES = 6
# Longer than any model thinks without a word, and than any package server keeps a connection.
IDLE_SECONDS = 30 * 60.0

# They are about one connection and not about the request: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
# Seen in what programs print when a tunnel is refused, and by whoever looks for hosts that were not reached.
REFUSED_REASON = b"Blocked by the egress limit"

Headers = list[tuple[bytes, bytes]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Refusal(Exception):
    """What a client is told instead of what it wanted."""

    def __init__(self, status: int, sentence: str, reason: bytes = b"") -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason


def blocked(wanted: Wanted, why: str) -> Refusal:
    return Refusal(403, f"{wanted.shown} is blocked by the egress limit of this sandbox: {why}.", REFUSED_REASON)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rules: Rules) -> None:
    """Answer one connection. Raises OSError and TimeoutError when either side is gone."""
    client = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    try:
        request = await _head(client, reader)
        if request.method == b"CONNECT":
            wanted = wanted_by(request.target.decode("ascii", "replace"), None)
            if wanted is None:
                raise Refusal(400, "CONNECT takes a host and a port.")
            upstream = await _connected(wanted, rules)
            await _tunnel(client, (reader, writer), upstream)
        else:
            authority, path = _target(request)
            wanted = wanted_by(authority, 80, path)
            if wanted is None:
                raise Refusal(400, "The request names no host.")
            upstream = await _connected(wanted, rules)
            await _pass_on(client, (reader, writer), upstream, request, authority, path)
    except Refusal as refusal:
        await _refuse(client, writer, refusal)
    except h11.RemoteProtocolError as error:
        await _refuse(client, writer, Refusal(error.error_status_hint, "This is no HTTP that a proxy passes on."))


async def _head(client: h11.Connection, reader: asyncio.StreamReader) -> h11.Request:
    async with asyncio.timeout(HEAD_SECONDS):
        while (event := client.next_event()) is h11.NEED_DATA:
            client.receive_data(await reader.read(CHUNK_BYTES))
    if not isinstance(event, h11.Request):
        raise ConnectionResetError("it was closed before it asked for anything")
    return event


def _target(request: h11.Request) -> tuple[str, str]:
    """The authority and the path of a request that is to be passed on. In absolute form the Host header doesn't count
    (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2); in origin form, as a client sends it that knows of no proxy, it
    alone says where to."""
    target = request.target.decode("ascii", "replace")
    if target.startswith("/"):
        hosts = [value for name, value in request.headers if name == b"host"]
        return (hosts[0].decode("ascii", "replace") if hosts else ""), target
    try:
        parts = urlsplit(target)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "http":
        raise Refusal(400, "Only http:// URLs are passed on; everything else takes CONNECT.")
    path = parts.path or "/"
    return parts.netloc, f"{path}?{parts.query}" if parts.query else path


async def _connected(wanted: Wanted, rules: Rules) -> Streams:
    """A connection to what is wanted. Raises Refusal."""
    if not rules.may_ask_for(wanted):
        raise blocked(wanted, "it is not on the list")
    addresses = await _resolved(wanted)
    allowed = [address for address in addresses if _may_connect(address, wanted, rules)][:MAX_ADDRESSES]
    if not allowed:
        shown = ", ".join(map(str, addresses[:MAX_ADDRESSES]))
        raise blocked(wanted, f"its address ({shown}) is on this machine or a private network")
    problem = ""
    for address in allowed:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(str(address), wanted.port)
        except (OSError, TimeoutError) as error:
            problem = getattr(error, "strerror", None) or type(error).__name__
    raise Refusal(502, f"{wanted.shown} can't be connected to: {problem}.")


def _may_connect(address: Address, wanted: Wanted, rules: Rules) -> bool:
    return rules.reaches_anywhere(wanted, address) or not (is_near(address) or is_of_this_machine(address))


async def _resolved(wanted: Wanted) -> list[Address]:
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        raise Refusal(502, f"Could not resolve host: {wanted.host}.", b"Could not resolve host") from None
    # An address with a zone is of this machine's own links.
    texts = dict.fromkeys(str(entry[4][0]) for entry in found if "%" not in str(entry[4][0]))
    return [ipaddress.ip_address(text) for text in texts]


def is_of_this_machine(address: Address) -> bool:
    """Whether it is one of this machine's own, however public: the kernel answers those from that very address."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        try:  # sends nothing
            asked.connect((str(address), 9))
        except OSError:
            return False  # there is no way to it at all
        return ipaddress.ip_address(asked.getsockname()[0]) == address


async def _tunnel(client: h11.Connection, below: Streams, upstream: Streams) -> None:
    reader, writer = below
    far_reader, far_writer = upstream
    try:
        await _write(writer, client.send(h11.Response(status_code=200, headers=[], reason=b"Connection established")))
        early, _ = client.trailing_data
        await _write(far_writer, early)
        async with asyncio.TaskGroup() as both:
            both.create_task(_copy(reader, far_writer))
            both.create_task(_copy(far_reader, writer))
    except* (OSError, TimeoutError):
        pass  # one of the two is gone: so is the tunnel
    finally:
        far_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await _read(reader):
        await _write(writer, chunk)
    with suppress(OSError):
        writer.write_eof()


async def _pass_on(
    client: h11.Connection, below: Streams, upstream: Streams, request: h11.Request, authority: str, path: str
) -> None:
    """One request and its answer."""
    server = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    far_reader, far_writer = upstream
    asked = h11.Request(
        method=request.method,
        target=path.encode(),
        headers=[(b"host", authority.encode()), *_end_to_end(request.headers, b"host", b"expect"), (b"connection", b"close")],
    )
    asking = asyncio.create_task(_ask(client, below, server, far_writer, asked))
    answering = asyncio.create_task(_answer(client, below[1], server, far_reader))
    try:
        await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
        # A server may answer before it has been told all. A client that has told all is done when it leaves.
        if answering.done():
            answering.result()
        else:
            asking.result()
    finally:
        for task in (asking, answering):
            task.cancel()
        await asyncio.gather(asking, answering, return_exceptions=True)
        far_writer.close()


async def _ask(
    client: h11.Connection, below: Streams, server: h11.Connection, far_writer: asyncio.StreamWriter, asked: h11.Request
) -> None:
    """Tell the server what is asked, and stay until the client leaves."""
    reader, writer = below
    await _write(far_writer, server.send(asked))
    while True:
        if client.they_are_waiting_for_100_continue:
            await _write(writer, client.send(h11.InformationalResponse(status_code=100, headers=[])))
        event = client.next_event()
        if event is h11.NEED_DATA:
            client.receive_data(await _read(reader))
        elif isinstance(event, h11.Data):
            await _write(far_writer, server.send(event))
        elif isinstance(event, h11.EndOfMessage):
            await _write(far_writer, server.send(h11.EndOfMessage()))
            break
        else:
            raise ConnectionResetError("the client left in the middle of its request")
    while await _read(reader):
        pass  # a second request: it gets no answer on this connection


async def _answer(
    client: h11.Connection, writer: asyncio.StreamWriter, server: h11.Connection, far_reader: asyncio.StreamReader
) -> None:
    """Tell the client what the server answers."""
    begun = False
    try:
        while True:
            event = server.next_event()
            if event is h11.NEED_DATA:
                server.receive_data(await _read(far_reader))
            elif isinstance(event, h11.Response):
                headers = [*_end_to_end(event.headers), (b"connection", b"close")]
                begun = True
                await _write(
                    writer, client.send(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
                )
            elif isinstance(event, h11.Data):
                await _write(writer, client.send(event))
            elif isinstance(event, h11.EndOfMessage):
                await _write(writer, client.send(h11.EndOfMessage()))
                return
            elif not isinstance(event, h11.InformationalResponse):
                raise ConnectionResetError("the server closed without an answer")
    except (h11.RemoteProtocolError, OSError, TimeoutError) as error:
        if begun:
            raise ConnectionResetError("the server broke off in the middle of its answer") from error
        raise Refusal(502, "The server broke off before it answered.") from error


def _end_to_end(headers: Iterable[tuple[bytes, bytes]], *without: bytes) -> Headers:
    """The headers that are passed on; of the framing what h11 writes anew."""
    each = list(headers)
    named = {token.strip().lower() for name, value in each if name == b"connection" for token in value.split(b",")}
    dropped = HOP_BY_HOP | named | set(without)
    chunked = any(name == b"transfer-encoding" for name, _ in each)
    if chunked:
        dropped.add(b"content-length")
    kept = [(name, value) for name, value in each if name not in dropped]
    return [*kept, (b"transfer-encoding", b"chunked")] if chunked else kept


async def _refuse(client: h11.Connection, writer: asyncio.StreamWriter, refusal: Refusal) -> None:
    if client.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
        return  # the answer has begun
    text = f"{refusal}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    response = h11.Response(
        status_code=refusal.status, headers=[*headers, (b"connection", b"close")], reason=refusal.reason or b"Refused"
    )
    sent = client.send(response) + (client.send(h11.Data(data=text)) or b"") + (client.send(h11.EndOfMessage()) or b"")
    await _write(writer, sent)


async def _read(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(IDLE_SECONDS):
        return await reader.read(CHUNK_BYTES)


async def _write(writer: asyncio.StreamWriter, data: bytes | None) -> None:
    if data:
        writer.write(data)
        async with asyncio.timeout(IDLE_SECONDS):
            await writer.drain()
