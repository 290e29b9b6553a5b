"""Switches from a world file or the command line: names and values that nobody knows are errors."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from reconciler.model.diagnostics import Diagnostic
from reconciler_sandbox.laws.switches import Switches

from .problems import Problem, WorldError, converted


def read(table: Mapping[str, object], problems: list[Problem]) -> Switches:
    """The switches; what is wrong is added to ``problems``."""
    values = {}
    for name, value in table.items():
        if name not in Switches.__struct_fields__:
            problems.append(Problem(("switches", name), "unknown switch"))
        elif converted({name: value}, Switches, ("switches",), problems) is not None:
            values[name] = value
    return converted(values, Switches, ("switches",), problems) or Switches()


def parsed(assignment: str) -> tuple[str, object]:
    """``NAME=VALUE`` of a command line. Raises ValueError."""
    name, separator, value = assignment.partition("=")
    if not separator or not name:
        raise ValueError(f'"{assignment}" is not of the form NAME=VALUE')
    return name, int(value) if value.removeprefix("-").isdecimal() else value


def overridden(switches: Switches, values: Mapping[str, object]) -> Switches:
    """The switches with some of them replaced. Raises WorldError."""
    problems: list[Problem] = []
    changed = read({**structs.asdict(switches), **values}, problems)
    if problems:
        raise WorldError(
            tuple(
                Diagnostic("error", "switch", f"--switch {one.path[-1]}: {one.message}") for one in problems
            )
        )
    return changed
