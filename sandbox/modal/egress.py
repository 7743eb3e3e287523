"""What a sandbox may reach, as Modal's two lists say it.

Names count for TLS on port 443 alone, by the name that the client asks for; addresses for every protocol and port. What is on
neither is refused, but DNS is answered. https://modal.com/docs/guide/sandbox-networking
"""

from __future__ import annotations

import ipaddress
from typing import TypedDict

from sandbox.protocol import Egress


class Allowlists(TypedDict, total=False):
    """Arguments of the SDK's calls; none of them leaves everything open."""

    outbound_domain_allowlist: list[str]
    outbound_cidr_allowlist: list[str]


def allowlists(egress: Egress) -> Allowlists:
    if egress.hosts is None:
        return {}
    networks = {host: _network(host) for host in egress.hosts}
    return {
        "outbound_domain_allowlist": [host for host, network in networks.items() if network is None],
        "outbound_cidr_allowlist": [network for network in networks.values() if network is not None],
    }


def _network(host: str) -> str | None:
    """An address as the range that holds it alone; None for a name."""
    try:
        return str(ipaddress.ip_network(host))
    except ValueError:
        return None
