"""What a job's sandbox may reach on the network: what no job can do without, and what is allowed besides. Pure.

The operator allows, and a repository for itself. An entry of such a list is an ecosystem (`npm`), whose hosts the package
managers in the sandbox know, or a host (`*.example.com`). The operator may also name addresses (`10.1.2.3`, `10.1.0.0/16`):
nobody else can open a private network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from github_app.settings.allow_list import ANYTHING_ELSE, EgressKind, is_network
from github_app.settings.operator import Settings
from sandbox.hosts import covers, host_of
from sandbox.protocol import Egress

# Where github.com keeps what its API and git lead to: archives, release files, single files.
# https://docs.github.com/en/actions/reference/runners/self-hosted-runners#accessible-domains-by-function
GITHUB_COM = "github.com"
GITHUB_COM_BESIDES = (
    "codeload.github.com",
    "objects.githubusercontent.com",
    "raw.githubusercontent.com",
    "release-assets.githubusercontent.com",
)

# Where the service answers the agent's requests to the model.
GATEWAY_PATH = "/llm"
# … and to tools, below which each server has its own name.
TOOLS_PATH = "/tools"

# From the narrowest to the widest.
KINDS: tuple[EgressKind, ...] = ("none", "allowlist", "open")

# Modal knows a name from how a TLS connection begins, and looks at no other port.
LIMITABLE_PORT = 443


@dataclass(frozen=True)
class Allowed:
    """The entries of an allow list, told apart."""

    ecosystems: tuple[str, ...]
    hosts: tuple[str, ...]

    @classmethod
    def of(cls, entries: Iterable[str]) -> Allowed:
        each = tuple(dict.fromkeys(entries))
        return cls(tuple(entry for entry in each if "." not in entry), tuple(entry for entry in each if "." in entry))


def have_tools(settings: Settings, service_url: str) -> bool:
    """Whether jobs have tools, which takes a way from the sandbox to the service. Where agents reach their model directly
    there may be none."""
    if settings.model_access == "gateway" or settings.sandbox == "local":
        return True
    return may_be_reached(service_url, settings.modal_server_url)


def may_be_reached(url: str, modal_server_url: str | None) -> bool:
    """Whether that URL can mean this service in a sandbox: a loopback one does only where Modal itself is on this machine."""
    return not is_this_machine(url) or is_this_machine(modal_server_url or "")


def is_this_machine(url: str) -> bool:
    """Whether the URL's host is this machine for whoever uses it."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


@dataclass(frozen=True)
class EgressPolicy:
    """What the operator decided. `needed` are the URLs of the model and of GitHub, `entries` what is allowed besides, and
    `addable` what a repository may add to that.

    `by_tls_name` says that sandboxes are held to names by how TLS begins on one port, as Modal does it; `limitable` that
    they can be held to anything.
    """

    kind: EgressKind
    needed: tuple[str, ...]
    entries: tuple[str, ...]
    addable: tuple[str, ...] = (ANYTHING_ELSE,)
    by_tls_name: bool = True
    limitable: bool = True

    @classmethod
    def of(cls, settings: Settings, service_url: str, *, limitable: bool) -> EgressPolicy:
        """`service_url` is where a sandbox reaches the gateway; `limitable` whether the backend can limit anything."""
        kind = settings.egress or ("allowlist" if limitable else "open")
        by_gateway = settings.model_access == "gateway"
        model = f"{service_url}{GATEWAY_PATH}" if by_gateway else settings.anthropic_base_url
        # Of the service no more than its gateways: it has other doors.
        tools = (f"{service_url}{TOOLS_PATH}",) if have_tools(settings, service_url) else ()
        needed = (model, *tools, settings.github_server_url, settings.github_api_url)
        return cls(
            kind,
            needed,
            settings.egress_allow,
            settings.egress_repositories,
            by_tls_name=settings.sandbox == "modal",
            limitable=limitable,
        )

    def narrowed(self, kind: EgressKind | None) -> EgressPolicy:
        """The same, or the narrower kind that a repository wants for itself."""
        return self if kind is None or KINDS.index(kind) >= KINDS.index(self.kind) else replace(self, kind=kind)

    def can_be_kept(self) -> bool:
        """Whether sandboxes can be held to it and still reach what they need."""
        return self.kind == "open" or (self.limitable and not self.out_of_reach())

    def may_add(self, entry: str) -> bool:
        """Whether a repository may allow this ecosystem or host (or all below it) for itself."""
        if ANYTHING_ELSE in self.addable or entry in self.addable:
            return True
        if not entry.startswith("*."):
            return "." in entry and covers(self.addable, entry)
        return any(pattern.startswith("*.") and entry.endswith(pattern[1:]) for pattern in self.addable)

    def at_first(self) -> Egress:
        """What a sandbox is created with: enough to clone, and nothing that anybody else has a say in."""
        services = tuple(dict.fromkeys(self.needed))
        if self.kind == "open":
            return Egress(None, services, self.networks)
        hosts = [host_of(url) for url in self.needed]
        if GITHUB_COM in hosts:
            hosts += GITHUB_COM_BESIDES
        return Egress(tuple(dict.fromkeys(hosts)), services)

    @property
    def networks(self) -> tuple[str, ...]:
        """Addresses and ranges that the operator named. They open a private network where all else is open, too."""
        return () if self.kind == "none" else tuple(entry for entry in self.entries if is_network(entry))

    def allowed(self, added: Sequence[str]) -> Allowed:
        """What is allowed besides, with what the repository's settings add."""
        names = (entry for entry in self.entries if not is_network(entry))
        added = [entry for entry in added if self.may_add(entry)]
        return Allowed.of((*names, *added) if self.kind == "allowlist" else ())

    def out_of_reach(self) -> list[str]:
        """Those of the needed URLs that a sandbox held to names can't reach, because they are not TLS on port 443."""
        if self.kind == "open" or not self.by_tls_name:
            return []
        # One URL is enough to name a server that answers under several.
        servers = {urlsplit(url)[:2]: url for url in reversed(self.needed)}
        return [url for url in self.needed if url in servers.values() and not _can_be_limited_to(url)]


def not_allowed(hosts: Iterable[str], allowed: Sequence[str] | None) -> tuple[str, ...]:
    """Those hosts that an egress limit (its patterns, or None for no limit) keeps a sandbox from."""
    return () if allowed is None else tuple(host for host in hosts if not covers(allowed, host))


def _can_be_limited_to(url: str) -> bool:
    try:
        ipaddress.ip_address(host_of(url))
    except ValueError:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.port in (None, LIMITABLE_PORT)
    return True  # addresses are let through on every port
