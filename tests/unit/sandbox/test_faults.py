"""Faults on demand: which call they strike, what they do to the world, and what the caller is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs
from reconciler_sandbox.faults.record import Fault, RivalCall
from reconciler_sandbox.reply import Reply
from support.sandbox import AZURE, PROJECT, US, Lab, a_project, a_world

NEW = "/project/new"


def a_stage(*faults: Fault, projects: int = 1, seed: int = 1) -> Lab:
    """A platform on which these faults are played."""
    world = a_world([a_project(number) for number in range(1, projects + 1)])
    return Lab(structs.replace(world, faults=faults, seed=seed))


def answered(lab: Lab, path: str, user: str = "user-alice", **inputs: Any) -> Reply:
    """The bare reply, which need not be JSON."""
    return lab.platform.answer(path, json.dumps(inputs).encode(), None, f"Bearer {user}", {})


def create(lab: Lab, name: str = "n", user: str = "user-alice") -> Reply:
    return answered(lab, NEW, user, name=name, region=US)


def names(lab: Lab) -> set[str]:
    return {project.name for project in lab.platform.state.projects.values()} - {"project 1"}


def log(lab: Lab) -> list[Any]:
    return [json.loads(bytes(line)) for line in lab.log.recent()]


def last(lab: Lab) -> tuple[int, str | None]:
    entry = log(lab)[-1]
    return entry["status"], entry["fault"]


# What the caller is told


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("effect", "status", "type"),
    [
        ("status:500", 500, "InternalError"),
        ("status:503", 503, "ServiceUnavailable"),
        ("status:429", 429, "RateLimitConditional"),
        ("status:401", 401, "InvalidAuthentication"),
        ("status:422", 422, "InvalidInput"),
    ],
)
def test_a_status_is_the_platforms_error_before_or_after_the_call_is_carried_out(
    when: Any, effect: str, status: int, type: str
) -> None:
    lab = a_stage(Fault(NEW, effect, when))
    got = lab.call("user-alice", NEW, name="n", region=US)
    assert (got.status, got.error) == (status, type)
    assert got.body["error"]["message"] == f"played: {effect}"
    assert names(lab) == ({"n"} if when == "after" else set())
    assert last(lab) == (200 if when == "after" else status, f"{when} {effect}")
    assert lab.call("user-alice", NEW, name="m", region=US).status == 200
    assert last(lab) == (200, None)


@pytest.mark.parametrize("effect", ["status:503", "status:429"])
@pytest.mark.parametrize("seconds", [None, 0, 7])
def test_a_busy_platform_may_or_may_not_say_how_long_to_wait(effect: str, seconds: int | None) -> None:
    lab = a_stage(Fault("*", effect, retry_after=seconds))
    assert create(lab).retry_after == seconds


@pytest.mark.parametrize(
    ("effect", "status"), [("html", 200), ("html:403", 403), ("status:502", 502), ("status:504", 504)]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_something_on_the_way_answers_with_a_page(effect: str, status: int, when: Any) -> None:
    lab = a_stage(Fault("*", effect, when))
    reply = create(lab)
    assert (reply.status, reply.media) == (status, "text/html")
    assert reply.body.startswith(b"<!doctype html>")
    assert names(lab) == ({"n"} if when == "after" else set())


@pytest.mark.parametrize("when", ["before", "after"])
def test_garbage_is_neither_json_nor_utf8(when: Any) -> None:
    lab = a_stage(Fault("*", "garbage", when))
    reply = create(lab)
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode()
    assert (reply.status, reply.media) == (200, "application/json")
    assert names(lab) == ({"n"} if when == "after" else set())


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_of_the_wrong_type_is_an_array(when: Any) -> None:
    lab = a_stage(Fault("*", "wrong_type", when))
    (inner,) = json.loads(create(lab).body)
    if when == "after":
        assert inner["id"] in lab.platform.state.projects
    else:
        assert inner == {"results": [], "next": None}
        assert names(lab) == set()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("effect", ["close", "reset", "hang", "truncate", "wrong_length"])
def test_what_only_a_connection_can_show_is_left_to_it(effect: str, when: Any) -> None:
    lab = a_stage(Fault("*", effect, when))
    assert create(lab).wire == effect
    assert names(lab) == ({"n"} if when == "after" else set())
    silent = when == "before" and effect in ("close", "reset", "hang")
    assert last(lab) == (0 if silent else 200, f"{when} {effect}")


def test_a_slow_call_is_carried_out_at_its_end_or_at_its_beginning() -> None:
    lab = a_stage(Fault("*", "slow:2s"), Fault("*", "slow:1500ms", "after"))
    waiting = create(lab, "one").later
    assert waiting is not None
    assert (waiting.seconds, names(lab), log(lab)) == (2, set(), [])
    assert waiting.reply().status == 200
    assert (names(lab), last(lab)) == ({"one"}, (200, "before slow:2s"))
    waiting = create(lab, "two").later
    assert waiting is not None
    assert (waiting.seconds, names(lab)) == (1.5, {"one", "two"})
    assert waiting.reply().status == 200
    assert [entry["fault"] for entry in log(lab)] == ["before slow:2s", "after slow:1500ms"]


# Which call is struck


def struck(lab: Lab, calls: int = 6) -> list[int]:
    """The numbers of the calls that failed, from 1."""
    return [number for number in range(1, calls + 1) if create(lab, f"n{number}").status != 200]


@pytest.mark.parametrize(
    ("nth", "times", "expected"),
    [
        (1, None, [1]),
        (3, None, [3]),
        (3, 2, [3, 4]),
        (0, None, [1, 2, 3, 4, 5, 6]),
        (0, 2, [1, 2]),
    ],
)
def test_the_nth_call_is_struck_and_as_many_as_asked_for(
    nth: int, times: int | None, expected: list[int]
) -> None:
    assert struck(a_stage(Fault(NEW, "status:500", nth=nth, times=times))) == expected


def test_several_faults_strike_one_after_the_other() -> None:
    lab = a_stage(
        Fault(NEW, "status:500", nth=2), Fault("/project/*", "status:503"), Fault("*", "status:422", nth=2)
    )
    assert [create(lab, f"n{number}").status for number in range(5)] == [503, 500, 422, 200, 200]


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        ("*", True),
        ("/project/new", True),
        ("/project/*", True),
        ("*/new", True),
        ("/project-*/describe", False),
        ("project/new", False),
        ("/PROJECT/new", False),
    ],
)
def test_a_route_is_a_glob_over_the_path(pattern: str, hit: bool) -> None:
    assert (create(a_stage(Fault(pattern, "status:500"))).status == 500) is hit


def test_a_caller_is_struck_and_others_are_not() -> None:
    lab = a_stage(Fault(NEW, "status:500", caller="user-bob", nth=0))
    assert [create(lab, user=user).status for user in ("user-alice", "user-bob", "nobody")] == [200, 500, 401]


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"name": "RNA*"}, True),
        ({"name": "DNA*"}, False),
        ({"name": "RNA*", "region": US}, True),
        ({"name": "RNA*", "region": AZURE}, False),
        ({"summary": "*"}, False),
        ({"tags": "b?"}, True),
        ({"tags": "c"}, False),
        ({"tags": ["a", "b1"]}, True),
        ({"properties": {"k": "v*"}}, True),
        ({"properties": {"x": "*"}}, False),
        ({"name": {"k": "*"}}, False),
        ({"protected": True}, True),
        ({"protected": 1}, False),
        ({"protected": "true"}, False),
    ],
)
def test_a_match_is_globs_over_the_input(match: dict[str, object], hit: bool) -> None:
    lab = a_stage(Fault(NEW, "status:500", match=match))
    given = {"name": "RNA-seq", "region": US, "tags": ["a", "b1"], "properties": {"k": "v1"}}
    assert (answered(lab, NEW, **given, protected=True).status == 500) is hit


def test_an_input_that_is_no_json_fits_no_match_but_any_route() -> None:
    lab = a_stage(Fault(NEW, "status:500", match={"name": "*"}), Fault("*", "status:503"))
    body = b'{"name": "n"'
    assert lab.platform.answer(NEW, body, None, "Bearer user-alice", {}).status == 503
    assert lab.platform.answer(NEW, body, None, "Bearer user-alice", {}).status == 400


def test_chance_is_the_same_in_every_run_and_another_with_another_seed() -> None:
    fault = Fault(NEW, "status:500", nth=0, probability=0.5)
    runs = [struck(a_stage(fault, seed=seed), 40) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert 8 < len(runs[0]) < 32


def test_what_was_struck_and_what_is_left_can_be_asked_for() -> None:
    lab = a_stage(Fault(NEW, "status:500", times=2), Fault("*", "status:503", nth=0, match={"name": "x*"}))
    for name in ("a", "x", "b"):
        create(lab, name)
    first, second = lab.platform.stage.told()
    assert first == {"route": NEW, "effect": "status:500", "times": 2, "seen": 3, "struck": 2, "left": 0}
    assert (second["seen"], second["struck"], second["left"]) == (1, 0, None)


def test_starting_over_starts_the_counters_over() -> None:
    lab = a_stage(Fault(NEW, "status:500"), Fault("*", "expire_token"))
    assert [create(lab).status for _ in range(3)] == [500, 401, 401]
    lab.platform.restart(structs.replace(a_world(), faults=(Fault(NEW, "status:503"),)), "")
    assert [create(lab).status for _ in range(2)] == [503, 200]


# What happens to the world


@pytest.mark.parametrize(("when", "statuses"), [("before", [200, 401, 401]), ("after", [200, 200, 401])])
def test_a_token_ends_at_a_call(when: Any, statuses: list[int]) -> None:
    lab = a_stage(Fault("*", "expire_token", when, nth=2))
    assert [create(lab).status for _ in range(3)] == statuses
    assert create(lab, user="user-bob").status == 200
    assert log(lab)[1]["fault"] == f"{when} expire_token"


@pytest.mark.parametrize(("when", "statuses"), [("before", [200, 401, 401]), ("after", [200, 200, 401])])
def test_access_to_a_project_is_taken_between_two_calls(when: Any, statuses: list[int]) -> None:
    lab = a_stage(Fault(f"/{PROJECT}/describe", "deny", when, caller="user-bob", nth=2))
    lab.change(members={"user-alice": "ADMINISTER", "user-bob": "VIEW", "org-lab": "VIEW", "PUBLIC": "VIEW"})
    answers = [lab.call("user-bob", f"/{PROJECT}/describe") for _ in range(3)]
    assert [got.status for got in answers] == statuses
    assert answers[-1].error == "PermissionDenied"
    assert lab.project().members == {"user-alice": "ADMINISTER"}
    assert lab.call("user-bob", "/system/findProjects", level="VIEW").body["results"] == []


@pytest.mark.parametrize(
    ("route", "inputs"),
    [(NEW, {"name": "n", "region": US, "billTo": "org-lab"}), ("/org-lab/findProjects", {})],
)
def test_membership_of_an_organisation_is_taken_between_two_calls(route: str, inputs: dict[str, str]) -> None:
    lab = a_stage(Fault(route, "deny", nth=2))
    assert lab.call("user-alice", route, inputs).status == 200
    got = lab.call("user-alice", route, inputs)
    assert got.error in ("PermissionDenied", "InvalidInput")
    assert "user-alice" not in lab.platform.state.orgs["org-lab"].members


def test_where_nothing_can_be_taken_the_call_is_refused() -> None:
    lab = a_stage(Fault(NEW, "deny"))
    got = lab.call("user-alice", NEW, name="n", region=US)
    assert (got.error, names(lab), last(lab)) == ("PermissionDenied", set(), (401, "before deny"))
    assert lab.call("user-alice", NEW, name="n", region=US).status == 200


def test_reads_lag_behind_a_write_for_some_calls_and_writes_do_not() -> None:
    lab = a_stage(Fault(NEW, "stale:3"))
    made = json.loads(create(lab).body)["id"]
    assert lab.call("user-alice", "/system/findProjects").body["results"] != []
    assert made not in str(lab.call("user-alice", "/system/findProjects").body)
    assert lab.call("user-alice", f"/{made}/update", name="other").status == 200
    # That was the third call; now everything shows.
    assert lab.call("user-alice", f"/{made}/describe").body["name"] == "other"
    assert made in str(lab.call("user-alice", "/system/findProjects").body)


def test_all_reads_can_lag_by_the_same_number_of_calls() -> None:
    lab = a_stage(Fault("*", "stale:2", nth=0))
    seen = []
    for number in range(1, 5):
        lab.call("user-alice", f"/{PROJECT}/update", name=f"name {number}")
        seen.append(lab.call("user-alice", f"/{PROJECT}/describe").body["name"])
    # Between two reads there is one write: the last two calls are a write and a read.
    assert seen == ["project 1", "name 1", "name 2", "name 3"]
    assert lab.project().name == "name 4"


def test_what_was_destroyed_still_shows_to_a_read_that_lags() -> None:
    lab = a_stage(Fault("*/destroy", "stale:1", "after"), projects=2)
    gone = a_project(2).id
    assert lab.call("user-alice", f"/{gone}/destroy").status == 200
    assert lab.call("user-alice", f"/{gone}/describe").body["name"] == "project 2"
    assert lab.call("user-alice", f"/{gone}/describe").error == "ResourceNotFound"


def test_a_lagging_read_leaves_no_trace() -> None:
    lab = a_stage(Fault(NEW, "stale:5", nth=0))
    for number in range(3):
        create(lab, f"n{number}")
        lab.call("user-alice", "/system/findProjects", billTo="user-alice")
    state = lab.platform.state
    fresh = type(state)(state.switches, state.regions, list(state.records()))
    assert fresh.projects == state.projects
    for user in ("user-alice", "user-bob"):
        assert list(fresh.billed_to(user)) == list(state.billed_to(user))
        assert list(fresh.shared_with(user)) == list(state.shared_with(user))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rival_calls_at_that_instant(when: Any) -> None:
    calls = (RivalCall("user-bob", f"/{PROJECT}/update", {"name": "bob's"}),)
    lab = a_stage(Fault(f"/{PROJECT}/update", "rival", when, caller="user-alice", calls=calls))
    lab.change(members={"user-alice": "ADMINISTER", "user-bob": "ADMINISTER"})
    assert lab.call("user-alice", f"/{PROJECT}/update", name="alice's").status == 200
    assert lab.project().name == ("alice's" if when == "before" else "bob's")
    order = ["user-bob", "user-alice"] if when == "before" else ["user-alice", "user-bob"]
    assert [(entry["user"], entry["fault"]) for entry in log(lab)] == [
        (user, f"{when} rival") for user in order
    ]


def test_a_rival_may_be_refused_and_the_caller_goes_on() -> None:
    calls = (RivalCall("user-dave", f"/{PROJECT}/destroy"), RivalCall("user-dave", "/no/such"))
    lab = a_stage(Fault(NEW, "rival", calls=calls))
    assert create(lab).status == 200
    assert [entry["status"] for entry in log(lab)] == [401, 404, 200]
    assert PROJECT in lab.platform.state.projects
