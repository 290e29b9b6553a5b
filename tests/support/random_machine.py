"""A platform on a database file, called at random by several people, judged after each call."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import structs
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.laws.records import App, Copy, DataObject, Enabled, Project, Record, Series
from reconciler_sandbox.laws.route import Name
from reconciler_sandbox.laws.router import ROUTES
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Database
from reconciler_sandbox.world.model import Token, World

from support.dumps import assert_same
from support.random_calls import Pick, call_of
from support.referee import Case, Facts, Referee
from support.sandbox import AZURE, EU, NOW, US, USERS, Lab, a_project, a_world

NARROW = {"*": "VIEW"}
"""The scope of the one token that is not of full scope."""

PAYERS = ("org-lab", "org-rival", *USERS)

seeds = st.integers(0, 2**64 - 1)

REGIONAL: Sequence[Name] = (
    ("project", "new"),
    ("project-", "update"),
    ("project-", "update"),
    ("project-", "transfer"),
    ("project-", "acceptTransfer"),
    ("project-", "transfer"),
    ("project-", "acceptTransfer"),
    ("project-", "clone"),
    ("user-", "describe"),
    ("user-", "update"),
    ("org-", "describe"),
    ("org-", "update"),
    ("applet", "new"),
    ("applet-", "run"),
    ("applet-", "run"),
    ("app", "new"),
    ("app-", "describe"),
    ("app-", "run"),
    ("system", "findProjects"),
)
"""Where the region laws are: called more often."""


def random_world(order: str = "created_desc") -> World:
    """Each user administers a project, in one of three regions, that user or org-lab pays for, and the
    next user's project too. In each lie a closed record, an applet and a workflow of it; user-alice
    has an app of hers."""
    regions = (US, EU, AZURE, US)
    payers = ("org-lab", "org-lab", "user-carol", "user-dave")
    projects = [
        a_project(
            n,
            members={user: "ADMINISTER", USERS[n - 2]: "ADMINISTER"},
            region=region,
            bill_to=payer,
            created_by=user,
            folders=("/a",),
        )
        for n, (user, region, payer) in enumerate(zip(USERS, regions, payers, strict=True), 1)
    ]
    world = a_world(projects, find_order=order)
    narrow = Token("narrow-token", "user-alice", NARROW)
    records = [record for n, project in enumerate(projects, 1) for record in _data(n, project)]
    return structs.replace(
        world, tokens=(*world.tokens, narrow), records=[*records, *_an_app(projects[0], records)]
    )


def _data(number: int, project: Project) -> Iterator[Record]:
    applet = f"applet-J{number:023}"
    specs: dict[str, dict[str, object]] = {
        f"record-J{number:023}": {},
        applet: {"runSpec": {"interpreter": "bash", "code": "true"}, "dxapi": "1.0.0"},
        f"workflow-J{number:023}": {"stages": [{"id": "stage-1", "executable": applet}]},
    }
    for id, spec in specs.items():
        yield DataObject(id, project.created_by, NOW, NOW, state="closed", spec=spec)
        yield Copy(id, project.id, "one", "/a" if id == applet else "/")


def _an_app(project: Project, records: Sequence[Record]) -> Iterator[Record]:
    applet = next(record.id for record in records if record.id.startswith("applet-"))
    app = App(
        id="app-J00000000000000000000001",
        name="tool",
        version="0.1.0",
        bill_to=project.bill_to,
        created_by="user-alice",
        created=NOW,
        modified=NOW,
        regions={project.region: Enabled(applet)},
        spec={"runSpec": {"interpreter": "bash", "code": "true"}},
    )
    yield app
    yield Series(app.series, "user-alice", developers=("user-alice",), aliases={"default": app.id})


class Calls(RuleBasedStateMachine):
    """Counted over all runs: ``called`` by route, ``refused`` by error, ``steps`` by what they did.
    ``batch``: another one makes other calls of the same seeds. ``dumps``: is the dump of the world held
    against it after each step, which takes most of the time."""

    referee = Referee()
    called: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()
    steps: ClassVar[Counter[str]] = Counter()
    batch: ClassVar[int] = 0
    dumps: ClassVar[bool] = True

    @initialize(order=st.sampled_from(("created_desc", "created_asc", "random")))
    def begin(self, order: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Database(Path(self.folder.name) / "sandbox.db")
        world = random_world(order)
        self.store.seed(world, "")
        lab = Lab.__new__(Lab)
        lab.time, lab.log = 0.0, CallLog()
        lab.platform = Platform(world, self.store, lab.log, monotonic=lambda: 0.0)
        self.lab = lab

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def pick(self, seed: int) -> Pick:
        """Hypothesis likes small numbers and repeats them; with the batch and the step they are new."""
        self.count = getattr(self, "count", 0) + 1
        return Pick(f"{self.batch}/{seed}/{self.count}", self.lab.platform.state)

    @rule(seed=seeds)
    def any_route(self, seed: int) -> None:
        self.call(self.pick(seed), tuple(ROUTES))

    @rule(seed=seeds)
    def route_with_a_region_law(self, seed: int) -> None:
        self.call(self.pick(seed), REGIONAL)

    def call(self, pick: Pick, names: Sequence[Name]) -> None:
        self.steps["call"] += 1
        name = pick.one(names)
        chosen = call_of(pick, name)
        before = Facts.of(pick.state)
        got = self.lab.call(chosen.token, chosen.path, chosen.given)
        note(f"{chosen.token} {chosen.path} {chosen.given} -> {got.status} {got.body}")
        self.called["/".join(name)] += 1
        if got.error is not None:
            self.refused[got.error] += 1
        self.referee.judge(
            Case(
                before=before,
                after=Facts.of(pick.state),
                user={"PUBLIC": "", "narrow-token": "user-alice"}.get(chosen.token, chosen.token),
                scope=NARROW if chosen.token == "narrow-token" else None,
                family=name[0],
                entity=chosen.entity,
                method=name[1],
                given=chosen.given,
                status=got.status,
                body=got.body,
                law=got.law,
            )
        )

    @rule(seed=seeds)
    def regrant(self, seed: int) -> None:
        """The platform's sales give and take regions; what is there stays (L21)."""
        self.steps["grant"] += 1
        pick = self.pick(seed)
        profile, regions = pick.one(PAYERS), pick.some((US, EU, AZURE), most=3)
        before = Facts.of(self.lab.platform.state)
        change = self.lab.change_user if profile.startswith("user-") else self.lab.change_org
        change(profile, permitted_regions=tuple(dict.fromkeys(regions)))
        after = Facts.of(self.lab.platform.state)
        assert before._replace(users=after.users, orgs=after.orgs) == after

    @rule(user=st.sampled_from(USERS))
    def lists_and_describes_agree(self, user: str) -> None:
        """What is listed is what can be described, once each, page by page."""
        self.steps["listing"] += 1
        state = self.lab.platform.state
        described = [self.lab.call(user, f"/{id}/describe", {}).body for id in state.projects]
        seen = [body["id"] for body in described if body.get("level", "NONE") != "NONE"]
        assert sorted(self.listed(user, "/system/findProjects", {"level": "VIEW"})) == sorted(seen)

    def listed(self, user: str, path: str, given: dict[str, Any]) -> list[str]:
        found: list[str] = []
        asked = given | {"limit": 2}
        while True:
            body = self.lab.call(user, path, asked).body
            found += [entry["id"] for entry in body["results"]]
            if body["next"] is None:
                return found
            asked = asked | {"starting": body["next"]}

    @invariant()
    def a_data_object_lies_in_one_region(self) -> None:
        if hasattr(self, "lab"):
            facts = Facts.of(self.lab.platform.state)
            for object in facts.objects:
                assert len(facts.regions_of(object)) == 1, object

    @invariant()
    def the_indexes_say_what_the_records_say(self) -> None:
        if not hasattr(self, "lab"):
            return
        state = self.lab.platform.state
        for payer in PAYERS:
            billed = {id for id, project in state.projects.items() if project.bill_to == payer}
            assert {id for _, id in state.billed_to(payer)} == billed
            offered = {id for id, project in state.projects.items() if project.pending_transfer == payer}
            assert set(state.offered_to(payer)) == offered
        for holder in (*state.projects, *state.containers):
            held = {id for id, copy in state.copies.items() if copy.holder == holder}
            assert {id for _, id in state.held_by(holder)} == held
        assert {copy.holder for copy in state.copies.values()} <= {*state.projects, *state.containers}
        assert {copy.object for copy in state.copies.values()} == set(state.objects)

    @invariant()
    def what_is_kept_and_what_a_dump_says_is_what_is_seen(self) -> None:
        if not hasattr(self, "lab"):
            return
        seen = self.lab.platform.world()
        kept = self.store.load()
        assert kept is not None
        assert kept.in_order() == seen.in_order()
        if self.dumps:
            assert_same(seen)
