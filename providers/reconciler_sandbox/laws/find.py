"""Find routes over projects and organisations: what is listed, for whom, in which order.

The platform's documentation of ``/system/findProjects`` and ``/org-X/findProjects``. A page begins
at a position in a stable order, reads only as far as it must, and names the position of the next
match: nothing is looked at twice, and a page of a large estate costs what a page costs.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

from . import fields, filters, inputs, orgs, paging, rights
from .errors import denied, invalid
from .project_fields import Describer
from .records import LEVELS, PUBLIC, RANK, Project
from .route import Route, Table
from .view import Answer, Call, Position, View

PROJECTS_KEYS = filters.KEYS | {"level", "explicitPermission", "billTo", "describe", "limit", "starting"}
ORG_PROJECTS_KEYS = filters.KEYS | {"describe", "limit", "starting"}
ORGS_KEYS = frozenset({"level", "allowBillableActivities", "describe", "limit", "starting"})

Entry = Callable[[Project], "dict[str, object] | None"]
"""Makes the result of a project; None where the project is not to be listed."""


def find_projects(view: View, call: Call) -> Answer:
    """Projects that the caller can see, at level CONTRIBUTE or more unless the input names another."""
    given = call.input
    wanted = inputs.one_of(given, "level", LEVELS[1:]) or "CONTRIBUTE"
    explicit = inputs.flag(given, "explicitPermission")
    payers = _payers(view, given)
    eyes = rights.Eyes(view, call.caller)
    describe = fields.embedded(given)
    describer = None if describe is None else Describer(view, describe)
    least = RANK[wanted]

    def entry(project: Project) -> dict[str, object] | None:
        rank = eyes.rank(project)
        if rank < least or (payers is not None and project.bill_to not in payers):
            return None
        if explicit is not None and eyes.shared_explicitly(project) is not explicit:
            return None
        level = LEVELS[rank]
        result: dict[str, object] = {
            "id": project.id,
            "level": level,
            "permissionSources": eyes.sources(project, rank),
            "public": PUBLIC in project.members,
        }
        if describer is not None:
            result["describe"] = describer.full(project, level)
        return result

    visible = [view.shared_with(entity) for entity, most in eyes.entities.items() if most >= least]
    visible += [view.billed_to(payer) for payer in eyes.payers]
    narrower = None if payers is None else [view.billed_to(payer) for payer in payers]
    return _page(view, call, [visible] if narrower is None else [visible, narrower], entry)


def _payers(view: View, given: Mapping[str, object]) -> list[str] | None:
    if isinstance(given.get("billTo"), list) and view.switches.find_projects_bill_to_array == "accept":
        return inputs.texts(given, "billTo")
    payer = inputs.text(given, "billTo")
    return None if payer is None else [payer]


def find_org_projects(view: View, call: Call) -> Answer:
    """Projects billed to the org, shared with the caller or not; then the level is NONE."""
    org, given = view.orgs[call.entity], call.input
    describe = fields.embedded(given)
    describer = None if describe is None else Describer(view, describe)
    member = org.members.get(call.user)
    if member is None or (view.switches.org_find_rights == "ADMIN" and member.level != "ADMIN"):
        raise denied(f"ADMIN membership of {org.id} is required")
    eyes = rights.Eyes(view, call.caller)

    def entry(project: Project) -> dict[str, object] | None:
        if project.bill_to != org.id:
            return None
        level = LEVELS[eyes.rank(project)]
        result: dict[str, object] = {
            "id": project.id,
            "level": level,
            "public": PUBLIC in project.members,
        }
        if describer is not None:
            shown = _shown(view, describer, project, level)
            if shown is not None:
                result["describe"] = shown
        return result

    return _page(view, call, [[view.billed_to(org.id)]], entry)


def _shown(view: View, describer: Describer, project: Project, level: str) -> dict[str, object] | None:
    """What the list shows of a project: all that its level allows, and less where that is NONE."""
    if level != "NONE" or view.switches.org_find_describe_none == "full":
        return describer.full(project, level)
    if view.switches.org_find_describe_none == "basic":
        return describer.basic(project, level)
    if view.switches.org_find_describe_none == "omit":
        return None
    raise denied(f"VIEW permission is required on {project.id}")


def _page(view: View, call: Call, sources: list[list[Sequence[Position]]], entry: Entry) -> Answer:
    """One page. Each of ``sources`` is by itself a cover: everything to be listed is in it."""
    given = call.input
    most, start = paging.limit(given, view.switches), paging.start(given)
    tests = filters.compiled(view, given, call.now)
    pairs = filters.exact_properties(given)
    if pairs is not None:
        sources.append([view.with_property(key, value) for key, value in dict.fromkeys(pairs)])
    ids = filters.ids(given)
    if ids is not None:
        sources.append([_named(view, ids)])
    smallest = min(sources, key=lambda lists: sum(map(len, lists)))
    only = None if ids is None else set(ids)
    projects = view.projects
    results: list[dict[str, object]] = []
    for position in merged(smallest, start):
        project = projects[position[1]]
        if only is not None and project.id not in only:
            continue
        if not all(test(project) for test in tests):
            continue
        result = entry(project)
        if result is None:
            continue
        if len(results) == most:
            return Answer({"results": results, "next": paging.cursor(*position)})
        results.append(result)
    return Answer({"results": results, "next": None})


def _named(view: View, ids: list[str]) -> Sequence[Position]:
    return sorted(view.position(view.projects[id]) for id in set(ids) if id in view.projects)


def merged(lists: Sequence[Sequence[Position]], start: Position | None) -> Iterator[Position]:
    """The positions of all lists from ``start`` on, in order, each once."""
    tails = [_tail(positions, start) for positions in lists if positions]
    last: Position | None = None
    for position in tails[0] if len(tails) == 1 else heapq.merge(*tails):
        if position != last:
            yield position
        last = position


def _tail(positions: Sequence[Position], start: Position | None) -> Iterator[Position]:
    first = 0 if start is None else bisect_left(positions, start)
    for index in range(first, len(positions)):
        yield positions[index]


def find_orgs(view: View, call: Call) -> Answer:
    """The caller's organisations. MEMBER means any membership; an ADMIN counts as able to bill."""
    given = call.input
    level = inputs.one_of(given, "level", ("MEMBER", "ADMIN"))
    if level is None:
        raise invalid("level is required")
    billable = inputs.flag(given, "allowBillableActivities")
    describe = fields.embedded(given)
    most, start = paging.limit(given, view.switches), paging.start(given)
    found = []
    for org_id in sorted(view.orgs_of(call.user)):
        member = view.orgs[org_id].members[call.user]
        if (
            (level == "MEMBER" or member.level == "ADMIN")
            and (billable is None or member.may_bill is billable)
            and (start is None or org_id >= start[1])
        ):
            found.append(org_id)
    results = []
    for org_id in found[:most]:
        org = view.orgs[org_id]
        member = org.members[call.user]
        entry: dict[str, object] = {"id": org_id, "level": member.level, **orgs.flags(member)}
        if describe is not None:
            entry["describe"] = orgs.described(view, call.caller, org, describe)
        results.append(entry)
    return Answer({"results": results, "next": paging.cursor(0, found[most]) if found[most:] else None})


ROUTES: Table = {
    ("system", "findProjects"): Route(find_projects, PROJECTS_KEYS, open=True, scoped=True, finds=True),
    ("system", "findOrgs"): Route(find_orgs, ORGS_KEYS, finds=True),
    ("org-", "findProjects"): Route(find_org_projects, ORG_PROJECTS_KEYS, finds=True),
}
