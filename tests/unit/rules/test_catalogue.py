"""Every rule explains itself."""

from __future__ import annotations

import pytest

from reconciler import rules
from reconciler.rules import Rule
from reconciler.rules.rule import Example

EXPECTED = {
    "REG001",
    "REG002",
    "REG101",
    "REG102",
    "REG103",
    "REG104",
    "REG105",
    "REG106",
    "REG107",
    "REG108",
    "REG109",
    "REG201",
    "REG202",
    "REG203",
    "REG301",
    "REG302",
    "REG303",
    "REG304",
}


def test_the_catalogue_holds_each_rule_once_in_order():
    ids = [rule.id for rule in rules.catalogue()]
    assert ids == sorted(EXPECTED)


@pytest.mark.parametrize("rule", rules.catalogue(), ids=lambda rule: rule.id)
def test_every_rule_says_what_why_and_how_to_mend_it(rule: Rule):
    assert rule.title
    assert rule.source.startswith("https://") or rule.source.endswith(" of the workspace")
    assert "**Why.**" in rule.text
    assert "**How to mend it.**" in rule.text


@pytest.mark.parametrize("rule", rules.catalogue(), ids=lambda rule: rule.id)
def test_every_rule_shows_what_breaks_it_and_what_keeps_it(rule: Rule):
    assert isinstance(rule.breaks, Example)
    assert isinstance(rule.keeps, Example)
    assert rule.breaks != rule.keeps


def test_a_rule_is_found_in_either_case_and_nothing_else_is():
    assert rules.find("reg102") is rules.find("REG102")
    assert rules.find("REG102") is not None
    assert rules.find("REG999") is None
