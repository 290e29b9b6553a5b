"""Plans for tests, each as small as its test allows."""

from __future__ import annotations

from reconciler.model.actual import FactKey as Key
from reconciler.model.actual import Facts, Level, Profile, Project, Scope, Snapshot
from reconciler.model.entries import entry_of
from reconciler.model.knowledge import ABSENT, Absent, Unreadable
from reconciler.model.plan import ConfigRef, FileDigest, Plan, ProviderRef, ReadCost, Step, Summary, Tool

WORKSPACE = "genomics"
ALICE = "user-alice"
ORG = "org-genomics"
EU, US = "aws:eu-central-1", "aws:us-east-1"


def project_id(number: int) -> str:
    return f"project-{number:024d}"


def mark_of(key: str) -> str:
    return f"{WORKSPACE}/projects.{key}"


def create(key: str, depends_on: tuple[str, ...] = (), region: str = EU) -> Step:
    after = {"name": key, "region": region, "bill_to": ORG, "mark": mark_of(key)}
    return Step("s-" + key, "projects." + key, "create", ALICE, None, after, depends_on)


def rename(key: str, number: int, depends_on: tuple[str, ...] = ()) -> Step:
    before, after = {"id": project_id(number), "name": "old"}, {"name": key}
    return Step("s-" + key, "projects." + key, "update", ALICE, before, after, depends_on)


def adopt(key: str, number: int, depends_on: tuple[str, ...] = ()) -> Step:
    before, after = {"id": project_id(number)}, {"mark": mark_of(key)}
    return Step("s-" + key, "projects." + key, "adopt", ALICE, before, after, depends_on)


def set_default(payer: str, region: str, depends_on: tuple[str, ...] = ()) -> Step:
    kind = "users" if payer.startswith("user-") else "orgs"
    before, after = {"default_region": US}, {"default_region": region}
    return Step("s-" + payer, f"{kind}.{payer}", "update", ALICE, before, after, depends_on)


def project(
    number: int,
    name: str | Unreadable = "old",
    mark: str | Absent | Unreadable = ABSENT,
    *,
    region: str = EU,
    bill_to: str = ORG,
    level: Level = "ADMINISTER",
) -> Project:
    return Project(project_id(number), name, region, bill_to, level, mark, ABSENT, number, ALICE)


def profile(payer: str = ORG, default: str = US, permitted: tuple[str, ...] = (EU, US)) -> Profile:
    return Profile(payer, True, default, frozenset(permitted), "ADMIN", {ALICE: ABSENT}, ALICE)


def snapshot(*entities: Project | Profile) -> Snapshot:
    return Snapshot(
        identity=ALICE,
        identities=(ALICE,),
        profiles={one.id: one for one in entities if isinstance(one, Profile)},
        projects={one.id: one for one in entities if isinstance(one, Project)},
        missing={},
        levels={},
        partial=frozenset(),
        read_at=1_764_000_000_000,
        provider_time=1_764_000_000_000,
        calls=1,
        seconds=0.1,
    )


def plan_of(*steps: Step, facts: tuple[Key, ...] = (), seen: Snapshot | None = None) -> Plan:
    """A plan of these steps that rests on ``facts`` as ``seen`` shows them."""
    known = Facts(seen or snapshot())
    return Plan(
        format_version="1.0",
        kind="plan",
        plan_id="plan-0",
        digest="",
        created_at="2026-11-20T17:03:00.000Z",
        tool=Tool("reconciler", "0"),
        workspace=WORKSPACE,
        provider=ProviderRef("sandbox", "sandbox"),
        identity=ALICE,
        config=ConfigRef("c0ffee", (FileDigest("main.toml", "abc"),), None),
        applyable=True,
        summary=Summary(create=len(steps)),
        steps=steps,
        manual=(),
        blocked=(),
        refusals=(),
        unreadable=(),
        forgotten=(),
        violations=(),
        warnings=(),
        facts=tuple(entry_of(known.get(key)) for key in facts),
        read=ReadCost(3, 0.25),
    )


__all__ = [
    "ABSENT",
    "ALICE",
    "EU",
    "ORG",
    "US",
    "WORKSPACE",
    "Key",
    "Scope",
    "adopt",
    "create",
    "mark_of",
    "plan_of",
    "profile",
    "project",
    "project_id",
    "rename",
    "set_default",
    "snapshot",
]
