"""One step, one call: exactly what is sent, and as whom."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.outcome import Outcome
from reconciler.model.plan import Action, Step, Values

from .stub import Answer, Asked, Stub, error, writer

PROJECT = "project-000000000000000000000001"
NEW = "project-000000000000000000000009"
CREATION = {"name": "RNA", "region": "aws:us-east-1", "bill_to": "org-g", "mark": "w/projects.rna"}


def step(
    action: Action,
    after: Values,
    before: Values | None = None,
    address: str = "projects.rna",
    user: str = "alice",
) -> Step:
    return Step("s1", address, action, f"user-{user}", before, after)


def run(stub: Stub, one: Step, answer: Any = None) -> Outcome:
    def handler(asked: Asked) -> Any:
        if asked.route == "/system/whoami":
            return {"id": f"user-{asked.token}"}
        return {"id": NEW} if answer is None else answer

    stub.handler = handler
    client = writer(stub.url, "alice", "bob")
    client.identities()
    stub.log.clear()
    try:
        return client.execute(one)
    finally:
        client.close()


@pytest.mark.parametrize(
    ("one", "route", "body"),
    [
        (
            step("create", CREATION),
            "/project/new",
            {
                "name": "RNA",
                "region": "aws:us-east-1",
                "billTo": "org-g",
                "properties": {"reconciler": "w/projects.rna"},
            },
        ),
        (
            step("update", {"default_region": "aws:us-east-1"}, {}, "orgs.org-g"),
            "/org-g/update",
            {"defaultRegion": "aws:us-east-1"},
        ),
        (
            step("update", {"default_region": "aws:us-east-1"}, {}, "users.user-alice"),
            "/user-alice/update",
            {"defaultRegion": "aws:us-east-1"},
        ),
        (step("update", {"name": "B"}, {"id": PROJECT, "name": "A"}), f"/{PROJECT}/update", {"name": "B"}),
        (
            step("update", {"name": "B", "bill_to": "org-g"}, {"id": PROJECT}),
            f"/{PROJECT}/update",
            {"name": "B", "billTo": "org-g"},
        ),
        (
            step("update", {"mark": "w/projects.b"}, {"id": PROJECT}),
            f"/{PROJECT}/setProperties",
            {"properties": {"reconciler": "w/projects.b"}},
        ),
        (
            step("adopt", {"mark": "w/projects.b"}, {"id": PROJECT}),
            f"/{PROJECT}/setProperties",
            {"properties": {"reconciler": "w/projects.b"}},
        ),
        (
            step("transfer", {"invitee": "user-bob"}, {"id": PROJECT}),
            f"/{PROJECT}/transfer",
            {"invitee": "user-bob"},
        ),
        (
            step("accept", {"bill_to": "user-bob"}, {"id": PROJECT}, user="bob"),
            f"/{PROJECT}/acceptTransfer",
            {"billTo": "user-bob"},
        ),
    ],
)
def test_a_step_is_exactly_one_call(stub: Stub, one: Step, route: str, body: dict[str, Any]) -> None:
    outcome = run(stub, one)
    assert outcome.result == "done"
    assert outcome.project_id == (NEW if one.action == "create" else None)
    assert [(asked.route, asked.body, f"user-{asked.token}") for asked in stub.log] == [
        (route, body, one.as_)
    ]


def test_a_user_that_is_not_at_hand_sends_nothing(stub: Stub) -> None:
    outcome = run(stub, step("adopt", {"mark": "w/projects.b"}, {"id": PROJECT}, user="carol"))
    assert outcome == Outcome("failed", message="user-carol is not among the identities at hand")
    assert stub.log == []


@pytest.mark.parametrize(
    "one",
    [
        step("create", {key: value for key, value in CREATION.items() if key != "region"}),
        step("create", {key: value for key, value in CREATION.items() if key != "mark"}),
        step("update", {"name": "B", "mark": "w/projects.b"}, {"id": PROJECT}),
        step("update", {"region": "aws:us-east-1"}, {"id": PROJECT}),
        step("update", {}, {"id": PROJECT}),
        step("update", {"name": "B"}, {}, "orgs.org-g"),
        step("adopt", {"mark": "w/projects.b", "name": "B"}, {"id": PROJECT}),
        step("adopt", {"mark": "w/projects.b"}, {"id": "project-x/destroy?"}),
        step("adopt", {"mark": "w/projects.b"}),
    ],
)
def test_a_step_that_is_no_single_call_sends_nothing(stub: Stub, one: Step) -> None:
    assert run(stub, one).result == "failed"
    assert stub.log == []


def test_the_platforms_own_error_is_a_refusal_in_its_words(stub: Stub) -> None:
    outcome = run(stub, step("create", CREATION), error("PermissionDenied", 401, "not\x1b here"))
    assert outcome == Outcome(
        "refused",
        message=r"not\x1b here (PermissionDenied, 401)",
        error_type="PermissionDenied",
        request_id="1768467600000-1",
    )
    assert len(stub.log) == 1


def test_a_token_that_is_no_longer_accepted_is_a_failure_and_no_refusal(stub: Stub) -> None:
    outcome = run(stub, step("create", CREATION), error("InvalidAuthentication", 401))
    assert (outcome.result, outcome.error_type) == ("failed", "InvalidAuthentication")


@pytest.mark.parametrize(
    "answer",
    [
        error("InternalError", 500),
        error("ServiceUnavailable", 503),
        Answer({}, 503, {"Retry-After": "0"}),
        Answer(b"<html>bad gateway</html>", 502),
        Answer(b"<html>sign in</html>"),
        Answer(b'{"id": "proj'),
        Answer(b"[]"),
        Answer(b""),
        Answer({}),
        Answer({"id": 5}),
        Answer({"id": "org-x"}),
        Answer(b"<html>forbidden</html>", 403),
        Answer(b"", 302, {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_an_answer_that_does_not_say_is_uncertain_and_never_sent_again(stub: Stub, answer: Answer) -> None:
    outcome = run(stub, step("create", CREATION), answer)
    assert outcome.result == "uncertain"
    assert outcome.message
    assert outcome.request_id == "1768467600000-1"
    assert len(stub.log) == 1


def test_a_write_that_was_counted_away_is_sent_again_after_the_wait(stub: Stub) -> None:
    left = [error("RateLimitConditional", 429), Answer({"id": NEW})]
    left[0].headers = {"Retry-After": "0"}

    def handler(asked: Asked) -> Any:
        return {"id": "user-alice"} if asked.route == "/system/whoami" else left.pop(0)

    stub.handler = handler
    client = writer(stub.url, "alice")
    assert client.execute(step("create", CREATION)).project_id == NEW
    assert stub.routes().count("/project/new") == 2
    client.close()


def test_a_write_that_is_counted_away_for_long_was_not_done(stub: Stub) -> None:
    answer = Answer(
        {"error": {"type": "RateLimitConditional", "message": "slow down"}}, 429, {"Retry-After": "60"}
    )
    outcome = run(stub, step("create", CREATION), answer)
    assert (outcome.result, outcome.error_type) == ("refused", "RateLimitConditional")
    assert len(stub.log) == 1


def test_a_write_has_a_connection_of_its_own(stub: Stub) -> None:
    run(stub, step("create", CREATION))
    assert stub.log[0].headers["Connection"] == "close"
