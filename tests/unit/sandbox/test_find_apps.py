"""What is found of apps and global workflows, and by whom."""

from __future__ import annotations

import pytest
from support.apps import an_app_lab, made_app, made_workflow, options, published
from support.sandbox import EU, NOW, Lab

FIND = "/system/findApps"


def found(lab: Lab, user: str = "user-alice", path: str = FIND, **inputs: object) -> list[str]:
    got = lab.call(user, path, inputs)
    assert got.status == 200, got.body
    return [entry["id"] for entry in got.body["results"]]


@pytest.mark.covers("system/findApps")
def test_published_and_unpublished_apps_are_told_apart() -> None:
    lab = an_app_lab()
    first = made_app(lab)
    assert found(lab, published=True) == []
    assert found(lab, published=False) == [first] == found(lab)
    lab.call("user-alice", f"/{first}/publish")
    second = made_app(lab, version="2.0.0")
    assert found(lab, published=True) == [first]
    assert found(lab, published=False) == [second]


@pytest.mark.covers("system/findApps")
def test_one_version_of_each_name_is_listed_unless_all_are_asked_for() -> None:
    lab = an_app_lab()
    first, second, third = (made_app(lab, version=f"{number}.0.0") for number in (1, 2, 3))
    assert found(lab) == [first]
    assert found(lab, allVersions=True) == [third, second, first]
    lab.call("user-alice", f"/{first}/removeTags", tags=["default"])
    assert found(lab, allVersions=False) == [third]


@pytest.mark.covers("system/findApps")
@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"name": "bwa"}, True),
        ({"name": "bw"}, False),
        ({"name": {"glob": "b*"}}, True),
        ({"name": {"glob": "c*"}}, False),
        ({"name": {"regexp": "^B", "flags": "i"}}, True),
        ({"name": {"regexp": "^B"}}, False),
        ({"category": "Mapping"}, True),
        ({"category": "RNA"}, False),
        ({"billTo": "user-alice"}, True),
        ({"billTo": "org-lab"}, False),
        ({"createdBy": "user-alice"}, True),
        ({"createdBy": "user-bob"}, False),
        ({"developer": "user-alice"}, True),
        ({"developer": "user-bob"}, False),
        ({"authorizedUser": "PUBLIC"}, True),
        ({"authorizedUser": "user-bob"}, False),
        ({"created": {"after": NOW - 1000}}, True),
        ({"created": {"before": NOW - 1000}}, False),
        ({"modified": {"after": -60_000}}, True),
        ({"modified": {"before": -60_000}}, False),
    ],
)
def test_apps_are_found_by_what_they_are(inputs: dict[str, object], expected: bool) -> None:
    lab = an_app_lab()
    id = published(lab)
    lab.call("user-alice", f"/{id}/addCategories", categories=["Mapping"])
    assert found(lab, **inputs) == ([id] if expected else [])


@pytest.mark.covers("system/findApps")
@pytest.mark.parametrize(
    "inputs",
    [
        {"name": 7},
        {"published": "yes"},
        {"allVersions": 1},
        {"category": []},
        {"billTo": ["user-alice"]},
        {"developer": 1},
        {"createdBy": 1},
        {"authorizedUser": 1},
        {"created": 7},
        {"modified": {"after": "x"}},
        {"limit": 0},
        {"starting": "?"},
        {"describe": 7},
    ],
)
def test_a_search_of_the_wrong_shape_is_invalid(inputs: dict[str, object]) -> None:
    assert an_app_lab().call("user-alice", FIND, inputs).error == "InvalidInput"


@pytest.mark.covers("system/findApps")
def test_pages_hold_each_app_once() -> None:
    lab = an_app_lab()
    made = [made_app(lab, name=f"app{number}") for number in range(5)]
    seen: list[str] = []
    starting = None
    for _ in range(3):
        got = lab.call("user-alice", FIND, {"limit": 2, "starting": starting}).body
        seen += [entry["id"] for entry in got["results"]]
        starting = got["next"]
    assert (seen, starting) == (made[::-1], None)


@pytest.mark.covers("system/findApps")
def test_a_search_describes_as_asked() -> None:
    lab = an_app_lab()
    made_app(lab)
    (plain,) = lab.call("user-alice", FIND, {"describe": False}).body["results"]
    assert set(plain) == {"id"}
    (full,) = lab.call("user-alice", FIND, {"describe": True}).body["results"]
    assert full["describe"] == lab.call("user-alice", "/app-bwa/describe").body
    wanted = {"fields": {"name": True, "published": True, "billTo": False}}
    (chosen,) = lab.call("user-alice", FIND, {"describe": wanted}).body["results"]
    assert chosen["describe"] == {"name": "bwa"}


@pytest.mark.covers("system/findApps")
def test_only_apps_that_the_caller_may_use_are_found() -> None:
    lab = an_app_lab()
    first = published(lab)
    made_app(lab, version="2.0.0")
    assert found(lab, "user-dave", allVersions=True) == [first]
    lab.call("user-alice", f"/{first}/removeAuthorizedUsers", authorizedUsers=["PUBLIC"])
    assert found(lab, "user-dave") == []


@pytest.mark.covers("system/findGlobalWorkflows")
def test_global_workflows_and_apps_are_found_apart() -> None:
    lab = an_app_lab()
    app, flow = made_app(lab), made_workflow(lab)
    assert found(lab, path="/system/findGlobalWorkflows") == [flow]
    assert found(lab, path="/system/findGlobalWorkflows", name={"glob": "fl*"}, published=False) == [flow]
    assert found(lab, path="/system/findGlobalWorkflows", name="bwa") == []
    assert found(lab) == [app]


@pytest.mark.covers("org-/findApps")
def test_the_admins_of_an_organisation_find_the_apps_that_it_pays_for() -> None:
    lab = an_app_lab()
    made_app(lab)
    paid = made_app(lab, name="paid", regionalOptions=options(EU), billTo="org-lab")
    lab.call("user-alice", f"/{paid}/addDevelopers", developers=["user-dave"])
    lab.call("user-alice", f"/{paid}/removeDevelopers", developers=["user-alice"])
    assert found(lab, path="/org-lab/findApps") == [paid]
    assert found(lab, path="/org-lab/findApps", published=True) == []
    for user in ("user-bob", "user-dave"):
        assert lab.call(user, "/org-lab/findApps").error == "PermissionDenied"
