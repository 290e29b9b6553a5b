"""This process as the owner of a lock, and whether the owner of another one is dead.

A pid alone says little: it is used again. So an owner is known by four things: the boot of its
machine, the pid namespace (a container's pids are its own), the pid, and when that process started.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket

from reconciler.ledger.records import LockOwner
from reconciler.model.moment import this_moment

_START_TIME = 19
"""Which field of /proc/PID/stat, counted from behind the name in brackets, is the start time."""


def owner_here(command: str) -> LockOwner:
    """This process as the owner of a lock. ``command`` is shown to whoever finds it locked."""
    return LockOwner(
        id=secrets.token_hex(4),
        user=user_here(),
        host=socket.gethostname(),
        pid=os.getpid(),
        command=command,
        since=this_moment(),
        boot=boot_id(),
        namespace=_namespaces(),
        started=_started(os.getpid()) or "",
    )


def user_here() -> str:
    """The user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def dead(owner: LockOwner) -> bool:
    """Is it known that the owner's process has ended? Only of one that this machine has seen since it
    was started, in the very namespaces of this process; of every other nothing is known."""
    if not owner.boot or not owner.namespace or not owner.started:
        return False
    if (owner.boot, owner.namespace) != (boot_id(), _namespaces()):
        return False
    started = _started(owner.pid)
    return _gone(owner.pid) if started is None else started != owner.started


def boot_id() -> str:
    """Names this run of this machine; "" where it cannot be told."""
    return _text("/proc/sys/kernel/random/boot_id").strip()


def clock_id() -> str:
    """Names the clock that ``clock.ticks`` reads: processes with the same one can compare."""
    boot = boot_id()
    return f"{boot}/{_namespace('time')}" if boot else ""


def _started(pid: int) -> str | None:
    """When that process started, in ticks since the boot; "" of a zombie, None where it is not shown."""
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) <= _START_TIME:
        return None
    return "" if fields[0] in "ZX" else fields[_START_TIME]


def _gone(pid: int) -> bool:
    """Of a process that /proc does not show: it may be hidden because it is somebody else's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _namespaces() -> str:
    """Those that pids and start times count in."""
    return f"{_namespace('pid')} {_namespace('time')}"


def _namespace(kind: str) -> str:
    try:
        return os.readlink(f"/proc/self/ns/{kind}")
    except OSError:
        return ""


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
