"""A plan in the JSON of Terraform, for policy tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from support.desk import EU, PEOPLE, US, Desk, a_project, marked, pid
from support.random_worlds import baselines, snapshots, workspaces
from support.worlds import planned

from reconciler.diff.managed import Resource
from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Plan
from reconciler.planner import Planned
from reconciler.views.pages import Header, PlanPage, Style
from reconciler.views.registry import render

TEXT = {"type": "string", "minLength": 1}
FLAGS = {"type": "object", "additionalProperties": {"const": True}}


def record(**keys: Any) -> dict[str, Any]:
    """An object of exactly these keys; ``maybe_x`` stands for a key ``x`` that may be missing."""
    required = [key for key in keys if not key.startswith("maybe_")]
    properties = {key.removeprefix("maybe_"): schema for key, schema in keys.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def a_list(entries: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": entries}


NAMED = {"address": TEXT, "mode": {"const": "managed"}, "name": TEXT, "provider_name": TEXT} | {
    "type": {"enum": ["dnanexus_org", "dnanexus_project", "dnanexus_user"]}
}
CHANGE = record(
    actions={"enum": [["no-op"], ["create"], ["update"]]},
    before={"type": ["object", "null"]},
    after={"type": "object"},
    after_unknown=FLAGS,
    before_sensitive={"enum": [False, {}]},
    after_sensitive={"const": {}},
    maybe_importing=record(id=TEXT),
)
RESOURCE_CHANGE = record(**NAMED, change=CHANGE)
PLANNED = record(
    **NAMED, schema_version={"const": 0}, values={"type": "object"}, sensitive_values={"const": {}}
)
STATUS = {"enum": ["pass", "fail", "error", "unknown"]}
INSTANCE = record(address=record(to_display=TEXT), status=STATUS, problems=a_list(record(message=TEXT)))
CHECKED = record(
    kind={"enum": ["resource", "check"]},
    to_display=TEXT,
    name=TEXT,
    maybe_mode={"const": "managed"},
    maybe_type=TEXT,
)
SCHEMA = record(
    format_version={"const": "1.2"},
    terraform_version={"pattern": r"^1\.\d+\.\d+$"},
    planned_values=record(root_module=record(resources=a_list(PLANNED))),
    resource_changes=a_list(RESOURCE_CHANGE),
    deferred_changes=a_list(
        record(reason={"enum": ["absent_prereq", "deferred_prereq"]}, resource_change=RESOURCE_CHANGE)
    ),
    configuration=record(root_module={"const": {}}),
    checks=a_list(record(address=CHECKED, status=STATUS, instances=a_list(INSTANCE))),
    maybe_timestamp={"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
    applyable={"type": "boolean"},
    complete={"type": "boolean"},
    errored={"type": "boolean"},
)
"""What Terraform's own documentation of format 1.2 says of the keys that we write."""
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def read(text: str) -> Any:
    """The document, which must be one line and of the right shape."""
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    document = json.loads(text)
    VALIDATOR.validate(document)
    return document


def text_of(made: Planned) -> str:
    header = Header("sandbox", "test:", "user-alice", "ws")
    page = PlanPage(made.plan, header, resources=made.resources)
    return "".join(render("terraform", page, Style()))


def a_plan(workspace: Workspace, snapshot: Snapshot, before: Baseline) -> Planned | None:
    """The plan, or None where the TOML contradicts itself."""
    try:
        return planned(workspace, snapshot, before)
    except DiagnosticsError:
        return None


def address_of(one: dict[str, Any]) -> str:
    """As it is in the TOML."""
    return f"{one['type'].removeprefix('dnanexus_')}s.{one['name']}"


def changes(document: Any) -> dict[str, Any]:
    """By the address in the TOML."""
    found = {address_of(one): one["change"] for one in document["resource_changes"]}
    assert len(found) == len(document["resource_changes"])
    return found


@given(workspaces(), snapshots(), baselines())
@settings(max_examples=100, deadline=None)
def test_each_change_of_a_random_plan_tells_what_its_steps_do(
    workspace: Workspace, snapshot: Snapshot, before: Baseline
) -> None:
    made = a_plan(workspace, snapshot, before)
    if made is None:
        return
    document = read(text_of(made))
    found = changes(document)
    steps = made.plan.steps
    assert {address for address, one in found.items() if one["actions"] != ["no-op"]} == {
        step.address for step in steps
    }
    for step in steps:
        change = found[step.address]
        told = {name: value for name, value in step.after.items() if name != "invitee"}
        assert {name: change["after"][name] for name in told} == told
        assert (change["before"] is None) == (step.action == "create") == (change["actions"] == ["create"])
        assert ("importing" in change) == any(
            other.action == "adopt" for other in steps if other.address == step.address
        )
    ends = made.plan
    assert document["errored"] == bool(ends.refusals)
    assert document["applyable"] == (bool(steps) and not ends.refusals)
    assert document["complete"] == (not (ends.refusals or ends.manual or ends.blocked or ends.unreadable))


