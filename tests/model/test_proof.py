"""A slice of the proof, spread evenly over the small scope, and some random worlds. ``make prove`` does all.

What makes the slice worth something is tested too: it would notice a rule that says nothing, names decide
nothing, and no verdict is rare in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model.cases import Case, Reader, planned
from model.families import FAMILIES
from model.family import Family
from model.properties import examine
from model.prove import STRIDE, case_of, run, slice_of
from model.random_worlds import LARGE, SMALL, Size, random_case
from model.tally import Tally, violations
from model.texts import loaded, toml_text, written
from model.verdicts import VERDICTS
from msgspec.structs import replace
from support.worlds import OPTIONS

from reconciler.model.baseline import Baseline
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Plan
from reconciler.planner import plan
from reconciler.rules.billing import RegionOfATakeover

PARTS, EACH = 8, 4
"""Each so many-th part of the slice is run here; all of it is ``make prove-quick``."""


@pytest.mark.parametrize("part", range(0, PARTS, EACH))
def test_rules_and_laws_agree_on_a_slice_of_the_small_scope_and_on_random_worlds(part: int):
    tally = Tally()
    for unit in slice_of(part, PARTS):
        tally.add(run(unit))
    assert tally.cases > 500
    assert tally.broken == 0, f"{violations(tally)}\n\nmake prove-quick shows a small case of each."


def spread(family: Family, count: int) -> Iterator[dict[str, str]]:
    for number in range(count):
        yield family.values(number * STRIDE % family.size)


def test_every_verdict_is_at_least_one_case_in_twenty_and_one_in_five_has_a_step():
    verdicts: Counter[str] = Counter()
    steps = total = 0
    whole = sum(family.size for family in FAMILIES)
    for family in FAMILIES:
        for number in range(max(1, 4_000 * family.size // whole)):
            case = family.case(number * STRIDE % family.size)
            if case is not None:
                found = examine(case, only=())
                verdicts[found.verdict] += 1
                steps += found.steps
                total += 1
    assert steps / total > 0.2
    assert {name for name in VERDICTS if verdicts[name] / total > 0.05} == set(VERDICTS), verdicts


def test_a_rule_that_says_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(RegionOfATakeover, "check", lambda *_: ())
    tally = run(next(unit for unit in slice_of(0, PARTS) if unit.family == "rebill org-a to user-alice"))
    assert tally.violations["sound"]


@pytest.mark.parametrize("family", [one for one in FAMILIES if one.renamings], ids=lambda one: one.name)
def test_what_is_renamed_away_decides_nothing(family: Family):
    """Names may change who of two equals acts, and nothing else."""
    for values in spread(family, 60):
        for renaming in family.renamings:
            renamed = renaming(values)
            assert renaming(renamed) == values
            assert _told(family.build(values)) == _told(family.build(renamed)), values


def _told(case: Case | None) -> object:
    if case is None:
        return None
    found = examine(case)
    return found.verdict, found.steps, found.checked["minimal"] > 0, len(found.violations) > 0


def plain(made: Plan) -> bytes:
    """The plan without what a text alone can change: its digests, and the places of its lines."""
    refusals = tuple(replace(refusal, source=None) for refusal in made.refusals)
    warnings = tuple(replace(one, file=None, line=None, column=None, snippet=None) for one in made.warnings)
    config = replace(made.config, digest="", files=())
    return msgspec.json.encode(replace(made, refusals=refusals, warnings=warnings, config=config))


def planned_from(text: str, case: Case, folder: Path) -> bytes:
    try:
        workspace = loaded(text, folder)
        return plain(plan(workspace, Reader(case.state(), case.identities), Baseline(), OPTIONS).plan)
    except DiagnosticsError as error:
        # Which of two tables is at odds with the other one is a matter of order; that they are is not.
        return "\n".join(sorted(one.code for one in error.diagnostics)).encode()


@given(st.integers(0, 10**9), st.sampled_from([SMALL, LARGE]))
@settings(max_examples=150, deadline=None)
def test_tables_in_another_order_make_the_same_plan(
    tmp_path_factory: pytest.TempPathFactory, seed: int, size: Size
):
    rng = Random(seed)
    case = random_case(rng, size)
    folder = tmp_path_factory.getbasetemp()
    assert planned_from(toml_text(case), case, folder) == planned_from(toml_text(case, rng), case, folder)


def small_names() -> Iterable[str]:
    for family in FAMILIES:
        yield from (f"{family.name}:{number * STRIDE % family.size}" for number in (1, 5, 11, 17, 29))


def test_a_case_written_down_is_the_same_case(tmp_path: Path):
    """What a counterexample shows as files is what was judged."""
    for name in small_names():
        case = case_of(name)
        if case is None or case.by_text:
            continue
        written(case, tmp_path)
        try:
            direct = plain(planned(case.workspace, case.state(), case.identities))
        except DiagnosticsError:
            continue
        text = (tmp_path / "desired.toml").read_text(encoding="utf-8")
        said = msgspec.json.decode(planned_from(text, case, tmp_path))
        wanted = msgspec.json.decode(direct)
        assert [said[key] for key in ("summary", "steps", "manual", "facts")] == [
            wanted[key] for key in ("summary", "steps", "manual", "facts")
        ]
