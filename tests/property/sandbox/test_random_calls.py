"""Whatever anybody calls in whatever order: what must never happen does not."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from reconciler_sandbox.laws.router import ROUTES
from support.random_calls import BUILDERS, general
from support.random_machine import Calls
from support.sandbox import Lab, a_project, a_world

TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_no_route_is_left_out_of_the_random_calls() -> None:
    assert [name for name in ROUTES if general(name) not in BUILDERS] == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "name",
    "billTo",
    "region",
    "level",
    "describe",
    "fields",
    "defaultFields",
    "properties",
    "tags",
    "id",
    "limit",
    "starting",
    "invitee",
    "created",
    "public",
    "version",
    "policies",
    "defaultRegion",
    "permittedRegions",
    "downloadRestricted",
    "allowedExecutables",
    "explicitPermission",
    "folder",
    "only",
    "$and",
    "$or",
]
PATHS = [
    "/project/new",
    "/system/findProjects",
    "/system/findOrgs",
    "/system/whoami",
    "/org-lab/findProjects",
    "/org-lab/update",
    "/org-lab/findMembers",
    "/user-alice/update",
    "/user-alice/describe",
] + [
    f"/{a_project(1).id}/{method}"
    for method in [
        "describe",
        "update",
        "setProperties",
        "addTags",
        "removeTags",
        "invite",
        "decreasePermissions",
        "transfer",
        "acceptTransfer",
        "listFolder",
    ]
]
LAB = Lab(a_world())


@settings(max_examples=400, deadline=None)
@given(path=st.sampled_from(PATHS), inputs=st.dictionaries(st.sampled_from(KEYS), json_values, max_size=4))
def test_no_input_makes_the_platform_fail(path: str, inputs: dict[str, object]) -> None:
    body = json.dumps(inputs).encode()
    reply = LAB.platform.answer(path, body, None, "Bearer user-alice", {})
    assert reply.status in {200, 400, 401, 404, 422}
    json.loads(reply.body)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=60), path=st.text(max_size=30))
def test_no_bytes_make_the_platform_fail(body: bytes, path: str) -> None:
    reply = LAB.platform.answer(f"/{path}", body, None, "Bearer user-alice", {})
    assert reply.status in {400, 401, 404, 422}
