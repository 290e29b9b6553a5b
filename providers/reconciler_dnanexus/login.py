"""Which platform and which token: dx's own login, read as dx reads it. Reads only, never writes.

Later wins: ``/etc/dnanexus``, the user's directory (``$DX_USER_CONF_DIR``, else
``~/.dnanexus_config``), its ``sessions/<pid>`` of the nearest living ancestor that has one, the
process environment (behaviour of the official client, dxpy 0.417). Must not know what the login
is used for. A token never shows in a repr, a message or an exception.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from reconciler.provider import ProviderError

GLOBAL_DIRECTORY = "/etc/dnanexus"
CONTEXT = "DX_SECURITY_CONTEXT"
_VARIABLES = ("DX_APISERVER_PROTOCOL", "DX_APISERVER_HOST", "DX_APISERVER_PORT", CONTEXT)
_ANONYMOUS = "PUBLIC"
"""What dx keeps in place of a token after ``dx logout``."""

_HOW_TO_LOG_IN = (
    "Log in with `dx login`, or set DX_SECURITY_CONTEXT to "
    '{"auth_token_type": "Bearer", "auth_token": "…"} in the environment '
    "(with DX_APISERVER_PROTOCOL, DX_APISERVER_HOST and DX_APISERVER_PORT for another server)."
)


class Secret:
    """A text that shows itself only to who asks for it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def reveal(self) -> str:
        return self._text


def token(text: str, where: str) -> Secret:
    """``text`` as a token. Raises ProviderError, naming ``where`` it stands, if it cannot be one."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ProviderError(f"{where} holds a token with characters that no token has", _HOW_TO_LOG_IN)
    return Secret(text)


class Login(Struct, frozen=True):
    """``endpoint`` is the URL of dx's platform; ``context`` dx's security context as found (JSON text with
    the token), None where there is none. ``broken`` are files that could not be used."""

    protocol: str
    host: str
    port: str
    context: Secret | None
    found_in: str
    broken: tuple[str, ...] = ()

    @property
    def endpoint(self) -> str:
        return f"{self.protocol}://{self.host}:{self.port}" if self.port else f"{self.protocol}://{self.host}"


class _Context(Struct, frozen=True):
    auth_token: str = ""
    auth_token_type: str = "Bearer"


def read_login(environ: Mapping[str, str], ancestors: Iterator[int] | None = None) -> Login:
    """dx's configuration. ``ancestors`` are process ids, the parent first (tests give their own)."""
    values: dict[str, str] = {}
    origin: dict[str, str] = {}
    broken: list[str] = []
    for directory in _directories(environ, _ancestors() if ancestors is None else ancestors):
        path = os.path.join(directory, "environment.json")
        found = _read(path)
        if found is None:
            broken.append(path)
        else:
            values.update(found)
            origin.update(dict.fromkeys(found, path))
    present = {name: environ[name] for name in _VARIABLES if name in environ}
    values.update(present)
    origin.update(dict.fromkeys(present, "the environment"))
    context = values.get(CONTEXT, "")
    return Login(
        protocol=values.get("DX_APISERVER_PROTOCOL") or "https",
        host=values.get("DX_APISERVER_HOST") or "api.dnanexus.com",
        port=values.get("DX_APISERVER_PORT", "443"),
        context=Secret(context) if context else None,
        found_in=origin.get(CONTEXT, ""),
        broken=tuple(broken),
    )


def login_token(login: Login) -> Secret:
    """The token of dx's login. Raises ProviderError that says how to get one."""
    if login.context is None:
        unusable = f" ({', '.join(login.broken)} cannot be read)" if login.broken else ""
        raise ProviderError(f"there is no login to the platform{unusable}", _HOW_TO_LOG_IN)
    return context_token(login.context, f"{CONTEXT} in {login.found_in}")


def context_token(context: Secret, where: str) -> Secret:
    """The token in a security context. Raises ProviderError, naming ``where`` the context stands."""
    parsed = _parse(context)
    # "from None" and no value in any message: the text around a token is as secret as the token.
    if parsed is None:
        raise ProviderError(f"{where} is not the JSON object that dx writes there", _HOW_TO_LOG_IN)
    if parsed.auth_token_type.lower() != "bearer":
        raise ProviderError(f"{where} has another auth_token_type than Bearer", _HOW_TO_LOG_IN)
    if parsed.auth_token in ("", _ANONYMOUS):
        raise ProviderError(f"{where} holds no token: nobody is logged in", _HOW_TO_LOG_IN)
    return token(parsed.auth_token, where)


def _parse(context: Secret) -> _Context | None:
    try:
        return msgspec.json.decode(context.reveal().encode(), type=_Context)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def _directories(environ: Mapping[str, str], ancestors: Iterator[int]) -> Iterator[str]:
    yield GLOBAL_DIRECTORY
    user = environ.get("DX_USER_CONF_DIR", "~/.dnanexus_config")
    home = environ.get("HOME")
    if home and (user == "~" or user.startswith("~/")):
        user = home + user[1:]
    user = os.path.expanduser(user)
    yield user
    sessions = os.path.join(user, "sessions")
    if os.path.isdir(sessions):
        for pid in ancestors:
            directory = os.path.join(sessions, str(pid))
            if os.path.exists(directory):
                yield directory
                return


def _read(path: str) -> dict[str, str] | None:
    """The variables of one file; none where it is missing, None where it cannot be used (dx then goes
    on without it, too)."""
    try:
        with open(path, "rb") as file:
            content = msgspec.json.decode(file.read(), type=dict[str, object])
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, msgspec.DecodeError):
        return None
    return {name: value for name in _VARIABLES if isinstance(value := content.get(name), str)}


def _ancestors() -> Iterator[int]:
    pid = os.getppid()
    seen: set[int] = set()
    while pid > 0 and pid not in seen:
        yield pid
        seen.add(pid)
        pid = _parent(pid)


def _parent(pid: int) -> int:
    """Parent of a process, 0 where it cannot be told."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the program stands in parentheses and may hold any character.
            return int(file.read().rpartition(b")")[2].split()[1])
    except FileNotFoundError:
        pass
    except (OSError, ValueError, IndexError):
        return 0
    if os.path.isdir("/proc/self"):
        return 0
    try:
        shown = subprocess.run(
            ["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, timeout=5, check=False
        )
        return int(shown.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0
