"""The filters of find routes over projects, each compiled once a call into a test of one project.

Must not know who asks, nor in which order projects are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from . import inputs, regions
from .errors import invalid
from .records import PUBLIC, Project
from .view import View

Test = Callable[[Project], bool]
Given = Mapping[str, object]
T = TypeVar("T")


class Named(Protocol):
    """What has a name, tags, properties and a time of creation: projects, jobs."""

    @property
    def name(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def properties(self) -> dict[str, str]: ...
    @property
    def created(self) -> int: ...


TestOfNamed = Callable[[Named], bool]

KEYS = frozenset(
    {
        "name",
        "id",
        "tags",
        "properties",
        "public",
        "created",
        "region",
        "containsPHI",
        "externalUploadRestricted",
    }
)
MOST_IDS = 1000


def compiled(view: View, given: Given, now: int) -> list[Test]:
    """All filters that the input names, cheapest first. Raises Refused for a wrong shape."""
    found = [
        _regions(view, given),
        _flag(given, "containsPHI"),
        _flag(given, "externalUploadRestricted"),
        _public(given),
    ]
    return [*(test for test in found if test is not None), *of_named(given, now)]


def of_named(given: Given, now: int) -> list[TestOfNamed]:
    """The filters that are not about projects alone. Raises Refused for a wrong shape."""
    found = [_created(given, now), _name(given), _tags(given), _properties(given)]
    return [test for test in found if test is not None]


def ids(given: Given) -> list[str] | None:
    wanted = inputs.texts(given, "id")
    if wanted is not None and len(wanted) > MOST_IDS:
        raise invalid(f"id must have at most {MOST_IDS} entries")
    return wanted


def _regions(view: View, given: Given) -> Test | None:
    if isinstance(given.get("region"), list) and view.switches.find_projects_region_array == "InvalidInput":
        raise invalid("region must be a string")
    wanted = regions_asked(view, given)
    return None if wanted is None else lambda project: project.region in wanted


def regions_asked(view: View, given: Given) -> set[str] | None:
    """The regions that the input names, one or an array; None where it names none."""
    if "region" not in given:
        return None
    value = given["region"]
    asked: Sequence[object] = value if isinstance(value, list) else (value,)
    wanted = {regions.region_form(region, view.switches) for region in asked}
    unknown = sorted(wanted - view.regions.keys())
    if unknown and view.switches.find_unknown_region == "InvalidInput":
        raise invalid(f"{unknown[0]} is not a region of this platform", "L2")
    return wanted


def _flag(given: Given, name: str) -> Test | None:
    wanted = inputs.flag(given, name)
    return None if wanted is None else lambda project: (name in project.flags) is wanted


def _public(given: Given) -> Test | None:
    wanted = inputs.flag(given, "public")
    return None if wanted is None else lambda project: (PUBLIC in project.members) is wanted


def _created(given: Given, now: int) -> TestOfNamed | None:
    test = moment_test(given, "created", now)
    return None if test is None else lambda project: test(project.created)


def moment_test(given: Given, key: str, now: int) -> Callable[[int], bool] | None:
    """Of a time in ms. Both bounds count as inside; a negative one is relative to now."""
    bounds = inputs.mapping(given, key)
    if bounds is None:
        return None
    after, before = _moment(bounds, key, "after", now), _moment(bounds, key, "before", now)
    return lambda moment: (after is None or moment >= after) and (before is None or moment <= before)


def _moment(bounds: Given, name: str, key: str, now: int) -> int | None:
    value = bounds.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or not inputs.is_int(value):
        raise invalid(f"{name}.{key} must be an integer")
    return value if value >= 0 else now + value


def _name(given: Given) -> TestOfNamed | None:
    test = name_test(given)
    return None if test is None else lambda project: test(project.name)


def name_test(given: Given) -> Callable[[str], bool] | None:
    """Of a name: exact, by ``glob`` or by ``regexp``."""
    if "name" not in given:
        return None
    value = given["name"]
    if isinstance(value, str):
        return lambda name: name == value
    if isinstance(value, dict):
        glob, regexp = value.get("glob"), value.get("regexp")
        if isinstance(glob, str) and regexp is None:
            match = re.compile(_from_glob(glob), re.DOTALL).fullmatch
            return lambda name: match(name) is not None
        if isinstance(regexp, str) and glob is None:
            return _regexp(regexp, value.get("flags", ""))
    raise invalid("name must be a string, or a hash with glob or regexp")


def _regexp(pattern: str, flags: object) -> Callable[[str], bool]:
    if flags not in ("", "i"):
        raise invalid('flags must be "i"')
    try:
        search = re.compile(pattern, re.IGNORECASE if flags else 0).search
    except (re.error, RecursionError, OverflowError):
        raise invalid(f"{pattern} is not a regular expression") from None
    return lambda name: search(name) is not None


def _from_glob(glob: str) -> str:
    """``*`` and ``?`` are wild, a backslash takes the next character as it is; nothing else."""
    parts: list[str] = []
    wild = {"*": ".*", "?": "."}
    characters = iter(glob)
    for character in characters:
        if character == "\\":
            parts.append(re.escape(next(characters, "\\")))
        elif character != "*" or parts[-1:] != [".*"]:
            parts.append(wild.get(character) or re.escape(character))
    return "".join(parts)


def _tags(given: Given) -> TestOfNamed | None:
    if "tags" not in given:
        return None
    return boolean(given["tags"], "tags", _one_tag)


def _one_tag(value: object) -> TestOfNamed:
    if not isinstance(value, str):
        raise invalid("tags must be a string, or a hash with $and or $or")
    return lambda project: value in project.tags


def _properties(given: Given) -> TestOfNamed | None:
    if "properties" not in given:
        return None
    return boolean(given["properties"], "properties", _all_properties)


def _all_properties(value: object) -> TestOfNamed:
    """Every key must be there, with the value unless that is true."""
    if not isinstance(value, dict):
        raise invalid("properties must be a hash")
    exact: dict[str, str] = {}
    present: list[str] = []
    for key, wanted in value.items():
        if wanted is True:
            present.append(key)
        elif isinstance(wanted, str):
            exact[key] = wanted
        else:
            raise invalid(f'property "{key}" must be compared with a string or true')
    return lambda project: (
        all(project.properties.get(key) == wanted for key, wanted in exact.items())
        and all(key in project.properties for key in present)
    )


def boolean(value: object, key: str, leaf: Callable[[object], Callable[[T], bool]]) -> Callable[[T], bool]:
    """``{"$and": […]}`` and ``{"$or": […]}``, nested, around leaves."""
    if not isinstance(value, dict) or not ({"$and", "$or"} & value.keys()):
        return leaf(value)
    ((operator, parts),) = value.items() if len(value) == 1 else (("", None),)
    if not isinstance(parts, list) or not parts:
        raise invalid(f"{key} must have one of $and and $or, with an array that is not empty")
    try:
        tests = [boolean(part, key, leaf) for part in parts]
    except RecursionError:
        raise invalid(f"{key} is nested too deeply") from None
    combine = all if operator == "$and" else any
    return lambda tested: combine(test(tested) for test in tests)


def exact_properties(given: Given) -> list[tuple[str, str]] | None:
    """Pairs of which every project that passes has at least one; None if no such list is known.

    It lets a search for marks begin at the index instead of at every project. The input has been
    compiled before, so its shape is right.
    """
    value = given.get("properties")
    return _pairs(value) if isinstance(value, dict) else None


def _pairs(value: Mapping[str, object]) -> list[tuple[str, str]] | None:
    parts = value.get("$or")
    if isinstance(parts, list):
        found: list[tuple[str, str]] = []
        for part in parts:
            pairs = _pairs(part)
            if pairs is None:
                return None
            found += pairs
        return found
    parts = value.get("$and")
    if isinstance(parts, list):
        return next((pairs for pairs in map(_pairs, parts) if pairs is not None), None)
    return next(([(key, wanted)] for key, wanted in value.items() if isinstance(wanted, str)), None)
