"""How connections are made: TLS always verified, proxies as the environment says but never to this
machine. Must not know what is sent over them."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import urllib3

from reconciler.provider import ProviderError
from reconciler_dnanexus.endpoint import is_loopback

_CONNECTIONS = 8


class Transport:
    """Makes connection pools. Reads ``HTTP(S)_PROXY``, ``NO_PROXY`` and ``DX_CA_CERT`` of ``environ``."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._context: ssl.SSLContext | None = None

    def pool(self, url: str) -> urllib3.PoolManager:
        """A pool for one identity's calls to ``url``. Raises ProviderError for settings that cannot be."""
        scheme, proxy = urlsplit(url).scheme, self._proxy(url)
        context = self._tls() if scheme == "https" else None
        if proxy is None:
            return urllib3.PoolManager(maxsize=_CONNECTIONS, retries=False, ssl_context=context)
        return _proxied(proxy, context)

    def _proxy(self, url: str) -> str | None:
        parts = urlsplit(url)
        if is_loopback(url) or self._excepted(parts.hostname or ""):
            return None
        name = f"{parts.scheme}_proxy"
        return self._environ.get(name) or self._environ.get(name.upper()) or None

    def _excepted(self, host: str) -> bool:
        written = self._environ.get("no_proxy") or self._environ.get("NO_PROXY") or ""
        names = [name.strip().lstrip(".").lower() for name in written.split(",") if name.strip()]
        return any(name in ("*", host) or host.endswith("." + name) for name in names)

    def _tls(self) -> ssl.SSLContext:
        # Loading the authorities takes longer than a call: once for all identities.
        if self._context is None:
            self._context = self._trusted()
        return self._context

    def _trusted(self) -> ssl.SSLContext:
        written = self._environ.get("DX_CA_CERT")
        if not written:
            return _system_tls()
        if written == "NOVERIFY":
            raise ProviderError(
                "DX_CA_CERT=NOVERIFY asks for connections to whoever answers, and a token would go there",
                "Unset it, or name a file with the certificates to trust.",
            )
        try:
            return ssl.create_default_context(cafile=written)
        except (OSError, ssl.SSLError):
            raise ProviderError(
                f"DX_CA_CERT names {written}, which cannot be read as a file of certificates",
                "Name a PEM file, or unset it.",
            ) from None


def _system_tls() -> ssl.SSLContext:
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        try:
            import certifi
        except ImportError:
            pass
        else:
            return ssl.create_default_context(cafile=certifi.where())
    return ssl.create_default_context()


def _proxied(written: str, context: ssl.SSLContext | None) -> urllib3.PoolManager:
    if "://" not in written:
        written = f"http://{written}"
    parts = urlsplit(written)
    headers = None
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=login)
    try:
        # Host and port alone: user and password would show in error messages.
        port = f":{parts.port}" if parts.port else ""
        address = f"{parts.scheme}://{parts.hostname or ''}{port}"
        return urllib3.ProxyManager(
            address, proxy_headers=headers, maxsize=_CONNECTIONS, retries=False, ssl_context=context
        )
    except (ValueError, urllib3.exceptions.HTTPError):
        raise ProviderError("the proxy that the environment names is no URL", "See HTTPS_PROXY.") from None
