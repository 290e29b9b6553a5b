"""What a run would start, with the laws that it must obey: L14 and L20.

A run of an applet or app is one job; a run of a workflow is an analysis with one run for each stage, and
each stage obeys the laws by itself. Must not know how jobs are recorded, or who pays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import cast

from msgspec import Struct, structs

from . import apps, executables, holders, links, payers, regions
from .errors import denied, invalid, not_found
from .records import App, Project
from .view import Call, View

DEEPEST = 5
"""Workflows inside workflows. The platform's own bound is not known."""


class Plan(Struct, frozen=True):
    """One job or analysis. ``executable``: what was asked for; ``behind``: the applet or workflow that it
    comes down to in the region; ``spec``: that one's specification; ``input``: its default inputs."""

    executable: str
    name: str
    behind: str
    spec: Mapping[str, object]
    input: Mapping[str, object]
    stages: tuple[Stage, ...] = ()

    @property
    def is_analysis(self) -> bool:
        return self.behind.startswith("workflow-")


class Stage(Struct, frozen=True):
    """One stage of a workflow, as the workflow's describe has it, and the plan of its executable."""

    shown: Mapping[str, object]
    plan: Plan

    @property
    def id(self) -> str:
        return str(self.shown["id"])

    @property
    def input(self) -> Mapping[str, object]:
        return cast("Mapping[str, object]", self.shown.get("input") or {})


class Planner:
    """Plans one run in one project. ``may`` looks at the caller's rights alone, ``plan`` at the rest."""

    def __init__(self, view: View, call: Call, project: Project) -> None:
        self._view, self._call, self._project = view, call, project
        self._region = project.region

    def may(self, id: str) -> None:
        """VIEW of an applet or workflow, somewhere; leave to use an app or global workflow."""
        if _is_object(id):
            holders.see_object(self._view, self._call, id)
        else:
            apps.resolved(self._view, self._call, id)

    def plan(self, id: str, *, hidden: bool = False, within: tuple[str, ...] = ()) -> Plan:
        """Raises Refused. ``hidden``: it stands behind something that the caller may use, so that the
        caller need not see it; ``within``: the workflows that it is a stage of."""
        if id in within or len(within) > DEEPEST:
            raise invalid(f"{id} is nested in itself, or too deeply")
        if not hidden:
            self.may(id)
        if _is_object(id):
            return self._of_object(id, hidden, within)
        return self._of_app(apps.resolved(self._view, self._call, id), within)

    def _of_object(self, id: str, hidden: bool, within: tuple[str, ...]) -> Plan:
        found = self._view.objects.get(id)
        if found is None:
            raise not_found(id)
        where: Collection[str] = executables.lies_in(self._view, id)
        if not hidden:
            where = executables.seen_in(self._view, self._call, links.Link(id)).values()
        self._here(id, where)
        name = executables.name_in(self._view, id, self._project.id)
        return self._whole(Plan(id, name, id, found.spec, defaults(found.spec)), hidden, within)

    def _of_app(self, app: App, within: tuple[str, ...]) -> Plan:
        payer = payers.payer(self._view, app.bill_to)
        self._here(app.id, regions.still_enabled(self._view, payer, app.regions))
        behind = app.regions[self._region].executable
        found = self._view.objects.get(behind)
        spec = app.spec if found is None else found.spec
        return self._whole(Plan(app.id, app.name, behind, spec, defaults(spec)), True, within)

    def _whole(self, plan: Plan, hidden: bool, within: tuple[str, ...]) -> Plan:
        """With its stages. What it bundles and is bound to is there, or it is refused."""
        for link in executables.bundled_by(plan.spec):
            self._here(link.id, executables.lies_in(self._view, link.id))
        if plan.is_analysis:
            inside = (*within, plan.executable, plan.behind)
            plan = structs.replace(plan, stages=tuple(self._stages(plan.spec, hidden, inside)))
        for value in (plan.input, *(stage.input for stage in plan.stages)):
            self._inputs_of_its_own(value)
        return plan

    def _stages(self, spec: Mapping[str, object], hidden: bool, within: tuple[str, ...]) -> Iterator[Stage]:
        for shown in cast("list[dict[str, object]]", spec.get("stages") or []):
            plan = self.plan(str(shown["executable"]), hidden=hidden, within=within)
            executables.instance_types(
                self._region, cast("Mapping[str, object]", shown.get("systemRequirements"))
            )
            yield Stage(shown, plan)

    def _inputs_of_its_own(self, value: object) -> None:
        """Defaults and inputs bound in a workflow: whoever may run it need not see them."""
        for link in links.inside(value):
            self._here(link.id, executables.lies_in(self._view, link.id))

    def inputs(self, value: object) -> None:
        """The inputs that the run was given: the caller sees them, in the region of the project."""
        for link in links.inside(value):
            places = executables.seen_in(self._view, self._call, link)
            self._here(link.id, places.values())
            if not executables.unrestricted(self._view, places, self._project.id):
                raise denied(f"{link.id} is in a restricted project, which results may not leave")

    def _here(self, what: str, where: Collection[str]) -> None:
        regions.run_in_one_region(self._view, self._region, what, set(where))


def _is_object(id: str) -> bool:
    return id.startswith(("applet-", "workflow-"))


def defaults(spec: Mapping[str, object]) -> dict[str, object]:
    """The default inputs that an applet's or app's ``inputSpec`` names, or a workflow's ``inputs``."""
    entries = cast("list[dict[str, object]]", spec.get("inputSpec") or spec.get("inputs") or [])
    return {
        str(entry["name"]): entry["default"] for entry in entries if "name" in entry and "default" in entry
    }
