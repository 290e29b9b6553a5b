"""The whole estate under the residency policies: what stands in violation, and what cannot be told.

Projects are put together by payer and region, so that a policy looks at single ones only where it may
be violated. Judges what is there; what a change would make of it is ``residency``'s to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from reconciler.diff.managed import Compared
from reconciler.diff.ownership import payers
from reconciler.model.actual import Destroyed, Project, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.knowledge import Unreadable
from reconciler.rules.policies import Hidden, Matcher, Policies, Violated


def known(baseline: Baseline, compared: Iterable[Compared]) -> set[str]:
    """Projects that are ours whoever pays for them."""
    recorded = {r.id for address, r in baseline.resources.items() if address.startswith("projects.")}
    return recorded | {one.actual.id for one in compared if one.actual is not None}


class Standing(Struct, frozen=True):
    """What one policy says of one project as it is."""

    policy: str
    project: Project
    found: Violated | Hidden


class Unlisted(Struct, frozen=True):
    """That no other project violates the policy cannot be told: ``payer`` may have some unseen."""

    policy: str
    payer: str

    @property
    def reason(self) -> str:
        return f"not every project billed to {self.payer} can be listed, so others may violate it"


class Estate:
    """Every project that is billed to a payer of the workspace, or is ``known`` to be ours by its id."""

    def __init__(self, workspace: Workspace, snapshot: Snapshot, known: Collection[str]) -> None:
        self._workspace = workspace
        self._snapshot = snapshot
        self._known = known
        self._payers = payers(workspace)
        self._groups: defaultdict[tuple[str | Unreadable, str | Unreadable], list[Project]]
        self._groups = defaultdict(list)
        for project in snapshot.projects.values():
            if self._holds(project):
                self._groups[project.bill_to, project.region].append(project)

    def projects(self) -> Iterator[Project]:
        """All of them, in the order in which they were read."""
        return (project for project in self._snapshot.projects.values() if self._holds(project))

    def standing(self, policies: Policies) -> Iterator[Standing]:
        """What is violated, or may be, by policy and project."""
        for residency in policies.each:
            if residency.harmless:
                continue
            found = self._meant(residency.matcher, residency.allowed)
            for project in sorted(found, key=lambda project: project.id):
                verdict = residency.verdict(project)
                if verdict is not None:
                    yield Standing(residency.id, project, verdict)

    def unlisted(self, policies: Policies) -> Iterator[Unlisted]:
        """What the lists that may be incomplete leave open, but for payers who are accepted as they are."""
        for residency in policies.each:
            for payer in () if residency.harmless else self.unseen(residency.matcher):
                table = self._workspace.profile(payer)
                if table is None or table.unreadable != "accept":
                    yield Unlisted(residency.id, payer)

    def unseen(self, matcher: Matcher) -> list[str]:
        """Payers who may have projects that no list shows and that are meant."""
        wanted = matcher.match.id
        if wanted is not None and self._is_known(wanted):
            return []
        partial = sorted(self._snapshot.partial & self._payers)
        return [payer for payer in partial if matcher.match.bill_to in (None, payer)]

    def speaks_of(self, matcher: Matcher) -> bool:
        """Is any project meant, or may be, that was read?"""
        return any(matcher.answer(project) is not False for project in self._meant(matcher))

    def _is_known(self, project_id: str) -> bool:
        missing = self._snapshot.missing.get(project_id)
        return project_id in self._snapshot.projects or isinstance(missing, Destroyed)

    def _holds(self, project: Project) -> bool:
        return project.bill_to in self._payers or project.id in self._known

    def _meant(self, matcher: Matcher, but: Collection[str] = ()) -> Iterator[Project]:
        """Projects that may be meant, without those in regions ``but``. Most are passed by without asking
        of each key."""
        wanted = matcher.match.id
        if wanted is not None:
            project = self._snapshot.projects.get(wanted)
            if project is not None and self._holds(project) and project.region not in but:
                yield project
            return
        fits = matcher.names
        for (payer, region), projects in self._groups.items():
            if region in but or not matcher.among(payer, region):
                continue
            if fits is None:
                yield from projects
            else:
                yield from (p for p in projects if not isinstance(p.name, str) or fits(p.name))
