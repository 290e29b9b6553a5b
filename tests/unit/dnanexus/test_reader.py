"""What is read, as whom, with how many calls, and what a missing key means."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from reconciler_dnanexus import wire

from reconciler.model.actual import Destroyed, Membership, Project, Scope, Snapshot
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.provider import ProviderError

from .stub import Asked, Stub, error, writer

ORG = "org-genomics"
REGIONS = {"permittedRegions": ["aws:us-east-1", "aws:eu-central-1"], "defaultRegion": "aws:us-east-1"}
ADMIN = {"level": "ADMIN", "policies": {"restrictProjectTransfer": "ADMIN"}, **REGIONS}


def pid(number: int) -> str:
    return f"project-{number:024}"


def listed(number: int, level: str = "ADMINISTER", **describe: Any) -> dict[str, Any]:
    """An entry of a list; keys of ``describe`` that are None are left out."""
    told = {
        "id": pid(number),
        "name": f"P{number}",
        "region": "aws:us-east-1",
        "billTo": ORG,
        "created": number,
        "pendingTransfer": "null",
        "properties": {},
        **describe,
    }
    kept = {key: None if value == "null" else value for key, value in told.items() if value is not None}
    return {"id": pid(number), "level": level, "public": False, "describe": kept}


def page(*entries: dict[str, Any], following: object = None) -> dict[str, Any]:
    return {"results": list(entries), "next": following}


def answers(table: dict[str, Any]) -> Callable[[Asked], Any]:
    """By "token route", else route; a callable is asked with the request. An empty page else."""

    def handler(asked: Asked) -> Any:
        if asked.route == "/system/whoami":
            return {"id": f"user-{asked.token}"}
        given = table.get(f"{asked.token} {asked.route}", table.get(asked.route))
        if given is None:
            is_list = asked.route.endswith("findProjects")
            return page() if is_list else error("ResourceNotFound", 404, f"{asked.route} could not be found")
        return given(asked) if callable(given) else given

    return handler


def read(stub: Stub, scope: Scope, table: dict[str, Any], *tokens: str) -> Snapshot:
    stub.handler = answers(table)
    reader = writer(stub.url, *(tokens or ("alice",)))
    try:
        snapshot = reader.read(scope)
    finally:
        reader.close()
    stub.log = [one for one in stub.log if one.route != "/system/whoami"]
    return snapshot


def test_an_admins_org_is_listed_by_the_org_with_one_call_a_page(stub: Stub) -> None:
    def listing(asked: Asked) -> Any:
        if asked.body.get("starting") is None:
            return page(listed(1, properties={"reconciler": "w/projects.a", "x": "y"}), following={"a": [1]})
        assert asked.body["starting"] == {"a": [1]}
        return page(listed(2, pendingTransfer="user-bob"))

    route = f"/{ORG}/findProjects"
    snapshot = read(stub, Scope(estates=(ORG,)), {f"/{ORG}/describe": ADMIN, route: listing})
    assert snapshot.projects == {
        pid(1): Project(
            pid(1), "P1", "aws:us-east-1", ORG, "ADMINISTER", "w/projects.a", ABSENT, 1, "user-alice"
        ),
        pid(2): Project(
            pid(2), "P2", "aws:us-east-1", ORG, "ADMINISTER", ABSENT, "user-bob", 2, "user-alice"
        ),
    }
    assert snapshot.partial == frozenset()
    assert stub.routes() == [f"/{ORG}/describe", route, route]
    assert stub.sent(route)[0] == {
        "limit": 1000,
        "describe": {
            "fields": dict.fromkeys(
                ("id", "name", "region", "billTo", "created", "level", "pendingTransfer", "properties"), True
            )
        },
    }


def test_an_org_whose_admin_we_are_not_is_partial(stub: Stub) -> None:
    table = {f"/{ORG}/describe": {**ADMIN, "level": "MEMBER"}, "/system/findProjects": page(listed(1))}
    snapshot = read(stub, Scope(estates=(ORG,)), table)
    assert set(snapshot.projects) == {pid(1)}
    assert snapshot.partial == {ORG}
    asked = stub.sent("/system/findProjects")[0]
    assert (asked["billTo"], asked["level"], asked["limit"]) == (ORG, "VIEW", 1000)
    assert "explicitPermission" not in asked


def test_an_org_is_listed_by_the_first_identity_that_is_its_admin(stub: Stub) -> None:
    table = {
        f"alice /{ORG}/describe": {"level": "MEMBER", "allowBillableActivities": True},
        f"bob /{ORG}/describe": ADMIN,
        f"bob /{ORG}/findProjects": page(listed(1)),
    }
    snapshot = read(stub, Scope(estates=(ORG,)), table, "alice", "bob")
    profile = snapshot.profiles[ORG]
    assert profile.memberships == {
        "user-alice": Membership("MEMBER", True),
        "user-bob": Membership("ADMIN", True),
    }
    assert (profile.read_by, profile.permitted_regions) == (
        "user-bob",
        frozenset(REGIONS["permittedRegions"]),
    )
    assert snapshot.projects[pid(1)].read_by == "user-bob"
    assert snapshot.partial == frozenset()


def test_an_admin_that_may_not_list_the_org_after_all_leaves_it_partial(stub: Stub) -> None:
    table = {
        f"/{ORG}/describe": ADMIN,
        f"/{ORG}/findProjects": error("PermissionDenied", 401),
        "/system/findProjects": page(listed(1)),
    }
    snapshot = read(stub, Scope(estates=(ORG,)), table)
    assert (set(snapshot.projects), snapshot.partial) == ({pid(1)}, frozenset({ORG}))


def test_a_user_is_listed_by_itself_and_is_always_partial(stub: Stub) -> None:
    table = {
        "/user-bob/describe": {"id": "user-bob"},
        "bob /user-bob/describe": REGIONS,
        "bob /system/findProjects": page(listed(1, billTo="user-bob")),
    }
    snapshot = read(stub, Scope(estates=("user-bob",)), table, "alice", "bob")
    assert snapshot.partial == {"user-bob"}
    assert snapshot.projects[pid(1)].read_by == "user-bob"
    profile = snapshot.profiles["user-bob"]
    assert (profile.read_by, profile.default_region) == ("user-bob", "aws:us-east-1")
    assert (profile.restrict_transfer, profile.memberships) == (ABSENT, {})


def test_another_users_regions_are_unreadable_and_never_none(stub: Stub) -> None:
    snapshot = read(stub, Scope(profiles=("user-bob",)), {"/user-bob/describe": {"id": "user-bob"}})
    profile = snapshot.profiles["user-bob"]
    assert profile.exists is True
    assert profile.permitted_regions == Unreadable("only user-bob can read it")
    assert profile.default_region == Unreadable("only user-bob can read it")
    assert snapshot.projects == {}


def test_a_token_of_less_than_full_scope_is_named_as_the_reason(stub: Stub) -> None:
    snapshot = read(stub, Scope(profiles=("user-alice",)), {"/user-alice/describe": {"id": "user-alice"}})
    reason = Unreadable("only user-alice can read it, with a token of full scope")
    assert snapshot.profiles["user-alice"].permitted_regions == reason


def test_a_default_that_did_not_come_is_absent_only_beside_the_permitted_regions(stub: Stub) -> None:
    table = {
        "/user-alice/describe": {"permittedRegions": []},
        "/org-a/describe": {"level": "MEMBER", "permittedRegions": ["aws:us-east-1"], "defaultRegion": None},
        "/org-b/describe": {"level": "MEMBER", "defaultRegion": "aws:us-east-1"},
    }
    profiles = read(stub, Scope(profiles=("org-a", "org-b", "user-alice")), table).profiles
    assert (profiles["user-alice"].default_region, profiles["user-alice"].permitted_regions) == (
        ABSENT,
        frozenset(),
    )
    assert profiles["org-a"].default_region is ABSENT
    only = Unreadable("only members of org-b can read it")
    assert (profiles["org-b"].default_region, profiles["org-b"].permitted_regions) == ("aws:us-east-1", only)


def test_a_stranger_of_an_org_is_known_to_be_no_member(stub: Stub) -> None:
    profile = read(stub, Scope(profiles=(ORG,)), {f"/{ORG}/describe": {"id": ORG}}).profiles[ORG]
    only = Unreadable(f"only members of {ORG} can read it")
    assert profile.memberships == {"user-alice": ABSENT}
    assert profile.exists is True
    assert (profile.permitted_regions, profile.default_region, profile.restrict_transfer) == (
        only,
        only,
        only,
    )


def test_a_denied_org_is_unreadable_in_everything(stub: Stub) -> None:
    table = {f"/{ORG}/describe": error("PermissionDenied", 401)}
    snapshot = read(stub, Scope(estates=(ORG,)), table)
    only = Unreadable(f"only members of {ORG} can read it")
    profile = snapshot.profiles[ORG]
    assert (profile.exists, profile.permitted_regions, profile.memberships) == (
        only,
        only,
        {"user-alice": only},
    )
    assert snapshot.partial == {ORG}


def test_an_unknown_payer_does_not_exist_and_is_not_listed(stub: Stub) -> None:
    snapshot = read(stub, Scope(estates=(ORG, "user-eve")), {})
    assert [p.exists for p in snapshot.profiles.values()] == [False, False]
    assert snapshot.profiles[ORG].memberships == {"user-alice": ABSENT}
    assert stub.routes() == [f"/{ORG}/describe", "/user-eve/describe"]
    assert snapshot.partial == frozenset()


def test_an_org_that_is_hidden_from_one_identity_exists_for_the_other(stub: Stub) -> None:
    snapshot = read(stub, Scope(profiles=(ORG,)), {f"bob /{ORG}/describe": ADMIN}, "alice", "bob")
    profile = snapshot.profiles[ORG]
    assert profile.exists is True
    assert profile.memberships == {"user-alice": ABSENT, "user-bob": Membership("ADMIN", True)}


@pytest.mark.parametrize(
    ("entry", "mark", "pending"),
    [
        (listed(1, properties={"reconciler": "w/projects.a"}), "w/projects.a", ABSENT),
        (listed(1, properties={"other": "x"}), ABSENT, ABSENT),
        (listed(1, properties=None), wire.NOT_REPORTED, ABSENT),
        (listed(1, level="VIEW", pendingTransfer=None), ABSENT, wire.NO_ADMINISTER),
        (listed(1, level="NONE", properties=None, pendingTransfer=None), wire.NO_ACCESS, wire.NO_ACCESS),
        (listed(1, level="NONE"), wire.NO_ACCESS, wire.NO_ACCESS),
        (
            listed(1, level="NONE", properties={"reconciler": "w/projects.a"}, pendingTransfer="user-bob"),
            "w/projects.a",
            "user-bob",
        ),
    ],
)
def test_what_a_level_hides_is_unreadable(
    stub: Stub, entry: dict[str, Any], mark: object, pending: object
) -> None:
    table = {f"/{ORG}/describe": ADMIN, f"/{ORG}/findProjects": page(entry)}
    project = read(stub, Scope(estates=(ORG,)), table).projects[pid(1)]
    assert (project.mark, project.pending_transfer) == (mark, pending)


def test_a_listed_project_without_describe_is_known_by_its_payer_alone(stub: Stub) -> None:
    bare = {"id": pid(1), "level": "NONE", "public": False}
    table = {f"/{ORG}/describe": ADMIN, f"/{ORG}/findProjects": page(bare)}
    project = read(stub, Scope(estates=(ORG,)), table).projects[pid(1)]
    hidden = Unreadable("needs access to the project (level NONE)")
    assert project == Project(pid(1), hidden, hidden, ORG, "NONE", hidden, hidden, 0, "user-alice")


def test_ids_that_no_estate_shows_are_looked_up_together_then_one_by_one(stub: Stub) -> None:
    table = {
        f"/{ORG}/describe": ADMIN,
        f"/{ORG}/findProjects": page(listed(1)),
        "/system/findProjects": page(listed(2, billTo="org-x")),
        f"/{pid(3)}/describe": {**listed(3)["describe"], "level": "VIEW"},
        f"/{pid(4)}/describe": error("PermissionDenied", 401),
    }
    ids = tuple(pid(n) for n in range(1, 6))
    snapshot = read(stub, Scope(estates=(ORG,), projects=ids), table)
    assert set(snapshot.projects) == {pid(1), pid(2), pid(3)}
    assert snapshot.projects[pid(2)].bill_to == "org-x"
    assert snapshot.projects[pid(3)].level == "VIEW"
    assert snapshot.missing == {
        pid(4): Unreadable("none of the identities at hand has access to the project"),
        pid(5): Destroyed(),
    }
    asked = stub.sent("/system/findProjects")[0]
    assert (asked["id"], asked["level"]) == ([pid(n) for n in range(2, 6)], "VIEW")
    assert stub.routes()[-3:] == [f"/{pid(n)}/describe" for n in (3, 4, 5)]


def test_a_single_id_is_described_at_once(stub: Stub) -> None:
    table = {f"/{pid(1)}/describe": {**listed(1)["describe"], "level": "CONTRIBUTE"}}
    snapshot = read(stub, Scope(projects=(pid(1),)), table)
    assert snapshot.projects[pid(1)].level == "CONTRIBUTE"
    assert stub.routes() == [f"/{pid(1)}/describe"]


def test_a_project_that_another_identity_sees_is_read_by_that_one(stub: Stub) -> None:
    table = {
        f"alice /{pid(1)}/describe": error("PermissionDenied", 401),
        f"bob /{pid(1)}/describe": {**listed(1)["describe"], "level": "VIEW"},
    }
    snapshot = read(stub, Scope(projects=(pid(1),)), table, "alice", "bob")
    assert snapshot.projects[pid(1)].read_by == "user-bob"
    table = {"bob /system/findProjects": page(listed(1), listed(2))}
    snapshot = read(stub, Scope(projects=(pid(1), pid(2))), table, "alice", "bob")
    assert {p.read_by for p in snapshot.projects.values()} == {"user-bob"}


def test_a_project_is_destroyed_only_if_nobody_is_told_that_it_exists(stub: Stub) -> None:
    table = {f"bob /{pid(1)}/describe": error("PermissionDenied", 401)}
    snapshot = read(stub, Scope(projects=(pid(1),)), table, "alice", "bob")
    assert isinstance(snapshot.missing[pid(1)], Unreadable)


def test_an_error_in_place_of_an_answer_is_never_taken_for_a_destroyed_project(stub: Stub) -> None:
    table = {f"/{pid(1)}/describe": error("InvalidState", 422)}
    with pytest.raises(ProviderError, match="InvalidState"):
        read(stub, Scope(projects=(pid(1),)), table)


def test_ids_go_in_calls_of_a_thousand_and_marks_of_a_hundred(stub: Stub) -> None:
    ids = tuple(pid(n) for n in range(1001))

    def listing(asked: Asked) -> Any:
        entries = [listed(int(one.removeprefix("project-"))) for one in asked.body.get("id", [])]
        return page(*entries)

    marks = tuple(f"w/projects.p{n}" for n in range(101))
    snapshot = read(stub, Scope(projects=ids, marks=marks), {"/system/findProjects": listing})
    assert len(snapshot.projects) == 1001
    sent = stub.sent("/system/findProjects")
    assert [len(one["id"]) for one in sent if "id" in one] == [1000, 1]
    assert [len(one["properties"]["$or"]) for one in sent if "properties" in one] == [100, 1]
    assert len(stub.log) == 4


def test_marks_that_the_estates_show_cost_no_call(stub: Stub) -> None:
    mine = listed(1, properties={"reconciler": "w/projects.a"})
    table = {f"/{ORG}/describe": ADMIN, f"/{ORG}/findProjects": page(mine)}
    read(stub, Scope(estates=(ORG,), marks=("w/projects.a",)), table)
    assert "/system/findProjects" not in stub.routes()


def test_marks_that_no_estate_shows_are_looked_up_over_everything_visible(stub: Stub) -> None:
    def listing(asked: Asked) -> Any:
        assert asked.body["properties"] == {
            "$or": [{"reconciler": "w/projects.a"}, {"reconciler": "w/projects.b"}]
        }
        assert asked.body["level"] == "VIEW"
        assert "billTo" not in asked.body
        stranger = listed(3, properties={"reconciler": "w/projects.z"})
        return page(listed(2, billTo="org-x", properties={"reconciler": "w/projects.b"}), stranger)

    marks = ("w/projects.a", "w/projects.b")
    snapshot = read(stub, Scope(marks=marks), {"/system/findProjects": listing})
    assert {p.id: p.mark for p in snapshot.projects.values()} == {pid(2): "w/projects.b"}


def test_a_mark_held_by_a_project_that_was_asked_for_by_id_is_still_looked_up(stub: Stub) -> None:
    mark = {"reconciler": "w/projects.a"}
    table = {
        f"/{pid(1)}/describe": {**listed(1, properties=mark)["describe"], "level": "VIEW"},
        "/system/findProjects": page(listed(1, properties=mark), listed(2, properties=mark)),
    }
    snapshot = read(stub, Scope(projects=(pid(1),), marks=("w/projects.a",)), table)
    assert set(snapshot.projects) == {pid(1), pid(2)}


def test_names_are_looked_up_for_payers_that_are_not_listed_as_a_whole(stub: Stub) -> None:
    table = {
        f"/{ORG}/describe": ADMIN,
        "/system/findProjects": page(listed(7, billTo="user-bob", name="RNA"), listed(8)),
    }
    scope = Scope(estates=(ORG,), names=((ORG, "RNA"), ("user-bob", "RNA")))
    snapshot = read(stub, scope, table)
    assert set(snapshot.projects) == {pid(7)}
    (asked,) = stub.sent("/system/findProjects")
    assert (asked["name"], asked["billTo"], asked["level"]) == ("RNA", "user-bob", "VIEW")


def test_levels_of_other_identities_are_asked_of_their_own_lists(stub: Stub) -> None:
    table = {
        f"/{ORG}/describe": ADMIN,
        f"/{ORG}/findProjects": page(listed(1), listed(2)),
        "bob /system/findProjects": page({"id": pid(1), "level": "CONTRIBUTE", "public": False}),
    }
    wanted = (
        ("user-alice", pid(1)),
        ("user-bob", pid(1)),
        ("user-bob", pid(2)),
        ("user-carol", pid(1)),
    )
    snapshot = read(stub, Scope(estates=(ORG,), levels=wanted), table, "alice", "bob")
    assert snapshot.levels == {
        ("user-alice", pid(1)): "ADMINISTER",
        ("user-bob", pid(1)): "CONTRIBUTE",
        ("user-bob", pid(2)): "NONE",
        ("user-carol", pid(1)): Unreadable("only user-carol can read it, whose token is not at hand"),
    }
    (asked,) = stub.sent("/system/findProjects")
    assert (asked["id"], asked["level"], asked["limit"]) == ([pid(1), pid(2)], "VIEW", 1000)


def test_a_platform_that_takes_no_names_of_hidden_fields_is_asked_for_the_defaults(stub: Stub) -> None:
    def listing(asked: Asked) -> Any:
        if "fields" in asked.body["describe"]:
            return error("InvalidInput", 422)
        assert asked.body["describe"] == {"properties": True}
        return page(listed(1))

    table = {f"/{ORG}/describe": ADMIN, f"/{ORG}/findProjects": listing}
    assert set(read(stub, Scope(estates=(ORG,)), table).projects) == {pid(1)}


def test_what_a_list_brings_without_being_asked_for_is_not_taken(stub: Stub) -> None:
    """A platform that does not know a filter ignores it."""
    table = {
        f"/{ORG}/describe": ADMIN,
        f"/{ORG}/findProjects": page(listed(1), listed(2, billTo="org-x")),
        "/system/findProjects": page(listed(3), listed(4), listed(5)),
    }
    snapshot = read(stub, Scope(estates=(ORG,), projects=(pid(3), pid(4))), table)
    assert set(snapshot.projects) == {pid(1), pid(3), pid(4)}


def test_a_list_that_goes_round_in_circles_ends(stub: Stub) -> None:
    table = {f"/{ORG}/describe": ADMIN, f"/{ORG}/findProjects": page(following="again")}
    with pytest.raises(ProviderError, match="the same next page twice"):
        read(stub, Scope(estates=(ORG,)), table)


@pytest.mark.parametrize("odd", ["project-x/destroy", "project-", f"{pid(1)}\n", "org-a/../x", ""])
def test_an_id_that_is_none_never_becomes_a_path(stub: Stub, odd: str) -> None:
    with pytest.raises(ProviderError, match="is no id"):
        read(stub, Scope(projects=(odd,)), {})
    assert {one.route for one in stub.log} <= {"/system/whoami"}


def test_two_tokens_of_one_user_are_one_identity(stub: Stub) -> None:
    stub.handler = lambda _: {"id": "user-alice"}
    reader = writer(stub.url, "alice", "alice-again")
    assert reader.identities() == ("user-alice",)
    reader.close()


def test_a_hundred_pages_are_read_in_well_under_a_second_of_work() -> None:
    pages = [
        msgspec.json.encode(
            page(*(listed(1000 * p + n, properties={"reconciler": f"w/projects.p{n}"}) for n in range(1000)))
        )
        for p in range(10)
    ]
    started = time.process_time()
    count = sum(len(wire.projects(wire.PAGE.decode(one).results, "user-alice", ORG)) for one in pages * 10)
    assert count == 100_000
    assert time.process_time() - started < 1.5
