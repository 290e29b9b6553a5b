"""Data and executables, read where a question asks about them: each by every identity at hand.

  projects, containers   described; of those that hold an object, many in one list
  data objects           what holds them, as each identity sees it, then described by one that sees it
  apps                   described by name or id

Must not know what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from reconciler.model.actual import Level, Scope
from reconciler.model.data import App, AppRegion, Container, DataObject, Datum
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler_dnanexus import data_wire as wire
from reconciler_dnanexus import routes
from reconciler_dnanexus.callers import Callers
from reconciler_dnanexus.failures import PERMISSION_DENIED, RESOURCE_NOT_FOUND, PlatformError
from reconciler_dnanexus.session import Session

IDS_PER_CALL = 1000
SHOWN = 5
"""Objects that are named where one is enough to say no."""

NOBODY = Unreadable("none of the identities at hand has access to it")
NOT_REPORTED = Unreadable("the platform did not report it")
_DESCRIBED = {"fields": {"region": True, "restricted": True, "containsPHI": True}}

T = TypeVar("T")
Silence = Literal["denied", "unknown"]
"""Why the platform told nothing: the caller may not see it, or there is none."""


class DataReading:
    """Collects what one read brings, in ``data``. Every method may raise ProviderError."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self.data: dict[str, Datum] = {}

    def run(self, scope: Scope) -> None:
        for one in dict.fromkeys((*scope.contents, *scope.data)):
            if one in self.data:
                continue
            if one.startswith(("project-", "container-")):
                self.data[one] = self._container(one)
            elif one.startswith(("app-", "globalworkflow-")):
                self.data[one] = self._app(one)
            else:
                self.data[one] = self._object(one)
        for one in scope.contents:
            self._contents(one)

    def _container(self, one: str) -> Container:
        told: dict[str, wire.ContainerDescription] = {}
        levels: dict[str, Level] = {}
        silences: list[Silence] = []
        for user, session in self._callers:
            answer = _ask(session, routes.describe_data(one), {}, wire.CONTAINER)
            if isinstance(answer, wire.ContainerDescription):
                told[user] = answer
                levels[user] = "VIEW" if answer.level is msgspec.UNSET else answer.level
            else:
                silences.append(answer)
                levels[user] = "NONE"
        if not told:
            return _untold(one, levels, silences, self._callers.default)
        user, best = next(iter(told.items()))
        return _told(one, self._with_flags(user, best), levels, user)

    def _with_flags(self, user: str, told: wire.ContainerDescription) -> wire.ContainerDescription:
        """The workspace of a run has the flags of its project; what an app brings along has none."""
        if told.restricted is not msgspec.UNSET:
            return told
        if not isinstance(told.project, str):
            return replace(told, restricted=False, contains_phi=False)
        owner = self._ask_as(user, routes.describe_data(told.project), wire.CONTAINER)
        if not isinstance(owner, wire.ContainerDescription):
            return told
        return replace(told, restricted=owner.restricted, contains_phi=owner.contains_phi)

    def _object(self, one: str) -> DataObject:
        held: dict[str, dict[str, Level]] = {}
        silences: list[Silence] = []
        for user, session in self._callers:
            answer = _ask(session, routes.list_projects(one), {}, wire.HELD_BY)
            if isinstance(answer, dict):
                held[user] = answer
            else:
                silences.append(answer)
        seen = {user: tuple(sorted(levels)) for user, levels in held.items() if levels}
        if not seen:
            missing = bool(silences) and not held and set(silences) == {"unknown"}
            exists, regions = (False, ()) if missing else (NOBODY, NOBODY)
            return DataObject(one, exists, regions, {}, self._callers.default)
        self._holders(held)
        user = next(iter(seen))
        told = self._ask_as(user, routes.describe_data(one), wire.OBJECT)
        found = DataObject(one, True, self._regions(seen), seen, user)
        return _described(found, told) if isinstance(told, wire.ObjectDescription) else found

    def _regions(self, seen: dict[str, tuple[str, ...]]) -> tuple[str, ...] | Unreadable:
        holders = (self.data.get(one) for ids in seen.values() for one in ids)
        regions = {
            one.region for one in holders if isinstance(one, Container) and isinstance(one.region, str)
        }
        return tuple(sorted(regions)) or NOT_REPORTED

    def _holders(self, held: dict[str, dict[str, Level]]) -> None:
        """What holds an object: told in bulk, with the levels that came with the list of them."""
        for user, levels in held.items():
            session = self._callers.session(user)
            unread = [one for one in levels if one not in self.data]
            listed = [one for one in unread if one.startswith("project-")]
            if session is not None and len(listed) > 1:
                for one, told in _in_bulk(session, listed).items():
                    whose = {caller: held.get(caller, {}).get(one, "NONE") for caller in self._callers.users}
                    self.data[one] = _told(one, told, whose, user)
            for one in unread:
                if one not in self.data:
                    self.data[one] = self._container(one)

    def _app(self, one: str) -> App:
        told: dict[str, wire.AppDescription] = {}
        silences: list[Silence] = []
        for user, session in self._callers:
            answer = _ask(session, routes.describe_data(one), {}, wire.APP)
            if isinstance(answer, wire.AppDescription):
                told[user] = answer
            else:
                silences.append(answer)
        if not told:
            exists = False if set(silences) == {"unknown"} else NOBODY
            usable: dict[str, bool | Unreadable] = dict.fromkeys(self._callers.users, False)
            return App(one, exists, usable, NOBODY, NOBODY, self._callers.default)
        user, best = next(iter(told.items()))
        usable = {caller: _usable(caller, told.get(caller), best) for caller in self._callers.users}
        bill_to = NOT_REPORTED if best.bill_to is msgspec.UNSET else best.bill_to
        return App(one, True, usable, bill_to, _regions_of(best), user)

    def _ask_as(self, user: str, route: str, decoder: msgspec.json.Decoder[T]) -> T | Silence:
        session = self._callers.session(user)
        if session is None:
            return "denied"
        return _ask(session, route, {}, decoder)

    def _contents(self, one: str) -> None:
        container = self.data[one]
        if not isinstance(container, Container):
            return
        user = next((user for user, level in container.levels.items() if level != "NONE"), None)
        session = None if user is None else self._callers.session(user)
        if session is None:
            self.data[one] = replace(container, unclosed=NOBODY, unclosed_hidden=NOBODY)
            return
        self.data[one] = replace(
            container,
            unclosed=_unclosed(session, one, "visible"),
            unclosed_hidden=_unclosed(session, one, "hidden"),
        )


