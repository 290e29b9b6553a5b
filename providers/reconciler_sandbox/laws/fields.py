"""Field selection of describe routes.

The platform's documentation: ``fields`` maps names to booleans; ``defaultFields`` is false if
``fields`` is given, else true; what ``fields`` says wins; ``id`` is always there; unknown names and
such as the caller may not see are left out. Old top-level switches add a field to the defaults and
count for nothing beside ``fields``. The official client's own tests send ``"true"``: what counts is
whether a value is truthy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .errors import invalid
from .inputs import mapping
from .switches import Switches


def chosen(
    given: Mapping[str, object],
    names: Sequence[str],
    defaults: Collection[str],
    legacy: Collection[str],
    switches: Switches,
) -> tuple[str, ...]:
    """Of ``names`` (all that the caller may see, in the order of the answer) those that are asked for."""
    fields = mapping(given, "fields")
    if fields is None:
        base = set(defaults) if given.get("defaultFields", True) else set()
        base.update(name for name in legacy if given.get(name))
    else:
        base = set(defaults) if given.get("defaultFields", False) else set()
        unknown = [name for name, wanted in fields.items() if wanted and name not in names]
        if unknown and switches.unknown_fields == "InvalidInput":
            raise invalid(f"unknown field {unknown[0]}")
        for name, wanted in fields.items():
            (base.add if wanted else base.discard)(name)
    base.add("id")
    return tuple(name for name in names if name in base)


def embedded(given: Mapping[str, object]) -> Mapping[str, object] | None:
    """The ``describe`` input of a find route: None for no describe, else an input of describe."""
    value = given.get("describe", False)
    if value is None or value is False:
        return None
    if value is True:
        return {}
    if not isinstance(value, dict):
        raise invalid("describe must be a boolean or a hash")
    return value
