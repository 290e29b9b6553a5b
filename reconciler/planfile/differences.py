"""What changed inside a value: which members of a set came and went, which keys of a mapping differ.

Only values that differ are ever looked into: deepdiff takes longer to import than a small plan to make.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

Kind = Literal["added", "removed", "changed"]

_KINDS: dict[str, Kind] = {
    "dictionary_item_added": "added",
    "dictionary_item_removed": "removed",
    "iterable_item_added": "added",
    "iterable_item_removed": "removed",
    "set_item_added": "added",
    "set_item_removed": "removed",
    "type_changes": "changed",
    "values_changed": "changed",
}
_ORDER: tuple[Kind, ...] = ("removed", "changed", "added")


class Difference(Struct, frozen=True, rename={"is_": "is"}):
    """One place that differs. ``path``: keys with dots between them, "" for a member of the value itself.
    ``was`` is null of what was added, ``is_`` of what was removed."""

    kind: Kind
    path: str
    was: Any
    is_: Any


def differences(then: object, now: object) -> tuple[Difference, ...]:
    """What differs inside two sets or two mappings, in the order of the places; () for anything else,
    where the two values say it all. Lists of texts are sets: their order means nothing."""
    if then == now or not (_is_nested(then) and _is_nested(now)):
        return ()
    from deepdiff import DeepDiff

    found = DeepDiff(_plain(then), _plain(now), ignore_order=True, view="tree")
    return tuple(sorted(_each(found), key=_place))


def _is_nested(value: object) -> bool:
    return isinstance(value, (tuple, list, dict))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        texts = all(isinstance(one, str) for one in value)
        return frozenset(value) if texts else [_plain(one) for one in value]
    return value


def _each(found: dict[str, Any]) -> Iterator[Difference]:
    for name, levels in found.items():
        kind = _KINDS[name]
        for level in levels:
            steps = level.path(output_format="list")
            path = ".".join(str(step) for step in steps if step is not None)
            was = None if kind == "added" else _listed(level.t1)
            yield Difference(kind, path, was, None if kind == "removed" else _listed(level.t2))


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [_listed(one) for one in value] if isinstance(value, list) else value


def _place(one: Difference) -> tuple[str, int, str]:
    return one.path, _ORDER.index(one.kind), str(one.is_ if one.was is None else one.was)