@given(workspaces(), snapshots(), baselines())
@settings(max_examples=100, deadline=None)
def test_the_planned_values_are_all_that_is_managed_as_the_steps_leave_it(
    workspace: Workspace, snapshot: Snapshot, before: Baseline
) -> None:
    made = a_plan(workspace, snapshot, before)
    if made is None:
        return
    document = read(text_of(made))
    values = {
        address_of(one): one["values"] for one in document["planned_values"]["root_module"]["resources"]
    }
    found = changes(document)
    assert values == {address: one["after"] for address, one in found.items()}
    there = {f"orgs.{name}" for name in workspace.orgs} | {f"users.{name}" for name in workspace.users}
    there = {one for one in there if snapshot.profiles[one.partition(".")[2]].exists is not False}
    assert there == {address for address in values if not address.startswith("projects.")}
    for address, change in found.items():
        assert not set(change["after"]) & set(change["after_unknown"])
        if address.startswith("projects."):
            assert {"region", "bill_to"} <= set(change["after"]) | set(change["after_unknown"])
            if change["before"] is not None:
                real = snapshot.projects[change["before"]["id"]]
                assert change["before"]["region"] == change["after"]["region"] == real.region
    expected = {address: one.id for address, one in made.settled.items()}
    assert expected.items() <= {a: one["after"].get("id") for a, one in found.items()}.items()


def test_resources_are_made_while_they_are_written_and_never_held(empty_plan: Plan, header: Header) -> None:
    asked = 0

    def endless() -> Iterator[Resource]:
        nonlocal asked
        while True:
            asked += 1
            yield Resource(f"projects.p{asked}", {"id": pid(asked), "region": US}, {})

    pieces = render("terraform", PlanPage(empty_plan, header, resources=endless), Style())
    for _ in range(1_000):
        next(pieces)
    assert asked <= 1_000


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    projects = (
        a_project(1, "p", properties=marked("p")),
        a_project(2, "q", EU),
        a_project(3, "scratch", EU),
    )
    return Desk.new(tmp_path / "desk", PEOPLE + "".join(projects))


P = '[projects.p]\nname = "p"\nbill_to = "org-lab"\n'


def written(desk: Desk, toml: str, *options: str, code: int = 0) -> Any:
    desk.write(toml)
    ran = desk.run("plan", "--write", "terraform=tf.json", *options)
    assert ran.code == code, (ran.out, ran.err)
    return read((desk.folder / "tf.json").read_text(encoding="utf-8"))


def test_a_region_that_is_not_written_is_told_as_it_is_at_the_platform(desk: Desk) -> None:
    document = written(desk, P)
    assert changes(document)["projects.p"] == {
        "actions": ["no-op"],
        "before": (
            same := {"id": pid(1), "name": "p", "region": US, "bill_to": "org-lab"}
            | {"mark": "lab/projects.p"}
        ),
        "after": same,
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
    }
    assert (document["applyable"], document["complete"], document["errored"]) == (False, True, False)


def test_the_order_of_the_toml_changes_no_byte(desk: Desk) -> None:
    tables = [P, f'[projects.q]\nid = "{pid(2)}"\n', "[orgs.org-lab]\n", "[orgs.org-clinic]\n"]
    texts = []
    for order in (tables, tables[::-1]):
        desk.write("".join(order))
        texts.append(desk.run("plan", "--reproducible", "--format", "terraform").out)
    assert texts[0] == texts[1]
    assert list(changes(read(texts[0]))) == ["orgs.org-clinic", "orgs.org-lab", "projects.p", "projects.q"]


def test_an_adoption_is_an_import_by_id(desk: Desk) -> None:
    change = changes(written(desk, f'{P}[projects.q]\nid = "{pid(2)}"\nadopt = true\n'))["projects.q"]
    assert (change["actions"], change["importing"]) == (["update"], {"id": pid(2)})
    assert (change["before"]["mark"], change["after"]["mark"]) == (None, "lab/projects.q")


def test_a_refusal_fails_its_check_and_leaves_the_project_as_it_is(desk: Desk) -> None:
    document = written(desk, f'{P}region = "{EU}"\n', code=3)
    assert changes(document)["projects.p"]["after"]["region"] == US
    (check,) = document["checks"]
    assert (check["address"]["to_display"], check["status"]) == ("dnanexus_project.p", "fail")
    assert check["instances"][0]["problems"][0]["message"].startswith("REG101: ")
    assert (document["errored"], document["applyable"]) == (True, False)


def test_a_refused_creation_is_not_among_what_will_be_there(desk: Desk) -> None:
    document = written(desk, f'{P}[projects.n]\nregion = "aws:eu-west-2"\nbill_to = "org-lab"\n', code=3)
    assert set(changes(document)) == {"projects.p"}


