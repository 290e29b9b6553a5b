"""Plans for tests, each as small as its test allows."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.actual import FactKey as Key
from reconciler.model.actual import Facts, Level, Profile, Project, Scope, Snapshot
from reconciler.model.entries import entry_of
from reconciler.model.knowledge import ABSENT, Absent, Unreadable
from reconciler.model.plan import ConfigRef, FileDigest, Plan, ProviderRef, ReadCost, Step, Summary, Tool

WORKSPACE = "genomics"
ALICE, BOB = "user-alice", "user-bob"
ORG, THEIRS = "org-genomics", "org-theirs"
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


def offer(key: str, number: int, depends_on: tuple[str, ...] = ()) -> Step:
    before, after = {"id": project_id(number), "bill_to": ORG}, {"invitee": BOB}
    return Step("s-" + key, "projects." + key, "transfer", ALICE, before, after, depends_on)


def accept(key: str, number: int, depends_on: tuple[str, ...] = ()) -> Step:
    before, after = {"id": project_id(number), "bill_to": ORG}, {"bill_to": THEIRS}
    return Step(f"s-{key}-accept", "projects." + key, "accept", BOB, before, after, depends_on)


def handover(key: str, number: int, depends_on: tuple[str, ...] = ()) -> tuple[Step, Step]:
    """Alice offers the project to bob, who accepts it for another payer."""
    first = offer(key, number, depends_on)
    return first, accept(key, number, (first.id,))


def adopt(key: str, number: int, depends_on: tuple[str, ...] = (), replaces: str | None = None) -> Step:
    before, after = {"id": project_id(number)}, {"mark": mark_of(key)}
    before |= {} if replaces is None else {"mark": replaces}
    return Step("s-" + key, "projects." + key, "adopt", ALICE, before, after, depends_on)


def release(key: str, number: int) -> Step:
    before = {"id": project_id(number), "mark": mark_of(key)}
    return Step("s-" + key, "projects." + key, "release", ALICE, before, {})


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
    offered_to: str | Absent | Unreadable = ABSENT,
    read_by: str = ALICE,
) -> Project:
    return Project(project_id(number), name, region, bill_to, level, mark, offered_to, number, read_by)


def profile(payer: str = ORG, default: str = US, permitted: tuple[str, ...] = (EU, US)) -> Profile:
    return Profile(payer, True, default, frozenset(permitted), "ADMIN", {ALICE: ABSENT}, ALICE)


def snapshot(
    *entities: Project | Profile, levels: Mapping[tuple[str, str], Level | Unreadable] | None = None
) -> Snapshot:
    return Snapshot(
        identity=ALICE,
        identities=(ALICE,),
        profiles={one.id: one for one in entities if isinstance(one, Profile)},
        projects={one.id: one for one in entities if isinstance(one, Project)},
        missing={},
        levels=dict(levels or {}),
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
    "BOB",
    "EU",
    "ORG",
    "THEIRS",
    "US",
    "WORKSPACE",
    "Key",
    "Scope",
    "accept",
    "adopt",
    "create",
    "handover",
    "mark_of",
    "offer",
    "plan_of",
    "profile",
    "project",
    "project_id",
    "release",
    "rename",
    "set_default",
    "snapshot",
]
