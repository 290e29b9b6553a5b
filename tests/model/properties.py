"""What the proof asks of a plan, one property after the other, each counted by itself.

sound          each planned step is accepted in its order, under every value of the platform's switches
complete       nothing is refused or blocked that calls at hand reach, nothing manual that somebody at
               hand could do; and what is said to be done, or only waiting, is
convergent     once it is applied, nothing is left to do but what stays refused, blocked or manual
minimal        each refusal names a minimal set of facts: without any one of them it is gone, with all
               of them it stands
alternatives   each way out, planned and applied, succeeds and leaves its resources in sync
monotone       a fact that cannot be read turns a verdict into "cannot tell" or leaves it
order-free     the order of tables and of lists changes no byte of the plan
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
import rtoml
from model.cases import OPTIONS, Case, planned
from model.hiding import Backwards, Blinded, Remembering, facts
from model.oracle import Goal, Whose, at_best, goal_of, granted, project_goal, reached
from model.relaxing import facts_of, relaxed
from model.soundness import broken, carried_out
from model.texts import reread
from model.verdicts import BY_POLICY, Verdict, heaviest, rules_against, verdicts
from msgspec.structs import replace
from reconciler_sandbox.state import State

from reconciler.model.actual import FactKey
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Profile, Workspace
from reconciler.model.desired import Project as Desired
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Alternative, Plan, Refusal
from reconciler.planner import plan as plan_by

PROPERTIES = (
    "sound",
    "complete",
    "convergent",
    "minimal",
    "alternatives",
    "monotone",
    "order-free",
)
SHOWN_CONFLICTS = 8
"""The planner tells at most so many conflicts: where there are as many, some may be missing."""


class Violation(msgspec.Struct, frozen=True):
    """``kind`` is the same for all violations of one sort: they are counted by it."""

    property: str
    kind: str
    told: str


class Examined:
    """One case: its plan, and what was found when it was held against the laws."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.verdict: Verdict | str = "none"
        self.steps = False
        self.checked: Counter[str] = Counter()
        self.exempt: Counter[str] = Counter()
        self.violations: list[Violation] = []

    def violated(self, property: str, kind: str, told: object = "") -> None:
        self.violations.append(Violation(property, kind, str(told)))


def examine(case: Case, *, hide: slice | None = None, only: Iterable[str] = PROPERTIES) -> Examined:
    """``hide``: which of the facts to hide, one after the other; None: each of them."""
    found = Examined(case)
    state = case.state()
    reader = Remembering(state, case.identities)
    try:
        workspace = reread(case) if case.by_text else case.workspace
        plan = plan_by(workspace, reader, Baseline(), OPTIONS).plan
    except DiagnosticsError as error:
        found.verdict = "contradiction"
        if "complete" in only:
            (_offline if case.by_text else _contradiction)(found, state, error)
        return found
    each = verdicts(plan, case.workspace)
    found.verdict, found.steps = heaviest(each), bool(plan.steps)
    if "sound" in only and plan.steps:
        _sound(found, state, plan)
    if "complete" in only:
        _complete(found, state, plan, each)
    if plan.steps:
        _convergent(found, plan, each, only)
    if "minimal" in only:
        _minimal(found, state, plan)
    if "alternatives" in only:
        _alternatives(found, plan)
    if "monotone" in only:
        keys = sorted(facts(reader.last))
        _monotone(found, state, each, keys if hide is None else keys[hide])
    if "order-free" in only:
        _order_free(found, state, plan)
    return found


def _contradiction(found: Examined, state: State, error: DiagnosticsError) -> None:
    """What the TOML contradicts in itself is not judged; it must be about a project that is not there."""
    found.checked["contradiction"] += 1
    for diagnostic in error.diagnostics:
        key = diagnostic.summary.partition(" ")[0].partition(".")[2]
        goal = _goal(found, state, f"projects.{key}")
        if goal is not None and goal.start is not None:
            found.violated("complete", "a contradiction about a project that is there", diagnostic.summary)


