"""Questions about payers: may a project be made for one, be billed to one, may its default change?

All three are changes of a plan, judged as a plan judges them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.diff.changes import Change, Create, Grant, Rebill, SetDefault
from reconciler.diff.ownership import payers
from reconciler.model.actual import FactKey, Project, Scope
from reconciler.model.knowledge import Unreadable
from reconciler.planner.nearness import nearest
from reconciler.planner.questions.asked import ADDRESS, Asked
from reconciler.planner.questions.inquiry import Inquiry
from reconciler.planner.questions.question import CanBill, CanCreate, CanDefault
from reconciler.rules.finding import Finding, Request
from reconciler.rules.words import api_call

UNNAMED = "new project"


class Creating(Asked):
    kind = "create"

    def __init__(self, question: CanCreate, inquiry: Inquiry) -> None:
        super().__init__(inquiry)
        self._asked = question
        inquiry.want(Scope(profiles=(question.bill_to,)))

    @property
    def text(self) -> str:
        return f"Can a project be created in {self._asked.region}, billed to {self._asked.bill_to}?"

    @property
    def done(self) -> str:
        return f"create a project in {self._asked.region}, billed to {self._asked.bill_to}"

    @property
    def arguments(self) -> dict[str, Any]:
        return {"region": self._asked.region, "bill_to": self._asked.bill_to, "name": self._asked.name}

    def changes(self) -> list[Change]:
        return [self._change(self._asked.region, self._asked.bill_to)]

    def _change(self, region: str, payer: str) -> Create:
        return creation(region, payer, self._asked.name or UNNAMED)

    def ways(self) -> Iterator[str]:
        region, payer = self._asked.region, self._asked.bill_to
        for other in others_permitted(self._inquiry, payer, region):
            if self._inquiry.legal(self._change(other, payer)):
                yield f"create it in {other}, which {payer} is permitted"
        for other in other_payers(self._inquiry, payer):
            if self._inquiry.legal(self._change(region, other)):
                yield f"bill it to {other}, which is permitted {region}"

    def request(self, finding: Finding) -> Request | None:
        asked = sales_request(finding, self._asked.bill_to, self._asked.region, self._inquiry)
        if asked is not None or finding.request is None:
            return asked
        body = {
            "name": self._asked.name or UNNAMED,
            "region": self._asked.region,
            "billTo": self._asked.bill_to,
        }
        who = finding.request.who
        return Request(who, f"As {who}, run:\n{api_call('project', 'new', body)}")

    def notes(self) -> Iterator[str]:
        yield from retired(self._inquiry, self._asked.region)
        workspace = self._inquiry.workspace
        matches = [one.match for one in workspace.policies] + [one.match for one in workspace.waivers]
        if self._asked.name is None and any(match.name is not None for match in matches):
            yield "policies of this workspace go by the name of a project, too: say which with --name"


class Billing(Asked):
    kind = "bill"

    def __init__(self, question: CanBill, inquiry: Inquiry) -> None:
        super().__init__(inquiry)
        self._id = inquiry.project_id(question.project)
        self._to = question.to
        inquiry.want(Scope(profiles=(question.to,), projects=(self._id,)))

    @property
    def text(self) -> str:
        return f"Can {self._id} be billed to {self._to}?"

    @property
    def done(self) -> str:
        return f"bill {self._id} to {self._to}"

    @property
    def arguments(self) -> dict[str, Any]:
        return {"project": self._id, "to": self._to}

    def beforehand(self) -> Finding | None:
        missing = self._inquiry.snapshot.missing.get(self._id)
        if not isinstance(missing, Unreadable):
            return None
        message = f"{missing.reason}: {self._id}"
        return Finding("REG201", ADDRESS, "refused", message, facts=(FactKey(self._id, "exists"),))

    @property
    def _project(self) -> Project | None:
        """None where nobody at hand sees it."""
        return self._inquiry.snapshot.projects.get(self._id)

    def changes(self) -> list[Change]:
        project = self._project
        return [Rebill(ADDRESS, project, self._to)] if project and project.bill_to != self._to else []

    def ways(self) -> Iterator[str]:
        project = self._project
        if project is None:
            return
        if isinstance(project.bill_to, str):
            yield f"leave it with its payer, {project.bill_to}"
        for other in other_payers(self._inquiry, self._to):
            if other != project.bill_to and self._inquiry.legal(Rebill(ADDRESS, project, other)):
                yield f"bill it to {other}"

    def request(self, finding: Finding) -> Request | None:
        region = self._project.region if self._project else None
        asked = sales_request(finding, self._to, region, self._inquiry) if isinstance(region, str) else None
        return asked or finding.request

    def notes(self) -> Iterator[str]:
        if self._project is not None and self._project.bill_to == self._to:
            yield f"{self._id} is billed to {self._to} already: there is nothing to do"


class Defaulting(Asked):
    kind = "default"

    def __init__(self, question: CanDefault, inquiry: Inquiry) -> None:
        super().__init__(inquiry)
        self._asked = question
        inquiry.want(Scope(profiles=(question.profile,)))

    @property
    def text(self) -> str:
        return f"Can {self._asked.region} be the default region of {self._asked.profile}?"

    @property
    def done(self) -> str:
        return f"make {self._asked.region} the default region of {self._asked.profile}"

    @property
    def arguments(self) -> dict[str, Any]:
        return {"profile": self._asked.profile, "region": self._asked.region}

    def changes(self) -> list[Change]:
        return [self._change(self._asked.region)]

    def _change(self, region: str) -> SetDefault:
        before = self._inquiry.snapshot.profiles[self._asked.profile].default_region
        return SetDefault(ADDRESS, self._asked.profile, before, region)

    def ways(self) -> Iterator[str]:
        for other in others_permitted(self._inquiry, self._asked.profile, self._asked.region):
            if self._inquiry.legal(self._change(other)):
                yield f"take {other}, which is permitted"

    def request(self, finding: Finding) -> Request | None:
        asked = sales_request(finding, self._asked.profile, self._asked.region, self._inquiry)
        return asked or finding.request

    def notes(self) -> Iterator[str]:
        yield from retired(self._inquiry, self._asked.region)
        if self._inquiry.snapshot.profiles[self._asked.profile].default_region == self._asked.region:
            yield "it is the default already: there is nothing to do"


def creation(region: str, payer: str, name: str = UNNAMED) -> Create:
    """A project that would be made; it bears no mark, for it is in no TOML."""
    return Create(ADDRESS, name, region, payer, "")


def others_permitted(inquiry: Inquiry, payer: str, region: str) -> list[str]:
    """Other regions that the payer is permitted, as far as that can be read, the nearest in law first."""
    profile = inquiry.snapshot.profiles.get(payer)
    permitted = frozenset() if profile is None else profile.permitted_regions
    if isinstance(permitted, Unreadable):
        return []
    return nearest(inquiry.judge, region, permitted - {region})


def other_payers(inquiry: Inquiry, payer: str) -> list[str]:
    """The payers of the workspace, and the identities at hand themselves: orgs before people."""
    return sorted({*payers(inquiry.workspace), *inquiry.snapshot.identities} - {payer})


def sales_request(finding: Finding, payer: str, region: str, inquiry: Inquiry) -> Request | None:
    """The request to the platform's sales, worded by the rule on them, where a region is not permitted."""
    key = FactKey(payer, "permitted_regions")
    if finding.verdict not in ("refused", "blocked") or key not in finding.facts:
        return None
    granted = inquiry.judged(Grant(ADDRESS, payer, (region,), ()))
    return next((found.request for found in granted.findings if found.request is not None), None)


def retired(inquiry: Inquiry, region: str) -> Iterator[str]:
    known = inquiry.workspace.regions.get(region)
    if known is not None and known.retired:
        yield f"{region} is retired: the platform may refuse new projects there"
