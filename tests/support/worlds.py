"""Workspaces and snapshots made by hand, for tests of what is judged and not of how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.model.actual import Destroyed, Level, Membership, Profile, Project, Scope, Snapshot
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import (
    Guards,
    Match,
    Policy,
    ProviderTable,
    Region,
    Sources,
    Waiver,
    Workspace,
)
from reconciler.model.desired import Profile as DesiredProfile
from reconciler.model.desired import Project as DesiredProject
from reconciler.model.diagnostics import SourceRange
from reconciler.model.head import Options
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable
from reconciler.model.plan import Plan
from reconciler.planner import Planned, plan

US, EU, SYD, UK = "aws:us-east-1", "aws:eu-central-1", "aws:ap-southeast-2", "aws:eu-west-2"
REGIONS = (US, EU, SYD, UK, "aws:eu-west-2-g", "azure:westus", "azure:westeurope", "azure:uksouth-ofh")
OPTIONS = Options(version="test")
ADMIN = Membership("ADMIN", True)
BILLABLE = Membership("MEMBER", True)
PLAIN = Membership("MEMBER", False)
HIDDEN = Unreadable("hidden")


class NoSources(Sources):
    """Every address stands in line 1 of one file."""

    def locate(self, address: str, attribute: str | None = None) -> SourceRange | None:
        return SourceRange("desired.toml", 1, 1, 1, f"{address} {attribute}")

    def lines(self, address: str) -> tuple[SourceRange, ...]:
        return (SourceRange("desired.toml", 1, 1, 1, f"[{address}]"),)


def pid(number: int) -> str:
    return f"project-{number:024d}"


def desired(
    projects: Mapping[str, DesiredProject] | None = None,
    *,
    orgs: Mapping[str, DesiredProfile] | None = None,
    users: Mapping[str, DesiredProfile] | None = None,
    moved: Mapping[str, str] | None = None,
    groups: Mapping[str, tuple[str, ...]] | None = None,
    policy_payer: str | None = None,
    policies: tuple[Policy, ...] = (),
    waivers: tuple[Waiver, ...] = (),
    guards: Guards | None = None,
) -> Workspace:
    return Workspace(
        name="ws",
        directory="/nowhere",
        shown=".",
        provider=ProviderTable("sandbox"),
        identities={},
        regions={code: Region() for code in REGIONS},
        region_groups=dict(groups or {}),
        orgs=dict(orgs or {}),
        users=dict(users or {}),
        projects=dict(projects or {}),
        moved=dict(moved or {}),
        policies=(Policy("p", (EU,), Match(bill_to=policy_payer)),) if policy_payer else policies,
        waivers=waivers,
        guards=guards,
        files=(),
        digest="d",
        sources=NoSources(),
    )


def wanted(
    bill_to: str | None = "org-a", region: str | None = US, name: str | None = None, **more: object
) -> DesiredProject:
    return DesiredProject(bill_to=bill_to, region=region, name=name, **more)  # type: ignore[arg-type] # test sugar


def project(
    number: int,
    *,
    name: str | Unreadable = "rna",
    region: str | Unreadable = US,
    bill_to: str | Unreadable = "org-a",
    level: Level = "ADMINISTER",
    mark: Maybe[str] = ABSENT,
    offered_to: Maybe[str] = ABSENT,
) -> Project:
    return Project(pid(number), name, region, bill_to, level, mark, offered_to, 0, "user-alice")


def org(
    name: str,
    permitted: tuple[str, ...] | Unreadable = (US, EU),
    default: Maybe[str] = US,
    *,
    members: Mapping[str, Maybe[Membership]] | None = None,
    restrict: Literal["ADMIN", "MEMBER"] = "MEMBER",
    exists: bool = True,
) -> Profile:
    regions = permitted if isinstance(permitted, Unreadable) else frozenset(permitted)
    return Profile(
        name, exists, default, regions, restrict, dict(members or {"user-alice": ADMIN}), "user-alice"
    )


def user(
    name: str,
    permitted: tuple[str, ...] | Unreadable = (US, EU),
    default: Maybe[str] = US,
    exists: bool = True,
) -> Profile:
    regions = permitted if isinstance(permitted, Unreadable) else frozenset(permitted)
    return Profile(name, exists, default, regions, ABSENT, {}, name)


def stranger(name: str) -> Profile:
    only = Unreadable(f"only {name} can read it")
    return Profile(name, True, only, only, ABSENT, {}, "user-alice")


def actual(
    *projects: Project,
    profiles: tuple[Profile, ...] = (),
    identities: tuple[str, ...] = ("user-alice",),
    missing: Mapping[str, Destroyed | Unreadable] | None = None,
    levels: Mapping[tuple[str, str], Level | Unreadable] | None = None,
    partial: tuple[str, ...] = (),
) -> Snapshot:
    known = {p.id: p for p in (org("org-a"), *profiles)}
    return Snapshot(
        identity=identities[0],
        identities=identities,
        profiles=known,
        projects={p.id: p for p in projects},
        missing=dict(missing or {}),
        levels=dict(levels or {}),
        partial=frozenset(partial),
        read_at=1_000,
        provider_time=2_000,
        calls=3,
        seconds=0.5,
    )


def baseline(**ids: int) -> Baseline:
    """Addresses whose projects bore their marks when they were recorded."""
    return Baseline(
        {
            f"projects.{key}": ResourceBaseline(pid(number), {"mark": f"ws/projects.{key}"})
            for key, number in ids.items()
        }
    )


class Fixed:
    """A source that always reads the same; remembers what it was asked for."""

    endpoint = "test:"

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.scopes: list[Scope] = []

    def read(self, scope: Scope) -> Snapshot:
        self.scopes.append(scope)
        return self.snapshot


def planned(workspace: Workspace, snapshot: Snapshot, before: Baseline | None = None) -> Planned:
    return plan(workspace, Fixed(snapshot), before or Baseline(), OPTIONS)


def plan_of(workspace: Workspace, snapshot: Snapshot, before: Baseline | None = None) -> Plan:
    return planned(workspace, snapshot, before).plan
