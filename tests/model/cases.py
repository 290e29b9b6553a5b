"""A case of the proof: a platform, who acts on it, and what the TOML wants of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from model.snapshots import snapshot_of
from msgspec import Struct
from reconciler_sandbox.laws import router
from reconciler_sandbox.laws.effects import Effect
from reconciler_sandbox.laws.errors import Refused
from reconciler_sandbox.laws.records import Member, Org, Project, Region, User
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.laws.view import Answer, Call, Caller
from reconciler_sandbox.state import State
from support.worlds import EU, SYD, US

from reconciler.model.actual import Scope, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.head import Options
from reconciler.model.plan import Plan
from reconciler.planner import plan

A, B, C = US, EU, SYD
ALICE, BOB, CAROL = "user-alice", "user-bob", "user-carol"
SWITCHES = Switches(rate_limit=0)
OPTIONS = Options(version="test")
NOW = 2

ADMIN = Member("ADMIN", True, "ADMINISTER")
BILLABLE = Member(allow_billable_activities=True)
PLAIN = Member()


class Case(Struct, frozen=True):
    """``identities``: who is at hand, the default first. ``regions``: codes that the platform knows.
    ``by_text``: the TOML has to be read as a text, for what is judged offline."""

    users: tuple[User, ...]
    orgs: tuple[Org, ...]
    projects: tuple[Project, ...]
    identities: tuple[str, ...]
    workspace: Workspace
    regions: tuple[str, ...] = (A, B, C)
    by_text: bool = False

    def state(self) -> State:
        return state_of((*self.users, *self.orgs, *self.projects), self.regions)


_REGIONS: dict[tuple[str, ...], Mapping[str, Region]] = {}


def state_of(records: Iterable[User | Org | Project], regions: tuple[str, ...]) -> State:
    known = _REGIONS.setdefault(regions, {code: Region() for code in regions})
    return State(SWITCHES, known, records)


def payer(record: str, **facts: object) -> Org:
    """An organisation where only what is given matters."""
    members = facts.pop("members", {})
    restrict = facts.pop("restrict", "MEMBER")
    policies: dict[str, object] = {"memberListVisibility": "ADMIN", "restrictProjectTransfer": restrict}
    return Org(record, record.removeprefix("org-"), members, policies, **facts)  # type: ignore[arg-type]


class Reader:
    """What the planner reads from: the records, without a client between."""

    endpoint = "sandbox:"

    def __init__(self, state: State, identities: tuple[str, ...]) -> None:
        self._state = state
        self._identities = identities

    def read(self, scope: Scope) -> Snapshot:
        return snapshot_of(self._state, self._identities, scope)


def planned(workspace: Workspace, state: State, identities: tuple[str, ...]) -> Plan:
    """Raises DiagnosticsError for a TOML that contradicts itself."""
    return plan(workspace, Reader(state, identities), Baseline(), OPTIONS).plan


class Ask(Struct, frozen=True):
    """A call that somebody may try: ``by`` a user, to a route, with a body."""

    by: str
    path: str
    body: dict[str, object]

    def __str__(self) -> str:
        return f"{self.by}: {self.path} {self.body}"


_PLACES: dict[str, router.Place] = {}
_CALLERS: dict[str, Caller] = {}


def fresh_id(number: int) -> str:
    return f"project-{900_000_000_000_000_000_000_000 + number:024d}"


def answered(state: State, ask: Ask) -> Answer | Refused:
    """What the laws say to the call; nothing is changed. The only way in which the proof asks them."""
    caller = _CALLERS.setdefault(ask.by, Caller(ask.by))
    place = _PLACES.get(ask.path)
    if place is None:
        if len(_PLACES) > 10_000:
            _PLACES.clear()
        place = _PLACES[ask.path] = router.place(ask.path, caller)
    body = ask.body

    def new_id(_class: str) -> str:
        number = 1
        while fresh_id(number) in state.projects:
            number += 1
        return fresh_id(number)

    return router.answer(state, place, Call(caller, place.entity, body, NOW, new_id, {}, str, body))


def done(state: State, ask: Ask) -> Refused | tuple[Effect, ...]:
    """Carries the call out, or gives the refusal."""
    outcome = answered(state, ask)
    if isinstance(outcome, Refused):
        return outcome
    state.apply(outcome.effects)
    return outcome.effects
