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

from collections.abc import Iterable, Iterator

import msgspec
from model.cases import OPTIONS, Case, planned
from model.examined import Examined, goal_in
from model.forbidden import newly_forbidden
from model.hiding import Backwards, Blinded, Remembering, facts, verdicts_alone
from model.oracle import Whose, at_best, goal_of, granted, reached
from model.refusals import alternatives, minimal
from model.snapshots import level_of, profile_of
from model.soundness import broken, carried_out
from model.texts import reread
from model.verdicts import BY_POLICY, Verdict, heaviest, rules_against, verdicts
from msgspec.structs import replace
from reconciler_sandbox.state import State

from reconciler.model.actual import FactKey
from reconciler.model.baseline import Baseline
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.knowledge import Unreadable
from reconciler.model.plan import Plan
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
        minimal(found, state, plan)
    if "alternatives" in only:
        alternatives(found, plan)
    if "monotone" in only:
        keys = sorted(facts(reader.last))
        with verdicts_alone():
            _monotone(found, state, each, keys if hide is None else keys[hide])
    if "order-free" in only:
        _order_free(found, state, plan)
    return found


def _contradiction(found: Examined, state: State, error: DiagnosticsError) -> None:
    """What the TOML contradicts in itself is not judged; it must be about a project that is not there."""
    found.checked["contradiction"] += 1
    for diagnostic in error.diagnostics:
        key = diagnostic.summary.partition(" ")[0].partition(".")[2]
        goal = goal_in(found, state, f"projects.{key}")
        if goal is not None and goal.start is not None:
            found.violated("complete", "a contradiction about a project that is there", diagnostic.summary)


def _offline(found: Examined, state: State, error: DiagnosticsError) -> None:
    """What is refused before anything is read is refused by the platform as well."""
    found.checked["complete"] += 1
    for key in (*found.case.workspace.projects, *found.case.workspace.orgs):
        kind = "orgs" if key.startswith("org-") else "projects"
        goal = goal_in(found, state, f"{kind}.{key}")
        if goal is not None and reached(state, goal, found.case.identities):
            codes = ", ".join(sorted({one.code for one in error.diagnostics}))
            found.violated("complete", f"refused by {codes}, but those at hand can do it", key)


def _sound(found: Examined, state: State, plan: Plan) -> None:
    why, tried = broken(state, plan.steps)
    found.checked["sound"] += 1
    found.checked["sound: calls tried"] += tried
    if why is not None:
        found.violated("sound", f"{why.step.action} refused", why)
    guards = found.case.workspace.guards
    most = None if guards is None else guards.max_changes
    if most is not None and len(plan.steps) > most and plan.applyable:
        found.violated("sound", "more steps than a guard allows", len(plan.steps))


def _complete(found: Examined, state: State, plan: Plan, each: dict[str, Verdict]) -> None:
    identities = found.case.identities
    for payer in _stranding(found.case, state):
        if not any(one.code == "REG106" and payer in one.summary for one in plan.warnings):
            found.violated("complete", "regions are given up without a word", payer)
    for address, verdict in each.items():
        found.checked["complete"] += 1
        goal = goal_in(found, state, address)
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


def _stranding(case: Case, state: State) -> Iterator[str]:
    """Payers whose TOML gives up a region where a project of theirs is seen to lie."""
    for name, table in (*case.workspace.orgs.items(), *case.workspace.users.items()):
        permitted = profile_of(state, case.identities, name).permitted_regions
        if table.permitted_regions is None or isinstance(permitted, Unreadable):
            continue
        given_up = permitted.difference(table.permitted_regions)
        if any(
            project.bill_to == name
            and project.region in given_up
            and any(level_of(state, user, project) != "NONE" for user in case.identities)
            for project in state.projects.values()
        ):
            yield name


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
    if "sound" in only:
        for project_id in newly_forbidden(case.workspace, case.state(), after):
            found.violated("sound", "a step leads into what a policy forbids", project_id)
    if "complete" in only:
        for address, verdict in each.items():
            goal = goal_in(found, after, address) if verdict == "steps" else None
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


def _monotone(found: Examined, state: State, each: dict[str, Verdict], keys: Iterable[FactKey]) -> None:
    case = found.case
    for key in keys:
        found.checked["monotone"] += 1
        try:
            plan = plan_by(case.workspace, Blinded(state, case.identities, key), Baseline(), OPTIONS).plan
        except DiagnosticsError as error:
            if key.attribute in _WHOSE:
                found.exempt[_ANOTHER] += 1
            else:
                found.violated("monotone", f"a contradiction without {key.attribute}", f"{key}: {error}")
            continue
        for address, verdict in verdicts(plan, case.workspace).items():
            before = each[address]
            if verdict in (before, "cannot_tell") or _left_to_that_person(key, before, verdict):
                continue
            if key.attribute in _WHOSE and not (
                _makes(plan, address) and _could_be(case, state, key, address)
            ):
                found.exempt[_ANOTHER] += 1
                continue
            kind = f"{before} becomes {verdict} without {key.attribute.partition(':')[0]}"
            found.violated("monotone", kind, f"{address} without {key}")


_WHOSE = ("mark", "name")
"""What says whose a project is. One whose mark is hidden keeps nothing from being created beside it,
unless it may be the very one by name and payer: else nothing could be created beside any hidden one."""
_ANOTHER = "monotone: a hidden mark, of what by its id, name or payer is another"


def _makes(plan: Plan, address: str) -> bool:
    """Is a project to be made, by the tool or by hand?"""
    by_hand = any(one.address == address and "project new" in one.text for one in plan.manual)
    return by_hand or any((s.address, s.action) == (address, "create") for s in plan.steps)


def _could_be(case: Case, state: State, key: FactKey, address: str) -> bool:
    """As far as name and payer go, and no id is written."""
    name, project = address.partition(".")[2], state.projects[key.subject]
    wanted = case.workspace.projects.get(name)
    if wanted is None or wanted.id is not None or wanted.bill_to != project.bill_to:
        return False
    return key.attribute == "name" or (wanted.name or name) == project.name


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
