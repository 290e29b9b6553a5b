"""Hand-made values to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model.plan import Alternative as Way
from reconciler.model.plan import (
    Blocked,
    ConfigRef,
    FactEntry,
    Forgotten,
    ManualStep,
    Plan,
    ProviderRef,
    ReadCost,
    Refusal,
    Source,
    Step,
    Summary,
    Tool,
    UnreadableEntry,
)
from reconciler.views.pages import Header, Page, PlanPage, Style
from reconciler.views.registry import render

PROJECT = "project-J0000000000000000000001A"
MADE = "2026-11-20T17:03:00.000Z"


@pytest.fixture
def shown() -> Callable[..., str]:
    """Renders a page in a format, as one text."""

    def text(page: Page, name: str = "text", **style: Any) -> str:
        return "".join(render(name, page, Style(**style)))

    return text


@pytest.fixture
def empty_plan() -> Plan:
    return Plan(
        format_version="1.0",
        kind="plan",
        plan_id="plan-1",
        digest="",
        created_at=MADE,
        tool=Tool("reconciler", "0"),
        workspace="genomics",
        provider=ProviderRef("dnanexus", "https://api.dnanexus.com"),
        identity="user-alice",
        config=ConfigRef("", (), None),
        applyable=True,
        summary=Summary(unchanged=3),
        steps=(),
        manual=(),
        blocked=(),
        refusals=(),
        unreadable=(),
        forgotten=(),
        violations=(),
        warnings=(),
        facts=(),
        read=ReadCost(6, 1.94),
    )


@pytest.fixture
def create() -> Step:
    after = {
        "name": "RNA-seq 2026",
        "region": "aws:eu-central-1",
        "bill_to": "org-genomics",
        "mark": "genomics/projects.rnaseq",
    }
    return Step("s1", "projects.rnaseq", "create", "user-alice", None, after)


@pytest.fixture
def update() -> Step:
    before = {"id": PROJECT, "bill_to": "org-genomics"}
    return Step("s2", "projects.cohort", "update", "user-alice", before, {"bill_to": "org-biobank"})


@pytest.fixture
def refusal() -> Refusal:
    toml = '[projects.trial-eu]\nname    = "Trial (EU)"\nregion  = "aws:eu-central-1"\n'
    ways = (
        Way("a new project in aws:eu-central-1, and move nothing", toml),
        Way('keep it where it is: region = "aws:us-east-1"', None),
    )
    return Refusal(
        "projects.trial",
        "REG101",
        f"{PROJECT} stays in aws:us-east-1",
        Source("projects.toml", 31, 11),
        (f"{PROJECT}.region",),
        ways,
    )


@pytest.fixture
def handover() -> tuple[Step, Step]:
    """A project that one offers and another accepts."""
    before = {"id": PROJECT, "bill_to": "org-genomics"}
    offer = Step("s4", "projects.lent", "transfer", "user-alice", before, {"invitee": "user-bob"})
    accept = Step("s5", "projects.lent", "accept", "user-bob", before, {"bill_to": "org-b"}, ("s4",))
    return offer, accept


@pytest.fixture
def full_plan(
    empty_plan: Plan, create: Step, update: Step, handover: tuple[Step, Step], refusal: Refusal
) -> Plan:
    adopt = Step(
        "s3", "projects.pilot", "adopt", "user-alice", {"id": PROJECT}, {"mark": "genomics/projects.pilot"}
    )
    return replace(
        empty_plan,
        summary=Summary(1, 1, 1, 1, 1, 1, 1, 1, 1, 3),
        steps=(create, update, adopt, *handover),
        manual=(
            ManualStep(
                "m1",
                "orgs.org-biobank",
                "the platform's sales contact",
                "Please permit aws:eu-west-2\nfor org-biobank.",
                ("projects.ukb",),
            ),
        ),
        blocked=(Blocked("projects.ukb", "create in aws:eu-west-2, billed to org-biobank", ("m1",)),),
        refusals=(refusal,),
        unreadable=(UnreadableEntry("users.user-bob", "default_region", "only user-bob can read it"),),
        forgotten=(Forgotten("projects.old", PROJECT),),
        facts=(
            FactEntry(
                f"{PROJECT}.region",
                PROJECT,
                "region",
                "known",
                "aws:us-east-1",
                "2026-11-20T09:14:02.000Z",
                "user-alice",
            ),
        ),
    )


@pytest.fixture
def header() -> Header:
    return Header("dnanexus", "https://api.dnanexus.com", "user-alice", "genomics")


@pytest.fixture
def page(header: Header) -> Callable[..., PlanPage]:
    """A page of a plan with whatever else is named."""

    def made(plan: Plan, **more: Any) -> PlanPage:
        return PlanPage(plan, header, **more)

    return made
