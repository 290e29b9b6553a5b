"""Questions about data: may it be cloned there, may an executable run on it there?

Nothing of the kind is ever planned: this tool moves no data and starts no run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from reconciler.diff.changes import Change, Clone, Run
from reconciler.diff.ownership import payers
from reconciler.model.actual import FactKey, FactValue, Level, Project, Scope, at_least
from reconciler.model.data import Container, DataObject
from reconciler.model.diagnostics import error
from reconciler.model.knowledge import Absent
from reconciler.planner.questions.asked import ADDRESS, Asked
from reconciler.planner.questions.inquiry import Inquiry
from reconciler.planner.questions.payers import creation, other_payers
from reconciler.planner.questions.question import CanClone, CanRun
from reconciler.rules.actor import Actor
from reconciler.rules.finding import Finding
from reconciler.rules.words import listed

MOST_TRIED = 12
"""Projects that are judged as other places; the likeliest come first."""

NEW = "project-" + 24 * "0"
"""A project that is not made yet."""


class Cloning(Asked):
    kind = "clone"

    def __init__(self, question: CanClone, inquiry: Inquiry) -> None:
        super().__init__(inquiry)
        self._source = None if question.source is None else inquiry.project_id(question.source)
        self._data = question.data
        self._to = inquiry.project_id(question.to)
        asked = [one for one in (self._source, self._data, self._to) if one is not None]
        whole = (self._source,) if self._source is not None and self._data is None else ()
        inquiry.want(Scope(data=tuple(sorted(set(asked))), contents=whole))
        self._want_it_there()

    def _want_it_there(self) -> None:
        """Raises DiagnosticsError for an object that the source, which can be seen, does not hold."""
        source, data = (self._inquiry.snapshot.data.get(one or "") for one in (self._source, self._data))
        if not isinstance(source, Container) or not isinstance(data, DataObject):
            return
        seen = any(level != "NONE" for level in source.levels.values())
        if seen and not any(source.id in held for held in data.held_by.values()):
            raise error("not-there", f"{data.id} is not in {source.id}", "Is it the right project?")

    @property
    def _what(self) -> str:
        if self._data is None:
            return f"all of {self._source}"
        return self._data if self._source is None else f"{self._data} of {self._source}"

    @property
    def text(self) -> str:
        return f"Can {self._what} be cloned into {self._to}?"

    @property
    def done(self) -> str:
        return f"clone {self._what} into {self._to}"

    @property
    def arguments(self) -> dict[str, Any]:
        return {"source": self._source, "data": self._data, "to": self._to}

    def changes(self) -> list[Change]:
        if self._source is not None:
            return [Clone(ADDRESS, self._source, self._data, self._to)]
        held = _held(self._inquiry, self._data or "")
        return [Clone(ADDRESS, source, self._data, self._to) for source in held]

    def beforehand(self) -> Finding | None:
        if self._source is not None or _held(self._inquiry, self._data or ""):
            return None
        facts = tuple(
            FactKey(self._data or "", "held_by", user) for user in self._inquiry.snapshot.identities
        )
        message = f"none of the identities at hand sees {self._data}"
        return Finding("REG201", ADDRESS, "refused", message, facts=facts)

    def ways(self) -> Iterator[str]:
        sources = [one for one in self.changes() if isinstance(one, Clone)]
        held = (self._inquiry.snapshot.data.get(one.source) for one in sources)
        regions = {one.region for one in held if isinstance(one, Container) and isinstance(one.region, str)}
        there = {one.source for one in sources}
        for project in _places(self._inquiry, tuple(regions), "UPLOAD", beside=self._to):
            into = [replace(one, to=project.id) for one in sources]
            if project.id not in there and any(map(self._inquiry.legal, into)):
                yield f"clone it into {_named(project)}, in {project.region}"
        into = [replace(one, to=NEW) for one in sources]
        for region in sorted(regions):
            yield from _in_a_new_project(self._inquiry, region, into, "clone it into that")

    def notes(self) -> Iterator[str]:
        if self._data is None:
            yield "into a folder of its own: one of the same name as a folder that is there would be refused"


class Running(Asked):
    kind = "run"

    def __init__(self, question: CanRun, inquiry: Inquiry) -> None:
        super().__init__(inquiry)
        self._executable = question.executable
        self._project = inquiry.project_id(question.project)
        self._inputs = tuple(
            link if link.project is None else replace(link, project=inquiry.project_id(link.project))
            for link in question.inputs
        )
        asked = {self._executable, self._project, *(link.id for link in self._inputs)}
        inquiry.want(Scope(data=tuple(sorted(asked))))

    @property
    def _on(self) -> str:
        return f" on {listed(link.id for link in self._inputs)}" if self._inputs else ""

    @property
    def text(self) -> str:
        return f"Can {self._executable} run in {self._project}{self._on}?"

    @property
    def done(self) -> str:
        return f"run {self._executable} in {self._project}{self._on}"

    @property
    def arguments(self) -> dict[str, Any]:
        inputs = [{"id": link.id, "project": link.project} for link in self._inputs]
        return {"executable": self._executable, "project": self._project, "inputs": inputs}

    def changes(self) -> list[Change]:
        return [Run(ADDRESS, self._executable, self._project, self._inputs)]

    def ways(self) -> Iterator[str]:
        run, regions = Run(ADDRESS, self._executable, self._project, self._inputs), self._regions()
        for project in _places(self._inquiry, regions, "CONTRIBUTE", beside=self._project):
            if self._inquiry.legal(replace(run, project=project.id)):
                yield f"run it in {_named(project)}, in {project.region}"
        for region in regions:
            yield from _in_a_new_project(self._inquiry, region, [replace(run, project=NEW)], "run it there")

    def _regions(self) -> tuple[str, ...]:
        """Where the executable and all that it is given are together."""
        found: set[str] | None = None
        for one in (self._executable, *(link.id for link in self._inputs)):
            regions = self._inquiry.judge.facts.value(FactKey(one, "regions"))
            if isinstance(regions, tuple):
                found = set(regions) if found is None else found & set(regions)
        return tuple(sorted(found or ()))


def _held(inquiry: Inquiry, data: str) -> list[str]:
    """What holds the object, as any identity at hand sees it."""
    found = inquiry.snapshot.data.get(data)
    return (
        sorted({one for held in found.held_by.values() for one in held})
        if isinstance(found, DataObject)
        else []
    )


def _places(inquiry: Inquiry, regions: tuple[str, ...], level: Level, beside: str) -> list[Project]:
    """Other projects in these regions that an identity at hand may work in, of the workspace's payers and
    of the identities themselves: first those of the payer of ``beside``, and of the workspace."""
    people = set(inquiry.snapshot.identities)
    inquiry.read(Scope(estates=tuple(sorted(payers(inquiry.workspace) | people))))
    projects = inquiry.snapshot.projects
    prefix = inquiry.workspace.name + "/"
    payer = projects[beside].bill_to if beside in projects else None

    def likeliest(project: Project) -> tuple[bool, bool, str]:
        ours = isinstance(project.mark, str) and project.mark.startswith(prefix)
        return project.bill_to != payer, not ours, project.id

    found = [
        project
        for project in projects.values()
        if project.region in regions and project.id != beside and at_least(project.level, level)
    ]
    return sorted(found, key=likeliest)[:MOST_TRIED]


def _named(project: Project) -> str:
    return f'{project.id} ("{project.name}")' if isinstance(project.name, str) else project.id


def _in_a_new_project(inquiry: Inquiry, region: str, changes: Sequence[Change], then: str) -> Iterator[str]:
    """Both steps are judged: the creation, and one of the changes in what its maker then has."""
    for payer in other_payers(inquiry, ""):
        made = inquiry.judged(creation(region, payer))
        if made.verdict == "steps" and isinstance(able := made.acts[0].able, Actor):
            new: dict[FactKey, FactValue | Absent] = {
                FactKey(NEW, "region"): region,
                FactKey(NEW, "restricted"): False,
                FactKey(NEW, "contains_phi"): False,
            }
            new |= {FactKey(NEW, "level", user): "NONE" for user in inquiry.snapshot.identities}
            new[FactKey(NEW, "level", able.user)] = "ADMINISTER"
            if any(inquiry.legal(change, new) for change in changes):
                yield f"make a new project in {region}, billed to {payer}, and {then}"
