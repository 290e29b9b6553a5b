"""Nonces: the same creation sent twice happens once, for one hour, for one user and route."""

from __future__ import annotations

import pytest
from reconciler_sandbox.laws.router import ROUTES
from support.sandbox import NOW, PROJECT, US, Lab, a_lab, a_project

RECORD, ORG, PROJECT_NEW = "/record/new", "/org/new", "/project/new"
HOUR = 3_600_000


def record(lab: Lab, nonce: object = "once", user: str = "user-alice", **inputs: object) -> str | None:
    """The id of the new record, or the type of the error."""
    body = lab.call(user, RECORD, {"project": PROJECT, "nonce": nonce, **inputs}).body
    return str(body["id"]) if "id" in body else str(body["error"]["type"])


@pytest.mark.covers("org/new")
def test_the_same_again_gets_the_same_answer_and_makes_nothing() -> None:
    lab = a_lab()
    first = lab.call("user-dave", ORG, {"handle": "x", "name": "X", "nonce": "once"})
    orgs = dict(lab.platform.state.orgs)
    again = lab.call("user-dave", ORG, {"nonce": "once", "name": "X", "handle": "x"})
    assert (again.status, again.body) == (200, first.body)
    assert lab.platform.state.orgs == orgs
    assert lab.call("user-dave", ORG, handle="x", name="X").error == "InvalidInput"


@pytest.mark.covers("record/new")
def test_without_a_nonce_or_with_another_one_something_new_is_made() -> None:
    lab = a_lab()
    made = {record(lab), record(lab), record(lab, "twice"), record(lab, "Once")}
    bare = {str(lab.call("user-alice", RECORD, project=PROJECT).body["id"]) for _ in range(2)}
    assert (len(made), len(bare), len(lab.platform.state.objects)) == (3, 2, 5)


@pytest.mark.covers("record/new")
@pytest.mark.parametrize("inputs", [{"name": "another"}, {"folder": "/"}, {"tags": []}])
def test_the_same_nonce_with_another_input_is_refused(inputs: dict[str, object]) -> None:
    lab = a_lab()
    first = record(lab)
    objects = dict(lab.platform.state.objects)
    assert record(lab, **inputs) == "InvalidInput"
    assert lab.platform.state.objects == objects
    assert record(lab) == first


@pytest.mark.covers("record/new")
def test_a_nonce_is_kept_for_one_hour_of_the_worlds_clock() -> None:
    lab = a_lab()
    first = record(lab)
    lab.platform.set_clock(NOW + HOUR - 1)
    assert record(lab) == first
    lab.platform.set_clock(NOW + HOUR)
    second = record(lab, name="another")
    assert second not in {first, "InvalidInput"}
    assert record(lab, name="another") == second
    assert record(lab) == "InvalidInput"


@pytest.mark.covers("record/new")
@pytest.mark.parametrize("nonce", ["", "x" * 129, "é" * 65, 7, None, ["x"]])
def test_what_is_no_string_of_1_to_128_bytes_is_no_nonce(nonce: object) -> None:
    lab = a_lab()
    assert record(lab, nonce) == "InvalidInput"
    assert lab.platform.state.objects == {}


@pytest.mark.covers("record/new")
@pytest.mark.parametrize("nonce", ["x" * 128, "é" * 64])
def test_128_bytes_are_not_too_long(nonce: str) -> None:
    lab = a_lab()
    first = record(lab, nonce)
    assert str(first).startswith("record-")
    assert record(lab, nonce) == first


@pytest.mark.covers("record/new")
def test_a_refused_call_does_not_use_its_nonce_up() -> None:
    lab = a_lab()
    assert record(lab, folder="/absent") == "ResourceNotFound"
    assert str(record(lab)).startswith("record-")


@pytest.mark.covers("record/new")
def test_a_nonce_is_one_users_own() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-bob": "ADMINISTER"})])
    assert record(lab) != record(lab, user="user-bob")


def other_route(lab: Lab, user: str) -> str | None:
    return lab.call(user, ORG, handle="x", name="X", nonce="once").error


@pytest.mark.covers("nonce_scope")
@pytest.mark.parametrize(
    ("switch", "own_other_route", "others_same", "others_different"),
    [("user", "InvalidInput", False, None), ("global", "InvalidInput", True, "InvalidInput")],
)
def test_what_a_nonce_is_unique_for_under_other_switches(
    switch: str, own_other_route: str | None, others_same: bool, others_different: str | None
) -> None:
    members = {"user-alice": "ADMINISTER", "user-bob": "ADMINISTER"}
    lab = a_lab([a_project(1, members=members)], nonce_scope=switch)
    first = record(lab)
    assert other_route(lab, "user-alice") == own_other_route
    assert (record(lab, user="user-bob") == first) is others_same
    assert other_route(lab, "user-dave") == others_different


@pytest.mark.covers("org/new", "record/new")
def test_another_route_does_not_know_of_the_nonce() -> None:
    lab = a_lab()
    record(lab)
    assert other_route(lab, "user-alice") is None


def projects(lab: Lab, **inputs: object) -> list[str]:
    """What two creations with one nonce answer."""
    given = {"name": "n", "region": US, "nonce": "once"}
    answers = [lab.call("user-alice", PROJECT_NEW, given | more).body for more in ({}, inputs)]
    return [str(body["id"] if "id" in body else body["error"]["type"]) for body in answers]


@pytest.mark.covers("project/new")
def test_a_projects_creation_does_not_look_at_a_nonce() -> None:
    lab = a_lab()
    assert len({*projects(lab), *projects(lab, nonce="x" * 200)}) == 4
    assert lab.platform.state.nonces == {}


@pytest.mark.covers("project/new", "project_new_nonce")
def test_a_projects_creation_honours_a_nonce_where_the_platform_says_so() -> None:
    lab = a_lab(project_new_nonce="honour")
    first, again = projects(lab)
    assert first == again
    assert projects(lab, name="other") == [first, "InvalidInput"]
    assert projects(lab, nonce="x" * 129)[1] == "InvalidInput"
    assert len(lab.platform.state.projects) == 2


@pytest.mark.covers("project/new", "project_new_nonce")
def test_a_projects_creation_refuses_a_nonce_where_the_platform_says_so() -> None:
    lab = a_lab(project_new_nonce="InvalidInput")
    assert projects(lab) == ["InvalidInput"] * 2
    assert lab.call("user-alice", PROJECT_NEW, name="n", region=US).status == 200


def test_the_documented_routes_take_a_nonce_and_no_others() -> None:
    classes = ("app", "applet", "file", "globalworkflow", "org", "record", "workflow")
    runs = ("app-", "applet-", "globalworkflow-", "workflow-")
    documented = {(name, "new") for name in classes} | {(name, "run") for name in runs}
    assert {name for name, route in ROUTES.items() if route.nonce} == documented & ROUTES.keys()
