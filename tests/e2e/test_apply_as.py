"""A pipeline: planned on a pull request by a read-only login, applied after the merge by another, from a
fresh checkout. The platform is served by a process of its own, and reached as the real one would be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import born
from support.command import Ran, environment
from support.sandbox import Served, served

TRIAL = "project-J0000000000000000000001A"
WORLD = f"""
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
[users.user-reader]
[users.user-root]

[[tokens]]
token = "alice-token"
user = "user-alice"

[[tokens]]
token = "reader-token"
user = "user-reader"

[[tokens]]
token = "root-token"
user = "user-root"

[orgs.org-lab]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"
policies = {{ memberListVisibility = "VISIBLE" }}

[orgs.org-lab.members]
user-alice = {{ allowBillableActivities = true }}
user-reader = {{ projectAccess = "VIEW" }}
user-root = {{ level = "ADMIN" }}

[[projects]]
id = "{TRIAL}"
name = "Trial"
region = "aws:us-east-1"
bill_to = "org-lab"
created_by = "user-root"
members = {{ user-root = "ADMINISTER", user-alice = "ADMINISTER", user-reader = "VIEW" }}
"""

TOML = f"""
workspace = "lab"

[provider]
type = "dnanexus"
endpoint = "http://127.0.0.1:PORT"

[projects.rnaseq]
name = "RNA-seq"
bill_to = "org-lab"

