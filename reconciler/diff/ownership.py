"""Whose project is it: which project at the platform an address of the TOML is.

A project is an address's by its ``id``; else by its mark, the property ``reconciler``, written in
the creating call; else by the id that the baseline holds. A name is never an identity: it only
keeps us from creating a second project beside one that may be meant.

  id written   project found     mark                          →
  yes          no, 404           –                             destroyed, or no_such_project if never ours
  yes          yes               another workspace's           foreign (until ``take_over`` names it)
  yes          yes               ours, of another address      shared (fine once that address is gone, or
                                                               is another project by its own id)
  yes          yes               none, ``adopt``               adopt
  no           one holder        ours                          it is that one
  no           several holders   ours                          holders
  no           by baseline id    none, but once marked         it is that one, the mark is rewritten
  no           by baseline id    another workspace's           foreign
  no           by baseline id    ours, of another address      shared, or gone_address
  no           baseline, 404     –                             destroyed (until ``recreate`` names it)
  no           only a claim      ours, outside our payers      claimed (until ``id`` or ``same_name``)
  no           none              a gone address of that name   gone_address (until ``[[moved]]``)
  no           none              none, same name and payer     same_name (until ``adopt`` or ``same_name``;
                                                               of the two written, ``adopt`` counts)
  no           none              another workspace's, the      adopt, where ``take_over`` names that
                                 same name and payer           workspace
  no           none              –                             create
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct

from reconciler.diff.changes import Adopt, Conflict, Contested, Remark, Unknown
from reconciler.model.actual import Destroyed, FactKey, Facts, Project
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Address, Workspace
from reconciler.model.desired import Project as Desired
from reconciler.model.knowledge import ABSENT, Unreadable


class Match(Struct, frozen=True):
    """What an address is: a project, or (None) one to create, with what its ownership asks for.

    ``first`` comes before any other change: adopting, rewriting the mark, or the reason why
    nothing can be said.
    """

    project: Project | None
    first: Adopt | Remark | Contested | Unknown | None = None


def payers(workspace: Workspace) -> frozenset[str]:
    """The payers of a workspace: configured ones, every ``bill_to``, every policy's payer."""
    found = {*workspace.orgs, *workspace.users}
    found.update(p.bill_to for p in workspace.projects.values() if p.bill_to)
    found.update(p.match.bill_to for p in workspace.policies if p.match.bill_to)
    return frozenset(found)


def project_address(key: str) -> Address:
    return "projects." + key


def mark_of(workspace: str, address: Address) -> str:
    """The value of the project property ``reconciler`` that says whose project it is."""
    return f"{workspace}/{address}"


def is_address(marked: str) -> bool:
    """Can what stands behind ``<workspace>/`` in a mark be an address of ours? Anybody can write one."""
    return re.fullmatch(r"projects\.[A-Za-z0-9_-]{1,64}", marked) is not None


def _takes_over(desired: Desired, mark: str) -> bool:
    return desired.adopt and bool(desired.take_over) and mark.startswith(f"{desired.take_over}/")