def _ask(session: Session, route: str, query: object, decoder: msgspec.json.Decoder[T]) -> T | Silence:
    try:
        return session.read(route, query, decoder)
    except PlatformError as error:
        if error.type == PERMISSION_DENIED:
            return "denied"
        if error.type == RESOURCE_NOT_FOUND:
            return "unknown"
        raise


def _untold(one: str, levels: dict[str, Level], silences: Iterable[Silence], read_by: str) -> Container:
    exists = False if set(silences) == {"unknown"} else NOBODY
    return Container(one, exists, NOBODY, NOBODY, NOBODY, levels, read_by)


def _told(one: str, told: wire.ContainerDescription, levels: dict[str, Level], read_by: str) -> Container:
    values = told.region, told.restricted, told.contains_phi
    region, restricted, phi = (NOT_REPORTED if value is msgspec.UNSET else value for value in values)
    return Container(one, True, region, restricted, phi, levels, read_by)  # type: ignore[arg-type] # one by one


def _in_bulk(session: Session, ids: Sequence[str]) -> dict[str, wire.ContainerDescription]:
    """Those of the projects that the caller's list shows."""
    found: dict[str, wire.ContainerDescription] = {}
    for start in range(0, len(ids), IDS_PER_CALL):
        chunk = ids[start : start + IDS_PER_CALL]
        asked = {"id": chunk, "level": "VIEW", "describe": _DESCRIBED, "limit": IDS_PER_CALL}
        answer = _ask(session, routes.FIND_PROJECTS, asked, wire.CONTAINERS)
        if isinstance(answer, wire.Containers):
            told = ((one.id, one.describe) for one in answer.results if one.id in chunk)
            found.update((one, describe) for one, describe in told if describe is not msgspec.UNSET)
    return found


def _described(found: DataObject, told: wire.ObjectDescription) -> DataObject:
    stages = told.stages or ()
    run_spec = told.run_spec or wire.RunSpec()
    bound = wire.linked([stage.input for stage in stages])
    spec = told.inputs if found.id.startswith("workflow-") else told.input_spec
    return replace(
        found,
        state=NOT_REPORTED if told.state is msgspec.UNSET else told.state,
        hidden=told.hidden,
        links=tuple(sorted(one for one in told.links if isinstance(one, str))),
        bundled_depends=wire.linked(run_spec.bundled_depends),
        inputs=tuple(sorted({*bound, *wire.defaults(spec)})),
        stages=tuple(dict.fromkeys(stage.executable for stage in stages if stage.executable is not None)),
        instance_types=wire.instance_types(stages),
    )


def _usable(user: str, told: wire.AppDescription | None, best: wire.AppDescription) -> bool | Unreadable:
    if told is None or told.id == best.id:
        return told is not None
    return Unreadable(f"the name means another version to {user}, {told.id}: ask about that one")


def _regions_of(told: wire.AppDescription) -> dict[str, AppRegion] | Unreadable:
    if told.regional_options is msgspec.UNSET:
        return NOT_REPORTED
    return {region: _in_region(told, region, options) for region, options in told.regional_options.items()}


def _in_region(told: wire.AppDescription, region: str, options: dict[str, object]) -> AppRegion:
    """What an app tells of itself holds for all its regions but for links: data lies in one of them."""
    behind = options.get("applet") or options.get("workflow")
    run_spec = told.run_spec or wire.RunSpec()
    bundled = (run_spec.bundled_depends_by_region or {}).get(region)
    if bundled is None and region == told.region:
        bundled = run_spec.bundled_depends
    inputs = wire.defaults(told.input_spec)
    only = Unreadable(f"only who sees {behind or 'what is behind it'} can read it")
    speaks = told.run_spec is not None and (region == told.region or not inputs)
    return AppRegion(
        behind if isinstance(behind, str) else ABSENT,
        only if bundled is None else wire.linked(bundled),
        inputs if speaks else only,
    )


def _unclosed(session: Session, container: str, visibility: str) -> tuple[str, ...] | Unreadable:
    """A few of the objects that are not closed."""
    found: list[str] = []
    for state in ("open", "closing"):
        asked = {
            "scope": {"project": container, "folder": "/", "recurse": True},
            "state": state,
            "visibility": visibility,
            "limit": SHOWN,
        }
        answer = _ask(session, routes.FIND_DATA_OBJECTS, asked, wire.FOUND)
        if not isinstance(answer, wire.FoundObjects):
            return NOBODY
        found += [one.id for one in answer.results if one.project == container]
    return tuple(sorted(found)[:SHOWN])
