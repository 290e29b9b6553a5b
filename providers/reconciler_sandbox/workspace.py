"""Where the self-started platform of a workspace keeps its things, and which world it starts from.

Names: ``.reconciler/sandbox.db`` (the state), ``.reconciler/sandbox.json`` (the running server) and
``.reconciler/sandbox.log`` (its calls). Must not know how the desired state is judged: of the
workspace's TOML only ``[provider] world`` is looked at.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import time
from pathlib import Path

import rtoml
from msgspec import Struct

from reconciler_sandbox.store import lock_path

STATE = ".reconciler"

_FORMAT = re.compile(r"^format\s*=", re.MULTILINE)
"""What a world file says first, and no file of a workspace."""


class Nowhere(Exception):
    """The workspace names no world; the message says what to write."""


class Place(Struct, frozen=True):
    """The files of one workspace's platform. ``directory`` holds its TOML."""

    directory: Path

    @property
    def db(self) -> Path:
        return self.directory / STATE / "sandbox.db"

    @property
    def log(self) -> Path:
        return self.directory / STATE / "sandbox.log"

    def world(self) -> Path:
        """The world file that the workspace names. Raises Nowhere."""
        for path in sorted(self.directory.glob("*.toml")):
            provider = _provider(path)
            if isinstance(provider.get("world"), str):
                return self.directory / str(provider["world"])
        raise Nowhere(f'{self.directory}: no TOML file here says [provider] type = "sandbox", world = "…"')


def of(path: Path) -> Place:
    """The workspace at ``path``: a directory, or one of its files. Raises Nowhere."""
    if not path.exists():
        raise Nowhere(f"{path}: no such file or directory")
    return Place(path if path.is_dir() else path.parent)


def is_world(path: Path) -> bool:
    """Is it a world file rather than a workspace, or one of its files? Its head says so."""
    try:
        return path.is_file() and _FORMAT.search(path.read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False


def _provider(path: Path) -> dict[str, object]:
    try:
        provider = rtoml.loads(path.read_text(encoding="utf-8")).get("provider", {})
    except (OSError, ValueError):
        return {}
    return provider if isinstance(provider, dict) else {}


def stop_holder(db: Path, seconds: float = 10.0) -> bool:
    """End the server that holds the database file, if there is one; False if it does not end.

    Its process id is what it wrote into the lock that it still holds: nobody else is ever signalled.
    """
    if not lock_path(db).exists():
        return True
    handle = os.open(lock_path(db), os.O_RDWR | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + seconds
        asked = False
        while not _locks(handle):
            if not asked:
                asked = _asked_to_end(handle)
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True
    finally:
        os.close(handle)


def _locks(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _asked_to_end(handle: int) -> bool:
    text = os.pread(handle, 32, 0).decode(errors="replace").strip()
    if text.isdecimal():
        os.kill(int(text), signal.SIGTERM)
    return text.isdecimal()


_REMEMBERED = ("ledger.db", "ledger.db-wal", "ledger.db-shm")
"""What was applied to the state: it would take all that is gone with it for destroyed."""


def remove(db: Path) -> bool:
    """Throw the state away, and the memory of what was applied to it; False if there was none. The
    lock file stays: it says nothing."""
    there = db.exists()
    for name in _REMEMBERED:
        db.with_name(name).unlink(missing_ok=True)
    for name in (db.name, f"{db.name}-wal", f"{db.name}-shm"):
        db.with_name(name).unlink(missing_ok=True)
    return there