[projects.trial]
id = "{TRIAL}"
name = "Trial 2026"
"""

IN_LAB = "org-lab.membership@user-alice"
LESS = {"user-alice": {"level": "MEMBER", "allowBillableActivities": False}}
PULL_REQUEST = {"CI": "true", "GITHUB_EVENT_NAME": "pull_request"}


class Checkout:
    """A checkout of the configuration, and a login."""

    def __init__(self, folder: Path, login: str) -> None:
        self.folder = folder
        self._login = json.dumps({"auth_token_type": "Bearer", "auth_token": login})

    def run(self, *arguments: str, **environ: str) -> Ran:
        login = {"HOME": str(self.folder), "DX_SECURITY_CONTEXT": self._login}
        return born.run(arguments, self.folder, environment({**login, **environ}))


def written(folder: Path, toml: str) -> Path:
    """A folder with that configuration in it."""
    folder.mkdir()
    (folder / "lab.toml").write_text(toml, encoding="utf-8")
    return folder


class Pipeline:
    """``planning``: as user-reader; ``applying``: as user-alice, in another folder."""

    def __init__(self, platform: Served, folder: Path, more: str = "") -> None:
        toml = TOML.replace("PORT", str(platform.port)) + more
        self.platform = platform
        self.planning = Checkout(written(folder / "pull-request", toml), "reader-token")
        self.applying = Checkout(written(folder / "merged", toml), "alice-token")

    def plan(self, *more: str, **environ: str) -> Ran:
        """Plans for user-alice, and hands the plan over."""
        ran = self.planning.run("plan", "--apply-as", "user-alice", "-o", "plan.json", *more, **environ)
        made = self.planning.folder / "plan.json"
        if made.exists():
            (self.applying.folder / "plan.json").write_bytes(made.read_bytes())
        return ran

    def apply(self, *more: str, **environ: str) -> Ran:
        return self.applying.run("apply", "plan.json", "--auto-approve", *more, **environ)

    def as_root(self, route: str, given: object) -> None:
        status, body, _ = self.platform.post(route, given, token="root-token")
        assert status == 200, body

    def names(self) -> list[str]:
        _, body, _ = self.platform.post(
            "/org-lab/findProjects", {"describe": {"fields": {"name": True}}}, token="root-token"
        )
        return sorted(project["describe"]["name"] for project in body["results"])

    def to_confirm(self) -> dict[str, str]:
        plan = json.loads((self.planning.folder / "plan.json").read_text())
        return {one["fact"]: one["needs"] for one in plan.get("to_confirm", ())}


Made = Callable[..., Pipeline]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Made]:
    """Makes one on an org whose list of members is shown to ``visible``."""
    with ExitStack() as stack:

        def made(visible: str, *switches: str, more: str = "") -> Pipeline:
            world = tmp_path / "world.toml"
            world.write_text(WORLD.replace("VISIBLE", visible), encoding="utf-8")
            arguments = [word for switch in switches for word in ("--switch", switch)]
            return Pipeline(stack.enter_context(served(world, *arguments)), tmp_path, more)

        yield made


UNTOUCHED = ["Trial"]


@pytest.mark.parametrize(
    ("visible", "to_confirm"), [("MEMBER", {}), ("ADMIN", {IN_LAB: "BILLABLE"})], ids=["shown", "hidden"]
)
def test_what_a_read_only_login_planned_is_applied_as_reviewed_from_a_fresh_checkout(
    pipeline: Made, visible: str, to_confirm: dict[str, str]
) -> None:
    line = pipeline(visible)
    ran = line.plan(**PULL_REQUEST)
    assert ran.code == 0, ran.out + ran.err
    assert ran.out.splitlines()[0] == (
        f"dnanexus · http://127.0.0.1:{line.platform.port} · as user-reader, for user-alice · workspace lab"
    )
    assert line.to_confirm() == to_confirm
    told = "  to be confirmed at apply: user-alice may do billable activities in org-lab\n"
    assert (told in ran.out) is bool(to_confirm)
    assert "\nPlan: 1 to create, 1 to update.\n" in ran.out
    assert ran.out.endswith("To apply it, with the login of user-alice:\n  reconciler apply plan.json\n")
    assert (
        line.planning.run("show", "plan.json")
        .out.splitlines()[0]
        .endswith("as user-reader, for user-alice · workspace lab")
    )
    assert line.names() == UNTOUCHED

    ran = line.apply("--local-ledger", CI="true")
    assert ran.code == 0, ran.out + ran.err
    assert "Applied 2 of 2: 2 done, 0 failed, 0 not attempted, 0 uncertain." in ran.out
    assert line.names() == ["RNA-seq", "Trial 2026"]
    again = line.applying.run("plan", "--detailed-exitcode")
    assert (again.code, "No changes." in again.out) == (0, True), again.out + again.err


def test_the_history_names_who_applied_it_and_not_who_planned_it(pipeline: Made) -> None:
    line = pipeline("MEMBER")
    assert line.plan().code == 0
    assert line.apply().code == 0
    told = line.applying.run("history").out
    assert "user-alice" in told
    assert "user-reader" not in told


def test_on_a_pull_request_a_plan_is_made_and_an_apply_is_refused(pipeline: Made) -> None:
    line = pipeline("MEMBER")
    assert line.plan(**PULL_REQUEST).code == 0
    ran = line.apply("--local-ledger", **PULL_REQUEST)
    assert ran.code == 3, ran.out + ran.err
    assert "apply does not run on a pull request" in ran.err
    assert line.names() == UNTOUCHED


@pytest.mark.parametrize(
    ("visible", "then"),
    [
        ("MEMBER", "org-lab.membership was level: MEMBER, allow_billable_activities: yes"),
        ("ADMIN", f"{IN_LAB} had to be at least BILLABLE"),
    ],
    ids=["shown", "hidden"],
)
def test_a_right_that_was_taken_away_in_between_is_5_and_nothing_is_sent(
    pipeline: Made, visible: str, then: str
) -> None:
    line = pipeline(visible)
    assert line.plan().code == 0
    line.as_root("/org-lab/setMemberAccess", LESS)
    ran = line.apply()
    assert ran.code == 5, ran.out + ran.err
    said = " ".join(ran.out.split())
    assert f"{then} is level: MEMBER, allow_billable_activities: no" in said
    assert "Nothing was sent." in said
    assert line.names() == UNTOUCHED


def test_a_level_that_was_taken_away_in_between_is_5_and_nothing_is_sent(pipeline: Made) -> None:
    line = pipeline("ADMIN")
    assert line.plan().code == 0
    line.as_root(f"/{TRIAL}/decreasePermissions", {"user-alice": "VIEW"})
    ran = line.apply()
    assert ran.code == 5, ran.out + ran.err
    assert f"{TRIAL}.level was ADMINISTER is VIEW" in " ".join(ran.out.split())
    assert line.names() == UNTOUCHED


def test_a_right_that_cannot_be_read_at_apply_either_is_7_and_nothing_is_sent(pipeline: Made) -> None:
    line = pipeline("ADMIN", "org_stranger_view=PermissionDenied")
    assert line.plan().code == 0
    line.as_root("/org-lab/removeMember", {"user": "user-alice", "revokeProjectPermissions": False})
    ran = line.apply()
    assert ran.code == 7, ran.out + ran.err
    assert "org-lab.membership, on which the plan rests, cannot be read now" in ran.err
    assert "It was to be confirmed now: it must be at least BILLABLE" in " ".join(ran.err.split())
    assert line.names() == UNTOUCHED


@pytest.mark.parametrize("visible", ["MEMBER", "ADMIN"], ids=["shown", "hidden"])
def test_a_region_fact_that_changed_in_between_is_5_and_nothing_is_sent(pipeline: Made, visible: str) -> None:
    line = pipeline(visible)
    assert line.plan().code == 0
    line.as_root("/org-lab/update", {"defaultRegion": "aws:eu-central-1"})
    ran = line.apply()
    assert ran.code == 5, ran.out + ran.err
    assert "org-lab.default_region was aws:us-east-1 is aws:eu-central-1" in " ".join(ran.out.split())
    assert line.names() == UNTOUCHED


def test_an_apply_without_the_login_that_it_was_planned_for_is_3(pipeline: Made) -> None:
    line = pipeline("MEMBER")
    assert line.plan().code == 0
    ran = line.planning.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 3, ran.out + ran.err
    assert "this plan has steps as user-alice, who is not at hand" in ran.err
    assert line.names() == UNTOUCHED


def test_a_right_that_is_known_to_be_lacking_is_refused_on_the_pull_request(pipeline: Made) -> None:
    line = pipeline("MEMBER")
    line.as_root("/org-lab/setMemberAccess", LESS)
    ran = line.plan()
    assert ran.code == 3, ran.out + ran.err
    assert "user-alice may not do billable activities in org-lab" in ran.out


def test_a_region_that_only_the_user_sees_is_7_on_the_pull_request(pipeline: Made) -> None:
    line = pipeline("MEMBER", more='\n[projects.own]\nregion = "aws:us-east-1"\nbill_to = "user-alice"\n')
    ran = line.plan()
    assert ran.code == 7, ran.out + ran.err
    assert "user-alice.permitted_regions: only user-alice can read it" in " ".join(ran.out.split())
    # What could be told is applied as reviewed, though who applies sees more.
    ran = line.apply()
    assert ran.code == 7, ran.out + ran.err
    assert line.names() == ["RNA-seq", "Trial 2026"]


def test_somebody_whose_login_is_at_hand_simply_plans(pipeline: Made) -> None:
    line = pipeline("ADMIN", more='\n[identities.alice]\ntoken_env = "DX_TOKEN_ALICE"\n')
    ran = line.planning.run("plan", "--apply-as", "user-alice", DX_TOKEN_ALICE="alice-token")
    assert ran.code == 0, ran.out + ran.err
    assert " · as user-alice · " in ran.out.splitlines()[0]
    assert "to be confirmed" not in ran.out
    assert ran.out.endswith("To apply it:\n  reconciler apply --identity alice\n")
    same = line.planning.run("plan", "--apply-as", "user-reader", DX_TOKEN_ALICE="alice-token")
    assert " · as user-reader · " in same.out.splitlines()[0]


def test_a_user_that_cannot_be_or_is_not_known_is_an_error_that_says_so(pipeline: Made) -> None:
    line = pipeline("ADMIN")
    ran = line.planning.run("plan", "--apply-as", "alice")
    assert ran.code == 64
    assert '"alice" is no user' in ran.err
    ran = line.planning.run("plan", "--apply-as", "user-alcie")
    assert ran.code == 1
    assert "the platform knows no user-alcie" in ran.err
