"""What a sandbox may reach, and what follows from that for one connection. Pure.

Two questions are asked of every connection: may this be asked for by this name, and, where the name led to an address that is
near, did the operator name that. The second is asked of the very address that is then connected to, so a name that leads
elsewhere on a second look gains nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import msgspec

from sandbox.egress.addresses import Address, address_in, is_in
from sandbox.hosts import covers, is_host_name
from sandbox.protocol import Egress

# By name alone a host is reached as TLS and nothing else, as it is on Modal.
TLS_PORT = 443
DEFAULT_PORTS = {"http": 80, "https": TLS_PORT}

_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
# Ways up that some server might follow; a backslash is a slash to some.
_PATH_TRICKS = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|\\|[\x00-\x20]")


@dataclass(frozen=True)
class Wanted:
    """What a client asks for. `path` is that of an HTTP request, None for a tunnel, in which nobody can look."""

    host: str
    port: int
    path: str | None = None

    @property
    def shown(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Service:
    """Something that no job can do without, at exactly this host and port. Of one in plain HTTP only what is below `path`."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def at(cls, url: str) -> Service:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname or "", port, parts.path.rstrip("/"))

    def serves(self, wanted: Wanted) -> bool:
        if (wanted.host, wanted.port) != (self.host, self.port):
            return False
        if self.scheme == "https":
            return wanted.path is None
        if not self.path:
            return True
        return wanted.path is not None and is_below(self.path, wanted.path)

    @property
    def is_on_loopback(self) -> bool:
        address = address_in(self.host)
        return address.is_loopback if address is not None else self.host == "localhost"


class Rules(msgspec.Struct, frozen=True):
    """What one sandbox may reach; the fields are those of `protocol.Egress`."""

    sandbox: str
    hosts: tuple[str, ...] | None
    services: tuple[str, ...]
    networks: tuple[str, ...]

    @classmethod
    def of(cls, sandbox: str, egress: Egress) -> Rules:
        return cls(sandbox, egress.hosts, egress.services, egress.networks)

    def is_service(self, wanted: Wanted) -> bool:
        return any(Service.at(url).serves(wanted) for url in self.services)

    def may_ask_for(self, wanted: Wanted) -> bool:
        """Whether it may be asked for by this name."""
        if self.is_service(wanted):
            return True
        if any((service.host, service.port) == (wanted.host, wanted.port) for service in map(Service.at, self.services)):
            return False  # of this one, no more than that
        address = address_in(wanted.host)
        if address is not None and is_in(address, self.networks):
            return True
        if address is None and not is_host_name(wanted.host):
            return False
        return self.hosts is None or (wanted.port == TLS_PORT and wanted.path is None and covers(self.hosts, wanted.host))

    def reaches_anywhere(self, wanted: Wanted, address: Address) -> bool:
        """Whether the operator named this service or this address: it may be on this machine or a private network."""
        return self.is_service(wanted) or is_in(address, self.networks)


def wanted_by(authority: str, default_port: int | None, path: str | None = None) -> Wanted | None:
    """What `host:port` names (https://www.rfc-editor.org/rfc/rfc3986#section-3.2), the host in lower case; None when it is
    nothing that could be connected to."""
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else default_port
    if port is None or not 0 < port < 65536:
        return None
    return Wanted(found["host"].strip("[]").lower(), port, path)


def is_below(prefix: str, path: str) -> bool:
    """Whether a request's path lies below a prefix, whatever way of writing it the server understands."""
    decoded = unquote(path.partition("?")[0])
    if _PATH_TRICKS.search(decoded) or "%" in decoded:
        return False
    return decoded == prefix or decoded.startswith(prefix + "/")
