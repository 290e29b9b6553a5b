"""Which addresses may be connected to.

A notification must not become a request that an outsider aims at the inside: a URL may be wrong, a name may
point anywhere, and a cloud's metadata service gives its credentials to whoever asks from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")

_NEVER = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, and the metadata of most clouds
            "100.100.100.200/32",  # metadata of Alibaba Cloud
            "168.63.129.16/32",  # the host of Azure's machines: a public address
            "192.0.0.192/32",  # metadata of Oracle Cloud
            "224.0.0.0/4",
            "255.255.255.255/32",
            "::/127",
            "fd00:ec2::/32",  # metadata of AWS, and its other services on a machine's own link
            "fe80::/10",
            "ff00::/8",
        ),
    )
)
"""Not even in a network that is named as allowed."""

_NOT_PUBLIC = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2002::/16", "fec0::/10", "3fff::/20", "5f00::/16"))
)
"""What Python's own tables of one version or another call public."""


def refused(written: str, allowed: Iterable[Network]) -> str | None:
    """Why nothing is sent to that address; None for a public one, or in a network that is allowed."""
    address = _embedded(ip_address(written))
    if _within(address, _NEVER):
        return "an address of this machine, its link, a group of machines or a cloud's metadata"
    if _within(address, allowed):
        return None
    public = address.is_global and not (
        address.is_multicast or address.is_reserved or _within(address, _NOT_PUBLIC)
    )
    return None if public else "a private or reserved address"


def is_loopback(written: str) -> bool:
    return _embedded(ip_address(written)).is_loopback


def _embedded(address: Address) -> Address:
    """The IPv4 address to which an IPv6 one leads, if it does: mapped (``::ffff:a.b.c.d``) or by NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
