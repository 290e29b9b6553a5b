"""A served platform that plays faults, and what has reached it since they were set."""

from __future__ import annotations

import time
from typing import Any, Protocol

import msgspec
from reconciler_sandbox.faults.record import Fault


class Controlled(Protocol):
    """A platform with its control routes; ``Served`` is one."""

    @property
    def port(self) -> int: ...

    def control(self, route: str, given: object = None) -> Any: ...


class Stage:
    """``seen``: the routes that were called; ``carried_out``: those of them that the platform answered
    by its laws, whatever became of the answer. Both in order."""

    def __init__(self, server: Controlled) -> None:
        """``server``: started with ``--control``."""
        self.url = f"http://127.0.0.1:{server.port}"
        self._server = server
        self.play()

    def play(self, *faults: Fault) -> None:
        """From now on; what was seen is forgotten."""
        self._set(faults)
        self._before = len(self._calls())

    def calm(self) -> None:
        """From now on nothing goes wrong; what was seen is remembered."""
        self._set(())

    @property
    def seen(self) -> list[str]:
        return [call["route"] for call in self._since()]

    @property
    def carried_out(self) -> list[str]:
        return [call["route"] for call in self._since() if not (call["fault"] or "").startswith("before")]

    def _since(self) -> list[dict[str, str]]:
        return self._calls()[self._before :]

    def _calls(self) -> list[dict[str, str]]:
        calls: list[dict[str, str]] = self._server.control("calls")["results"]
        return calls

    def _set(self, faults: tuple[Fault, ...]) -> None:
        self._server.control("faults", {"faults": msgspec.to_builtins(faults)})


def told(fault: object) -> str:
    """The name of a fault, for the name of a test."""
    if not isinstance(fault, Fault):
        return str(fault) if isinstance(fault, str) and fault.startswith("/") else ""
    return f"{fault.name} x{fault.times or 1}"


def within(seconds: float, started: float) -> bool:
    """Did what began at ``started`` (monotonic) end in time?"""
    return time.monotonic() - started < seconds
