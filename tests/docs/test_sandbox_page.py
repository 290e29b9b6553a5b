"""docs/sandbox.md says what is there, and which test proves it: for every route, law and switch."""

from __future__ import annotations

import re

from docs.tables import PAGE, renewed
from msgspec import structs
from mutation.laws import MUTANTS
from reconciler_sandbox.laws.router import ROUTES
from reconciler_sandbox.laws.switches import Switches
from support.marks import covered
from support.referee import LAWS

ROUTE_NAMES = ["/".join(name) for name in ROUTES]
SWITCH_NAMES = list(structs.asdict(Switches()))


def test_the_tables_are_those_of_the_code_and_the_tests() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page), "run `make sandbox-tables`"


def test_every_route_law_and_switch_has_a_test_of_its_own() -> None:
    assert [name for name in (*ROUTE_NAMES, *LAWS, *SWITCH_NAMES) if not covered().get(name)] == []


def test_no_test_covers_what_does_not_exist() -> None:
    known = {*ROUTE_NAMES, *LAWS, *SWITCH_NAMES}
    assert {name: tests for name, tests in covered().items() if name not in known} == {}


def test_every_law_has_a_function_and_a_mutant() -> None:
    """The numbers of the page are those of the laws that can be switched off."""
    numbers = re.findall(r"^\| (L\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(numbers) == tuple(MUTANTS) == LAWS
