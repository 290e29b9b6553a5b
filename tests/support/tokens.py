"""The tokens of the tests' worlds, and the search for them in whatever the tool says, saves or keeps.

Those of ``token_of`` are long and random. Example workspaces and tests of the embedded platform have readable
ones, ``alice-token``; where a token is its user's id, nothing can be told.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

_RANDOM = "7d1e94b05c6fa8239be0471d5f83c26a"
"""The same in every process: the children of a test know the same worlds."""

_READABLE = ("alice", "bob", "carol", "reader", "root", "short", "old", "dead", "narrow", "former", "nobodys")

# Half of it is a find too: a database may have the rest on another page.
_ANY = re.compile(
    rf"([a-z]+)-token-{_RANDOM}|\b({'|'.join(_READABLE)})-token\b|token-of-user-([a-z]+)"
    f"|{_RANDOM[:16]}|{_RANDOM[16:]}".encode()
)
_HINTS = tuple(text.encode() for text in ("-token", "token-of-user", _RANDOM[:16], _RANDOM[16:]))
"""Far quicker to look for; without one of them there is nothing to be found."""

_TO_PASTE = re.compile(rb"(?m)^ *export DX_SECURITY_CONTEXT=.*$")
"""By which ``sandbox serve`` tells the logins of its world."""

_OF_THE_SANDBOX = re.compile(
    r".*world\.toml|(sandbox|x)\.db(-wal|-shm)?|kept\.log|environment\.json|.*\.pyc?"
)
"""World files, the embedded platform's stores (one has the name of a log, by mistake), what dx
keeps of a login, and copies of the source."""

_PIECE, _OVERLAP = 1 << 24, 1 << 8


def token_of(user: str) -> str:
    """The token of ``user-alice`` in a world of the tests, which begins like a readable one."""
    return f"{user.removeprefix('user-')}-token-{_RANDOM}"


def login_of(user: str) -> str:
    """The value of ``DX_SECURITY_CONTEXT`` with that token."""
    return json.dumps({"auth_token_type": "Bearer", "auth_token": token_of(user)})


def long(world: str) -> str:
    """The text of a world file with long tokens for its readable ones."""
    return re.sub(r'"(\w+)-token"', lambda found: f'"{token_of(found[1])}"', world)


def shows_a_world(words: Sequence[str]) -> bool:
    """Does this command line print one, its logins too: that is what it is for."""
    return "sandbox" in words and ("seed" in words or "dump" in words)


def given_away(data: str | bytes) -> set[str]:
    """Whose tokens can be read in it, whole or half. Never the tokens: it goes into messages."""
    raw = data.encode(errors="replace") if isinstance(data, str) else data
    if not any(hint in raw for hint in _HINTS):
        return set()
    found = _ANY.finditer(_TO_PASTE.sub(b"", raw))
    return {(one[1] or one[2] or one[3] or b"somebody").decode() for one in found}


def in_files(folder: Path) -> dict[str, set[str]]:
    """By file below ``folder``, but for what is the sandbox's own: whose tokens can be read in it."""
    found = {}
    for path in _files(folder):
        if names := set().union(*map(given_away, _pieces(path))):
            found[str(path.relative_to(folder))] = names
    return found


def no_token_in(where: str, *texts: str | bytes | None) -> None:
    """Fails the test, so that no ``except Exception`` hides it, if something was given away there."""
    if names := set().union(*(given_away(text) for text in texts if text)):
        pytest.fail(f"{where} gives away the token of {', '.join(sorted(names))}", pytrace=False)


def no_token_below(folder: Path) -> None:
    """The same for all files; their first folder is mostly named after the test that made it."""
    if found := in_files(folder):
        lines = (f"  {path}: the token of {', '.join(sorted(names))}" for path, names in found.items())
        pytest.fail("\n".join(["files that hold a token:", *lines]), pytrace=False)


def _files(folder: Path) -> Iterator[Path]:
    for path, _, names in os.walk(folder):
        for name in names:
            file = Path(path, name)
            # A pipe or a device would never end.
            if _OF_THE_SANDBOX.fullmatch(name) is None and file.is_file() and not file.is_symlink():
                yield file


def _pieces(file: Path) -> Iterable[bytes]:
    """Of bounded size, each with the end of the one before it."""
    end = b""
    with open(file, "rb") as opened:
        while piece := opened.read(_PIECE):
            yield end + piece
            end = piece[-_OVERLAP:]
