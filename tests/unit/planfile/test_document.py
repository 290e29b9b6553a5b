"""The bytes, the id and the digest of a plan document."""

from __future__ import annotations

import json
from typing import get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.plan import Plan
from reconciler.model.report import DriftReport, DriftVerdict
from reconciler.planfile import digest_of, drift_schema, dumps, plan_schema, seal

from .samples import ORG, Key, create, plan_of, profile, snapshot


def test_two_plans_of_the_same_content_have_different_random_ids() -> None:
    assert seal(plan_of(), False).plan_id != seal(plan_of(), False).plan_id


def test_a_reproducible_id_comes_from_the_content_alone() -> None:
    first, again = seal(plan_of(create("a")), True), seal(replace(plan_of(create("a")), plan_id="x"), True)
    assert dumps(first) == dumps(again)
    assert seal(plan_of(create("b")), True).plan_id != first.plan_id


def test_sealing_a_sealed_plan_again_changes_nothing_when_reproducible() -> None:
    sealed = seal(plan_of(create("a")), True)
    assert seal(sealed, True) == sealed


@given(st.text(), st.text())
def test_the_digest_covers_every_text_of_the_plan(one: str, other: str) -> None:
    first, second = (replace(plan_of(), identity=text) for text in (one, other))
    assert (digest_of(first) == digest_of(second)) == (one == other)


def test_the_digest_covers_each_field_but_itself() -> None:
    plan = seal(plan_of(create("a"), facts=(Key(ORG, "default_region"),), seen=snapshot(profile())), True)
    changed: dict[str, object] = {
        name: () for name in plan.__struct_fields__ if isinstance(getattr(plan, name), tuple)
    }
    changed |= {"plan_id": "x", "created_at": "x", "workspace": "x", "identity": "x", "applyable": False}
    changed |= {"tool": replace(plan.tool, version="9"), "provider": replace(plan.provider, endpoint="x")}
    changed |= {"config": replace(plan.config, digest="x"), "summary": replace(plan.summary, create=9)}
    changed |= {"read": replace(plan.read, calls=99), "format_version": "1.1"}
    for name, value in changed.items():
        if getattr(plan, name) != value:
            assert digest_of(replace(plan, **{name: value})) != plan.digest, name
    assert digest_of(replace(plan, digest="anything")) == plan.digest


def test_the_keys_of_the_document_are_in_the_order_of_the_fields_and_it_ends_with_a_line_end() -> None:
    data = dumps(seal(plan_of(create("a")), True))
    assert data.endswith(b"}\n")
    assert [*json.loads(data), "targets", "apply_as", "to_confirm"] == list(Plan.__struct_fields__)
    assert b'"as": "user-alice"' in data


def test_only_a_plan_for_some_addresses_says_which() -> None:
    whole = plan_of(create("a"))
    part = seal(replace(whole, targets=("projects.a",)), False)
    assert list(json.loads(dumps(part)))[-1] == "targets"
    assert msgspec.json.decode(dumps(part), type=Plan) == part
    assert part.digest != digest_of(replace(part, targets=()))


def test_the_schemas_name_every_key_of_their_documents() -> None:
    for schema, record in ((plan_schema(), Plan), (drift_schema(), DriftReport)):
        json.dumps(schema)
        body = schema["$defs"][record.__name__]
        assert list(body["properties"]) == list(record.__struct_fields__)
        optional = {"targets", "apply_as", "to_confirm", "warnings", "since"}
        assert {*body["required"], *optional} == {*record.__struct_fields__, *optional}
    verdicts = drift_schema()["$defs"]["DriftItem"]["properties"]["verdict"]["enum"]
    assert set(verdicts) == set(get_args(DriftVerdict))


def test_a_document_decodes_to_the_plan_it_was_made_from() -> None:
    seen = snapshot(profile())
    keys = (Key(ORG, "permitted_regions"), Key(ORG, "membership", "user-alice"), Key(ORG, "exists"))
    plan = seal(plan_of(create("a"), facts=keys, seen=seen), False)
    assert msgspec.json.decode(dumps(plan), type=Plan) == plan
