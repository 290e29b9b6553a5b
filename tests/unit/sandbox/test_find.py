"""Listing projects: filters, levels, order, pages, lag."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.sandbox import AZURE, EU, NOW, RETIRED, US, Lab, a_lab, a_project

FIND = "/system/findProjects"


def estate() -> list[object]:
    return [
        a_project(1, name="Alpha one", properties={"mark": "w/a", "kind": "x"}, tags=("t", "u")),
        a_project(2, name="alpha two", region=EU, properties={"mark": "w/b"}, tags=("t",)),
        a_project(3, name="be*a", bill_to="user-alice", properties={"kind": ""}, flags=("containsPHI",)),
        a_project(4, name="gamma", members={"user-alice": "VIEW", "user-bob": "ADMINISTER"}),
        a_project(5, name="public", members={"PUBLIC": "VIEW", "user-bob": "ADMINISTER"}),
        a_project(6, name="shared", members={"org-lab": "CONTRIBUTE"}, region=AZURE),
        a_project(7, name="hidden", members={"user-bob": "ADMINISTER"}),
    ]


@pytest.fixture
def lab() -> Lab:
    return a_lab(estate())  # type: ignore[arg-type] # a list of projects


def numbers(lab: Lab, user: str = "user-alice", path: str = FIND, **inputs: object) -> object:
    got = lab.call(user, path, inputs)
    return got.error or [int(entry["id"][-3:]) for entry in got.body["results"]]


@pytest.mark.covers("system/findProjects")
def test_the_default_level_is_contribute(lab: Lab) -> None:
    assert numbers(lab) == [1, 2, 3, 6]
    assert numbers(lab, level="VIEW") == [1, 2, 3, 4, 5, 6]
    assert numbers(lab, level="ADMINISTER") == [1, 2, 3]


@pytest.mark.covers("system/findProjects")
@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"name": "gamma"}, [4]),
        ({"name": {"glob": "[aA]*"}}, []),
        ({"name": {"glob": "?lpha *"}}, [1, 2]),
        ({"name": {"glob": "be\\*a"}}, [3]),
        ({"name": {"glob": "be\\?a"}}, []),
        ({"name": {"regexp": "alpha"}}, [2]),
        ({"name": {"regexp": "alpha", "flags": "i"}}, [1, 2]),
        ({"region": EU}, [2]),
        ({"region": [EU, AZURE]}, [2, 6]),
        ({"region": "aws:unheard-of"}, []),
        ({"billTo": "user-alice"}, [3]),
        ({"billTo": "user-unheard-of"}, []),
        ({"tags": "t"}, [1, 2]),
        ({"tags": {"$and": ["t", "u"]}}, [1]),
        ({"tags": {"$or": ["u", {"$and": ["t"]}]}}, [1, 2]),
        ({"properties": {"mark": "w/a"}}, [1]),
        ({"properties": {"mark": True}}, [1, 2]),
        ({"properties": {"kind": ""}}, [3]),
        ({"properties": {"mark": "w/a", "kind": "y"}}, []),
        ({"properties": {"$or": [{"mark": "w/a"}, {"mark": "w/b"}, {"mark": "w/z"}]}}, [1, 2]),
        ({"properties": {"$and": [{"mark": True}, {"kind": "x"}]}}, [1]),
        ({"properties": {"$or": [{"mark": "w/b"}, {"kind": True}]}}, [1, 2, 3]),
        ({"created": {"after": NOW - 3000, "before": NOW - 2000}}, [2, 3]),
        ({"created": {"after": -2500}}, [1, 2]),
        ({"containsPHI": True}, [3]),
        ({"public": True}, [5]),
        ({"public": False}, [1, 2, 3, 4, 6]),
        ({"explicitPermission": True}, [1, 2, 3, 4, 6]),
        ({"explicitPermission": False}, [5]),
        ({"id": ["project-J00000000000000000000003", "project-J00000000000000000000007"]}, [3]),
        ({"id": []}, []),
    ],
)
def test_filters(lab: Lab, inputs: dict[str, object], expected: list[int]) -> None:
    assert numbers(lab, level="VIEW", **inputs) == expected


@pytest.mark.covers("system/findProjects")
@pytest.mark.parametrize(
    "inputs",
    [
        {"level": "NONE"},
        {"level": 7},
        {"region": "nowhere"},
        {"region": 7},
        {"name": 7},
        {"name": {"glob": 7}},
        {"name": {"regexp": "("}},
        {"name": {"regexp": "a", "flags": "x"}},
        {"tags": 7},
        {"tags": {"$or": []}},
        {"properties": "mark"},
        {"properties": {"mark": 7}},
        {"properties": {"$or": [{"mark": False}]}},
        {"properties": {"$or": [{"mark": "x"}], "$and": []}},
        {"created": {"after": "yesterday"}},
        {"billTo": ["org-lab"]},
        {"public": "yes"},
        {"id": "project-x"},
        {"id": ["x"] * 1001},
        {"describe": "all"},
        {"describe": {"fields": ["name"]}},
        {"limit": 0},
        {"limit": 1001},
        {"limit": True},
        {"limit": "10"},
        {"starting": "not ours"},
        {"starting": 7},
    ],
)
def test_a_search_of_a_wrong_shape_is_invalid(lab: Lab, inputs: dict[str, object]) -> None:
    assert numbers(lab, **inputs) == "InvalidInput"


def test_deeply_nested_filters_are_refused_and_not_a_crash(lab: Lab) -> None:
    nested: object = "t"
    for _ in range(300):
        nested = {"$or": [nested]}
    assert numbers(lab, level="VIEW", tags=nested) in ([1, 2], "InvalidInput")


@pytest.mark.covers(
    "find_projects_bill_to_array",
    "find_projects_region_array",
    "find_unknown_region",
    "limit_error",
    "default_limit",
)
def test_arrays_and_unknown_regions_under_other_switches() -> None:
    lab = a_lab(
        estate(),  # type: ignore[arg-type] # a list of projects
        find_projects_bill_to_array="accept",
        find_projects_region_array="InvalidInput",
        find_unknown_region="InvalidInput",
        limit_error="clamp",
        default_limit=2,
    )
    assert numbers(lab, billTo=["user-alice", "org-rival"]) == [3]
    assert numbers(lab, region=[EU]) == "InvalidInput"
    assert numbers(lab, region="aws:unheard-of") == "InvalidInput"
    assert numbers(lab, region=RETIRED) == []
    assert numbers(lab, limit=0) == [1]
    assert numbers(lab) == [1, 2]


def test_a_result_says_level_sources_and_publicity(lab: Lab) -> None:
    results = lab.call("user-bob", FIND, level="VIEW", id=[a_project(n).id for n in (5, 6)]).body["results"]
    assert results == [
        {"id": a_project(5).id, "level": "ADMINISTER", "permissionSources": ["user-bob"], "public": True},
        {"id": a_project(6).id, "level": "CONTRIBUTE", "permissionSources": ["org-lab"], "public": False},
    ]


def test_a_search_describes_as_describe_does(lab: Lab) -> None:
    for describe in (True, {"fields": {"name": True, "properties": True, "pendingTransfer": True}}):
        results = lab.call("user-alice", FIND, level="VIEW", describe=describe).body["results"]
        given = {} if describe is True else describe
        for entry in results:
            assert entry["describe"] == lab.call("user-alice", f"/{entry['id']}/describe", given).body
    assert "describe" not in lab.call("user-alice", FIND, describe=False).body["results"][0]


def test_the_anonymous_user_sees_public_projects_only(lab: Lab) -> None:
    assert numbers(lab, "PUBLIC", level="VIEW") == [5]


ORG = "/org-lab/findProjects"


@pytest.mark.covers("org-/findProjects")
def test_an_admin_lists_all_that_the_org_pays_for(lab: Lab) -> None:
    results = lab.call("user-alice", ORG).body["results"]
    assert {entry["id"][-3:]: entry["level"] for entry in results} == {
        "001": "ADMINISTER",
        "002": "ADMINISTER",
        "004": "VIEW",
        "005": "VIEW",
        "006": "CONTRIBUTE",
        "007": "NONE",
    }
    assert {frozenset(entry) for entry in results} == {frozenset({"id", "level", "public"})}
    assert numbers(lab, path=ORG, region=EU) == [2]


@pytest.mark.covers("org-/findProjects", "org_find_rights")
@pytest.mark.parametrize(
    ("switch", "user", "allowed"),
    [
        ("ADMIN", "user-alice", True),
        ("ADMIN", "user-bob", False),
        ("MEMBER", "user-bob", True),
        ("MEMBER", "user-dave", False),
    ],
)
def test_who_may_list_what_the_org_pays_for(switch: str, user: str, allowed: bool) -> None:
    got = a_lab(org_find_rights=switch).call(user, ORG)
    assert got.error == (None if allowed else "PermissionDenied")


BASIC = {"id", "class", "name", "region", "billTo", "created", "modified", "level"}


@pytest.mark.covers("org-/findProjects")
def test_a_project_without_access_is_described_by_the_basics() -> None:
    lab = a_lab([a_project(7, members={"user-bob": "ADMINISTER"}, properties={"k": "v"})])
    (entry,) = lab.call("user-alice", ORG, describe=True).body["results"]
    assert entry["describe"].keys() == BASIC
    asked = {"fields": {"name": True, "properties": True}}
    (entry,) = lab.call("user-alice", ORG, describe=asked).body["results"]
    assert entry["describe"].keys() == {"id", "name"}


@pytest.mark.covers("org_find_describe_none")
@pytest.mark.parametrize("switch", ["full", "omit", "error"])
def test_a_project_without_access_under_other_switches(switch: str) -> None:
    hidden = a_project(7, members={"user-bob": "ADMINISTER"}, properties={"k": "v"})
    got = a_lab([hidden], org_find_describe_none=switch).call(
        "user-alice", ORG, describe={"fields": {"properties": True}}
    )
    if switch == "error":
        assert got.error == "PermissionDenied"
    else:
        (entry,) = got.body["results"]
        expected = {"id": hidden.id, "properties": {"k": "v"}} if switch == "full" else None
        assert entry.get("describe") == expected


def pages(lab: Lab, limit: int, path: str = FIND, **inputs: object) -> Iterator[list[int]]:
    starting: dict[str, object] = {}
    while True:
        body = lab.call("user-alice", path, {"limit": limit, **inputs, **starting}).body
        yield [int(entry["id"][-3:]) for entry in body["results"]]
        if body["next"] is None:
            return
        starting = {"starting": body["next"]}


@pytest.mark.covers("find_order")
@pytest.mark.parametrize("order", ["created_desc", "created_asc", "random"])
@pytest.mark.parametrize("limit", [1, 3, 10, 11, 1000])
@pytest.mark.parametrize("path", [FIND, ORG])
def test_pages_hold_everything_once_in_one_order(order: str, limit: int, path: str) -> None:
    same_time = [a_project(n, created=NOW - n // 4) for n in range(11)]
    lab = a_lab(same_time, find_order=order)
    found = list(pages(lab, limit, path))
    flat = [number for page in found for number in page]
    assert sorted(flat) == list(range(11))
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1]
    if order == "created_desc":
        assert flat == sorted(range(11), key=lambda n: (n // 4, n))
    elif order == "created_asc":
        assert flat == sorted(range(11), key=lambda n: (-(n // 4), n))
    else:
        assert flat != sorted(flat)


def test_pages_survive_creation_and_destruction_between_them() -> None:
    lab = a_lab([a_project(n) for n in range(1, 10)])
    taken = pages(lab, 3)
    assert next(taken) == [1, 2, 3]
    lab.call("user-alice", f"/{a_project(4).id}/destroy")
    lab.call("user-alice", f"/{a_project(1).id}/destroy")
    lab.call("user-alice", "/project/new", name="n", region=US)
    assert [number for page in taken for number in page] == [5, 6, 7, 8, 9]


def test_a_project_leaves_a_payers_list_with_its_payer(lab: Lab) -> None:
    assert lab.call("user-alice", f"/{a_project(1).id}/update", billTo="user-alice").status == 200
    assert numbers(lab, billTo="user-alice") == [1, 3]
    assert a_project(1).id not in {id for _, id in lab.platform.state.billed_to("org-lab")}
    assert 1 not in numbers(lab, path=ORG)  # type: ignore[operator] # a list here
    lab.call("user-alice", f"/{a_project(1).id}/setProperties", properties={"mark": "w/new"})
    assert numbers(lab, properties={"mark": "w/new"}) == [1]
    assert numbers(lab, properties={"mark": "w/a"}) == []


@pytest.mark.covers("find_lag_ms")
def test_writes_show_late_in_searches_and_at_once_in_describes() -> None:
    lab = a_lab([a_project(1)], find_lag_ms=2000)
    made = lab.call("user-alice", "/project/new", name="n", region=US).body["id"]
    lab.call("user-alice", f"/{a_project(1).id}/update", name="renamed")
    assert lab.call("user-alice", f"/{made}/describe").status == 200
    before = lab.call("user-alice", FIND, describe=True).body["results"]
    assert [entry["describe"]["name"] for entry in before] == ["project 1"]
    lab.time = 1.9
    assert numbers(lab) == [1]
    lab.time = 2.1
    after = lab.call("user-alice", FIND, describe=True).body["results"]
    assert [entry["describe"]["name"] for entry in after] == ["n", "renamed"]


class Counted(dict[str, object]):
    """Counts how many projects are looked at."""

    looked_at = 0

    def __getitem__(self, key: str) -> object:
        self.looked_at += 1
        return super().__getitem__(key)


@pytest.mark.parametrize(
    ("path", "inputs"),
    [
        (FIND, {"level": "VIEW"}),
        (FIND, {"level": "VIEW", "billTo": "user-alice"}),
        (ORG, {}),
        (FIND, {"level": "VIEW", "properties": {"$or": [{"mark": "w/7"}, {"mark": "w/8"}]}}),
    ],
)
def test_a_page_of_a_large_estate_looks_at_no_more_than_it_shows(
    path: str, inputs: dict[str, object]
) -> None:
    projects = [
        a_project(n, bill_to="org-lab" if n % 2 else "user-alice", properties={"mark": f"w/{n}"})
        for n in range(2000)
    ]
    lab = a_lab(projects)
    counted = Counted(lab.platform.state.projects)
    lab.platform.state.projects = counted  # type: ignore[assignment] # a dict that counts
    body = lab.call("user-alice", path, limit=10, **inputs).body
    for _ in range(3):
        if body["next"] is not None:
            body = lab.call("user-alice", path, limit=10, starting=body["next"], **inputs).body
    assert body["results"]
    assert counted.looked_at <= 4 * 11