class Owners:
    """Answers ``resolve`` in constant time for each address; building it is linear in the projects."""

    def __init__(
        self, workspace: Workspace, facts: Facts, baseline: Baseline, among: frozenset[str] | None = None
    ) -> None:
        """``among``: the payers on whose projects a mark counts, where they are not the workspace's."""
        self._workspace = workspace
        self._facts = facts
        self._snapshot = facts.snapshot
        self._baseline = baseline
        self.payers = payers(workspace) if among is None else among
        self._prefix = workspace.name + "/"
        self._by_id = {p.id: project_address(k) for k, p in workspace.projects.items() if p.id}
        self._from: defaultdict[Address, list[Address]] = defaultdict(list)
        self._moved = workspace.moved
        for old, new in workspace.moved.items():
            self._from[new].append(old)
        self._recorded = {resource.id for resource in baseline.resources.values()}
        self._once_marked = {r.id for r in baseline.resources.values() if "mark" in r.attributes}
        self._known_ids = {*self._by_id, *self._recorded}
        self.holders: defaultdict[Address, list[Project]] = defaultdict(list)
        self._claims: defaultdict[Address, list[Project]] = defaultdict(list)
        start = len(self._prefix)
        for project in self._snapshot.projects.values():
            mark = project.mark
            if isinstance(mark, str) and mark.startswith(self._prefix):
                payer_fits = project.bill_to in self.payers or isinstance(project.bill_to, Unreadable)
                ours = payer_fits or project.id in self._known_ids
                (self.holders if ours else self._claims)[mark[start:]].append(project)

    def mark(self, address: Address) -> str:
        return mark_of(self._workspace.name, address)

    def owner_by_id(self, project_id: str) -> Address | None:
        """The address of the TOML that says, by its ``id``, that it is this project."""
        return self._by_id.get(project_id)

    def _address_in(self, mark: str) -> Address:
        """The address that a mark of this workspace names, under its present name."""
        marked = mark.removeprefix(self._prefix)
        return self._moved.get(marked, marked)

    def present(self, address: Address) -> bool:
        """Is the address in the TOML?"""
        kind, _, key = address.partition(".")
        match kind:
            case "projects":
                return key in self._workspace.projects
            case "orgs":
                return key in self._workspace.orgs
            case _:
                return key in self._workspace.users

    def resolve(self, key: str, desired: Desired, moved_from: tuple[Address, ...] = ()) -> Match:
        """Which project ``projects.KEY`` is. Neither ``desired`` nor the ``[[moved]]`` that
        ``moved_from`` adds need be what the workspace holds."""
        address = project_address(key)
        if desired.id:
            return self._by_written_id(address, desired.id, desired)
        held = self.holders.get(address, [])
        came_from = (*self._from.get(address, ()), *moved_from)
        if came_from:
            held = [*held, *(p for old in came_from for p in self.holders.get(old, []))]
        if len(held) == 1:
            return self._held(address, held[0])
        if held:
            return self._contested(address, "holders", (p.id for p in held))
        known = self._baseline_id(address, came_from)
        gone = isinstance(self._snapshot.missing.get(known or ""), Destroyed)
        if known and not (gone and known == desired.recreate):
            found = self._by_baseline(address, known, desired)
            if found is not None:
                return found
        return self._unmarked(address, key, desired)

    def _held(self, address: Address, project: Project) -> Match:
        owner = self._by_id.get(project.id)
        if owner is not None and owner != address:
            return self._contested(address, "shared", (project.id,), owner)
        payer = project.bill_to
        if isinstance(payer, Unreadable) and project.id not in self._known_ids:
            return Match(None, self._unknown(address, FactKey(project.id, "bill_to"), payer))
        if project.mark == self.mark(address):
            return Match(project)
        return Match(project, Remark(address, project, self.mark(address)))

    def _by_written_id(self, address: Address, project_id: str, desired: Desired) -> Match:
        project, adopt = self._snapshot.projects.get(project_id), desired.adopt
        if project is None:
            return self._missing(address, project_id)
        mark = project.mark
        if isinstance(mark, Unreadable):
            if not adopt:
                return Match(project)
            return Match(project, self._unknown(address, FactKey(project.id, "mark"), mark))
        if mark is ABSENT:
            return Match(project, Adopt(address, project, self.mark(address)) if adopt else None)
        if not mark.startswith(self._prefix):
            return self._foreign(address, project, mark, desired)
        owner = self._address_in(mark)
        if owner != address and self.present(owner) and not (adopt and self._is_another(owner, project_id)):
            return self._contested(address, "shared", (project.id,), owner)
        if mark != self.mark(address) and adopt:
            return Match(project, Remark(address, project, self.mark(address)))
        return Match(project)

    def _foreign(self, address: Address, project: Project, mark: str, desired: Desired) -> Match:
        """Bears another workspace's mark: theirs, unless the TOML takes over what is that workspace's."""
        if _takes_over(desired, mark):
            return Match(project, Adopt(address, project, self.mark(address)))
        return self._contested(address, "foreign", (project.id,), mark)

    def _is_another(self, address: Address, project_id: str) -> bool:
        """Is the address, by the id written there, another project?"""
        table = self._workspace.projects.get(address.partition(".")[2])
        return table is not None and table.id not in (None, project_id)

    def _baseline_id(self, address: Address, came_from: Iterable[Address]) -> str | None:
        for name in (address, *came_from):
            entry = self._baseline.resources.get(name)
            if entry is not None:
                return entry.id
        return None

    def _by_baseline(self, address: Address, project_id: str, desired: Desired) -> Match | None:
        """None for a project that was ours by its written id alone: without that it is nobody's."""
        project = self._snapshot.projects.get(project_id)
        if project is None:
            return self._missing(address, project_id)
        owner = self._by_id.get(project_id)
        if owner is not None:
            return self._contested(address, "shared", (project_id,), owner)
        mark = project.mark
        if isinstance(mark, Unreadable):
            return Match(project, self._unknown(address, FactKey(project.id, "mark"), mark))
        if mark is ABSENT:
            rewritten = Match(project, Remark(address, project, self.mark(address)))
            return rewritten if project_id in self._once_marked else None
        if not mark.startswith(self._prefix):
            return self._foreign(address, project, mark, desired)
        owner = self._address_in(mark)
        conflict: Conflict = "shared" if self.present(owner) else "gone_address"
        return self._contested(address, conflict, (project_id,), owner)

    def _missing(self, address: Address, project_id: str) -> Match:
        why = self._snapshot.missing.get(project_id, Unreadable("not read"))
        if isinstance(why, Destroyed):
            conflict: Conflict = "destroyed" if project_id in self._recorded else "no_such_project"
            return self._contested(address, conflict, (project_id,))
        return Match(None, self._unknown(address, FactKey(project_id, "exists"), why))

    def _unmarked(self, address: Address, key: str, desired: Desired) -> Match:
        name = desired.name or key
        payer = desired.bill_to or ""
        maybe = (*self._facts.named(payer, name), *self._facts.veiled(payer))
        alike = [p for p in maybe if self._unowned(p, desired)]
        gone = self._gone.get(name)
        if desired.adopt and (alike or gone is None):
            return self._adopt_by_name(address, alike)
        for project in alike:
            if isinstance(project.mark, Unreadable):
                key_ = FactKey(desired.bill_to or "", f"projects_named:{name}")
                return Match(None, self._unknown(address, key_, project.mark))
        if desired.same_name == "create" and not desired.adopt:
            return Match(None)
        claims = self._claims.get(address)
        if claims:
            return self._contested(address, "claimed", (p.id for p in claims))
        if gone is not None:
            return self._contested(address, "gone_address", (gone[1].id,), gone[0])
        spoken_for = len(alike) == 1 and (desired.bill_to or "", name) in self._adopters
        if alike and not spoken_for:
            return self._contested(address, "same_name", (p.id for p in alike))
        return Match(None)

    def _adopt_by_name(self, address: Address, alike: list[Project]) -> Match:
        for project in alike:
            if isinstance(project.mark, Unreadable):
                return Match(None, self._unknown(address, FactKey(project.id, "mark"), project.mark))
        if not alike:
            return self._contested(address, "nothing_to_adopt", ())
        if len(alike) > 1:
            return self._contested(address, "same_name", (p.id for p in alike))
        rivals = self._adopters.get((str(alike[0].bill_to), str(alike[0].name)), set()) - {address}
        if rivals:
            return self._contested(address, "shared", (alike[0].id,), min(rivals))
        return Match(alike[0], Adopt(address, alike[0], self.mark(address)))

    def _unowned(self, project: Project, desired: Desired) -> bool:
        """Nobody's, or of the workspace that the TOML takes over."""
        taken = project.id in self._by_id or project.id in self._once_marked
        marked = isinstance(project.mark, str) and not _takes_over(desired, project.mark)
        return not marked and not taken

    @cached_property
    def _gone(self) -> dict[str, tuple[Address, Project]]:
        """Name → (address that left the TOML, its project), for marks of this workspace."""
        gone: dict[str, tuple[Address, Project]] = {}
        for address, held in sorted(self.holders.items()):
            if is_address(address) and not self.present(address) and address not in self._moved:
                for project in sorted(held, key=lambda p: p.id):
                    if isinstance(project.name, str) and project.id not in self._by_id:
                        gone.setdefault(project.name, (address, project))
        return gone

    @cached_property
    def _adopters(self) -> dict[tuple[str, str], set[Address]]:
        """Addresses that would adopt by (payer, name): two of them cannot have one project."""
        adopters: defaultdict[tuple[str, str], set[Address]] = defaultdict(set)
        for key, desired in self._workspace.projects.items():
            address = project_address(key)
            if desired.adopt and not desired.id and desired.bill_to and not self.holders.get(address):
                adopters[(desired.bill_to, desired.name or key)].add(address)
        return dict(adopters)

    def forgotten(self) -> dict[Address, str]:
        """Addresses of ours that left the TOML, with their ids, not yet recorded as forgotten."""
        found: dict[Address, str] = {}
        for address, entry in self._baseline.resources.items():
            if not self.present(address) and address not in self._moved:
                found[address] = entry.id
        for address, held in self.holders.items():
            if is_address(address) and not self.present(address) and address not in self._moved:
                found.setdefault(address, min(p.id for p in held))
        taken = set(self._by_id)
        return {
            address: project_id
            for address, project_id in sorted(found.items())
            if self._baseline.forgotten.get(address) != project_id and project_id not in taken
        }

    @staticmethod
    def _contested(address: Address, conflict: Conflict, ids: Iterable[str], other: str = "") -> Match:
        return Match(None, Contested(address, conflict, tuple(sorted(ids)), other))

    @staticmethod
    def _unknown(address: Address, key: FactKey, why: Unreadable) -> Unknown:
        return Unknown(address, key.attribute.partition(":")[0], key, why.reason)
