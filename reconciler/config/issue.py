"""What is wrong, before it is known on which line: a diagnostic that still names places by path.

Checks make issues out of values alone, so that a workspace without errors never pays for positions.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from reconciler.model.diagnostics import Severity

Path: TypeAlias = tuple[str | int, ...]
"""Keys, and indexes of array entries: ``("policies", 0, "match", "name")``. Empty: the whole file."""


class Spot(Struct, frozen=True):
    """A place by path: the key or the value there.

    ``file`` is the index of a file; None: whichever file the path, counted over all files, is in.
    """

    path: Path
    aim: Literal["key", "value"] = "value"
    file: int | None = None


class Issue(Struct, frozen=True):
    """Everything of a diagnostic but its line.

    also:     where the other one is; ``FILE:LINE`` is put behind the summary.
    rests_on: the issue holds only if what stands at these paths was read whole: where a part of
              them could not be understood, an error says so already and this one may be a mere echo.
    """

    code: str
    summary: str
    spot: Spot
    detail: str | None = None
    suggestion: str | None = None
    severity: Severity = "error"
    also: Spot | None = None
    rests_on: tuple[Path, ...] = ()


def dotted(path: Path) -> str:
    """A path as a person would write it: ``policies[0].match.name``; "" for the whole file."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
