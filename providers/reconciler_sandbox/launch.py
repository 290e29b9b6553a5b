"""The platform of a workspace, started by the command that needs it or joined where it runs already.

The state lives under ``.reconciler/`` of the workspace; one server serves it at a time, ends by itself
a few seconds after its last call, and is brought back when it is needed again. Must not know what
is asked of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from reconciler.provider import ProviderError

IDLE_SECONDS = 5
_MODULE = "reconciler_sandbox.server"
_START_SECONDS = 60.0
_BUSY_SECONDS = IDLE_SECONDS + 5.0
"""How long a server that nobody can join may hold the state before we give up."""

_IN_USE = "in use by another server"
_PAUSE = 0.005


class Running(Struct, frozen=True):
    """What a server writes into its ready file. ``store`` names the state, whatever the port."""

    endpoint: str
    pid: int
    store: str


class Launcher:
    """Joins or starts the server of one workspace. ``directory`` is the workspace, ``world`` its world
    file; both absolute. Safe to use from several processes at once."""

    def __init__(self, directory: Path, world: Path) -> None:
        self._world = world
        self._state = directory.resolve() / ".reconciler"
        self._ready = self._state / "sandbox.json"
        self._db = self._state / "sandbox.db"
        self._errors = self._state / "sandbox.stderr"

    def server(self) -> Running:
        """A server that answers. Raises ProviderError saying why there is none."""
        running = self._joined()
        if running is not None:
            return running
        try:
            self._prepare()
            with self._alone():
                return self._joined() or self._started()
        except OSError as error:
            raise ProviderError(
                f"the embedded platform cannot keep its state in {self._state}: {error.strerror}",
                "The folder of the workspace must be writable.",
            ) from None

    def again(self, store: str) -> str:
        """The URL of a server on the same state, after the last one ended. Raises ProviderError."""
        running = self.server()
        if running.store != store:
            raise ProviderError(
                "the embedded platform was reset while this command was running",
                "Run the command again; it starts from the new state.",
            )
        return running.endpoint

    def _joined(self) -> Running | None:
        """The server that the ready file names, if it is there, ours and answers."""
        try:
            running = msgspec.json.decode(self._ready.read_bytes(), type=Running)
        except (OSError, msgspec.DecodeError):
            return None
        ours = self._db.exists() and _runs(running.pid, self._ready)
        return running if ours and _answers(running.endpoint) else None

    def _prepare(self) -> None:
        self._state.mkdir(exist_ok=True)
        ignore = self._state / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Of several commands that find no server, one starts it; the others wait and join."""
        handle = os.open(self._state / "sandbox.start", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _started(self) -> Running:
        busy_until = time.monotonic() + _BUSY_SECONDS
        while True:
            running = self._spawned()
            if running is not None:
                return running
            said = self._said()
            # The last server may still be on its way out.
            if _IN_USE not in said or time.monotonic() > busy_until:
                raise _no_start(said)
            time.sleep(0.1)

    def _spawned(self) -> Running | None:
        """A new server, or None if it ended; what it said is then in the file of errors."""
        child = self._child()
        # Reaps it whenever it ends: else it would look alive for as long as this command runs.
        threading.Thread(target=child.wait, daemon=True, name="sandbox").start()
        until = time.monotonic() + _START_SECONDS
        while child.poll() is None:
            running = self._joined()
            if running is not None and running.pid == child.pid:
                return running
            if time.monotonic() > until:
                child.terminate()
                raise _no_start(f"it did not answer within {_START_SECONDS:.0f} s")
            time.sleep(_PAUSE)
        return None

    def _child(self) -> subprocess.Popen[bytes]:
        arguments = {
            "--world": self._world,
            "--db": self._db,
            "--idle-seconds": IDLE_SECONDS,
            "--ready-file": self._ready,
        }
        flags = [str(text) for pair in arguments.items() for text in pair]
        # -P: a file of the workspace must not be imported in place of a module.
        command = [sys.executable, "-P", "-m", _MODULE, *flags]
        # It needs none of our tokens.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DX_")}
        errors = os.open(self._errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                cwd=self._state,
                env=environ,
                start_new_session=True,
            )
        finally:
            os.close(errors)

    def _said(self) -> str:
        lines = self._errors.read_text(errors="replace").splitlines()
        return "\n".join(line.removeprefix("error: ") for line in lines[-20:])


def _no_start(said: str) -> ProviderError:
    return ProviderError(
        f"the embedded platform does not start: {said or 'it ended without a word'}",
        "To use a server that runs already, set RECONCILER_SANDBOX to its URL."
        if _IN_USE in said
        else "Mend what it names and run the command again.",
    )


def _runs(pid: int, ready: Path) -> bool:
    """Is that process alive, and the server that writes this ready file (ids of processes come back)?"""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        if Path("/proc/self").exists():
            return False
        return _alive(pid)
    return _MODULE.encode() in arguments and os.fsencode(ready) in arguments


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _answers(endpoint: str) -> bool:
    """Does an embedded platform answer there? Asked without a token, which only ever gets an error."""
    parts = urlsplit(endpoint)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("POST", "/system/whoami", b"{}", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return answer.getheader("DNAnexus-API") is not None
