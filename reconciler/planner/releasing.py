"""Taking our mark off a project: which one is meant, and may it be? The plan has that one step.

  named by       what is there                                    →
  its address    one project that bears the mark of it            that one
                 several                                          refused: one has to be named by its id
                 only what is billed to nobody of the workspace   refused: anybody can write such a mark
                 none, but the ledger knows the project's id      that one
  its id         what bears a mark of another workspace           refused: that is theirs
  either         no mark on it                                    nothing to do
                 an address of the TOML is this project           refused: the next apply would mark it again

A project that shares the mark of an address of the TOML with another one is not what that address is: the
wrong one of two is released by its id. Must not know how anything is sent.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from reconciler.diff.changes import Release
from reconciler.diff.ownership import is_address, mark_of
from reconciler.model.actual import Destroyed, Project, Scope
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Address, Workspace
from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.head import Options, head
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.model.plan import Plan
from reconciler.planner.document import plan_document
from reconciler.planner.estate import Report
from reconciler.planner.questions.inquiry import Inquiry, Source
from reconciler.planner.steps import ordered
from reconciler.rules.finding import Finding

Why: TypeAlias = Literal["refused", "cannot_tell", "unknown"]


class Unmarked(Struct, frozen=True):
    """It bears no mark."""

    project_id: str


class Kept(Struct, frozen=True):
    """Why nothing is done: it must not be, it cannot be told, or nothing such is known."""

    why: Why
    diagnostics: tuple[Diagnostic, ...]


def release(
    workspace: Workspace, reader: Source, baseline: Baseline, options: Options, wanted: str
) -> Plan | Unmarked | Kept:
    """The plan (not yet sealed), or why there is none. ``wanted`` is the id of a project, or an address
    ``projects.KEY``. Raises what ``reader`` raises."""
    return _Releasing(workspace, reader, baseline, options).of(wanted)


class _Releasing:
    def __init__(self, workspace: Workspace, reader: Source, baseline: Baseline, options: Options) -> None:
        self._workspace = workspace
        self._endpoint = reader.endpoint
        self._baseline = baseline
        self._options = options
        self._inquiry = Inquiry(workspace, reader, baseline)
        self._known = {one.id for one in baseline.resources.values()} | set(baseline.forgotten.values())

    def of(self, wanted: str) -> Plan | Unmarked | Kept:
        by_id = wanted.startswith("project-")
        found = self._by_id(wanted) if by_id else self._by_address(wanted)
        if not isinstance(found, Project):
            return found
        marked = self._marked(found)
        if not isinstance(marked, str):
            return marked
        owner = self._owner(found, marked)
        return self._planned(found, marked) if owner is None else _still_there(self._workspace, owner, found)

    def _by_id(self, project_id: str) -> Project | Kept:
        self._inquiry.read(Scope(projects=(project_id,)))
        snapshot = self._inquiry.snapshot
        project = snapshot.projects.get(project_id)
        if project is not None:
            return project
        why = snapshot.missing.get(project_id, Unreadable("not read"))
        if isinstance(why, Destroyed):
            summary = f"there is no {project_id} at the platform"
            return _kept("unknown", "unknown-id", summary, "Is the id right, and is it this platform's?")
        return _cannot_tell(project_id, why)

    def _by_address(self, address: Address) -> Project | Kept:
        recorded = self._baseline.resources.get(address)
        known = recorded.id if recorded else self._baseline.forgotten.get(address)
        held = self._bearing((address,))
        ours = [one for one in held if self._counts(one)]
        if len(ours) == 1:
            return ours[0]
        mark = mark_of(self._workspace.name, address)
        ids = ", ".join(one.id for one in ours or held)
        if ours:
            summary = f"{len(ours)} projects bear the mark {mark}: {ids}"
            return _kept("refused", "REG303", summary, "Name the one that is meant by its id.")
        if held:
            summary = f"only {ids} bears the mark {mark}, and it is billed to nobody of this workspace"
            return _kept("refused", "REG303", summary, "Anybody can write such a mark. Name it by its id.")
        if known is not None:
            return self._by_id(known)
        summary = f"no project that can be seen bears the mark {mark}"
        detail = "Nor does the ledger know one. If it was released before, nothing is left to do."
        return _kept("unknown", "unknown-address", summary, detail)

    def _marked(self, project: Project) -> Address | Unmarked | Kept:
        """The address that its mark names."""
        mark = project.mark
        if isinstance(mark, Unreadable):
            return _cannot_tell(project.id, mark)
        if mark is ABSENT:
            return Unmarked(project.id)
        workspace, _, address = mark.partition("/")
        if workspace == self._workspace.name and is_address(address):
            return address
        summary = f"{project.id} is not of this workspace: its mark is {mark}"
        return _kept("refused", "REG303", summary, "Whose it is can release it. Nobody else takes it off.")

    def _owner(self, project: Project, marked: Address) -> Address | None:
        """The address of the TOML that is this project, and would mark it again."""
        owners = self._inquiry.judge.owners
        written = owners.owner_by_id(project.id)
        if written is not None:
            return written
        recorded = (a for a, one in self._baseline.resources.items() if one.id == project.id)
        for address in (self._workspace.moved.get(marked, marked), *recorded):
            table = self._workspace.projects.get(address.partition(".")[2])
            if table is None or table.id is not None:
                continue
            names = (address, *(old for old, new in self._workspace.moved.items() if new == address))
            if not any(self._counts(one) for one in self._bearing(names) if one.id != project.id):
                return address
        return None

    def _bearing(self, addresses: tuple[Address, ...]) -> list[Project]:
        """Who bears the mark of one of these addresses."""
        marks = {mark_of(self._workspace.name, address) for address in addresses}
        self._inquiry.read(Scope(marks=tuple(sorted(marks))))
        held = (one for one in self._inquiry.snapshot.projects.values() if one.mark in marks)
        return sorted(held, key=lambda one: one.id)

    def _counts(self, project: Project) -> bool:
        """Does a mark of ours on it make it ours?"""
        return project.bill_to in self._inquiry.judge.owners.payers or project.id in self._known

    def _planned(self, project: Project, marked: Address) -> Plan | Kept:
        judgement = self._inquiry.judged(Release(marked, project))
        if judgement.verdict != "steps":
            why: Why = "refused" if judgement.verdict == "refused" else "cannot_tell"
            return Kept(why, tuple(map(_against, judgement.findings)))
        return plan_document(
            self._inquiry.judge,
            [judgement],
            tuple(step for step, _ in ordered([judgement])),
            estate=Report(),
            guards=(),
            unchanged=0,
            warnings=self._workspace.warnings,
            head=head(self._workspace, self._inquiry.snapshot, self._endpoint, self._options),
            applyable=True,
            targets=(marked,),
        )


def _against(finding: Finding) -> Diagnostic:
    return Diagnostic("error", finding.rule, finding.message, f"More: reconciler explain {finding.rule}")


def _still_there(workspace: Workspace, owner: Address, project: Project) -> Kept:
    summary = f"{owner} of the TOML is {project.id}: the next apply would mark it again"
    detail = "Take its table out of the TOML first, and what names it; then release it."
    return _kept("refused", "still-managed", summary, detail, workspace.sources.locate(owner))


def _cannot_tell(project_id: str, why: Unreadable) -> Kept:
    summary = f"whether {project_id} bears a mark of ours cannot be read: {why.reason}"
    return _kept("cannot_tell", "unreadable", summary, "Release it with --identity of somebody who sees it.")


def _kept(
    why: Why,
    code: str,
    summary: str,
    detail: str,
    source: SourceRange | None = None,
) -> Kept:
    return Kept(why, (Diagnostic("error", code, summary, detail, source),))
