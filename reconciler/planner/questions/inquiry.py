"""Reads for one question what it needs, and judges changes by the rules of every plan.

A judgement that asks for what was not read is made again once that has been read: a question costs the
calls that its answer needs, and no more.
"""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace

from reconciler.diff.changes import Change
from reconciler.diff.ownership import mark_of, project_address
from reconciler.diff.scope import both
from reconciler.model.actual import NOT_READ, Destroyed, Scope, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.data import ATTRIBUTES
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, error
from reconciler.planner.judge import Judge, Judgement
from reconciler.rules.world import Overlay

MOST_READS = 16
"""A workflow in a workflow is read in one go each: more than the platform can nest."""


class Source(Protocol):
    """Where actual state comes from."""

    @property
    def endpoint(self) -> str: ...

    def read(self, scope: Scope) -> Snapshot: ...


class Inquiry:
    """``snapshot`` is all that was read so far. Methods raise what ``reader`` raises."""

    def __init__(self, workspace: Workspace, reader: Source, baseline: Baseline) -> None:
        self.workspace = workspace
        self.snapshot = reader.read(Scope())
        self._reader = reader
        self._baseline = baseline
        self._judge: Judge | None = None

    @property
    def judge(self) -> Judge:
        """Judges by what was read so far."""
        if self._judge is None:
            self._judge = Judge(self.workspace, self.snapshot, self._baseline)
        return self._judge

    def read(self, scope: Scope) -> None:
        """Reads this too."""
        old, new = self.snapshot, self._reader.read(scope)
        tables = {
            name: value for name in new.__struct_fields__ if isinstance(value := getattr(new, name), dict)
        }
        self.snapshot = replace(
            new,
            **{name: {**getattr(old, name), **table} for name, table in tables.items()},
            partial=old.partial | new.partial,
            calls=old.calls + new.calls,
            seconds=old.seconds + new.seconds,
        )
        self._judge = None

    def judged(self, change: Change, overlay: Overlay | None = None) -> Judgement:
        """The judgement on one change, with everything read that it hangs on; ``overlay``: facts as they
        would be once something else was done."""
        asked: set[Scope] = set()
        while True:
            judge = self.judge
            judgement = judge.judge(change.address, (change,), overlay)
            wanted = both(_unread(judge, judgement, overlay or {}), judge.wanted)
            if wanted == Scope() or wanted in asked or len(asked) == MOST_READS:
                return judgement
            asked.add(wanted)
            self.read(wanted)

    def legal(self, change: Change, overlay: Overlay | None = None) -> bool:
        """Can identities at hand do it, by all that the rules know?"""
        return self.judged(change, overlay).verdict == "steps"

    def project_id(self, written: str) -> str:
        """The id that ``written``, an id or an address, stands for. Raises DiagnosticsError."""
        if not written.startswith("projects."):
            return written
        key = written.partition(".")[2]
        desired = self.workspace.projects.get(key)
        if desired is None:
            known = ", ".join(project_address(key) for key in sorted(self.workspace.projects)[:10]) or "none"
            raise error("no-address", f"there is no {written} in the workspace", f"It has: {known}.")
        recorded = self._baseline.resources.get(written)
        ids = {one for one in (desired.id, recorded and recorded.id) if one}
        marks = {mark_of(self.workspace.name, a) for a in self._names_of(written)}
        self.read(Scope(projects=tuple(sorted(ids)), marks=tuple(sorted(marks))))
        match = self.judge.owners.resolve(key, desired)
        if match.project is None:
            why = "which project it is cannot be said, or it is not made yet"
            raise error(
                "no-project", f"{written} is no project at the platform: {why}", "See: reconciler plan"
            )
        return match.project.id

    def _names_of(self, address: str) -> list[str]:
        return [address, *(old for old, new in self.workspace.moved.items() if new == address)]

    def want(self, scope: Scope) -> None:
        """Reads the scope. Raises DiagnosticsError with all in it that the platform does not know."""
        self.read(scope)
        snapshot = self.snapshot
        unknown = [one for one in scope.profiles if snapshot.profiles[one].exists is False]
        unknown += [one for one in scope.projects if isinstance(snapshot.missing.get(one), Destroyed)]
        unknown += [one for one in scope.data if snapshot.data[one].exists is False]
        if unknown:
            raise DiagnosticsError(tuple(map(_unknown, dict.fromkeys(unknown))))


def _unknown(one: str) -> Diagnostic:
    advice = "Is the id right, and is it this platform's?"
    if one.startswith("org-"):
        advice = "Correct the id; `dx find orgs --level MEMBER` lists your orgs."
    return Diagnostic("error", "unknown-id", f"there is no {one} at the platform", advice)


def _unread(judge: Judge, judgement: Judgement, overlay: Overlay) -> Scope:
    """What the judgement asked for and nobody had read."""
    profiles: set[str] = set()
    data: set[str] = set()
    contents: set[str] = set()
    for key in judgement.asked:
        if key in overlay or judge.facts.value(key) != NOT_READ:
            continue
        if key.subject.startswith(("user-", "org-")):
            profiles.add(key.subject)
        elif key.attribute.startswith("unclosed"):
            contents.add(key.subject)
        elif key.attribute in ATTRIBUTES or key.subject not in judge.snapshot.projects:
            data.add(key.subject)
    return Scope(profiles=tuple(sorted(profiles)), data=tuple(sorted(data)), contents=tuple(sorted(contents)))
