"""Is a saved plan still true? Its facts, then and now.

A difference that the plan's own steps explain is not staleness: a plan that was carried out in
part must resume. Explained is, once the step that explains it is wholly at its target:

  the fact                                  the difference
  an attribute of what a step changes       it has the value that the step sets
  the holders of a mark                     a project that a creation made, or a step (un)marked
  a payer's unmarked projects of a name     a project that a step marked, renamed or re-billed
  whom a project is offered to              it is offered as a transfer says, or that was accepted
  the level of who accepts                  ADMINISTER, once the project is accepted

A plan that was judged for somebody whose login was not at hand takes rights for given that could not be
read. They are confirmed here: each must be known now, and enough. What else could not be read then, and
can be by who applies, has not changed: no step hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reconciler.model.actual import (
    LEVELS,
    NEEDED,
    FactKey,
    Facts,
    FactValue,
    Needed,
    Project,
    Scope,
    Snapshot,
)
from reconciler.model.entries import key_of, value_of
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable
from reconciler.model.plan import FactEntry, Plan, Step

_OF_PROJECTS = ("exists", "name", "region", "bill_to", "mark", "pending_transfer", "level", "offered")
_NAMES = {"invitee": "pending_transfer"}
"""What a step sets, where the fact has another name."""

_OF_PAYERS = (
    "exists",
    "default_region",
    "permitted_regions",
    "restrict_project_transfer",
    "membership",
    "projects_named",
)


class StaleFact(Struct, frozen=True):
    """A fact that changed since the plan was made: at ``then_at`` (RFC 3339), read by ``read_by``,
    its value was ``then``; it is ``now``. ``needs``: what was to be confirmed of a right that could not
    be read then; it is less ``now``, or still Unreadable."""

    id: str
    subject: str
    attribute: str
    then: Maybe[FactValue]
    then_at: str
    read_by: str
    now: Maybe[FactValue]
    needs: Needed | None = None


def scope_of(plan: Plan) -> Scope:
    """What has to be read to compare the plan's facts, and to know which steps are at their target."""
    projects, profiles, marks = set[str](), set[str](), set[str]()
    names, levels = set[tuple[str, str]](), set[tuple[str, str]]()
    for entry in plan.facts:
        key = key_of(entry)
        attribute, _, name = key.attribute.partition(":")
        if attribute == "holders":
            marks.add(key.subject)
        elif attribute == "projects_named":
            names.add((key.subject, name))
        elif attribute == "level":
            levels.add((key.identity, key.subject))
            projects.add(key.subject)
        else:
            (projects if key.subject.startswith("project-") else profiles).add(key.subject)
            if attribute == "pending_transfer":
                levels.add((entry.read_by, key.subject))  # not everybody is shown it
    for step in plan.steps:
        subject = step.subject
        if subject is None:
            marks.add(step.after["mark"])
        else:
            (projects if step.address.startswith("projects.") else profiles).add(subject)
    return Scope(
        profiles=tuple(sorted(profiles)),
        projects=tuple(sorted(projects)),
        marks=tuple(sorted(marks)),
        names=tuple(sorted(names)),
        levels=tuple(sorted(levels)),
        rights_of=(plan.apply_as,) if plan.apply_as else (),
    )


def stale(plan: Plan, snapshot: Snapshot) -> tuple[StaleFact, ...]:
    """The plan's facts that no longer hold, in the plan's order. ``snapshot`` is of ``scope_of(plan)``.

    A fact that could be read then and cannot now no longer holds; one that could not be read
    either time has not changed, unless it was to be confirmed.
    """
    now = Facts(snapshot)
    reached = _Reached(plan.steps, now)
    needs: dict[str, Needed] = {one.fact: one.needs for one in plan.to_confirm}
    entries = _without_hidden(plan) if plan.apply_as else plan.facts
    found = (_compare(entry, now, reached, needs.get(entry.id)) for entry in entries)
    return tuple(fact for fact in found if fact is not None)


def at_target(plan: Plan, snapshot: Snapshot) -> tuple[Step, ...]:
    """The steps that have nothing left to do. ``snapshot`` is of ``scope_of(plan)``."""
    now = Facts(snapshot)
    accepted = {step.subject for step in plan.steps if step.action == "accept" and _is_done(step, now)}
    return tuple(
        step
        for step in plan.steps
        if _is_done(step, now) or (step.action == "transfer" and step.subject in accepted)
    )


