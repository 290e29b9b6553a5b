"""Every rule carries a configuration that breaks it and one that keeps it: both are run, as a person
would run them, and the rule must speak against the one and be silent about the other."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import rtoml
from support.desk import EU, HEAD, PEOPLE, Desk, a_project

from reconciler import rules
from reconciler.rules import Rule
from reconciler.rules.payers import SALES
from reconciler.rules.rule import Example

WORLD = PEOPLE + a_project(1, "Trial") + a_project(2, "Cohort", EU)

NO_LINE = ("REG105", "REG107", "REG108", "REG109")
"""A request of a whole table; and questions, which are asked on the command line."""


class Told(NamedTuple):
    """Where a rule speaks, and what it says there. Line 0: it names a whole table and no line."""

    rule: str
    line: int
    text: str


def told(example: Example, folder: Path) -> list[Told]:
    """All that the command says in the name of rules."""
    desk = Desk.new(folder, WORLD + example.world)
    desk.write(example.toml)
    arguments = shlex.split(example.command)
    ran = desk.run(*arguments, "--format", "json")
    assert ran.code in (0, 1, 3, 7), ran.err
    spoken = {"plan": _of_plan, "validate": _of_validate, "can-i": _of_answer}[arguments[0]](ran.json)
    return [one for one in spoken if one.rule.startswith("REG")]


def _of_plan(plan: Any) -> Iterator[Told]:
    values = {fact["id"]: fact["value"] for fact in plan["facts"]}
    for refusal in plan["refusals"]:
        facts = ", ".join(f"{name} is {values.get(name)}" for name in refusal["facts"])
        yield Told(refusal["rule"], refusal["source"]["line"], f"{refusal['message']} ({facts})")
    for warning in plan["warnings"]:
        yield Told(warning["code"], warning["line"], warning["summary"])
    for manual in plan["manual"]:
        yield Told("REG105" if manual["who"] == SALES else "REG201", 0, manual["text"])


def _of_validate(page: Any) -> Iterator[Told]:
    for found in page["diagnostics"]:
        yield Told(found["code"], found["line"], found["summary"])


def _of_answer(answer: Any) -> Iterator[Told]:
    for reason in answer["reasons"]:
        yield Told(reason["rule"], 0, reason["message"])


def values(example: Example) -> set[str]:
    """Ids, regions and numbers of the example, wherever they stand."""
    return {*_leaves(rtoml.loads(example.toml)), *example.command.split()}


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    else:
        yield str(value)


each_rule = pytest.mark.parametrize("rule", rules.catalogue(), ids=lambda rule: rule.id)


@each_rule
def test_what_breaks_a_rule_is_told_by_that_rule_at_its_line_with_the_values(rule: Rule, tmp_path: Path):
    found = [one for one in told(rule.breaks, tmp_path) if one.rule == rule.id]
    assert len(found) == 1, found
    first = HEAD.count("\n") + 2
    lines = range(first, first + rule.breaks.toml.count("\n"))
    assert found[0].line in lines or (found[0].line == 0 and rule.id in NO_LINE)
    ours, other = values(rule.breaks), values(rule.keeps)
    differing = ours - other or other - ours
    assert differing
    assert [value for value in differing if value not in found[0].text] == []


@each_rule
def test_what_keeps_a_rule_is_legal(rule: Rule, tmp_path: Path):
    assert told(rule.keeps, tmp_path) == []


@each_rule
def test_keeping_a_rule_is_one_small_edit_away_from_breaking_it(rule: Rule):
    ours, other = (f"{one.command}\n{one.toml}".splitlines() for one in (rule.breaks, rule.keeps))
    removed, added = [x for x in ours if x not in other], [x for x in other if x not in ours]
    assert len(removed) <= 1
    assert len(added) == 1
    assert rule.breaks.world == rule.keeps.world
