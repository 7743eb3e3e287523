"""Which addresses are near: this machine, its private network, a cloud's metadata. A sandbox reaches none by accident. Pure.

All of IANA's special-purpose addresses count but those for documentation, which lead nowhere or where the operator's own
router sends them, and besides what clouds put elsewhere.
https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NEAR = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for loopback
            "10.0.0.0/8",
            "100.64.0.0/10",  # carriers' own; a cloud's metadata too
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
            "169.254.0.0/16",  # link-local: the metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocols' own; a cloud's metadata too
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",  # loopback, unspecified, and IPv4 in an old form
            "::ffff:0:0:0/96",  # IPv4, translated
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",  # Teredo, which holds an IPv4 address, and protocols' own
            "2002::/16",  # 6to4, which holds an IPv4 address
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
# What a network without IPv4 reaches the rest by: the address that it holds counts. https://www.rfc-editor.org/rfc/rfc6052
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def address_in(text: str) -> Address | None:
    """The address that a host is written as; None for a name, and for a link-local address with its zone."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def is_near(address: Address) -> bool:
    meant = _meant(address)
    return any(meant in network for network in _NEAR if network.version == meant.version)


def is_in(address: Address, networks: Iterable[str]) -> bool:
    """Whether it lies in one of these addresses and ranges."""
    meant = _meant(address)
    return any(meant in network for network in map(ipaddress.ip_network, networks) if network.version == meant.version)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
