"""Faults from a world file, from a file of their own, or from a control route.

What nobody knows, users that are not there, and keys that do not go with an effect: errors with their
places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from reconciler_sandbox.faults.record import EFFECTS, Fault, effect_of

from .json_values import JsonTable, written
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
        path = ("faults", index)
        fault = converted(_unfolded(msgspec.to_builtins(entry), path, problems), Fault, path, problems)
        if fault is not None:
            problems += (Problem(("faults", index, *path), what) for path, what in _wrong(fault, users))
            found.append(fault)
    return tuple(found)


def table(fault: Fault) -> dict[str, object]:
    """As a ``[[faults]]`` table."""
    said: dict[str, object] = msgspec.to_builtins(fault)
    if fault.match:
        said["match"] = written(fault.match)
    if fault.calls:
        said["calls"] = [
            {"user": call.user, "route": call.route, "input": written(call.input)} for call in fault.calls
        ]
    return said


def _unfolded(entry: object, path: tuple[str | int, ...], problems: list[Problem]) -> object:
    """``match`` and the inputs of a rival's calls may be JSON texts: TOML has no null."""
    if not isinstance(entry, dict):
        return entry
    said = dict(entry)
    _unfold(said, "match", path, problems)
    calls = said.get("calls")
    if isinstance(calls, list):
        said["calls"] = [dict(call) if isinstance(call, dict) else call for call in calls]
        for index, call in enumerate(said["calls"]):
            if isinstance(call, dict):
                _unfold(call, "input", (*path, "calls", index), problems)
    return said


def _unfold(table: dict[str, object], key: str, path: tuple[str | int, ...], problems: list[Problem]) -> None:
    text = table.get(key)
    if isinstance(text, str):
        found = converted(text, JsonTable, (*path, key), problems)
        table[key] = {} if found is None else found.table


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
