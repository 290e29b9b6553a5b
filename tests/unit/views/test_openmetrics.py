"""Metrics of drift, as the parser of Prometheus' own client reads them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from support.desk import PEOPLE, US, Desk, a_project, pid

from reconciler.model.plan import ConfigRef, ProviderRef, ReadCost, Tool
from reconciler.model.report import DriftReport, DriftVerdict, EstateRow
from reconciler.views import openmetrics
from reconciler.views.escape import safe
from reconciler.views.pages import DriftPage, Header, Style
from reconciler.views.registry import render

LAST = "reconciler_drift_last_success_timestamp_seconds"
Labels = tuple[tuple[str, str], ...]


def read(text: str) -> dict[str, dict[Labels, float]]:
    """The samples: name → labels but for the workspace → value."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        for sample in family.samples:
            labels = tuple((key, value) for key, value in sample.labels.items() if key != "workspace")
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def page_of(rows: tuple[EstateRow, ...], partial: tuple[str, ...] = ()) -> DriftPage:
    report = DriftReport(
        format_version="1.0",
        kind="drift",
        created_at="2026-11-20T17:03:00.250Z",
        tool=Tool("reconciler", "0"),
        workspace="lab",
        provider=ProviderRef("sandbox", ""),
        identity="user-alice",
        config=ConfigRef("", (), None),
        summary={},
        items=(),
        read=ReadCost(6, 1.94, partial),
    )
    header = Header("sandbox", "", "user-alice", "lab")
    return DriftPage(report, header, 0, estate=lambda: iter(rows))


def row(number: int, region: str | None, bill_to: str | None, name: str | None = "p") -> EstateRow:
    return EstateRow(pid(number), name, region, bill_to, "VIEW", "", None, None, None, "unmanaged")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.new(tmp_path / "desk", PEOPLE + a_project(1, "p") + a_project(2, "q"))
    made.write(f'[projects.p]\nid = "{pid(1)}"\nname = "p"\nbill_to = "org-lab"\n')
    assert made.run("apply", "--auto-approve").code == 0
    made.call("user-alice", f"/{pid(1)}/update", name="renamed")
    return made


def metrics(desk: Desk, code: int) -> dict[str, dict[Labels, float]]:
    assert desk.run("drift", "--write", "openmetrics=x.prom").code == code
    return read((desk.folder / "x.prom").read_text())


def test_every_verdict_has_its_count_and_the_exit_code_is_that_of_the_run(desk: Desk) -> None:
    found = metrics(desk, 2)
    items = {dict(labels)["verdict"]: value for labels, value in found["reconciler_drift_items"].items()}
    assert set(items) == set(get_args(DriftVerdict))
    assert (items["drifted"], items["unmanaged"], items["violation"]) == (1, 1, 0)
    assert found["reconciler_drift_exit_code"] == {(): 2}
    assert found["reconciler_up"] == {(): 1}
    assert found["reconciler_drift_projects"] == {(("region", US), ("bill_to", "org-lab")): 2}
    assert found["reconciler_drift_calls"][()] > 0


def test_a_run_that_fails_says_so_and_leaves_the_last_success_as_it_was(desk: Desk) -> None:
    before = metrics(desk, 2)[LAST]
    desk.call("user-alice", f"/{pid(1)}/update", name="again")
    desk.write("[projects.p]\nregoin = 1\n")
    for _ in range(2):
        failed = metrics(desk, 1)
        assert failed["reconciler_up"] == {(): 0}
        assert failed[LAST] == before
        assert (("code", "unknown-key"),) in failed["reconciler_drift_errors"]
        assert "reconciler_drift_items" not in failed
    assert 'reconciler_up{workspace="lab"} 0' in (desk.folder / "x.prom").read_text()


@pytest.mark.parametrize("earlier", [None, "", f'{LAST}{{workspace="\x1b"}} 1\n# EOF\n', f"{LAST} x"])
def test_where_no_earlier_success_is_known_none_is_told(desk: Desk, earlier: str | None) -> None:
    if earlier is not None:
        (desk.folder / "x.prom").write_text(earlier)
    desk.write("[projects.p]\nregoin = 1\n")
    failed = metrics(desk, 1)
    assert failed["reconciler_up"] == {(): 0}
    assert LAST not in failed


def test_a_metrics_run_leaves_what_since_last_remembers_alone(desk: Desk) -> None:
    metrics(desk, 2)
    assert desk.run("drift", "--since-last").code == 2


def test_beyond_so_many_payers_the_rest_is_one_sum() -> None:
    rows = tuple(row(number, US, f"org-{number}") for number in range(openmetrics.MOST + 7))
    found = read("".join(render("openmetrics", page_of(rows), Style())))["reconciler_drift_projects"]
    assert len(found) == openmetrics.MOST + 1
    assert found[("region", "(others)"), ("bill_to", "(others)")] == 7


def test_who_may_have_more_projects_than_could_be_listed_is_named() -> None:
    payers = tuple(f"org-{number:03}" for number in range(openmetrics.MOST + 7))
    found = read("".join(render("openmetrics", page_of((), payers), Style())))["reconciler_drift_partial"]
    assert len(found) == openmetrics.MOST + 1
    assert (found[(("bill_to", "org-000"),)], found[(("bill_to", "(others)"),)]) == (1, 7)


def test_what_cannot_be_read_is_never_counted_as_a_region() -> None:
    found = read("".join(render("openmetrics", page_of((row(1, None, None),)), Style())))
    assert found["reconciler_drift_projects"] == {
        (("region", "(unreadable)"), ("bill_to", "(unreadable)")): 1
    }
    assert found[LAST] == {(): 1795194180.25}


@given(st.text(min_size=1), st.text(min_size=1))
@settings(max_examples=60, deadline=None)
def test_no_name_breaks_out_of_its_label(region: str, payer: str) -> None:
    text = "".join(render("openmetrics", page_of((row(1, region, payer),)), Style()))
    assert sum(read(text)["reconciler_drift_projects"].values()) == 1
    assert all(safe(line) == line for line in text.split("\n"))
