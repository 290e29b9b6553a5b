"""Tokens, scopes, malformed requests and the number of calls a second."""

from __future__ import annotations

import json
from typing import cast

import pytest
from msgspec import structs
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.laws.records import Level
from reconciler_sandbox.platform import Reply
from reconciler_sandbox.rate import Limiter
from reconciler_sandbox.world.model import Token
from support.apps import an_app_lab, described, in_region, published
from support.sandbox import NOW, PROJECT, US, Lab, a_lab, a_project, a_world


def with_token(token: Token) -> Lab:
    world = a_world([a_project(1), a_project(2)])
    return Lab(structs.replace(world, tokens=(token,)))


def raw(lab: Lab, body: bytes = b"{}", content: str | None = None, authorization: str | None = None) -> Reply:
    return lab.platform.answer("/system/whoami", body, content, authorization, {})


def kind(reply: Reply) -> tuple[int, str, str]:
    error = json.loads(reply.body)["error"]
    return reply.status, error["type"], error["message"]


@pytest.mark.covers("system/whoami")
def test_whoami_names_the_user_of_the_token() -> None:
    assert a_lab().call("user-bob", "/system/whoami").body == {"id": "user-bob"}


@pytest.mark.covers("system/greet")
def test_whoever_greets_gets_no_messages() -> None:
    for user in ("user-bob", "PUBLIC"):
        assert a_lab().call(user, "/system/greet", client="dx", version="v0").body == {"messages": []}


def test_without_a_login_nothing_is_answered() -> None:
    assert kind(raw(a_lab())) == (
        401,
        "InvalidAuthentication",
        "You need to be logged in to use this method",
    )


@pytest.mark.parametrize("authorization", ["Bearer nobody", "Basic user-alice", "user-alice", "Bearer "])
def test_an_unknown_token_could_not_be_found(authorization: str) -> None:
    answer = kind(raw(a_lab(), authorization=authorization))
    assert answer == (401, "InvalidAuthentication", "The token could not be found")


@pytest.mark.parametrize(
    "token",
    [Token("t", "user-alice", revoked=True), Token("t", "user-alice", expires=NOW)],
)
def test_a_revoked_or_expired_token_is_as_an_unknown_one(token: Token) -> None:
    assert with_token(token).call("t", "/system/whoami").error == "InvalidAuthentication"


def test_a_token_expires_by_the_worlds_clock() -> None:
    lab = with_token(Token("t", "user-alice", expires=NOW + 1000))
    assert lab.call("t", "/system/whoami").status == 200
    lab.platform.set_clock(NOW + 1000)
    assert lab.call("t", "/system/whoami").status == 401


@pytest.mark.parametrize(
    "path", ["/user-alice/describe", "/project/new", "/system/findOrgs", f"/{PROJECT}/update"]
)
def test_the_anonymous_user_may_do_nothing_but_look_at_public_projects(path: str) -> None:
    assert a_lab().call("PUBLIC", path, name="n", level="MEMBER").error == "PermissionDenied"


def test_a_token_of_narrower_scope_is_a_stranger_to_its_own_user() -> None:
    lab = with_token(Token("t", "user-alice", scope={"*": "VIEW"}))
    assert "permittedRegions" not in lab.call("t", "/user-alice/describe").body
    for path in ("/user-alice/update", "/project/new", "/org-lab/describe", "/org-lab/findProjects"):
        assert lab.call("t", path, name="n", region=US).error == "PermissionDenied"


def test_a_scope_caps_the_level_of_each_project() -> None:
    lab = with_token(Token("t", "user-alice", scope={PROJECT: "CONTRIBUTE"}))
    assert lab.call("t", f"/{PROJECT}/describe").body["level"] == "CONTRIBUTE"
    assert lab.call("t", f"/{PROJECT}/update", name="n").error == "PermissionDenied"
    assert lab.call("t", f"/{PROJECT}/setProperties", properties={"k": "v"}).status == 200
    assert lab.call("t", f"/{a_project(2).id}/describe").error == "PermissionDenied"
    found = lab.call("t", "/system/findProjects", level="VIEW").body["results"]
    assert [entry["id"] for entry in found] == [PROJECT]


def narrowed(lab: Lab, user: str, scope: dict[str, Level]) -> Lab:
    """The same world; the only token, ``t``, is that user's within a scope."""
    world = lab.platform.world()
    return Lab(structs.replace(world, tokens=(Token("t", user, scope=scope),)))


@pytest.mark.covers("project-/describe", "system/describeProjects", "describe_projects")
@pytest.mark.parametrize(
    ("scope", "seen"), [({PROJECT: "VIEW"}, True), ({"*": "VIEW"}, True), ({a_project(2).id: "VIEW"}, False)]
)
def test_an_offer_shows_the_project_within_the_scope_of_the_recipients_token_only(
    scope: dict[str, Level], seen: bool
) -> None:
    lab = a_lab([a_project(1, pending_transfer="user-dave")], describe_projects="on")
    lab = narrowed(lab, "user-dave", scope)
    got = lab.call("t", f"/{PROJECT}/describe")
    assert (got.body.get("pendingTransfer"), got.error) == (
        ("user-dave", None) if seen else (None, "PermissionDenied")
    )
    (result,) = lab.call("t", "/system/describeProjects", projects=[PROJECT]).body["results"]
    assert ("describe" in result) is seen


@pytest.mark.covers("container-/describe", "container-/listFolder", "file-/describe")
def test_a_scope_counts_for_the_resources_of_an_app_too() -> None:
    lab = an_app_lab()
    container = described(lab, published(lab))["resources"]
    file = in_region("file", US)
    lab.change(members={"user-bob": "ADMINISTER"})
    for scope, allowed in (({PROJECT: "ADMINISTER"}, False), ({container: "VIEW"}, True)):
        narrow = narrowed(lab, "user-alice", cast("dict[str, Level]", scope))
        for path in (f"/{container}/describe", f"/{container}/listFolder", f"/{file}/describe"):
            assert (narrow.call("t", path).error is None) is allowed