def _offline(found: Examined, state: State, error: DiagnosticsError) -> None:
    """What is refused before anything is read is refused by the platform as well."""
    found.checked["complete"] += 1
    for key in (*found.case.workspace.projects, *found.case.workspace.orgs):
        kind = "orgs" if key.startswith("org-") else "projects"
        goal = _goal(found, state, f"{kind}.{key}")
        if goal is not None and reached(state, goal, found.case.identities):
            codes = ", ".join(sorted({one.code for one in error.diagnostics}))
            found.violated("complete", f"refused by {codes}, but those at hand can do it", key)


def _sound(found: Examined, state: State, plan: Plan) -> None:
    why, tried = broken(state, plan.steps)
    found.checked["sound"] += 1
    found.checked["sound: calls tried"] += tried
    if why is not None:
        found.violated("sound", f"{why.step.action} refused", why)


def _goal(found: Examined, state: State, address: str) -> Goal | None:
    try:
        return goal_of(found.case.workspace, state, address, found.case.identities)
    except Whose:
        return None


def _complete(found: Examined, state: State, plan: Plan, each: dict[str, Verdict]) -> None:
    identities = found.case.identities
    for address, verdict in each.items():
        found.checked["complete"] += 1
        goal = _goal(found, state, address)
        if goal is None:
            found.exempt["complete: whose it is cannot be said, or there is no such payer"] += 1
            if verdict == "none":
                found.violated("complete", "in sync, but whose it is cannot be said", address)
            continue
        if verdict == "none":
            if goal.start is None or not goal.met(goal.start):
                found.violated("complete", "in sync, but it is not", address)
            continue
        if verdict in ("steps", "cannot_tell"):
            continue
        rules = rules_against(plan, address)
        if verdict == "refused" and rules & BY_POLICY:
            found.exempt[f"complete: refused by {', '.join(sorted(rules & BY_POLICY))}"] += 1
            continue
        path = reached(state, goal, identities)
        if path is not None:
            told = f"{address}: {'; '.join(map(str, path))}"
            found.violated("complete", f"{verdict}{_by(rules)}, but those at hand can do it", told)
            continue
        if verdict != "manual":
            path = reached(state, goal, identities, people=True)
            if path is not None:
                told = f"{address}: {'; '.join(map(str, path))}"
                found.violated("complete", f"{verdict}{_by(rules)}, but who is named can do it", told)
        if verdict == "refused":
            if _in_reach(found, state, address):
                found.violated("complete", f"refused{_by(rules)}, but it only waits for sales", address)
            continue
        if not _in_reach(found, at_best(state, identities), address):
            found.violated("complete", f"{verdict}, but nobody can do it", address)


def _by(rules: frozenset[str]) -> str:
    return f" by {', '.join(sorted(rules))}" if rules else ""


def _in_reach(found: Examined, state: State, address: str) -> bool:
    """Once sales have given what is asked for, and everybody named in the TOML does their part."""
    state, workspace = granted(state, found.case.workspace)
    identities = found.case.identities
    try:
        goal = goal_of(workspace, state, address, identities)
    except Whose:
        return False
    return goal is not None and reached(state, goal, identities, people=True) is not None


def _convergent(found: Examined, plan: Plan, each: dict[str, Verdict], only: Iterable[str]) -> None:
    case = found.case
    after = case.state()
    refused = carried_out(after, plan.steps)
    if refused is not None:
        return  # "sound" says so
    if "complete" in only:
        for address, verdict in each.items():
            goal = _goal(found, after, address) if verdict == "steps" else None
            if goal is not None and (goal.start is None or not goal.met(goal.start)):
                found.violated("complete", "carried out, but not as wanted", address)
    if "convergent" not in only:
        return
    found.checked["convergent"] += 1
    try:
        again = planned(case.workspace, after, case.identities)
    except DiagnosticsError as error:
        found.violated("convergent", "a contradiction afterwards", error)
        return
    if again.steps:
        found.violated("convergent", "steps are left afterwards", again.steps)
    then = verdicts(again, case.workspace)
    for address, verdict in each.items():
        wanted = "none" if verdict == "steps" else verdict
        if then[address] != wanted and not again.steps:
            found.violated("convergent", f"{verdict}, afterwards {then[address]}", address)


