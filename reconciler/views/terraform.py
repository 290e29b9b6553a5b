"""A plan in the JSON that ``terraform show -json`` writes, for policy tools that read that: one line.

``planned_values`` is what will be there once the steps are done, with what stays as it is: all that is
under management. What could not be read is in ``after_unknown``, never null. What only people can do is in
``deferred_changes``; refusals, policies and what could not be read are ``checks``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from reconciler.diff.managed import ATTRIBUTES, Resource
from reconciler.model.baseline import AttributeValue
from reconciler.model.desired import Address
from reconciler.model.plan import Plan, Step
from reconciler.views.escape import safe_json
from reconciler.views.pages import DiagnosticsPage, PlanPage, Style
from reconciler.views.problems import problems

_VERSIONS = '"format_version":"1.2","terraform_version":"1.9.0"'
"""Of the format, and of the first release that writes all of it: readers refuse a plan without."""

_TYPES = {"orgs": "dnanexus_org", "users": "dnanexus_user", "projects": "dnanexus_project"}

Values: TypeAlias = dict[str, AttributeValue | None]
Status = Literal["fail", "error"]


class Importing(Struct, frozen=True):
    id: str


class Change(Struct, frozen=True):
    """``after_unknown`` names what cannot be told, each true. Nothing of ours is sensitive: readers want
    these keys all the same."""

    actions: tuple[Literal["no-op", "create", "update"], ...]
    before: Values | None
    after: Values | None
    after_unknown: dict[str, bool]
    before_sensitive: Literal[False] | dict[str, bool]
    after_sensitive: dict[str, bool]
    importing: Importing | UnsetType = UNSET


class Named(Struct, frozen=True):
    address: str
    mode: Literal["managed"]
    type: str
    name: str
    provider_name: str


class ResourceChange(Named, frozen=True):
    change: Change


class PlannedResource(Named, frozen=True):
    schema_version: int
    values: Values
    sensitive_values: dict[str, bool]


class DeferredChange(Struct, frozen=True):
    """absent_prereq: somebody has to do it; deferred_prereq: it waits for that."""

    reason: Literal["absent_prereq", "deferred_prereq"]
    resource_change: ResourceChange


class Shown(Struct, frozen=True):
    to_display: str


class Message(Struct, frozen=True):
    message: str


class Instance(Struct, frozen=True):
    address: Shown
    status: Status
    problems: tuple[Message, ...]


class CheckAddress(Struct, frozen=True):
    """``mode`` and ``type`` are those of a resource."""

    kind: Literal["resource", "check"]
    to_display: str
    name: str
    mode: Literal["managed"] | UnsetType = UNSET
    type: str | UnsetType = UNSET


class Check(Struct, frozen=True):
    """error: it could not be told whether it holds."""

    address: CheckAddress
    status: Status
    instances: tuple[Instance, ...]


class Ending(Struct, frozen=True, omit_defaults=True):
    """``complete``: nothing that the TOML wants is left to be done after the steps."""

    applyable: bool
    complete: bool
    errored: bool
    timestamp: str = ""


_NO_PLAN = Ending(applyable=False, complete=False, errored=True)


def render(page: PlanPage | DiagnosticsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """One line, in pieces: the resources are made anew for each of its lists, and never held."""
    if isinstance(page, DiagnosticsPage):
        yield from _document((), (), (), _failures(page), _NO_PLAN)
        return
    planned = (PlannedResource(*_named(one.address), 0, after, {}) for one, after, _ in _outcomes(page))
    changes = (_change(one, after, steps) for one, after, steps in _outcomes(page))
    yield from _document(planned, changes, _deferred(page), _checks(page.plan), _ending(page.plan))


def _document(
    planned: Iterable[PlannedResource],
    changes: Iterable[ResourceChange],
    deferred: Iterable[DeferredChange],
    checks: Iterable[Check],
    ending: Ending,
) -> Iterator[str]:
    yield f'{{{_VERSIONS},"planned_values":{{"root_module":{{'
    yield from _list("resources", planned)
    yield "}},"
    yield from _list("resource_changes", changes)
    yield ","
    yield from _list("deferred_changes", deferred)
    yield ',"configuration":{"root_module":{}},'
    yield from _list("checks", checks)
    yield f",{_json(ending)[1:]}\n"


def _list(name: str, entries: Iterable[Struct]) -> Iterator[str]:
    yield f'"{name}":['
    before = ""
    for entry in entries:
        yield before + _json(entry)
        before = ","
    yield "]"


def _json(record: Struct) -> str:
    return safe_json(msgspec.json.encode(record).decode())


def _ending(plan: Plan) -> Ending:
    errored = bool(plan.refusals)
    left = errored or plan.manual or plan.blocked or plan.unreadable or plan.targets
    return Ending(plan.applyable and bool(plan.steps) and not errored, not left, errored, plan.created_at)


def _outcomes(page: PlanPage) -> Iterator[tuple[Resource, Values, tuple[Step, ...]]]:
    """Each resource that is there or is going to be, with what it will be, and its steps."""
    by_address: defaultdict[Address, list[Step]] = defaultdict(list)
    for step in page.plan.steps:
        by_address[step.address].append(step)
    for resource in page.resources() if page.resources else ():
        steps = tuple(by_address.get(resource.address, ()))
        if resource.actual is not None or steps:
            yield resource, _after(resource, steps), steps


def _after(resource: Resource, steps: tuple[Step, ...]) -> Values:
    """An offer to somebody sets nothing that is told of a project."""
    told = ATTRIBUTES[resource.room]
    changed = {name: value for step in steps for name, value in step.after.items() if name in told}
    return {**(resource.actual or {}), **changed}


def _deferred(page: PlanPage) -> Iterator[DeferredChange]:
    """What would be changed, had people done their part."""
    blocked = {entry.address for entry in page.plan.blocked}
    manual = {entry.address for entry in page.plan.manual}
    if not (blocked or manual):
        return
    for resource in page.resources() if page.resources else ():
        if resource.address in blocked or resource.address in manual:
            change = _change(resource, {**(resource.actual or {}), **resource.wanted})
            yield DeferredChange(
                "deferred_prereq" if resource.address in blocked else "absent_prereq", change
            )


def _change(resource: Resource, after: Values, steps: tuple[Step, ...] = ()) -> ResourceChange:
    before = resource.actual
    adopted = next((step.subject for step in steps if step.action == "adopt"), None)
    change = Change(
        ("create",) if before is None else ("no-op",) if after == before else ("update",),
        before,
        after,
        {name: True for name in ATTRIBUTES[resource.room] if name not in after},
        False if before is None else {},
        {},
        UNSET if adopted is None else Importing(adopted),
    )
    return ResourceChange(*_named(resource.address), change)


def _named(address: Address) -> tuple[str, Literal["managed"], str, str, str]:
    """Address, mode, type, name and provider."""
    room, _, name = address.partition(".")
    return f"{_TYPES[room]}.{name}", "managed", _TYPES[room], name, "dnanexus"


def _checks(plan: Plan) -> Iterator[Check]:
    refused: defaultdict[Address, list[str]] = defaultdict(list)
    for refusal in plan.refusals:
        refused[refusal.address].append(f"{refusal.rule}: {refusal.message}")
    for address, messages in refused.items():
        yield _check(address, "fail", messages)
    untold: defaultdict[Address, list[str]] = defaultdict(list)
    for entry in plan.unreadable:
        untold[entry.address].append(f"{entry.attribute}: {entry.reason}")
    for address, messages in untold.items():
        yield _check(address, "error", messages)
    yield from _policies(plan)


def _policies(plan: Plan) -> Iterator[Check]:
    """A policy fails by each project that no waiver excuses, managed or not."""
    violating: defaultdict[str, list[str]] = defaultdict(list)
    for one in plan.violations:
        if not one.waiver:
            violating[one.policy].append(f"{one.project} is in {one.region}")
    for policy, messages in violating.items():
        yield _check(f"policies.{policy}", "fail", messages)


def _failures(page: DiagnosticsPage) -> Iterator[Check]:
    for problem in problems(page):
        if problem.level == "error":
            yield _check(problem.code, "error", (problem.text,))


def _check(address: str, status: Status, messages: Iterable[str]) -> Check:
    if address.partition(".")[0] in _TYPES:
        shown, mode, kind, name, _ = _named(address)
        where = CheckAddress("resource", shown, name, mode, kind)
    else:
        shown = f"check.{address.removeprefix('policies.')}"
        where = CheckAddress("check", shown, shown.removeprefix("check."))
    problems = tuple(map(Message, messages))
    return Check(where, status, (Instance(Shown(shown), status, problems),))
