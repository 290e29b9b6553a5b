"""What the proof asks of a refusal: that its facts are minimal, and that its ways out are ways out."""

from __future__ import annotations

import msgspec
import rtoml
from model.cases import Case, planned
from model.examined import Examined
from model.oracle import Whose, at_best, goal_of, granted, project_goal, reached
from model.relaxing import facts_of, relaxed
from model.snapshots import level_of
from model.soundness import carried_out
from model.verdicts import BY_POLICY, verdicts
from msgspec.structs import replace
from reconciler_sandbox.laws.records import Project
from reconciler_sandbox.state import State

from reconciler.model.desired import Profile, Workspace
from reconciler.model.desired import Project as Desired
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Alternative, Plan, Refusal

SHOWN_CONFLICTS = 8
"""The planner tells at most so many conflicts: where there are as many, some may be missing."""


def minimal(found: Examined, state: State, plan: Plan) -> None:
    by_address: dict[str, list[Refusal]] = {}
    for refusal in plan.refusals:
        by_address.setdefault(refusal.address, []).append(refusal)
    for address, refusals in by_address.items():
        if any(refusal.rule in BY_POLICY - {"REG203"} for refusal in refusals):
            found.exempt["minimal: refused by policy"] += 1
        elif _mark_unseen(found.case, state, address):
            found.exempt["minimal: it hangs on an unseen mark as well"] += 1
        elif _offered_unseen(found.case, address):
            found.exempt["minimal: it hangs on an unseen offer as well"] += 1
        elif len(refusals) >= SHOWN_CONFLICTS:
            found.exempt["minimal: as many refusals as are shown"] += 1
        else:
            _one_minimal(found, state, address, refusals)


def _mark_unseen(case: Case, state: State, address: str) -> bool:
    """Is it to be adopted, and does nobody at hand see whether it bears our mark already?"""
    wanted = case.workspace.projects.get(address.partition(".")[2])
    project = None if wanted is None or not wanted.adopt else state.projects.get(wanted.id or "")
    return project is not None and all(level_of(state, user, project) == "NONE" for user in case.identities)


def _offered_unseen(case: Case, address: str) -> bool:
    """Is it to be billed to somebody who is not at hand, and does nobody see whether it is offered to
    them? Then that may be all that is left, or it may not."""
    wanted = case.workspace.projects.get(address.partition(".")[2])
    payer = "" if wanted is None else wanted.bill_to or ""
    return payer.startswith("user-") and payer not in case.identities


def _one_minimal(found: Examined, state: State, address: str, refusals: list[Refusal]) -> None:
    workspace = found.case.workspace
    best, asking = granted(at_best(state, found.case.identities), workspace)
    for refusal in refusals:
        others = [other for other in refusals if other is not refusal]
        if not refusal.facts:
            found.violated("minimal", f"{refusal.rule} names no fact", f"{address}: {refusal.message}")
            continue
        for fact in refusal.facts:
            found.checked["minimal"] += 1
            gone = [fact, *(_rather(other, fact) for other in others if other.facts)]
            if not _possible(found.case, asking, best, address, gone, people=True):
                told = f"{address}: without {', '.join(gone)}"
                found.violated("minimal", f"{refusal.rule}: it does not hang on {_sort(fact)}", told)
        kept = [other.facts for other in others if other.facts]
        gone = [next((f for f in those if f not in refusal.facts), "") for those in kept]
        if "" in gone:
            found.exempt["minimal: facts in several refusals"] += 1
        elif _shared_with_orgs(state, address, workspace):
            found.exempt["minimal: a membership gives a level"] += 1
        elif _possible(found.case, workspace, state, address, gone, people=False):
            told = f"{address}: with {', '.join(refusal.facts)}"
            found.violated("minimal", f"{refusal.rule}: it stands in nobody's way", told)


def _shared_with_orgs(state: State, address: str, workspace: Workspace) -> bool:
    """Then whoever joins such an org gets a level as well: the facts do not go one by one."""
    wanted = workspace.projects.get(address.partition(".")[2])
    projects = state.projects.values() if wanted is not None else ()
    meant = [p for p in projects if wanted is not None and wanted.id in (None, p.id)]
    return any(member.startswith("org-") for project in meant for member in project.members)


