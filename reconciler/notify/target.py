"""Where a notification goes: a URL that was looked at before anything is read or sent.

What it names beyond the host may be a secret (the path of a Slack webhook is one): it is never shown or kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from ipaddress import ip_address, ip_network

from msgspec import Struct

from reconciler.notify.addresses import Network, is_loopback, refused

_PLAIN = re.compile(r"[!-~]+")
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)


class Target(Struct, frozen=True):
    """``host`` without brackets; ``path`` with the query. ``local``: this machine, by its name or address;
    ``allowed``: networks that count as public. ``key`` stands for it where it is remembered."""

    scheme: str
    host: str
    port: int
    path: str
    key: str
    local: bool
    allowed: tuple[Network, ...] = ()

    @property
    def authority(self) -> str:
        """Host and port as a URL and the header ``Host`` have them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """As a person may be shown it."""
        return f"{self.scheme}://{self.authority}" + ("/" if self.path == "/" else "/…")

    def refuses(self, address: str) -> str | None:
        """Why it is not connected to at that address, to which its host has led; None where it may be."""
        if self.local:
            return None if is_loopback(address) else "not this machine"
        return refused(address, self.allowed)


_PORTS = {"http": 80, "https": 443}


def target(url: str, allowed: Iterable[str] = ()) -> Target:
    """Raises ValueError, with a sentence that does not quote the URL beyond its host."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        parts = parse_url(url) if _PLAIN.fullmatch(url) and "\\" not in url else None
    except LocationParseError:
        parts = None
    if parts is None or parts.host is None or parts.scheme not in _PORTS:
        raise ValueError("it is no https:// URL in printable ASCII")
    if parts.auth is not None:
        raise ValueError("it has a login in it; what is sent is signed instead")
    host = parts.host.strip("[]").lower()
    networks = tuple(_network(one) for one in allowed)
    key = blake2b(url.encode(), digest_size=8).hexdigest()
    port = parts.port or _PORTS[parts.scheme]
    found = Target(parts.scheme, host, port, parts.request_uri, key, _is_local(host), networks)
    if parts.scheme == "http" and not found.local:
        raise ValueError(f"http:// goes to this machine alone; write https://{found.authority}")
    if _is_address(host) and (why := found.refuses(host)):
        raise ValueError(f"{host} is {why}")
    if not _is_address(host) and _ENDS_IN_A_NUMBER.fullmatch(host):
        raise ValueError(f"{host} is an address in an unusual spelling")
    return found


def _network(written: str) -> Network:
    try:
        return ip_network(written)
    except ValueError as failure:
        raise ValueError(f"the allowed network is none: {failure}") from None


def _is_local(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and is_loopback(host))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
