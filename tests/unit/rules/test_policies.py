"""What one policy says of one project: whom it means, what excuses it, what cannot be told."""

from __future__ import annotations

import datetime
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.desired import Match, Policy, Waiver
from reconciler.model.knowledge import Unreadable
from reconciler.rules.policies import Found, Hidden, Matcher, Place, Residency, Violated

US, EU = "aws:us-east-1", "aws:eu-central-1"
TODAY = datetime.date(2026, 1, 15)
HIDDEN = Unreadable("only an ADMIN sees it")
HERE = Place("project-1", "EU cohort", "org-a", US)
GDPR = Policy("gdpr", (EU,), Match(bill_to="org-a", name="EU *"))


def waiver(days: int = 100, match: Match | None = None, ticket: str = "T-1") -> Waiver:
    ends = TODAY + datetime.timedelta(days=days)
    return Waiver("gdpr", match or Match(name="EU cohort"), "why", ticket, "dpo", ends)


def verdict(place: Place, *waivers: Waiver, policy: Policy = GDPR) -> Found:
    return Residency(policy, waivers, TODAY).verdict(place)


def place(**changes: str | Unreadable | None) -> Place:
    from msgspec.structs import replace

    return replace(HERE, **changes)


def test_a_project_that_is_meant_and_is_elsewhere_violates_it() -> None:
    assert verdict(HERE) == Violated()


@pytest.mark.parametrize(
    "other", [{"region": EU}, {"name": "US cohort"}, {"name": "eu cohort"}, {"bill_to": "org-b"}]
)
def test_each_key_of_a_match_must_agree_and_the_region_be_another(other: dict[str, str]) -> None:
    assert verdict(place(**other)) is None


def test_a_match_by_id_means_that_project_alone_and_none_that_is_not_there_yet() -> None:
    policy = Policy("one", (EU,), Match(id="project-1"))
    assert verdict(HERE, policy=policy) == Violated()
    assert verdict(place(id="project-2"), policy=policy) is None
    assert verdict(place(id=None), policy=policy) is None


def test_a_policy_on_a_region_that_it_allows_is_never_violated() -> None:
    policy = Policy("odd", (US,), Match(region=US))
    assert verdict(HERE, policy=policy) is None
    assert verdict(place(region=HIDDEN), policy=policy) is None


def test_a_policy_on_a_region_that_it_does_not_allow_forbids_that_region_alone() -> None:
    policy = Policy("not-us", (EU,), Match(region=US))
    assert verdict(HERE, policy=policy) == Violated()
    assert verdict(place(region="aws:eu-west-2"), policy=policy) is None


@pytest.mark.parametrize("attribute", ["name", "bill_to", "region"])
def test_what_could_not_be_read_and_would_decide_cannot_be_told(attribute: str) -> None:
    assert verdict(place(**{attribute: HIDDEN})) == Hidden(attribute, HIDDEN.reason)


@pytest.mark.parametrize(
    "other", [{"bill_to": "org-b", "name": HIDDEN}, {"region": EU, "name": HIDDEN, "bill_to": HIDDEN}]
)
def test_what_could_not_be_read_and_would_not_decide_hides_nothing(other: dict[str, str]) -> None:
    assert verdict(place(**other)) is None


def test_a_waiver_excuses_until_the_end_of_its_last_day() -> None:
    last = waiver(0)
    assert verdict(HERE, last) == Violated(last)
    ended = waiver(-1)
    assert verdict(HERE, ended) == Violated(None, (ended,))


def test_a_waiver_excuses_only_what_it_means() -> None:
    assert verdict(HERE, waiver(match=Match(name="EU other"))) == Violated()
    by_id = waiver(match=Match(id="project-1"))
    assert verdict(HERE, by_id) == Violated(by_id)
    assert verdict(HERE, waiver(match=Match(id="project-1", region=EU))) == Violated()


def test_of_several_waivers_the_one_that_lasts_longest_is_named() -> None:
    short, long, ended = waiver(1, ticket="A"), waiver(90, ticket="B"), waiver(-5, ticket="C")
    assert verdict(HERE, short, ended, long) == Violated(long)


def test_a_waiver_that_may_or_may_not_mean_the_project_leaves_it_untold() -> None:
    everything = Policy("gdpr", (EU,))
    named = waiver(match=Match(name="EU cohort"))
    assert verdict(place(name=HIDDEN), named, policy=everything) == Hidden("name", HIDDEN.reason)
    ended = waiver(-1)
    assert verdict(place(name=HIDDEN), ended, policy=everything) == Violated()


def test_what_a_waiver_certainly_excuses_is_no_matter_of_doubt() -> None:
    by_id = waiver(match=Match(id="project-1"))
    assert verdict(place(name=HIDDEN), by_id) is None


patterns = st.text("ab*?[]!-.\\\n", max_size=6)


@given(patterns, st.text("ab.\\\n[", max_size=6))
def test_a_name_matches_as_the_shells_globs_do_with_its_case(pattern: str, name: str) -> None:
    matches = Matcher(Match(name=pattern)).answer(place(name=name)) is True
    assert matches == fnmatchcase(name, pattern)
