"""One of many processes that want to apply the same workspace: it tries until it has applied or time is up.

All that it does it does under a name of its own, ``NUMBER.LIFE``, which stands in the name of every project
that it wants: so the platform's log of calls tells whose a write is. What becomes
of it, it writes into a diary.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
from faults import light
from faults.killed import trap
from msgspec import Struct

from reconciler.ledger import lease

LOCKED = 6
PROJECTS = 4
"""Writes of an apply: the first creates them, the others rename them."""

_DIARY = "diary"


class Doom(Struct, frozen=True):
    """What happens to it when it comes to a point of its apply for the ``nth`` time."""

    how: Literal["killed", "stopped"]
    point: str
    nth: int


class Contender(Struct, frozen=True):
    """``toml``: the workspace, with BY where the names of its projects go; ``until`` (monotonic) it tries
    again, after ``pause`` seconds on the average."""

    number: int
    toml: str
    until: float
    pause: float
    doom: Doom | None = None


class Line(Struct, frozen=True):
    """Of the diary. ``number`` is the exit code of what ended, the fence of who took the lock and the pid of
    who was stopped; ``at`` in ms since the epoch."""

    who: str
    what: Literal["took", "ended", "killed", "stopped"]
    number: int
    at: int


def contend(one: Contender, go: Any) -> None:
    """In its own process, in the folder of the workspace. ``go``: an event that lets all begin at once."""
    life = 1

    def name() -> str:
        return f"{one.number}.{life}"

    _tell_takings(name)
    if one.doom is not None:
        trap(one.doom.point, one.doom.nth, _strike(one.doom, name))
    file = Path(f"{one.number}.toml")
    go.wait()
    while True:
        file.write_text(one.toml.replace("BY", name()), encoding="utf-8")
        code = light.command("apply", str(file), "--auto-approve", "--parallelism", "1")
        _note(name(), "ended", code)
        if code == 0 or time.monotonic() > one.until:
            return
        if code != LOCKED:
            life += 1
        time.sleep(random.uniform(0, 2 * one.pause))


def diary(folder: Path) -> list[Line]:
    """In the order in which it was written."""
    with contextlib.suppress(FileNotFoundError):
        lines = (folder / _DIARY).read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Line) for line in lines]
    return []


def _tell_takings(name: Callable[[], str]) -> None:
    original: Callable[..., lease.Lease] = lease.take

    def take(*given: object) -> lease.Lease:
        taken = original(*given)
        _note(name(), "took", taken.owner.fence)
        return taken

    lease.take = take  # only this process's


def _strike(doom: Doom, name: Callable[[], str]) -> Callable[[], None]:
    def strike() -> None:
        _note(name(), doom.how, os.getpid())
        os.kill(os.getpid(), signal.SIGKILL if doom.how == "killed" else signal.SIGSTOP)

    return strike


def _note(who: str, what: Literal["took", "ended", "killed", "stopped"], number: int) -> None:
    line = msgspec.json.encode(Line(who, what, number, time.time_ns() // 1_000_000)) + b"\n"
    handle = os.open(_DIARY, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with contextlib.closing(open(handle, "wb", buffering=0)) as file:
        file.write(line)
