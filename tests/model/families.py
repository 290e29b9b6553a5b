"""The families of the small scope: one for each sort of desired change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from model.cases import ALICE, BOB, A, Case
from model.family import Family, Values
from model.small_scope import (
    DEFAULTS,
    HANDS,
    KINDS,
    LEVELS,
    OFFERS,
    SUBSETS,
    hands,
    levels,
    org,
    other_regions,
    people,
    project,
    regions,
    two_at_hand,
    user,
)
from msgspec.structs import replace
from reconciler_sandbox.laws.records import Org, Project, User
from support.worlds import desired, pid

from reconciler.model.desired import Guards, Match, Policy, Profile, Region, Workspace
from reconciler.model.desired import Project as Desired

Tables = Mapping[str, Profile]

FINE_LEVELS = ("ADMINISTER", "CONTRIBUTE", "VIEW", "none")
OURS, THEIRS, OLD = "ws/projects.p", "theirs/projects.p", "ws/projects.before"


def workspace(
    projects: Mapping[str, Desired], tables: Tables, moved: Mapping[str, str] | None = None
) -> Workspace:
    return desired(
        projects,
        orgs={name: table for name, table in tables.items() if name.startswith("org-")},
        users={name: table for name, table in tables.items() if name.startswith("user-")},
        moved=moved,
    )


def kinds(values: Values, stem: str) -> tuple[str, str]:
    return values[f"{stem}_alice"], values[f"{stem}_bob"]


def payer(name: str, values: Values, stem: str, *regions_of: str, restrict: str = "MEMBER") -> Org | User:
    """``regions_of``: permitted and default."""
    if name.startswith("user-"):
        return user(name, *regions_of)
    return org(name, kinds(values, stem), *regions_of, restrict=restrict)


def case(
    values: Values, payers: tuple[Org | User, ...], there: tuple[Project, ...], wanted: Workspace
) -> Case:
    orgs = tuple(one for one in payers if isinstance(one, Org))
    users = people(*(one for one in payers if isinstance(one, User)))
    return Case(users, orgs, there, hands(values), wanted)


# Another payer.

WISHES = ("rebill by id", "rename and rebill by mark", "adopt and rebill")
TAKER_REGIONS = ("A", "B", "B, A asked for")


def rebilled(giver: str, taker: str, values: Values) -> Case:
    wish = values["wish"]
    marked = wish.endswith("mark")
    there = project(1, "old", giver, levels(values), offer=values["offer"], mark=OURS if marked else None)
    permitted, _, asked = values["permitted"].partition(", ")
    tables = {giver: Profile()} if marked else {}
    if asked:
        tables[taker] = Profile(permitted_regions=regions("AB"))
    gives = payer(giver, values, "gives", restrict=values.get("restrict", "MEMBER"))
    takes = payer(taker, values, "takes", permitted, "B")
    wanted = (
        Desired("new", None, taker) if marked else Desired(None, None, taker, pid(1), adopt=wish[0] == "a")
    )
    return case(values, (gives, takes), (there,), workspace({"p": wanted}, tables))


def rebills(giver: str, taker: str) -> Family:
    dimensions: dict[str, tuple[str, ...]] = {"hands": HANDS}
    if giver.startswith("org-"):
        dimensions |= {"gives_alice": KINDS, "gives_bob": KINDS, "restrict": ("ADMIN", "MEMBER")}
    if taker.startswith("org-"):
        dimensions |= {"takes_alice": KINDS, "takes_bob": KINDS}
    dimensions |= {"permitted": TAKER_REGIONS, "level_alice": LEVELS, "level_bob": LEVELS}
    dimensions |= {"offer": OFFERS, "wish": WISHES}
    # With a user as payer the identities differ by more than their names.
    same = (two_at_hand,) if giver.startswith("org-") and taker.startswith("org-") else ()
    return Family(f"rebill {giver} to {taker}", dimensions, same, partial(rebilled, giver, taker))


# A project that is there: its name, its region, its mark.

WHOSE = ("by id", "by mark", "adopt by id", "adopt by name", "of others", "taken over", "moved")
_MARKS = {"by mark": OURS, "of others": THEIRS, "taken over": THEIRS, "moved": OLD}
_BY_PAYER = ("by mark", "moved", "adopt by name")
EDITS = (
    "nothing",
    "nothing, no name written",
    "nothing, no region written",
    "nothing, neither written",
    "rename",
    "rename, no region written",
    "relocate",
)


def edited(name: str, values: Values) -> Case | None:
    whose, edit = values["whose"], values["edit"]
    if whose == "adopt by name" and ("rename" in edit or "name written" in edit or "neither" in edit):
        return None  # it is found by the name that is written
    there = [project(1, "p", name, levels(values), offer=values["offer"], mark=_MARKS.get(whose))]
    if values["beside"] == "the same name":
        there.append(project(2, "p", name, ("VIEW", "none")))
    wanted = Desired(
        "new" if "rename" in edit else None if "no name" in edit or "neither" in edit else "p",
        regions("B")[0] if edit == "relocate" else None if "no region" in edit or "neither" in edit else A,
        name if whose in _BY_PAYER else None,
        None if whose in _BY_PAYER else pid(1),
        adopt=whose in ("adopt by id", "adopt by name", "taken over"),
        take_over="theirs" if whose == "taken over" else None,
    )
    moved = {"projects.before": "projects.p"} if whose == "moved" else {}
    pays = payer(name, values, "pays", "AB", "A")
    return case(values, (pays,), tuple(there), workspace({"p": wanted}, {}, moved))


def edits(name: str) -> Family:
    dimensions: dict[str, tuple[str, ...]] = {"hands": HANDS}
    if name.startswith("org-"):
        dimensions |= {"pays_alice": KINDS, "pays_bob": KINDS}
    dimensions |= {"level_alice": FINE_LEVELS, "level_bob": FINE_LEVELS, "offer": OFFERS}
    dimensions |= {"beside": ("nothing", "the same name"), "whose": WHOSE, "edit": EDITS}
    # A project beside is shown to user-alice only: then the two are not alike.
    return Family(f"edit, billed to {name}", dimensions, (), partial(edited, name))


# A project that is as it is wanted: its payer may have lost its region, somebody may have offered it.


def kept(name: str, values: Values) -> Case:
    marked = values["whose"] == "by mark"
    there = project(1, "p", name, levels(values), offer=values["offer"], mark=OURS if marked else None)
    project_id = pid(2) if values["whose"].endswith("none") else pid(1)
    wanted = Desired("p", A, name, None if marked else project_id)
    pays = payer(name, values, "pays", values["permitted"], "B")
    tables = {name: Profile(regions("B")[0])}
    return case(values, (pays,), (there,), workspace({"p": wanted}, tables))


def keeps(name: str) -> Family:
    dimensions: dict[str, tuple[str, ...]] = {"hands": HANDS}
    if name.startswith("org-"):
        dimensions |= {"pays_alice": KINDS, "pays_bob": KINDS}
    dimensions |= {"level_alice": FINE_LEVELS, "level_bob": FINE_LEVELS, "offer": OFFERS}
    dimensions |= {
        "permitted": ("", "A", "B", "AB"),
        "whose": ("by id", "by mark", "by an id of none"),
    }
    same = (two_at_hand,) if name.startswith("org-") else ()
    return Family(f"keep, billed to {name}", dimensions, same, partial(kept, name))


# A new project.

PAYER_TABLES = ("nothing", "A asked for", "A by default", "A by default and asked for")
BESIDE = ("nothing", "unowned", "unowned, of which only the payer knows", "of others", "claimed as ours")
FLAGS = ("-", "adopt", "same_name")


def created(name: str, values: Values) -> Case | None:
    beside, flag = values["beside"], values["flag"]
    there: tuple[Project, ...] = ()
    if beside == "claimed as ours":
        there = (project(1, "p", "user-carol", ("VIEW", "none"), mark=OURS),)
    elif beside != "nothing":
        seen = ("none", "none") if beside.endswith("knows") else ("CONTRIBUTE", "none")
        there = (project(1, "p", name, seen, mark=THEIRS if beside == "of others" else None),)
    table = values["table"]
    asked = tuple(sorted({A, *regions(values["permitted"])})) if table.endswith("asked for") else None
    written = Profile(A if "by default" in table else None, asked)
    wanted = Desired(
        "p",
        A if values["region"] == "A" else None,
        name,
        adopt=flag == "adopt",
        same_name="create" if flag == "same_name" else None,
    )
    pays = payer(name, values, "pays", values["permitted"], values["default"])
    tables = {} if table == "nothing" else {name: written}
    return case(values, (pays,), there, workspace({"p": wanted}, tables))


def creations(name: str) -> Family:
    dimensions: dict[str, tuple[str, ...]] = {"hands": HANDS}
    if name.startswith("org-"):
        dimensions |= {"pays_alice": KINDS, "pays_bob": KINDS}
    dimensions |= {"permitted": SUBSETS, "default": DEFAULTS, "region": ("A", "left out")}
    dimensions |= {"table": PAYER_TABLES, "beside": BESIDE, "flag": FLAGS}
    return Family(f"create, billed to {name}", dimensions, (other_regions,), partial(created, name))


# A payer's own settings.

SETTINGS = (
    "A",
    "A, and it is asked for",
    "A, and nothing else is",
    "A, and B is given up",
    "only asked for",
    "all but B given up",
)
ALONG = (
    "nothing",
    "a project in the old default",
    "a project in the new default",
    "a project in A",
    "a project that is there",
    "a project that is renamed",
)
SECONDS = ("nothing", "org-b", "org-b by default", BOB)


def configured(name: str, values: Values) -> Case | None:
    pays = payer(name, values, "pays", values["permitted"], values["default"])
    tables = {name: _setting(values)}
    payers = [pays]
    other, _, default = values["second"].partition(" by ")
    if other != "nothing":
        if other == name:
            return None
        payers.append(payer(other, values, "pays", "BC", "B" if default else "C"))
        tables[other] = Profile(regions("B")[0])
    along = values["along"]
    if along.endswith("old default") and pays.default_region is None:
        return None
    there = ()
    wanted = {"p": Desired(None, {"a project in A": A}.get(along, pays.default_region), name)}
    if along == "nothing":
        wanted = {}
    elif along.endswith("new default"):
        wanted = {"p": Desired(None, None, name)}
    elif along.endswith(("there", "renamed")):
        there = (project(1, "p", name, ("ADMINISTER", "CONTRIBUTE")),)
        wanted = {"p": Desired("new" if along.endswith("renamed") else None, None, name, pid(1))}
    return case(values, tuple(payers), there, workspace(wanted, tables))


def _setting(values: Values) -> Profile:
    setting = values["setting"]
    asked: tuple[str, ...] | None = None
    if "asked for" in setting:
        asked = tuple(sorted({A, *regions(values["permitted"])}))
    elif setting.endswith("else is"):
        asked = regions("A")
    elif setting.endswith("B is given up"):
        asked = regions("".join(sorted({"A", *values["permitted"]} - {"B"})))
    elif setting == "all but B given up":
        asked = regions("B")
    return Profile(A if setting.startswith("A") else None, asked)


def settings_of(name: str) -> Family:
    dimensions: dict[str, tuple[str, ...]] = {"hands": HANDS, "pays_alice": KINDS, "pays_bob": KINDS}
    dimensions |= {"permitted": SUBSETS, "default": DEFAULTS, "setting": SETTINGS, "along": ALONG}
    dimensions |= {"second": SECONDS}
    return Family(f"settings of {name}", dimensions, (), partial(configured, name))


# A region that is none, read from a text. The platform may have been told of it, and the TOML as well.

ODD_REGIONS = ("eu-central-1", "AWS:EU-CENTRAL-1", "gcp:europe-west1", "aws:eu-centrl-1")
_WELL_FORMED, _MALFORMED = "aws:eu-centrl-1", ("eu-central-1", "AWS:EU-CENTRAL-1")


def misspelt(values: Values) -> Case | None:
    odd = values["region"]
    told = values["told"] == "[regions] has it"
    if told and odd not in _MALFORMED:
        return None  # a platform that permits a region but does not take it is none
    known = (*regions("ABC"), *(() if odd == _WELL_FORMED else (odd,)))
    pays = replace(org("org-a", kinds(values, "pays"), "A", "A"), permitted_regions=(A, odd))
    projects = {"p": Desired("p", odd, "org-a")} if values["in"] == "a project" else {}
    made = workspace(projects, {} if projects else {"org-a": Profile(odd)})
    made = replace(made, regions={**made.regions, **({odd: Region()} if told else {})})
    return replace(case(values, (pays,), (), made), regions=known, by_text=True)


def misspellings() -> Family:
    dimensions: dict[str, tuple[str, ...]] = {"hands": HANDS, "pays_alice": KINDS, "pays_bob": ("none",)}
    dimensions |= {"region": ODD_REGIONS, "in": ("a project", "a default")}
    dimensions |= {"told": ("no", "[regions] has it")}
    return Family("regions that are none", dimensions, (), misspelt)


# What the user's own policies and guards say.

POLICIES = {
    "none": (),
    "allowed": (Policy("p", regions("AB"), Match(bill_to="org-b")),),
    "forbidden": (Policy("p", regions("B"), Match(bill_to="org-b")),),
    "forbidden by name": (Policy("p", regions("B"), Match(name="EU *")),),
}
GUARDS = {"none": None, "no step": Guards(max_changes=0), "one step": Guards(max_changes=1)}


def policed(values: Values) -> Case:
    pays = org("org-a", kinds(values, "pays"), "A", "A")
    takes = org("org-b", ("ADMIN", "none"), "A", "A")
    there = project(1, "p", "org-a", levels(values))
    wanted = {
        "rebill": Desired(None, None, "org-b", pid(1)),
        "rename": Desired("EU p", None, None, pid(1), adopt=True),
        "create": Desired("EU p", A, "org-b"),
    }[values["wish"]]
    made = workspace({"p": wanted}, {})
    made = replace(made, policies=POLICIES[values["policy"]], guards=GUARDS[values["guard"]])
    return case(values, (pays, takes), (there,), made)


def policies() -> Family:
    dimensions: dict[str, tuple[str, ...]] = {"hands": HANDS, "pays_alice": KINDS, "pays_bob": KINDS}
    dimensions |= {"level_alice": LEVELS, "level_bob": LEVELS, "wish": ("rebill", "rename", "create")}
    dimensions |= {"policy": tuple(POLICIES), "guard": tuple(GUARDS)}
    return Family("policies and guards", dimensions, (), policed)


# Two projects at once.

PAIRS = ("ADMINISTER/none", "none/ADMINISTER", "ADMINISTER/ADMINISTER")
BARGAINS = ("they trade payers", "both to the second")


def traded(values: Values) -> Case:
    first, second = (tuple(values[name].split("/")) for name in ("levels_of_first", "levels_of_second"))
    there = (project(1, "one", "org-a", first), project(2, "two", "org-b", second))  # type: ignore[arg-type]
    gives = org("org-a", kinds(values, "gives"), "A", "A", values["restrict"])
    takes = org("org-b", kinds(values, "takes"), values["permitted"], "A")
    one = Desired("one", A, "org-b", pid(1))
    two = Desired("two", A, "org-a", pid(2))
    if values["bargain"] == "both to the second":
        two = Desired("one", A, "org-b", pid(2), adopt=True)
    return case(values, (gives, takes), there, workspace({"one": one, "two": two}, {}))


def trades() -> Family:
    dimensions = {"hands": HANDS, "gives_alice": KINDS, "gives_bob": KINDS, "restrict": ("ADMIN", "MEMBER")}
    dimensions |= {"takes_alice": KINDS, "takes_bob": KINDS, "permitted": ("A", "B")}
    dimensions |= {"levels_of_first": PAIRS, "levels_of_second": PAIRS, "bargain": BARGAINS}
    return Family("two projects", dimensions, (two_at_hand_in_pairs,), traded)


def two_at_hand_in_pairs(values: Values) -> Values:
    """Levels of both identities are one value here."""
    if values["hands"] == "alice":
        return values
    return {
        name: "/".join(reversed(value.split("/"))) if name.startswith("levels_of") else value
        for name, value in two_at_hand(values).items()
    }


FAMILIES: tuple[Family, ...] = (
    *(
        rebills(giver, taker)
        for giver, taker in (
            ("org-a", "org-b"),
            ("org-a", ALICE),
            ("org-a", BOB),
            (ALICE, "org-b"),
            (BOB, "org-b"),
            (ALICE, BOB),
            (BOB, ALICE),
        )
    ),
    *map(edits, ("org-a", ALICE, BOB)),
    *map(keeps, ("org-a", ALICE, BOB)),
    *map(creations, ("org-a", ALICE, BOB)),
    *map(settings_of, ("org-a", ALICE, BOB)),
    trades(),
    misspellings(),
    policies(),
)