def _minimal(found: Examined, state: State, plan: Plan) -> None:
    by_address: dict[str, list[Refusal]] = {}
    for refusal in plan.refusals:
        by_address.setdefault(refusal.address, []).append(refusal)
    for address, refusals in by_address.items():
        if any(refusal.rule in BY_POLICY - {"REG203"} for refusal in refusals):
            found.exempt["minimal: refused by policy"] += 1
        elif len(refusals) >= SHOWN_CONFLICTS:
            found.exempt["minimal: as many refusals as are shown"] += 1
        else:
            _one_minimal(found, state, address, refusals)


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
        elif _possible(found.case, workspace, state, address, gone, people=False):
            told = f"{address}: with {', '.join(refusal.facts)}"
            found.violated("minimal", f"{refusal.rule}: it stands in nobody's way", told)


def _rather(refusal: Refusal, fact: str) -> str:
    """Of the facts of another refusal the one that is taken away anyway, else its first."""
    return fact if fact in refusal.facts else refusal.facts[0]


def _sort(fact: str) -> str:
    return facts_of(fact)[1]


def _possible(
    case: Case, workspace: Workspace, state: State, address: str, gone: list[str], *, people: bool
) -> bool:
    """Do calls lead there once these facts are gone? It stays the project that was meant."""
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
    if any(_sort(fact) == "region" for fact in gone):
        # The region suits: then so does what the TOML says of it.
        projects = {**workspace.projects, key: replace(wanted, region=None)}
        workspace = replace(workspace, projects=projects)
    start = None if before.start is None else state.projects[before.start.id]
    goal = project_goal(workspace, state, key, start)
    return reached(state, goal, identities, people=people) is not None


def _alternatives(found: Examined, plan: Plan) -> None:
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


def _monotone(found: Examined, state: State, each: dict[str, Verdict], keys: Iterable[FactKey]) -> None:
    case = found.case
    for key in keys:
        found.checked["monotone"] += 1
        try:
            plan = plan_by(case.workspace, Blinded(state, case.identities, key), Baseline(), OPTIONS).plan
        except DiagnosticsError as error:
            found.violated("monotone", f"a contradiction without {key.attribute}", f"{key}: {error}")
            continue
        for address, verdict in verdicts(plan, case.workspace).items():
            before = each[address]
            if verdict in (before, "cannot_tell") or _left_to_that_person(key, before, verdict):
                continue
            kind = f"{before} becomes {verdict} without {key.attribute.partition(':')[0]}"
            found.violated("monotone", kind, f"{address} without {key}")


def _left_to_that_person(key: FactKey, before: Verdict, after: Verdict) -> bool:
    """A user whose own regions cannot be read is asked to take over by hand: the one exception."""
    own = key.subject.startswith("user-") and key.attribute == "permitted_regions"
    return own and before in ("steps", "refused", "blocked") and after == "manual"


def _order_free(found: Examined, state: State, plan: Plan) -> None:
    workspace = found.case.workspace
    turned = replace(
        workspace,
        projects=dict(reversed(workspace.projects.items())),
        orgs=dict(reversed(workspace.orgs.items())),
        users=dict(reversed(workspace.users.items())),
        moved=dict(reversed(workspace.moved.items())),
    )
    found.checked["order-free"] += 1
    other = plan_by(turned, Backwards(state, found.case.identities), Baseline(), OPTIONS).plan
    if msgspec.json.encode(plan) != msgspec.json.encode(other):
        found.violated("order-free", "another order, another plan")
