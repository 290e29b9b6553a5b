"""Faults from a world file, from a file of their own, or from a control route.

What nobody knows, users that are not there, and keys that do not go with an effect: errors with their
places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from reconciler_sandbox.faults.record import EFFECTS, Fault, effect_of

from .problems import Problem, converted, worded
from .toml import parsed, text_of

_WAITS = ("status:429", "status:503")


def read(raw: Mapping[str, object], users: Collection[str], problems: list[Problem]) -> tuple[Fault, ...]:
    """The ``[[faults]]`` of a file; what is wrong is added to ``problems``."""
    entries = raw.get("faults", [])
    if not isinstance(entries, list):
        problems.append(Problem(("faults",), "must be an array of tables"))
        return ()
    found = []
    for index, entry in enumerate(entries):
        # Times are texts in the input of a call, as everywhere in JSON.
        fault = converted(msgspec.to_builtins(entry), Fault, ("faults", index), problems)
        if fault is not None:
            problems += (Problem(("faults", index, *path), what) for path, what in _wrong(fault, users))
            found.append(fault)
    return tuple(found)


def load(path: Path, users: Collection[str]) -> tuple[Fault, ...]:
    """A file with nothing but ``[[faults]]``. Raises WorldError."""
    text = text_of(path)
    raw = parsed(path, text)
    problems = [Problem((key,), "unknown key") for key in raw if key != "faults"]
    found = read(raw, users, problems)
    if problems:
        raise worded(path, text, problems)
    return found


def given(input: Mapping[str, object], users: Collection[str]) -> tuple[Fault, ...]:
    """``faults`` in the input of a call. Raises WorldError."""
    problems: list[Problem] = []
    found = read(input, users, problems)
    if problems:
        raise worded(Path("input"), "", problems)
    return found


def _wrong(fault: Fault, users: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where, and what: of a fault whose fields have the right types."""
    if effect_of(fault.effect) is None:
        yield ("effect",), f'nobody knows the effect "{fault.effect}": write one like {", ".join(EFFECTS)}'
    if not fault.route.startswith(("/", "*")):
        yield ("route",), "must begin with / or *, as paths do"
    if fault.caller is not None and fault.caller not in users:
        yield ("caller",), f"{fault.caller} is not a user of this world"
    if fault.retry_after is not None and fault.effect not in _WAITS:
        yield ("retry_after",), f"goes with {' and '.join(_WAITS)} only"
    if (fault.effect == "rival") != bool(fault.calls):
        yield ("calls",) if fault.calls else ("effect",), "rival and calls go together"
    for index, call in enumerate(fault.calls):
        if not call.route.startswith("/"):
            yield ("calls", index, "route"), "must be a path, such as /project/new"
        if call.user not in users:
            yield ("calls", index, "user"), f"{call.user} is not a user of this world"
