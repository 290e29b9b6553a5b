"""Where the platform answers: a checked URL, and what to do when nobody listens there any more."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from reconciler.provider import ProviderError

_DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_url(written: str, where: str) -> str:
    """``scheme://host[:port]`` in one form, so that two plans compare. ``where`` is named in errors.

    Raises ProviderError for anything that is no plain http(s) URL.
    """
    advice = "Write it as https://api.dnanexus.com or http://127.0.0.1:8080, without path or user."
    try:
        parts = urlsplit(written.strip())
        port = parts.port
    except ValueError:
        raise ProviderError(f"{where} is no URL of a server", advice) from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"))
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not plain:
        # The value is not repeated: it may hold a password.
        raise ProviderError(f"{where} is no URL of a server", advice)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if not host.isascii() or any(c.isspace() or not c.isprintable() for c in host):
        raise ProviderError(f"{where} has a host name that cannot be one", advice)
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def is_loopback(url: str) -> bool:
    """Does the URL name this machine, whatever a resolver says?"""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Place:
    """The URL that is talked to. ``again`` brings back a server that has gone and gives its URL (the
    embedded platform ends by itself when it is not used); None where that is not ours to do."""

    def __init__(self, url: str, again: Callable[[], str] | None = None) -> None:
        self.url = url
        self._again = again
        self._lock = threading.Lock()

    def revive(self, gone: str) -> bool:
        """After nobody listened at ``gone``: is there another place now? Raises ProviderError."""
        if self._again is None:
            return False
        with self._lock:
            if self.url == gone:
                self.url = self._again()
            return True