def _rather(refusal: Refusal, fact: str) -> str:
    """Of the facts of another refusal the one that is taken away anyway, else its first."""
    return fact if fact in refusal.facts else refusal.facts[0]


def _sort(fact: str) -> str:
    return facts_of(fact)[1]


def _possible(
    case: Case, workspace: Workspace, state: State, address: str, gone: list[str], *, people: bool
) -> bool:
    """Do calls lead there once these facts are gone? An offer that is no longer in the way may have been
    withdrawn, or stand: whichever suits."""
    ways = [gone, [fact for fact in gone if _sort(fact) != "pending_transfer"]]
    return any(
        _leads_there(case, workspace, state, address, way, people=people)
        for way in (ways if ways[0] != ways[1] else ways[:1])
    )


def _leads_there(
    case: Case, workspace: Workspace, state: State, address: str, gone: list[str], *, people: bool
) -> bool:
    """It stays the project that was meant."""
    identities = case.identities
    kind, _, key = address.partition(".")
    try:
        if kind != "projects":
            state = relaxed(state, Desired(), identities, gone)
            goal = goal_of(workspace, state, address, identities)
            return goal is not None and reached(state, goal, identities, people=people) is not None
        before = goal_of(workspace, state, address, identities)
        assert before is not None
        wanted = workspace.projects[key]
        state = relaxed(state, wanted, identities, gone)
    except (LookupError, Whose):
        return False
    stays = isinstance(before.start, Project) and wanted.region == before.start.region
    if stays and any(_sort(fact) == "region" for fact in gone):
        # Where it is as the TOML says, the TOML says so of any region that suits.
        projects = {**workspace.projects, key: replace(wanted, region=None)}
        workspace = replace(workspace, projects=projects)
    start = None if before.start is None else state.projects[before.start.id]
    goal = project_goal(workspace, state, key, start)
    return reached(state, goal, identities, people=people) is not None


def alternatives(found: Examined, plan: Plan) -> None:
    for refusal in plan.refusals:
        for alternative in refusal.alternatives:
            found.checked["alternatives"] += 1
            trouble = _trouble(found.case, alternative)
            if trouble is not None:
                told = f"{refusal.address}: {alternative.text}: {trouble}\n{alternative.toml}"
                found.violated("alternatives", f"a way out of {refusal.rule} fails", told)


def _trouble(case: Case, alternative: Alternative) -> str | None:
    """Why the alternative, written into the TOML and applied, does not bring its resources into sync."""
    workspace, addresses = pasted(case.workspace, alternative.toml or "")
    state = case.state()
    try:
        plan = planned(workspace, state, case.identities)
    except DiagnosticsError as error:
        return f"it contradicts the rest: {error}"
    each = verdicts(plan, workspace)
    for address in addresses:
        if each[address] not in ("steps", "none"):
            return f"{address} is then {each[address]}"
    refused = carried_out(state, plan.steps)
    if refused is not None:
        return refused
    for address in addresses:
        try:
            goal = goal_of(workspace, state, address, case.identities)
        except Whose as whose:
            return str(whose)
        if goal is None or goal.start is None or not goal.met(goal.start):
            return f"{address} is not as wanted afterwards"
    then = verdicts(planned(workspace, state, case.identities), workspace)
    left = [address for address in addresses if then[address] != "none"]
    return f"afterwards {left[0]} is {then[left[0]]}" if left else None


def pasted(workspace: Workspace, toml: str) -> tuple[Workspace, list[str]]:
    """The workspace with the tables of the text in the place of those of the same name; and which."""
    tables = rtoml.loads(toml)
    addresses = [f"{kind}.{key}" for kind in ("projects", "orgs", "users") for key in tables.get(kind, {})]
    projects = msgspec.convert(tables.get("projects", {}), dict[str, Desired])
    orgs = msgspec.convert(tables.get("orgs", {}), dict[str, Profile])
    users = msgspec.convert(tables.get("users", {}), dict[str, Profile])
    moved = {entry["from"]: entry["to"] for entry in tables.get("moved", [])}
    replaced = replace(
        workspace,
        projects={**workspace.projects, **projects},
        orgs={**workspace.orgs, **orgs},
        users={**workspace.users, **users},
        moved={**workspace.moved, **moved},
    )
    return replaced, addresses
