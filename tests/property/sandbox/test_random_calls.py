"""Whatever anybody calls in whatever order: what must never happen does not."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.laws.errors import STATUS
from reconciler_sandbox.laws.records import Project
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Database
from support.sandbox import AZURE, EU, RETIRED, US, USERS, Got, Lab, a_project, a_world

PAYERS = ("org-lab", "org-rival", *USERS)
REGIONS = (US, EU, AZURE, RETIRED, "aws:nowhere-1")
LEVELS = ("VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER")

users = st.sampled_from(USERS)
payers = st.sampled_from((*PAYERS, "org-nothing", "user-nobody"))
regions = st.sampled_from(REGIONS)
shared = st.sampled_from((*PAYERS, "PUBLIC"))
levels = st.sampled_from(LEVELS)


class Calls(RuleBasedStateMachine):
    """A platform on a database file, called at random by four users."""

    projects: Bundle[str] = Bundle("projects")

    @initialize(
        order=st.sampled_from(("created_desc", "created_asc", "random")),
        checks=st.sampled_from(("state_before_payer", "rights_last", "payer_first")),
        pending=st.sampled_from(("InvalidState", "allow_and_cancel", "allow_and_keep")),
    )
    def begin(self, order: str, checks: str, pending: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Database(Path(self.folder.name) / "sandbox.db")
        world = a_world(
            [a_project(n, members={user: "ADMINISTER"}) for n, user in enumerate(USERS, 1)],
            find_order=order,
            check_order=checks,
            pending_blocks_bill_to=pending,
        )
        self.store.seed(world, "")
        lab = Lab.__new__(Lab)
        lab.time, lab.log = 0.0, CallLog()
        lab.platform = Platform(world, self.store, lab.log, monotonic=lambda: 0.0)
        self.lab = lab
        self.regions = {project.id: project.region for project in world.projects}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def call(self, user: str, path: str, inputs: Mapping[str, object]) -> Got:
        before = dict(self.lab.platform.state.projects)
        got = self.lab.call(user, path, dict(inputs))
        after = self.lab.platform.state.projects
        if got.status == 200:
            self.judge(before, after)
        else:
            assert STATUS[str(got.error)] == got.status
            assert dict(after) == before
        return got

    def judge(self, before: Mapping[str, Project], after: Mapping[str, Project]) -> None:
        """A project that is new, or newly billed, lies in a region that its payer may use then."""
        state = self.lab.platform.state
        for project in after.values():
            old = before.get(project.id)
            if old is None or old.bill_to != project.bill_to:
                payer = state.users.get(project.bill_to) or state.orgs[project.bill_to]
                assert project.region in (payer.permitted_regions or ())
            assert self.regions.setdefault(project.id, project.region) == project.region

    @initialize(target=projects, number=st.integers(1, len(USERS)))
    def given_project(self, number: int) -> str:
        return a_project(number).id

    @rule(target=projects, user=users, payer=st.none() | payers, region=st.none() | regions)
    def create(self, user: str, payer: str | None, region: str | None) -> str:
        given = {"name": "n", "billTo": payer, "region": region}
        got = self.call(user, "/project/new", {key: value for key, value in given.items() if value})
        return str(got.body.get("id", a_project(1).id))

    @rule(project=projects, user=users, payer=payers)
    def rebill(self, project: str, user: str, payer: str) -> None:
        self.call(user, f"/{project}/update", {"billTo": payer, "region": EU})

    @rule(project=projects, user=users, invitee=st.none() | users)
    def offer(self, project: str, user: str, invitee: str | None) -> None:
        self.call(user, f"/{project}/transfer", {"invitee": invitee})

    @rule(project=projects, user=users, payer=payers)
    def accept(self, project: str, user: str, payer: str) -> None:
        offered = self.lab.platform.state.projects.get(project)
        got = self.call(user, f"/{project}/acceptTransfer", {"billTo": payer})
        if got.status == 200:
            assert offered is not None
            assert offered.pending_transfer == user

    @rule(
        project=projects,
        user=users,
        invitee=st.sampled_from((*PAYERS, "PUBLIC")),
        level=st.sampled_from(LEVELS),
    )
    def share(self, project: str, user: str, invitee: str, level: str) -> None:
        self.call(user, f"/{project}/invite", {"invitee": invitee, "level": level})

    @rule(
        project=projects, user=users, other=st.sampled_from(PAYERS), level=st.none() | st.sampled_from(LEVELS)
    )
    def lower(self, project: str, user: str, other: str, level: str | None) -> None:
        self.call(user, f"/{project}/decreasePermissions", {other: level})

    @rule(project=projects, user=users)
    def leave(self, project: str, user: str) -> None:
        self.call(user, f"/{project}/leave", {})

    @rule(project=projects, user=users, key=st.sampled_from("ab"), value=st.none() | st.sampled_from("xy"))
    def mark(self, project: str, user: str, key: str, value: str | None) -> None:
        self.call(user, f"/{project}/setProperties", {"properties": {key: value}})

    @rule(project=consumes(projects), user=users)
    def destroy(self, project: str, user: str) -> None:
        self.call(user, f"/{project}/destroy", {})

    @rule(profile=st.sampled_from(PAYERS), regions=st.lists(st.sampled_from((US, EU, AZURE)), unique=True))
    def regrant(self, profile: str, regions: list[str]) -> None:
        change = self.lab.change_user if profile.startswith("user-") else self.lab.change_org
        change(profile, permitted_regions=tuple(regions))

    @rule(user=users, profile=st.sampled_from(PAYERS), region=regions)
    def set_default(self, user: str, profile: str, region: str) -> None:
        if self.call(user, f"/{profile}/update", {"defaultRegion": region}).status == 200:
            state = self.lab.platform.state
            payer = state.users.get(profile) or state.orgs[profile]
            assert region in (payer.permitted_regions or ())

    @invariant()
    def lists_and_describes_agree(self) -> None:
        """What is listed is what can be described, once each, page by page, for everybody."""
        if not hasattr(self, "lab"):
            return
        state = self.lab.platform.state
        for user in USERS:
            seen = {
                id
                for id in state.projects
                if self.lab.call(user, f"/{id}/describe", {}).body.get("level", "NONE") != "NONE"
            }
            listed: list[str] = []
            given: dict[str, object] = {"level": "VIEW", "limit": 2}
            while True:
                body = self.lab.call(user, "/system/findProjects", given).body
                listed += [entry["id"] for entry in body["results"]]
                if body["next"] is None:
                    break
                given["starting"] = body["next"]
            assert sorted(listed) == sorted(seen)
        for payer in PAYERS:
            billed = {id for id, project in state.projects.items() if project.bill_to == payer}
            assert {id for _, id in state.billed_to(payer)} == billed
            offered = {id for id, project in state.projects.items() if project.pending_transfer == payer}
            assert set(state.offered_to(payer)) == offered
        for key in "ab":
            for value in "xy":
                marked = {
                    id for id, project in state.projects.items() if project.properties.get(key) == value
                }
                assert {id for _, id in state.with_property(key, value)} == marked

    @invariant()
    def what_is_kept_is_what_is_seen(self) -> None:
        if not hasattr(self, "lab"):
            return
        kept = self.store.load()
        assert kept is not None
        state = self.lab.platform.state
        assert {project.id: project for project in kept.projects} == state.projects
        assert (kept.users, kept.orgs, kept.clock.ms) == (state.users, state.orgs, self.lab.platform.now)


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "name",
    "billTo",
    "region",
    "level",
    "describe",
    "fields",
    "defaultFields",
    "properties",
    "tags",
    "id",
    "limit",
    "starting",
    "invitee",
    "created",
    "public",
    "version",
    "policies",
    "defaultRegion",
    "permittedRegions",
    "downloadRestricted",
    "allowedExecutables",
    "explicitPermission",
    "folder",
    "only",
    "$and",
    "$or",
]
PATHS = [
    "/project/new",
    "/system/findProjects",
    "/system/findOrgs",
    "/system/whoami",
    "/org-lab/findProjects",
    "/org-lab/update",
    "/org-lab/findMembers",
    "/user-alice/update",
    "/user-alice/describe",
] + [
    f"/{a_project(1).id}/{method}"
    for method in [
        "describe",
        "update",
        "setProperties",
        "addTags",
        "removeTags",
        "invite",
        "decreasePermissions",
        "transfer",
        "acceptTransfer",
        "listFolder",
    ]
]
LAB = Lab(a_world())


@settings(max_examples=400, deadline=None)
@given(path=st.sampled_from(PATHS), inputs=st.dictionaries(st.sampled_from(KEYS), json_values, max_size=4))
def test_no_input_makes_the_platform_fail(path: str, inputs: dict[str, object]) -> None:
    body = json.dumps(inputs).encode()
    reply = LAB.platform.answer(path, body, None, "Bearer user-alice", {})
    assert reply.status in {200, 400, 401, 404, 422}
    json.loads(reply.body)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=60), path=st.text(max_size=30))
def test_no_bytes_make_the_platform_fail(body: bytes, path: str) -> None:
    reply = LAB.platform.answer(f"/{path}", body, None, "Bearer user-alice", {})
    assert reply.status in {400, 401, 404, 422}
