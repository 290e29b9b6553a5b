"""Arguments of ``can-i``: what they may look like, and what is said where they do not."""

from __future__ import annotations

import pytest
import typer
from support.worlds import EU, desired, pid

from reconciler.cli import questions
from reconciler.diff.changes import DataLink
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.planner.questions import CanBill, CanClone, CanCreate, CanDefault, CanRun

FILE = "file-" + 24 * "1"
OTHER = "file-" + 24 * "2"
APPLET = "applet-" + 24 * "1"
CONTAINER = "container-" + 24 * "1"


@pytest.mark.parametrize("written", ["org-lab", "orgs.org-lab"])
def test_a_payer_is_an_id_or_an_address(written: str):
    assert questions.create(EU, written, "x", desired()) == CanCreate(EU, "org-lab", "x")
    assert questions.bill("projects.rna", written) == CanBill("projects.rna", "org-lab")
    assert questions.default(written, EU, desired()) == CanDefault("org-lab", EU)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (FILE, CanClone(None, FILE, "projects.b")),
        (f"{pid(1)}:{FILE}", CanClone(pid(1), FILE, "projects.b")),
        (f"projects.a:{FILE}", CanClone("projects.a", FILE, "projects.b")),
        (pid(1), CanClone(pid(1), None, "projects.b")),
        (CONTAINER, CanClone(CONTAINER, None, "projects.b")),
        ("projects.a", CanClone("projects.a", None, "projects.b")),
    ],
)
def test_a_source_is_an_object_wherever_it_is_or_in_a_project_or_the_whole_of_it(
    source: str, found: CanClone
):
    assert questions.clone(source, "projects.b") == found


@pytest.mark.parametrize(
    ("written", "links"),
    [
        (f"reads={FILE}", (DataLink(FILE),)),
        (f"reads={pid(1)}:{FILE}", (DataLink(FILE, pid(1)),)),
        (f'reads={{"$dnanexus_link": "{FILE}"}}', (DataLink(FILE),)),
        (f'reads={{"$dnanexus_link": {{"project": "{pid(1)}", "id": "{FILE}"}}}}', (DataLink(FILE, pid(1)),)),
        (f'reads=[{{"$dnanexus_link": "{FILE}"}}, {{"x": {{"$dnanexus_link": "{OTHER}"}}}}]', None),
        ('reads={"$dnanexus_link": {"stage": "s0", "outputField": "bam"}}', ()),
        ("threads=4", ()),
        ("label=a=b", ()),
    ],
)
def test_an_input_counts_by_the_data_that_it_links_to(written: str, links: tuple[DataLink, ...] | None):
    found = questions.run(APPLET, pid(1), [written])
    assert set(found.inputs) == set(links if links is not None else (DataLink(FILE), DataLink(OTHER)))


@pytest.mark.parametrize("executable", [APPLET, "app-bwa", "app-bwa/1.0.0", "globalworkflow-flow"])
def test_an_executable_is_an_id_or_the_name_of_an_app(executable: str):
    assert questions.run(executable, "projects.a", []) == CanRun(executable, "projects.a")


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: questions.create(EU, "lab", None, desired()), "--bill-to"),
        (lambda: questions.bill("rna", "org-lab"), "PROJECT"),
        (lambda: questions.bill(pid(1), "projects.a"), "--to"),
        (lambda: questions.clone("rna", pid(1)), "SRC"),
        (lambda: questions.clone(f"nowhere:{FILE}", pid(1)), "SRC"),
        (lambda: questions.clone(FILE, CONTAINER), "DST"),
        (lambda: questions.run(FILE, pid(1), []), "EXECUTABLE"),
        (lambda: questions.run(APPLET, "x", []), "--project"),
        (lambda: questions.run(APPLET, pid(1), [FILE]), "--input"),
        (lambda: questions.run(APPLET, pid(1), ["reads={"]), "--input"),
    ],
)
def test_anything_else_is_wrong_usage_that_names_the_argument(ask, where: str):  # type: ignore[no-untyped-def]
    with pytest.raises(typer.BadParameter) as caught:
        ask()
    assert caught.value.param_hint == where


@pytest.mark.parametrize(
    ("region", "rule", "meant"), [("eu-central-1", "REG001", EU), ("aws:eu-centrl-1", "REG002", EU)]
)
def test_a_region_that_is_not_known_is_an_error_with_the_one_that_was_meant(
    region: str, rule: str, meant: str
):
    with pytest.raises(DiagnosticsError) as caught:
        questions.create(region, "org-lab", None, desired())
    (found,) = caught.value.diagnostics
    assert (found.code, found.suggestion) == (rule, meant)
