"""Finding data objects: what is listed, for whom, in which order.

The platform's documentation of ``/system/findDataObjects``. Access that comes only from a project being
public does not count, unless that project is the scope (inferred). An object that two projects hold is
listed twice: once in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from . import fields, filters, find, folders, holders, inputs, object_fields, paging, regions, rights
from .errors import invalid
from .records import DATA_CLASSES, LEVELS, RANK, Copy, DataObject, Holder, Project, copy_id
from .route import Route, Table
from .view import Answer, Call, Position, View

KEYS = frozenset(
    {
        "class",
        "state",
        "visibility",
        "name",
        "properties",
        "type",
        "tags",
        "tag",
        "link",
        "id",
        "region",
        "scope",
        "level",
        "created",
        "modified",
        "archivalState",
        "sortBy",
        "describe",
        "limit",
        "starting",
    }
)
CLASSES = (*DATA_CLASSES, "database", "dbcluster")
"""Of the last two there is nothing here."""
STATES = ("open", "closing", "closed", "any")
VISIBILITIES = ("visible", "hidden", "either")
ARCHIVAL_STATES = ("live", "archival", "archived", "unarchiving", "any")


class Held(Struct, frozen=True):
    """An object in one container, as the filters look at it."""

    object: DataObject
    copy: Copy

    @property
    def name(self) -> str:
        return self.copy.name

    @property
    def tags(self) -> tuple[str, ...]:
        return self.copy.tags

    @property
    def properties(self) -> dict[str, str]:
        return self.copy.properties

    @property
    def created(self) -> int:
        return self.object.created

    @property
    def modified(self) -> int:
        return self.object.modified


Test = Callable[[Held], bool]
Found = Iterable[tuple[Position, Held]]


class Scope(Struct, frozen=True):
    """``folder`` None: all of them; without ``recurse`` not what is in folders below it."""

    project: str
    folder: str | None
    recurse: bool


def find_data_objects(view: View, call: Call) -> Answer:
    given = call.input
    describe = fields.embedded(given)
    most, start = paging.limit(given, view.switches), paging.start(given)
    scope = _scope(given)
    tests = _tests(given, call.now, scope)
    order = _order(given)
    found = _found(view, _sources(view, call, scope), None if order else start)
    passing: Found = ((position, held) for position, held in found if all(test(held) for test in tests))
    if order is not None:
        passing = _sorted(passing, order, start)
    results: list[dict[str, object]] = []
    for position, held in passing:
        if len(results) == most:
            return Answer({"results": results, "next": paging.cursor(*position)})
        result: dict[str, object] = {"project": held.copy.holder, "id": held.object.id}
        if describe is not None:
            result["describe"] = object_fields.described(view, held.copy, describe)
        results.append(result)
    return Answer({"results": results, "next": None})


def _found(
    view: View, sources: Sequence[Sequence[Position]], start: Position | None
) -> Iterator[tuple[Position, Held]]:
    for position in find.merged(sources, start):
        copy = view.copies[position[1]]
        yield position, Held(view.objects[copy.object], copy)


def _sources(view: View, call: Call, scope: Scope | None) -> list[Sequence[Position]]:
    """Everything that is to be looked at. Raises Refused for a scope that the caller may not see."""
    given = call.input
    least = inputs.one_of(given, "level", LEVELS[1:]) or "VIEW"
    ids, wanted = filters.ids(given), filters.regions_asked(view, given)
    within: Iterable[Holder]
    if scope is None:
        within = _seen(view, call, RANK[least])
    else:
        holder = holders.see(view, call, scope.project)
        within = [holder] if RANK[holders.level(view, call, holder)] >= RANK[least] else []
    places = [holder.id for holder in within if wanted is None or regions.region_of_data(holder) in wanted]
    if ids is None:
        return [view.held_by(place) for place in places]
    return [_of_these(view, ids, frozenset(places))]


def _seen(view: View, call: Call, least: int) -> Iterator[Project]:
    """The projects that are shared with the caller at that level or more, each once."""
    eyes = rights.Eyes(view, call.caller, public=False)
    lists = [view.shared_with(entity) for entity, most in eyes.entities.items() if most >= least]
    lists += [view.billed_to(payer) for payer in eyes.payers]
    for _, id in find.merged(lists, None):
        project = view.projects[id]
        if eyes.rank(project) >= least:
            yield project


def _of_these(view: View, ids: Iterable[str], places: frozenset[str]) -> Sequence[Position]:
    return sorted(
        view.position(view.copies[copy_id(id, place)])
        for id in set(ids)
        for place in places.intersection(view.holders_of(id))
    )


def _scope(given: Mapping[str, object]) -> Scope | None:
    scope = inputs.mapping(given, "scope")
    if scope is None:
        return None
    folder = inputs.text(scope, "folder")
    recurse = inputs.flag(scope, "recurse")
    return Scope(
        inputs.need_text(scope, "project"),
        None if folder is None else folders.normal(folder),
        recurse is not False,
    )


def _tests(given: Mapping[str, object], now: int, scope: Scope | None) -> list[Test]:
    """All filters but those that decide where to look, cheapest first. Raises Refused.

    ``tag`` is an older name of ``tags``, which the official client still sends.
    """
    tests = [
        _class(given),
        _state(given),
        _visibility(given),
        _archival_state(given),
        _link(given),
        _folder(scope),
        _modified(given, now),
        _type(given),
        *filters.of_named(given, now),
        *filters.of_named({"tags": given["tag"]} if "tag" in given else {}, now),
    ]
    return [test for test in tests if test is not None]


def _class(given: Mapping[str, object]) -> Test | None:
    wanted = inputs.one_of(given, "class", CLASSES)
    return None if wanted is None else lambda held: held.object.data_class == wanted


def _state(given: Mapping[str, object]) -> Test | None:
    wanted = inputs.one_of(given, "state", STATES)
    return None if wanted in (None, "any") else lambda held: held.object.state == wanted


def _visibility(given: Mapping[str, object]) -> Test | None:
    wanted = inputs.one_of(given, "visibility", VISIBILITIES) or "visible"
    return None if wanted == "either" else lambda held: held.object.hidden is (wanted == "hidden")


def _archival_state(given: Mapping[str, object]) -> Test | None:
    """A property of files alone; all that are here are live."""
    wanted = inputs.one_of(given, "archivalState", ARCHIVAL_STATES)
    if wanted is None:
        return None
    return lambda held: held.object.data_class == "file" and wanted in ("live", "any")


def _link(given: Mapping[str, object]) -> Test | None:
    wanted = inputs.text(given, "link")
    return None if wanted is None else lambda held: wanted in held.object.links


def _folder(scope: Scope | None) -> Test | None:
    if scope is None:
        return None
    folder = scope.folder or folders.ROOT
    if scope.recurse:
        return None if folder == folders.ROOT else lambda held: folders.within(held.copy.folder, folder)
    return lambda held: held.copy.folder == folder


def _modified(given: Mapping[str, object], now: int) -> Test | None:
    test = filters.moment_test(given, "modified", now)
    return None if test is None else lambda held: test(held.modified)


def _type(given: Mapping[str, object]) -> Test | None:
    return filters.boolean(given["type"], "type", _one_type) if "type" in given else None


def _one_type(value: object) -> Test:
    if not isinstance(value, str):
        raise invalid("type must be a string, or a hash with $and or $or")
    return lambda held: value in held.object.types


class Order(Struct, frozen=True):
    field: str
    ascending: bool


def _order(given: Mapping[str, object]) -> Order | None:
    """``sortBy``: by ``created`` or ``modified``, the newest first unless it says otherwise."""
    wanted = inputs.mapping(given, "sortBy")
    if wanted is None:
        return None
    field = inputs.one_of(wanted, "field", ("created", "modified"))
    if field is None:
        raise invalid("sortBy must name a field: created or modified")
    ordering = inputs.one_of(wanted, "ordering", ("ascending", "descending"))
    return Order(field, ordering == "ascending")


def _sorted(found: Found, order: Order, start: Position | None) -> Found:
    """Another order than that of the index: all that passes has to be looked at."""
    positions = {}
    for _, held in found:
        moment = held.created if order.field == "created" else held.modified
        positions[moment if order.ascending else -moment, held.copy.id] = held
    return [
        (position, positions[position]) for position in sorted(positions) if not start or position >= start
    ]


ROUTES: Table = {
    ("system", "findDataObjects"): Route(find_data_objects, KEYS, open=True, scoped=True, finds=True),
}