def _is_done(step: Step, now: Facts) -> bool:
    subject = step.subject
    if subject is None:
        return bool(_made_by(step, now))
    return all(_is_at(now, FactKey(subject, _NAMES.get(a, a)), v) for a, v in step.after.items())


def _without_hidden(plan: Plan) -> Iterator[FactEntry]:
    """The facts but for those that could not be read and that no step hangs on."""
    relied_on = {name for step in plan.steps for name in step.preconditions}
    relied_on.update(one.fact for one in plan.to_confirm)
    return (entry for entry in plan.facts if entry.state != "unreadable" or entry.id in relied_on)


def _compare(entry: FactEntry, now: Facts, reached: _Reached, needs: Needed | None) -> StaleFact | None:
    key, then = key_of(entry), value_of(entry)
    current = now.value(key) if _is_known_attribute(key) else Unreadable("this version does not know it")
    same = _same(then, current) if needs is None else _suffices(current, needs)
    if same or reached.explains(key, then, current):
        return None
    return StaleFact(
        entry.id, entry.subject, entry.attribute, then, entry.read_at, entry.read_by, current, needs
    )


def _suffices(value: Maybe[FactValue], needs: Needed) -> bool:
    """Is this level or membership at least what is needed?"""
    if isinstance(value, dict):
        has = {"MEMBER"} | ({"BILLABLE"} if value.get("allow_billable_activities") else set())
        return needs in (NEEDED if value.get("level") == "ADMIN" else has)
    return value in LEVELS and needs in LEVELS and LEVELS.index(value) >= LEVELS.index(needs)


def _is_known_attribute(key: FactKey) -> bool:
    attribute = key.attribute.partition(":")[0]
    if attribute == "holders":
        return True
    return attribute in (_OF_PROJECTS if key.subject.startswith("project-") else _OF_PAYERS)


def _same(then: Maybe[FactValue], now: Maybe[FactValue]) -> bool:
    if isinstance(then, Unreadable) and isinstance(now, Unreadable):
        return True
    if isinstance(then, tuple) and isinstance(now, tuple):
        return sorted(then) == sorted(now)
    return then == now


class _Reached:
    """Which differences the plan's own steps explain: those of steps that are at their target."""

    def __init__(self, steps: tuple[Step, ...], now: Facts) -> None:
        self._targets: dict[str, dict[str, set[str]]] = {}
        self._changed: set[str] = set()
        self._accepted: set[tuple[str, str]] = set()
        for step in steps:
            subject = step.subject
            if subject is None:
                self._changed.update(_made_by(step, now))
                continue
            for name, value in step.after.items():
                attribute = _NAMES.get(name, name)
                self._targets.setdefault(subject, {}).setdefault(attribute, set()).add(value)
            if step.action != "transfer" and all(
                _is_at(now, FactKey(subject, a), v) for a, v in step.after.items()
            ):
                self._changed.add(subject)
                if step.action == "accept":
                    self._accepted.add((subject, step.as_))

    def explains(self, key: FactKey, then: Maybe[FactValue], now: Maybe[FactValue]) -> bool:
        if key.attribute == "pending_transfer" and now is ABSENT:
            return any(subject == key.subject for subject, _ in self._accepted)
        if key.attribute == "offered":
            return now is False and (key.subject, key.identity) in self._accepted
        if key.attribute == "level":
            return now == "ADMINISTER" and (key.subject, key.identity) in self._accepted
        if isinstance(now, str):
            return now in self._targets.get(key.subject, {}).get(key.attribute, set())
        if isinstance(then, tuple) and isinstance(now, tuple):
            return set(then) ^ set(now) <= self._changed
        return False


def _is_at(now: Facts, key: FactKey, target: str) -> bool:
    return _is_known_attribute(key) and now.value(key) == target


def _made_by(step: Step, now: Facts) -> list[str]:
    """The one project that this creation has made at an earlier try, if it is exactly as wanted.
    Two such projects are a conflict, not an explanation."""
    holders = now.value(FactKey(step.after["mark"], "holders"))
    if not isinstance(holders, tuple):
        return []
    made = [one for one in holders if _is_as_wanted(now.snapshot.projects[one], step)]
    return made if len(made) == 1 else []


def _is_as_wanted(project: Project, step: Step) -> bool:
    actual = {
        "name": project.name,
        "region": project.region,
        "bill_to": project.bill_to,
        "mark": project.mark,
    }
    return all(actual.get(attribute) == value for attribute, value in step.after.items())