def test_what_could_not_be_read_is_unknown_and_an_error_of_its_check_but_never_null(desk: Desk) -> None:
    document = written(desk, '[users.user-bob]\ndefault_region = "aws:us-east-1"\n', code=7)
    change = changes(document)["users.user-bob"]
    assert change["after"] == {"id": "user-bob"}
    assert change["after_unknown"] == {"default_region": True, "permitted_regions": True}
    (check,) = document["checks"]
    assert (check["address"]["to_display"], check["status"]) == ("dnanexus_user.user-bob", "error")


def test_what_waits_for_people_is_deferred_with_what_it_will_become(desk: Desk) -> None:
    toml = f'[orgs.org-lab]\npermitted_regions = ["{US}", "{EU}", "aws:eu-west-2"]\n'
    toml += '[projects.uk]\nregion = "aws:eu-west-2"\nbill_to = "org-lab"\n'
    document = written(desk, toml)
    deferred = {
        address_of(one["resource_change"]): (one["reason"], one["resource_change"]["change"])
        for one in document["deferred_changes"]
    }
    reason, asked = deferred["orgs.org-lab"]
    assert (reason, asked["after"]["permitted_regions"]) == ("absent_prereq", [EU, "aws:eu-west-2", US])
    reason, waiting = deferred["projects.uk"]
    assert (reason, waiting["actions"], waiting["before"]) == ("deferred_prereq", ["create"], None)
    assert (waiting["after"]["name"], waiting["after"]["region"]) == ("uk", "aws:eu-west-2")
    assert set(changes(document)) == {"orgs.org-lab"}
    assert (document["errored"], document["complete"]) == (False, False)


def test_a_transfer_and_its_acceptance_are_one_update_of_the_payer(desk: Desk) -> None:
    toml = f'[identities.bob]\nuser = "user-bob"\n[projects.p]\nid = "{pid(1)}"\nbill_to = "org-partner"\n'
    document = written(desk, toml)
    change = changes(document)["projects.p"]
    assert (change["actions"], change["after"]["bill_to"]) == (["update"], "org-partner")
    assert "invitee" not in change["after"]
    assert [step["action"] for step in desk.plan()["steps"]] == ["transfer", "accept"]


def test_a_policy_fails_by_a_project_that_nobody_manages_and_not_by_one_that_is_waived(desk: Desk) -> None:
    policy = f'[[policies]]\nid = "us"\nmatch = {{ bill_to = "org-lab" }}\nregions = ["{US}"]\nreason = "r"\n'
    waiver = (
        f'[[waivers]]\npolicy = "us"\nmatch = {{ id = "{pid(2)}" }}\nreason = "r"\nticket = "T-1"\n'
        'approved_by = "dpo@example.org"\nexpires = 2027-01-31\n'
    )
    (check,) = written(desk, P + policy + waiver, code=0)["checks"]
    assert (check["address"]["kind"], check["address"]["name"], check["status"]) == ("check", "us", "fail")
    (problem,) = check["instances"][0]["problems"]
    assert problem["message"] == f"{pid(3)} is in {EU}"


def test_a_plan_of_some_addresses_holds_only_these_and_is_not_complete(desk: Desk) -> None:
    toml = f'{P}[projects.q]\nid = "{pid(2)}"\n'
    document = written(desk, toml, "--target", "projects.q")
    assert set(changes(document)) == {"projects.q"}
    assert document["complete"] is False


HOSTILE = 'a"}]}\r\n\x1b[31m\u202e\u2028</script>${var.x}=1'


def test_a_hostile_name_stays_one_string_of_one_line(desk: Desk) -> None:
    desk.call("user-alice", f"/{pid(1)}/update", name=HOSTILE)
    desk.write(f'[projects.p]\nid = "{pid(1)}"\n')
    ran = desk.run("plan", "--format", "terraform")
    assert changes(read(ran.out))["projects.p"]["after"]["name"] == HOSTILE
    assert not set("\r\x1b\u202e\u2028") & set(ran.out)


def test_an_error_takes_the_place_of_an_earlier_plan_and_is_no_plan_without_resources(desk: Desk) -> None:
    written(desk, P)
    document = written(desk, "[projects.p]\nregoin = 1\n", code=1)
    assert changes(document) == {}
    assert (document["errored"], document["applyable"], document["complete"]) == (True, False, False)
    names = {check["address"]["name"]: check["status"] for check in document["checks"]}
    assert names["unknown-key"] == "error"


def test_a_saved_plan_is_not_shown_so_because_it_only_counts_what_is_unchanged(desk: Desk) -> None:
    desk.write(P)
    assert desk.run("plan", "-o", "plan.json").code == 0
    for option in (("--format", "terraform"), ("--write", "terraform=tf.json")):
        ran = desk.run("show", "plan.json", *option)
        assert ran.code == 64
        assert "only counts what stays as it is" in ran.out + ran.err
