"""Random small worlds with data, executables and apps in them, as the platform's laws leave worlds: an
object lies in one region, and what an app is enabled in lies there too."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace
from reconciler_sandbox.laws.records import (
    App,
    Container,
    Copy,
    DataObject,
    Enabled,
    Member,
    Org,
    Project,
    Record,
    Series,
    User,
)
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.world.model import World, in_order

from support.executables import bundle, link
from support.inprocess import PEOPLE, REGIONS, world
from support.worlds import pid

PLACES = st.sampled_from(REGIONS[:2])
SETS = st.lists(st.sampled_from(REGIONS[:3]), min_size=1, unique=True).map(tuple)
PAYERS = ("org-a", "org-b", "user-alice", "user-bob")
MANAGER = Member("ADMIN", True, "ADMINISTER")
WHAT_IS_SEEN = {
    "org_stranger_view": ("public_fields", "PermissionDenied", "ResourceNotFound"),
    "org_member_sees_regions": ("yes", "no"),
    "org_admin_implicit_level": ("NONE", "VIEW", "ADMINISTER"),
    "hide_invisible_projects": ("PermissionDenied", "ResourceNotFound"),
    "unknown_fields": ("omit", "InvalidInput"),
    "check_order": ("state_before_payer", "rights_last", "payer_first"),
    "app_keeps_regions": ("yes", "no"),
    "bill_to_region_error": ("PermissionDenied", "InvalidState"),
    "run_region_error": ("InvalidInput", "PermissionDenied"),
}
"""Switches that decide what is told, and in which words, but not what is legal; and one of the latter
that can be read."""


@st.composite
def switches(draw: st.DrawFn) -> Switches:
    name = draw(st.sampled_from(sorted(WHAT_IS_SEEN)))
    return replace(Switches(rate_limit=0), **{name: draw(st.sampled_from(WHAT_IS_SEEN[name]))})


@st.composite
def people(draw: st.DrawFn) -> dict[str, User]:
    return {
        name: User(name, name, permitted_regions=draw(SETS), default_region=draw(st.none() | PLACES))
        for name in PEOPLE
    }


@st.composite
def orgs(draw: st.DrawFn) -> dict[str, Org]:
    kinds = st.sampled_from([None, Member(), Member(allow_billable_activities=True), MANAGER, MANAGER])
    found = {}
    for name in ("org-a", "org-b"):
        members = {person: kind for person in PEOPLE if (kind := draw(kinds)) is not None}
        policies: dict[str, object] = {
            "memberListVisibility": "ADMIN",
            "restrictProjectTransfer": draw(st.sampled_from(["ADMIN", "MEMBER"])),
        }
        found[name] = Org(name, name, members, policies, permitted_regions=draw(SETS))
    return found


@st.composite
def projects(draw: st.DrawFn, number: int) -> Project:
    levels = st.sampled_from([None, None, "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER", "ADMINISTER"])
    members = {who: level for who in (*PEOPLE, "org-a") if (level := draw(levels)) is not None}
    kind = draw(st.integers(0, 9))
    if kind == 0:
        members["PUBLIC"] = "VIEW"
    elif kind < 4:
        members = {"user-carol": "ADMINISTER"}
    flags = draw(st.sampled_from([(), (), (), ("restricted",), ("containsPHI",)]))
    return Project(
        pid(number),
        f"p{number}",
        draw(PLACES),
        draw(st.sampled_from(PAYERS)),
        "user-alice",
        number,
        number,
        members,
        {},
        flags=flags,
        pending_transfer=draw(st.sampled_from([None, None, None, "user-bob", "user-carol"])),
    )


def oid(klass: str, number: int) -> str:
    return f"{klass}-{number:024d}"


class Drawer:
    """Puts objects into the projects of one world."""

    def __init__(self, draw: st.DrawFn, held: list[Project]) -> None:
        self.draw = draw
        self.held = held
        self.records: list[Record] = []
        self.regions: dict[str, str] = {}

    def put(self, id: str, **fields: object) -> str:
        """An object in one or two projects of one region."""
        draw = self.draw
        state = draw(st.sampled_from(["closed", "closed", "closed", "open"]))
        self.records.append(DataObject(id, "user-alice", 1, 1, **{"state": state, **fields}))  # type: ignore[arg-type] # test sugar
        place = draw(st.sampled_from(self.held))
        alike = [one for one in self.held if one.region == place.region]
        more = [draw(st.sampled_from(alike))] if draw(st.booleans()) else []
        for holder in dict.fromkeys(one.id for one in (place, *more)):
            self.records.append(Copy(id, holder, id))
        self.regions[id] = place.region
        return id

    def file(self, number: int) -> str:
        return self.put(oid("file", number), hidden=self.draw(st.integers(0, 4)) == 0)

    def some(self, ids: list[str]) -> list[str]:
        return self.draw(st.lists(st.sampled_from(ids), max_size=1))

    def record(self, number: int, files: list[str]) -> str:
        links = self.draw(st.lists(st.sampled_from(files), max_size=2, unique=True))
        return self.put(oid("record", number), links=tuple(sorted(links)))

    def applet(self, number: int, files: list[str]) -> str:
        spec = {
            "runSpec": {"interpreter": "bash", "bundledDepends": bundle(*self.some(files))},
            "inputSpec": [{"name": "x", "default": link(one)} for one in self.some(files)],
        }
        return self.put(oid("applet", number), spec=spec, state="closed")

    def workflow(self, number: int, executables: list[str], files: list[str]) -> str:
        wanted = self.draw(st.lists(st.sampled_from(executables), min_size=1, max_size=2))
        stages = [
            {
                "id": f"s{index}",
                "executable": one,
                "input": {f"x{place}": link(bound) for place, bound in enumerate(self.some(files))},
                "systemRequirements": {"main": {"instanceType": self.draw(_TYPES)}},
            }
            for index, one in enumerate(wanted)
        ]
        return self.put(oid("workflow", number), spec={"stages": stages})

    def apps(self, applets: list[str]) -> list[str]:
        """One or two versions of app-tool; the newer one is its developer's alone, mostly."""
        ids = [self._version(number, applets) for number in range(1, self.draw(st.integers(1, 2)) + 1)]
        who = self.draw(st.sampled_from([("PUBLIC",), ("PUBLIC",), ("user-bob",), ("org-a",), ()]))
        developer = self.draw(st.sampled_from(PEOPLE))
        default = self.draw(st.sampled_from(ids))
        self.records.append(Series("app-tool", developer, (developer,), who, aliases={"default": default}))
        return ids

    def _version(self, number: int, applets: list[str]) -> str:
        """Enabled by one or two applets, whose container its users see where it has one."""
        chosen = self.draw(st.lists(st.sampled_from(applets), min_size=1, max_size=2, unique=True))
        id, enabled = oid("app", number), {}
        for index, applet in enumerate(chosen):
            region = self.regions[applet]
            resources = None
            if self.draw(st.booleans()):
                resources = oid("container", 10 * number + index)
                self.records.append(Container(resources, "r", region, "org-a", "resources", 1, 1, app=id))
                self.records.append(Copy(applet, resources, "a"))
            enabled[region] = Enabled(applet, resources)
        payer = self.draw(st.sampled_from(["org-a", "user-alice"]))
        published = self.draw(st.sampled_from([1, None] if number > 1 else [1, 1, 1, None]))
        version = f"{number}.0.0"
        self.records.append(App(id, "tool", version, payer, "user-alice", number, 1, enabled, published))
        return id


@st.composite
def data_worlds(draw: st.DrawFn) -> tuple[World, dict[str, list[str]]]:
    """A world, and the ids of what is in it by class."""
    held = [draw(projects(number)) for number in range(1, draw(st.integers(2, 4)) + 1)]
    drawer = Drawer(draw, held)
    files = [drawer.file(1), drawer.file(2)]
    records = [drawer.record(1, files)]
    applets = [drawer.applet(1, files), drawer.applet(2, files)]
    apps = drawer.apps(applets)
    flows = [drawer.workflow(1, [*applets, *apps], files)]
    made = world(draw(people()), draw(orgs()), tuple(held), draw(switches()))
    found = {
        "project": [one.id for one in held],
        "data": [*files, *records, *applets, *flows],
        "applet": applets,
        "workflow": flows,
        "app": [*apps, "app-tool", "app-tool"],
        "input": [*files, *records],
    }
    return replace(made, records=in_order(drawer.records)), found


_TYPES = st.sampled_from(["mem1_ssd1_x4", "mem1_ssd1_x4", "mem1_ssd1_x4", "azure:mem1_ssd1_x4"])
