"""A plan as a picture: the same one in Mermaid, read by a strict grammar, and in DOT, read by pydot."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pydot
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.plan import Blocked, ManualStep, Plan, Refusal, Step
from reconciler.views.escape import safe
from reconciler.views.pages import DiagnosticsPage, Header, PlanPage, Style
from reconciler.views.picture import KINDS, MOST
from reconciler.views.registry import render
from tests.unit.planfile.samples import plan_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pydot")

Drawn = tuple[list[str], list[tuple[int, int]]]
"""The text of each box, and the arrows."""

HOSTILE = '1. "];n0-->n9 <b>&lt;</b> %%{init}%% `x` #35; \\N \\" end*_~|{}[]() \u202e\x1b[31m'

_BOX = re.compile(r'  n(\d+)\["((?:[\w .,:/@=()\-→…]|<br/>|#\d+;)*)"\](?::::([a-z]+))?')
_ARROW = re.compile(r"  n(\d+) --> n(\d+)")
_CLASS = re.compile(r"  classDef ([a-z]+) [a-z0-9:#,-]+")


def text(plan: Plan | DiagnosticsPage, name: str) -> str:
    header = Header("sandbox", "sandbox", "user-alice", "lab")
    page = PlanPage(plan, header) if isinstance(plan, Plan) else plan
    return "".join(render(name, page, Style()))


def mermaid(plan: Plan | DiagnosticsPage) -> Drawn:
    first, *lines = text(plan, "mermaid").splitlines()
    assert first == "flowchart LR"
    boxes: list[str] = []
    arrows: list[tuple[int, int]] = []
    classes: set[str] = set()
    for line in lines:
        if box := _BOX.fullmatch(line):
            assert int(box[1]) == len(boxes), "the boxes are numbered in their order"
            assert box[3] is None or box[3] in KINDS
            decoded = re.sub(r"#(\d+);", lambda number: chr(int(number[1])), box[2].replace("<br/>", "\n"))
            boxes.append(decoded)
            classes |= {box[3]} - {None}
        elif arrow := _ARROW.fullmatch(line):
            arrows.append((int(arrow[1]), int(arrow[2])))
        else:
            defined = _CLASS.fullmatch(line)
            assert defined is not None, f"not of the grammar: {line}"
            classes.remove(defined[1])
    assert not classes, "each class is defined"
    return boxes, arrows


def dot(plan: Plan | DiagnosticsPage) -> Drawn:
    graphs = pydot.graph_from_dot_data(text(plan, "dot"))
    assert graphs is not None
    (graph,) = graphs
    nodes = [node for node in graph.get_nodes() if node.get_name() != "node"]
    assert [node.get_name() for node in nodes] == [f"n{place}" for place in range(len(nodes))]
    ends = [(edge.get_source(), edge.get_destination()) for edge in graph.get_edges()]
    return [_label(node.get("label")) for node in nodes], [(int(a[1:]), int(b[1:])) for a, b in ends]


def _label(quoted: str) -> str:
    """As Graphviz shows it."""
    assert quoted[0] == quoted[-1] == '"'
    shown = re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], quoted[1:-1])
    return unescape(shown)


def both(plan: Plan | DiagnosticsPage) -> Drawn:
    found = mermaid(plan)
    assert dot(plan) == found
    return found


def test_a_step_comes_after_what_it_waits_for(empty_plan: Plan, create: Step, update: Step) -> None:
    boxes, arrows = both(replace(empty_plan, steps=(create, replace(update, depends_on=(create.id,)))))
    assert boxes == [
        "create projects.rnaseq\nRNA-seq 2026, aws:eu-central-1, org-genomics",
        "update projects.cohort\norg-biobank",
    ]
    assert arrows == [(0, 1)]


def test_what_is_blocked_comes_after_what_people_have_to_do(empty_plan: Plan) -> None:
    manual = ManualStep("m1", "orgs.org-lab", "the platform's sales contact", "Please", ("projects.dna",))
    blocked = Blocked("projects.dna", "create in aws:us-east-1", ("m1",))
    boxes, arrows = both(replace(empty_plan, manual=(manual,), blocked=(blocked,)))
    assert boxes == [
        "manual: orgs.org-lab\nby the platform's sales contact",
        "blocked: projects.dna\ncreate in aws:us-east-1",
    ]
    assert arrows == [(0, 1)]


def test_an_address_is_refused_once_by_all_its_rules(empty_plan: Plan, refusal: Refusal) -> None:
    twice = (refusal, replace(refusal, rule="REG103"), replace(refusal, address="projects.x"))
    boxes, _ = both(replace(empty_plan, refusals=twice))
    assert boxes == ["refused: projects.trial\nREG101, REG103", "refused: projects.x\nREG101"]


def test_who_acts_is_told_where_it_is_somebody_else(empty_plan: Plan, update: Step) -> None:
    boxes, _ = both(replace(empty_plan, steps=(replace(update, as_="user-bob"),)))
    assert boxes == ["update projects.cohort\norg-biobank\nas user-bob"]


def test_without_a_change_it_says_so(empty_plan: Plan) -> None:
    assert both(empty_plan) == (["No changes."], [])


@settings(deadline=None, max_examples=40)
@example(HOSTILE)
@given(name=st.one_of(st.text(max_size=70), st.text('"\\&#;<>[]n`-.1*', max_size=40)))
def test_a_name_is_text_in_its_box_and_nothing_else(name: str) -> None:
    step = Step("s1", "projects.x", "create", "user-alice", None, {"name": name, "region": "aws:us-east-1"})
    boxes, arrows = both(plan_of(step))
    line = safe(f"{name}, aws:us-east-1")
    assert boxes == ["create projects.x\n" + (line if len(line) <= 60 else line[:59] + "…")]
    assert arrows == []


@pytest.mark.parametrize(
    ("name", "written"), [("1. RNA", "1#46; RNA"), ("- RNA", "#45; RNA"), ("a-1.", "a-1.")]
)
def test_a_line_does_not_begin_as_an_item_of_a_list(name: str, written: str) -> None:
    step = Step("s1", "projects.x", "create", "user-alice", None, {"name": name})
    assert f'<br/>{written}"]' in text(plan_of(step), "mermaid")


def test_of_a_plan_too_big_to_draw_what_hangs_together_comes_first_and_the_rest_is_counted(
    empty_plan: Plan, create: Step, update: Step, refusal: Refusal
) -> None:
    alone = (replace(create, id=f"s{number}") for number in range(100_000))
    tied = (replace(create, id="first"), replace(update, id="then", depends_on=("first",)))
    boxes, arrows = mermaid(replace(empty_plan, steps=(*alone, *tied), refusals=(refusal,)))
    assert len(boxes) == MOST
    assert [box.split("\n")[0] for box in boxes[-4:-1]] == [
        "create projects.rnaseq",
        "update projects.cohort",
        "refused: projects.trial",
    ]
    assert arrows == [(MOST - 4, MOST - 3)]
    assert boxes[-1] == f"and {100_003 - MOST + 1} more:\n{100_003 - MOST + 1} to create"


def test_an_arrow_to_what_is_not_drawn_leads_to_what_counts_it(empty_plan: Plan, create: Step) -> None:
    others = (replace(create, id=f"s{n}", depends_on=("first",)) for n in range(500))
    boxes, arrows = both(replace(empty_plan, steps=(replace(create, id="first"), *others)))
    assert boxes[-1] == "and 402 more:\n402 to create"
    assert arrows == [(0, place) for place in range(1, MOST)]


def test_a_plan_file_that_waits_for_what_it_has_not_is_drawn_without(empty_plan: Plan, create: Step) -> None:
    assert both(replace(empty_plan, steps=(replace(create, depends_on=("gone", "s1")),)))[1] == []


@pytest.mark.parametrize("name", ["mermaid", "dot"])
def test_the_same_plan_gives_the_same_bytes(
    name: str, shown: Callable[..., str], page: Callable[..., PlanPage], full_plan: Plan
) -> None:
    assert shown(page(full_plan), name) == shown(page(full_plan), name)


def test_an_error_takes_the_place_of_a_picture_that_an_earlier_run_drew() -> None:
    page = DiagnosticsPage((Diagnostic("error", "syntax", HOSTILE),))
    assert both(page) == ([f"error: syntax\n{safe(HOSTILE)[:59]}…"], [])