@pytest.mark.covers("system/findApps", "system/findGlobalWorkflows")
def test_whoever_can_describe_no_app_finds_none_but_gets_an_answer() -> None:
    """The official client asks for apps of each name that it resolves, and stops at an error."""
    lab = an_app_lab()
    published(lab)
    narrow = narrowed(lab, "user-alice", {"*": "VIEW"})
    for path in ("/system/findApps", "/system/findGlobalWorkflows"):
        for user in ("t", "PUBLIC"):
            got = narrow.call(user, path, name="bwa", describe=True)
            assert (got.status, got.body) == (200, {"results": [], "next": None})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{'a': 1}", b"NaN", b'"\\ud800"', b"[" * 100_000])
def test_what_is_not_json_is_malformed_before_the_token_is_looked_at(body: bytes) -> None:
    status, type, _ = kind(raw(a_lab(), body))
    assert (status, type) == (400, "MalformedJSON")


@pytest.mark.parametrize("content", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_foreign_content_type_is_malformed(content: str) -> None:
    assert kind(raw(a_lab(), content=content))[:2] == (400, "MalformedJSON")


@pytest.mark.parametrize("content", [None, "application/json", "Application/JSON; charset=utf-8"])
def test_json_may_say_so_or_say_nothing(content: str | None) -> None:
    assert raw(a_lab(), content=content, authorization="Bearer user-bob").status == 200


@pytest.mark.parametrize("given", [[], "text", 7, None, True])
def test_an_input_that_is_no_object_is_invalid_after_the_entity_was_looked_up(given: object) -> None:
    lab = a_lab()

    def error(path: str, user: str = "user-alice") -> str:
        reply = lab.platform.answer(path, json.dumps(given).encode(), None, f"Bearer {user}", {})
        return kind(reply)[1]

    assert error(f"/{PROJECT}/describe") == "InvalidInput"
    assert error(f"/{PROJECT}/describe", "user-dave") == "PermissionDenied"
    assert error("/project-J00000000000000000000009/describe") == "ResourceNotFound"


@pytest.mark.parametrize(
    "path", ["/", "/system", "/system/nothing", "/project/describe", "/user/new", "//", "/a/b/c"]
)
def test_an_unknown_route_is_not_found_and_logged(path: str) -> None:
    lab = a_lab()
    assert lab.call("user-alice", path).error == "ResourceNotFound"
    entry = json.loads(bytes(lab.log.recent()[-1]))
    assert (entry["route"], entry["status"], entry["error"]) == (path, 404, "ResourceNotFound")


@pytest.mark.covers("rate_limit", "rate_scope")
@pytest.mark.parametrize(
    ("scope", "users", "passed"),
    [
        ("user", ["user-alice"] * 4, 3),
        ("user", ["user-alice", "user-bob"] * 2, 4),
        ("payer", ["user-alice", "user-bob"] * 2, 3),
        ("token", ["user-alice", "user-bob"] * 2, 4),
    ],
)
def test_calls_are_counted_a_second(scope: str, users: list[str], passed: int) -> None:
    lab = a_lab(rate_limit=3, rate_scope=scope, retry_after_s=7)
    for user in ("user-alice", "user-bob"):
        lab.change_user(user, bill_to="org-lab")
    assert [lab.call(user, "/system/whoami").status for user in users].count(200) == passed
    lab.time += 1
    assert lab.call("user-alice", "/system/whoami").status == 200


@pytest.mark.covers("rate_limit", "retry_after_s")
@pytest.mark.parametrize(("switch", "seconds"), [(7, 7), ("absent", None)])
def test_too_many_calls_are_429_with_the_seconds_to_wait(switch: object, seconds: int | None) -> None:
    lab = a_lab(rate_limit=1, retry_after_s=switch)
    lab.call("user-alice", "/system/whoami")
    reply = raw(lab, authorization="Bearer user-alice")
    assert (kind(reply)[:2], reply.retry_after) == ((429, "RateLimitConditional"), seconds)


def test_a_bucket_fills_by_the_monotonic_clock() -> None:
    time = [0.0]
    limiter = Limiter(10, clock=lambda: time[0])
    assert [limiter.passes("x") for _ in range(11)] == [True] * 10 + [False]
    time[0] = 0.2
    assert [limiter.passes("x") for _ in range(3)] == [True, True, False]
    time[0] = 100.0
    assert sum(limiter.passes("x") for _ in range(20)) == 10


def test_the_log_never_holds_a_token_whoever_sends_it_where() -> None:
    log = CallLog(secrets=["alice-token"])
    from reconciler_sandbox.calls import Entry

    log.add(Entry("t", "user-alice", "/x/alice-token", {"name": "my alice-token"}, 200))
    assert b"alice-token" not in bytes(log.recent()[0])


def test_a_mistake_in_the_platform_is_500_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = a_lab()
    monkeypatch.setattr("reconciler_sandbox.laws.regions.known_region", lambda *_: 1 / 0)
    assert lab.call("user-alice", "/project/new", name="n", region=US).error == "InternalError"
    assert len(lab.platform.state.projects) == 1


def test_the_clock_stands_still_but_for_writes() -> None:
    lab = a_lab()
    for _ in range(3):
        lab.call("user-alice", f"/{PROJECT}/describe")
    assert lab.platform.now == NOW
    lab.call("user-alice", f"/{PROJECT}/update", name="n")
    lab.call("user-alice", f"/{PROJECT}/update", billTo="org-nothing")
    assert lab.platform.now == NOW + 1
