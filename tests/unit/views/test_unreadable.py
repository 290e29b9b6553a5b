"""Each thing that could not be read names the login or the permission that would show it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from reconciler.model.actual import FactKey
from reconciler.model.plan import FactEntry, Plan, ProviderRef, Summary, UnreadableEntry
from reconciler.rules.sight import advice
from reconciler.views.pages import PlanPage

Shown = Callable[..., str]
Paged = Callable[..., PlanPage]
AT_HAND = ("user-alice", "user-carol")
P = "project-J0000000000000000000001A"


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (
            FactKey("user-bob", "default_region"),
            'add an identity: [identities.bob] token_env = "DX_TOKEN_BOB"',
        ),
        (FactKey("user-bob", "permitted_regions"), "[identities.bob]"),
        (FactKey("user-a.b", "default_region"), '[identities."a.b"] token_env = "DX_TOKEN_A_B"'),
        (FactKey("user-carol", "default_region"), "give the identity of user-carol a token of full scope"),
        (FactKey("org-lab", "permitted_regions"), "add an identity that is a member of org-lab"),
        (FactKey("org-lab", "restrict_project_transfer"), "a member of org-lab"),
        (FactKey("org-lab", "membership", "user-bob"), "[identities.bob]"),
        (
            FactKey("org-lab", "membership", "user-alice"),
            "give the identity of user-alice a token of full scope",
        ),
        (FactKey("org-lab", "estate"), "add an identity that is an ADMIN of org-lab; or accept"),
        (FactKey("org-lab", "estate"), 'unreadable = "accept" in [orgs.org-lab]'),
        (FactKey("user-bob", "estate"), "nobody sees all that user-bob pays for; or accept"),
        (FactKey(P, "level", "user-bob"), "[identities.bob]"),
        (FactKey(P, "pending_transfer"), f"get ADMINISTER on {P} for an identity at hand"),
        (FactKey(P, "mark"), f"get VIEW on {P} for an identity at hand"),
        (FactKey(P, "exists"), f"get VIEW on {P}"),
        (FactKey("", "region"), "get VIEW on the project for an identity at hand"),
    ],
)
def test_each_fact_has_its_own_way_to_be_read(key: FactKey, what: str) -> None:
    assert what in advice(key, AT_HAND, sandbox=False)


def test_on_the_sandbox_an_identity_is_a_user_of_the_world() -> None:
    assert advice(FactKey("user-bob", "default_region"), (), sandbox=True) == (
        'add an identity: [identities.bob] user = "user-bob"'
    )


def unreadable(subject: str, attribute: str, read_by: str, identity: str = "") -> FactEntry:
    name = str(FactKey(subject, attribute, identity))
    return FactEntry(name, subject, attribute, "unreadable", None, "2026-01-01T00:00:00Z", read_by)


def told(shown: Shown, page: Paged, plan: Plan, entries: list[UnreadableEntry], *facts: FactEntry) -> str:
    found = replace(plan, unreadable=tuple(entries), facts=facts, summary=Summary(unreadable=1))
    return " ".join(shown(page(found)).split())


def test_the_facts_of_the_plan_tell_whose_level_was_not_read(
    shown: Shown, page: Paged, empty_plan: Plan
) -> None:
    entry = UnreadableEntry("projects.a", f"{P}.level", "only user-bob can read it")
    fact = unreadable(P, "level", "user-bob", "user-bob")
    assert "[identities.bob]" in told(shown, page, empty_plan, [entry], fact)


def test_who_could_read_nothing_of_himself_has_a_token_that_shows_too_little(
    shown: Shown, page: Paged, empty_plan: Plan
) -> None:
    entry = UnreadableEntry("users.user-bob", "default_region", "hidden")
    at_hand = unreadable("user-bob", "default_region", "user-bob")
    assert "a token of full scope" in told(shown, page, empty_plan, [entry], at_hand)
    not_at_hand = unreadable("user-bob", "default_region", "user-alice")
    assert "[identities.bob]" in told(shown, page, empty_plan, [entry], not_at_hand)


def test_what_the_same_would_show_stands_together_and_says_so_once(
    shown: Shown, page: Paged, empty_plan: Plan
) -> None:
    entries = [
        UnreadableEntry("projects.a", "org-x.permitted_regions", "hidden"),
        UnreadableEntry("projects.a", f"{P}.pending_transfer", "hidden"),
        UnreadableEntry("projects.a", "org-x.restrict_project_transfer", "hidden"),
    ]
    text = told(shown, page, empty_plan, entries)
    assert text.count("? projects.a") == 1
    assert text.count("a member of org-x") == 1
    assert (
        text.index("restrict_project_transfer") < text.index("a member of org-x") < text.index("ADMINISTER")
    )


def test_a_policy_that_hangs_on_a_list_names_who_sees_all_of_it(
    shown: Shown, page: Paged, empty_plan: Plan
) -> None:
    plan = replace(empty_plan, provider=ProviderRef("sandbox", "sandbox:1"))
    entry = UnreadableEntry("policies.gdpr", "org-x.estate", "others may violate it")
    assert "an ADMIN of org-x; or accept" in told(shown, page, plan, [entry])
    hidden = UnreadableEntry("policies.gdpr", f"{P}.name", "needs access to the project")
    assert f"get VIEW on {P}" in told(shown, page, plan, [hidden])
