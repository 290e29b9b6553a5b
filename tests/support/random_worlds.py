"""Random small worlds for hypothesis: a workspace, a snapshot of a platform and a baseline."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model.actual import Destroyed, Level, Profile, Project, Snapshot
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Profile as DesiredProfile
from reconciler.model.desired import Project as DesiredProject
from reconciler.model.desired import Workspace
from reconciler.model.knowledge import ABSENT
from support.worlds import ADMIN, BILLABLE, EU, HIDDEN, PLAIN, SYD, US, actual, desired, org, pid, stranger

REGIONS = st.sampled_from([US, EU, SYD])
PAYERS = st.sampled_from(["org-a", "org-b", "user-alice", "user-bob"])
KEYS = ("rna", "dna", "old")
NAMES = st.sampled_from(["rna", "dna", "x"])
IDS = st.sampled_from([pid(1), pid(2), pid(3)])
MARKS = st.sampled_from([ABSENT, HIDDEN, *(f"ws/projects.{key}" for key in KEYS), "theirs/projects.rna"])
LEVELS: tuple[Level, ...] = ("NONE", "VIEW", "CONTRIBUTE", "ADMINISTER")


@st.composite
def projects_wanted(draw: st.DrawFn) -> DesiredProject:
    has_id = draw(st.booleans()) and draw(st.booleans())
    adopt = draw(st.booleans())
    return DesiredProject(
        name=draw(st.none() | NAMES),
        region=draw(st.none() | REGIONS),
        bill_to=draw(st.none() | PAYERS if has_id else PAYERS),
        id=draw(IDS) if has_id else None,
        adopt=adopt,
        same_name=draw(st.sampled_from([None, None, "create"])),
        recreate=draw(st.none() | IDS),
    )


@st.composite
def profiles_wanted(draw: st.DrawFn) -> DesiredProfile:
    permitted = draw(st.none() | st.lists(REGIONS, min_size=1, unique=True).map(tuple))
    default = draw(st.none() | (REGIONS if permitted is None else st.sampled_from(permitted)))
    return DesiredProfile(default, permitted)


@st.composite
def workspaces(draw: st.DrawFn) -> Workspace:
    projects = draw(st.dictionaries(st.sampled_from(["rna", "dna"]), projects_wanted(), max_size=2))
    ids = [p.id for p in projects.values() if p.id]
    if len(ids) != len(set(ids)):
        projects = dict(list(projects.items())[:1])
    moved = {"projects.old": "projects.rna"} if "rna" in projects and draw(st.booleans()) else {}
    return desired(
        projects,
        orgs=draw(st.dictionaries(st.sampled_from(["org-a", "org-b"]), profiles_wanted())),
        users=draw(st.dictionaries(st.sampled_from(["user-alice", "user-bob"]), profiles_wanted())),
        moved=moved,
    )


@st.composite
def orgs_there(draw: st.DrawFn, name: str, identities: tuple[str, ...]) -> Profile:
    permitted = tuple(draw(st.lists(REGIONS, min_size=1, unique=True)))
    members = {user: draw(st.sampled_from([ADMIN, BILLABLE, PLAIN, ABSENT, HIDDEN])) for user in identities}
    if draw(st.booleans()):
        members[identities[0]] = ADMIN
    restrict = draw(st.sampled_from(["ADMIN", "MEMBER"]))
    if draw(st.integers(0, 5)) == 0:
        return org(name, HIDDEN, HIDDEN, members=members, restrict=restrict)
    default = draw(st.sampled_from([*permitted, ABSENT]))
    exists = draw(st.integers(0, 9)) > 0
    return org(name, permitted, default, members=members, restrict=restrict, exists=exists)


@st.composite
def projects_there(draw: st.DrawFn, number: int) -> Project:
    level = draw(st.sampled_from(LEVELS) | st.just("ADMINISTER"))
    mark = draw(MARKS)
    offered = draw(st.sampled_from([ABSENT, ABSENT, ABSENT, "user-bob", "user-carol"]))
    return Project(
        pid(number), draw(NAMES), draw(REGIONS), draw(PAYERS), level, mark, offered, 0, "user-alice"
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    identities = draw(st.sampled_from([("user-alice",), ("user-alice", "user-bob")]))
    there = [draw(projects_there(n)) for n in (1, 2, 3) if draw(st.booleans())]
    known = {p.id for p in there}
    missing = {
        i: draw(st.sampled_from([Destroyed(), HIDDEN])) for n in (1, 2, 3) if (i := pid(n)) not in known
    }
    people = [
        Profile(u, True, draw(REGIONS), frozenset(draw(st.lists(REGIONS, min_size=1))), ABSENT, {}, u)
        if u in identities
        else stranger(u)
        for u in ("user-alice", "user-bob")
    ]
    payers = (*people, draw(orgs_there("org-a", identities)), draw(orgs_there("org-b", identities)))
    levels = {(u, i): draw(st.sampled_from(LEVELS)) for u in identities[1:] for i in known}
    return actual(*there, profiles=payers, identities=identities, missing=missing, levels=levels)


@st.composite
def baselines(draw: st.DrawFn) -> Baseline:
    ids = draw(st.dictionaries(st.sampled_from(KEYS), IDS))
    resources = {}
    for key, project_id in ids.items():
        once_marked = draw(st.booleans())
        marks = {"mark": f"ws/projects.{key}"} if once_marked else {}
        resources[f"projects.{key}"] = ResourceBaseline(project_id, marks)
    return Baseline(resources)
