"""Inside the sandbox, around one command: hands what connects to some loopback addresses on to the proxy outside.

    python3 -I -S forwarder.py SOCKET HOST:PORT ... -- COMMAND ...

It listens, leaves a process behind that does the handing on, and becomes the command. That process is the agent's to end, and
whoever does that is without a network: what is allowed is decided outside. Runs by itself, with Python's own library alone.
"""

from __future__ import annotations

# What `signal` and `socket` are made of: to load those would double the time that every command waits here.
import _signal  # type: ignore[import-not-found]
import _socket
import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

# An install opens some fifty at once; two threads each.
MAX_CONNECTIONS = 128
BACKLOG = 256
CHUNK_BYTES = 64 * 1024
# The proxy is started at the same time, and started again should it have ended.
PROXY_SECONDS = 15.0
RETRY_SECONDS = 0.02


def main(arguments: list[str]) -> None:
    end = arguments.index("--")
    path, addresses, command = arguments[0], arguments[1:end], arguments[end + 1 :]
    listeners = [listener for address in addresses if (listener := listen(address)) is not None]
    if listeners and (child := os.fork()) == 0:
        leave_behind(path, listeners)
    elif listeners:
        os.waitpid(child, 0)
        for listener in listeners:
            listener.close()
    # Python ignores these, and what it becomes would go on to. https://docs.python.org/3/library/signal.html#general-rules
    for ignored in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(ignored, _signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606 - no shell is what is wanted


def listen(address: str) -> _socket.socket | None:
    """None where the kernel won't have it: a port below 1024, or a machine without IPv6."""
    host, _, port = address.rpartition(":")
    listener = None
    try:
        listener = _socket.socket(_socket.AF_INET6 if ":" in host else _socket.AF_INET, _socket.SOCK_STREAM)
        listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), int(port)))
        listener.listen(BACKLOG)
    except OSError as error:
        print(f"harvest: can't listen on {address} in the sandbox: {error}", file=sys.stderr)
        return None
    return listener


def leave_behind(path: str, listeners: list[_socket.socket]) -> None:
    """A process that is nobody's child: a command that waits for its own does not wait for this one."""
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    try:
        hand_on(path, listeners)
    finally:
        os._exit(1)


def hand_on(path: str, listeners: list[_socket.socket]) -> None:
    select.select(listeners, [], [])
    import socket
    import threading

    room = threading.BoundedSemaphore(MAX_CONNECTIONS)
    opened = [socket.socket(fileno=listener.detach()) for listener in listeners]
    while True:
        for listener in select.select(opened, [], [])[0]:
            room.acquire()
            client, _ = listener.accept()
            threading.Thread(target=carry, args=(client, path, room.release), daemon=True).start()


def carry(client: socket.socket, path: str, done: Callable[[], None]) -> None:
    """One connection, until both sides have said all."""
    import socket
    import threading

    try:
        with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as proxy:
            reach(proxy, path)
            back = threading.Thread(target=copy, args=(proxy, client), daemon=True)
            back.start()
            copy(client, proxy)
            back.join()
    except OSError:
        pass  # the proxy is not there: the client sees its connection closed
    finally:
        done()


def reach(proxy: socket.socket, path: str) -> None:
    import time

    give_up_at = time.monotonic() + PROXY_SECONDS
    while True:
        try:
            proxy.connect(path)
            return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
        time.sleep(RETRY_SECONDS)


def copy(source: socket.socket, target: socket.socket) -> None:
    import contextlib
    import socket

    try:
        while True:
            chunk = source.recv(CHUNK_BYTES)
            if not chunk:
                break
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one side is gone: so is the other
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main(sys.argv[1:])
