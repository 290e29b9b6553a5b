"""What was read back against what a step wanted. Pure; must not know how anything is read.

An attribute that cannot be read is never taken for reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from reconciler.model.actual import Destroyed, Profile, Project, Snapshot
from reconciler.model.baseline import AttributeValue
from reconciler.model.knowledge import ABSENT, Absent, Maybe, Unreadable
from reconciler.model.plan import Step, Values

Entity: TypeAlias = Project | Profile

_UNKNOWN = Unreadable("this attribute cannot be read back")


class Difference(Struct, frozen=True):
    """An attribute that is not at ``wanted``."""

    attribute: str
    wanted: str
    actual: Maybe[AttributeValue]


def entity_of(step: Step, snapshot: Snapshot) -> Entity | Destroyed | Unreadable:
    """What the snapshot says of the project or payer that ``step`` changes (not for a creation)."""
    subject = step.subject or ""
    if not step.address.startswith("projects."):
        return snapshot.profiles.get(subject, Unreadable("it was not among what was read"))
    project = snapshot.projects.get(subject)
    if project is not None:
        return project
    return snapshot.missing.get(subject, Unreadable("it was not among what was read"))


def value(entity: Entity, attribute: str) -> Maybe[AttributeValue]:
    """The value of an attribute as the baseline would hold it: sets are sorted tuples."""
    if isinstance(entity, Profile):
        match attribute:
            case "default_region":
                return entity.default_region
            case "permitted_regions":
                regions = entity.permitted_regions
                return regions if isinstance(regions, Unreadable) else tuple(sorted(regions))
            case _:
                return _UNKNOWN
    return _project_values(entity).get(attribute, _UNKNOWN)


def differences(wanted: Values, entity: Entity) -> tuple[Difference, ...]:
    """What of ``wanted`` the entity does not have."""
    found = ((name, want, value(entity, name)) for name, want in wanted.items())
    return tuple(Difference(name, want, actual) for name, want, actual in found if actual != want)


def unmet(step: Step, entity: Entity, payer: str | None) -> tuple[Difference, ...]:
    """What of a step's target the entity does not have: of a release, to bear no mark. ``payer`` is who is
    billed once the offer that ``step`` makes is accepted: a project that is billed to them already needs
    no offer."""
    if step.action == "release":
        mark = value(entity, "mark")
        return () if mark is ABSENT else (Difference("mark", "removed", mark),)
    accepted = step.action == "transfer" and payer is not None and value(entity, "bill_to") == payer
    return () if accepted else differences(step.after, entity)


def reached(targets: Mapping[str, AttributeValue], entity: Entity) -> dict[str, AttributeValue]:
    """Those of ``targets`` that the entity is known to have."""
    return {name: want for name, want in targets.items() if _equal(value(entity, name), want)}


def shown(actual: Maybe[AttributeValue]) -> str:
    """A value in the words of a message."""
    if isinstance(actual, Absent):
        return "not set"
    if isinstance(actual, Unreadable):
        return f"unreadable ({actual.reason})"
    return actual if isinstance(actual, str) else ", ".join(actual)


def listed(left: tuple[Difference, ...], before: Values | None = None) -> str:
    """The differences in words; ``before``: the values from which a step started."""
    return "; ".join(_said(one, before or {}) for one in left)


def _said(one: Difference, before: Values) -> str:
    verb = "is still" if before.get(one.attribute) == one.actual else "is"
    what = "the recipient of its offer" if one.attribute == "invitee" else one.attribute
    return f"{what} {verb} {shown(one.actual)}, not {one.wanted}"


def _equal(actual: Maybe[AttributeValue], wanted: AttributeValue) -> bool:
    if isinstance(wanted, str):
        return actual == wanted
    return isinstance(actual, tuple) and sorted(actual) == sorted(wanted)


def _project_values(project: Project) -> dict[str, Maybe[AttributeValue]]:
    return {
        "id": project.id,
        "name": project.name,
        "region": project.region,
        "bill_to": project.bill_to,
        "mark": project.mark,
        "invitee": project.pending_transfer,
    }
