"""Whatever there is at the platform: what ``import`` writes of it leaves a plan nothing to do."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rtoml
import toml
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from msgspec import structs
from reconciler_sandbox.laws.records import Region
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.world.dump import dump
from reconciler_sandbox.world.model import World
from support.desk import Desk
from support.inprocess import world
from support.random_platforms import ORGS, PAYERS, REGIONS, USERS, a_project, a_user, an_org
from support.tokens import long

ODD = "aws:xx-new-1"
"""A region that no catalogue has."""

THREE = '\\"' * 3
"""Three quotes in a row, however they are escaped, are an end to ``toml`` 0.10.2."""

MARKS = st.sampled_from(
    [
        None,
        *(f"{owner}/projects.{key}" for owner in ("lab", "theirs") for key in ("one", "two", "gone")),
        "lab/projects.not a key",
        "lab/orgs.org-x",
        "lab/",
        "/",
        '"\\\n\u202e',
    ]
)
HOSTILE = st.sampled_from(
    ['"""', "\\", "a\nb", "\u202egnp", "#", "[projects.x]", "Ärzte", "\x00\x7f", "é" * 99]
)
MANY = settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""To make a world smaller that fails takes minutes."""


@st.composite
def platforms(draw: st.DrawFn) -> World:
    """We are user-a, with any rights."""
    projects = []
    for number in range(draw(st.integers(0, 5))):
        project = draw(a_project(f"project-{number:024}"))
        mark = draw(MARKS)
        properties = {} if mark is None else {"reconciler": mark}
        name = draw(st.sampled_from(["one", "two"]) | HOSTILE | st.just(project.name))
        region = draw(st.sampled_from((*REGIONS, ODD)))
        projects.append(structs.replace(project, name=name, region=region, properties=properties))
    users = {user: draw(a_user(user)) for user in USERS}
    orgs = {org: draw(an_org(org)) for org in ORGS}
    found = world(users, orgs, tuple(projects), Switches(rate_limit=0))
    return structs.replace(found, regions={code: Region() for code in (*REGIONS, ODD)})


@contextmanager
def desk(platform: World) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        yield Desk.new(Path(folder), long(dump(platform).text))


def verdicts(plan: Any) -> dict[str, list[tuple[str, ...]]]:
    """What a plan says of each address, without that which every reading has anew."""
    return {
        "steps": [(one["action"], one["address"]) for one in plan["steps"]],
        "manual": [(one["who"], one["address"]) for one in plan["manual"]],
        "blocked": [(one["address"],) for one in plan["blocked"]],
        "refusals": sorted((one["address"], one["rule"]) for one in plan["refusals"]),
        "unreadable": [(one["address"], one["attribute"]) for one in plan["unreadable"]],
    }


NOTHING: dict[str, list[tuple[str, ...]]] = {
    name: [] for name in ("steps", "manual", "blocked", "refusals", "unreadable")
}


@MANY
@given(platform=platforms(), payers=st.sets(st.sampled_from(PAYERS), min_size=1))
def test_the_first_plan_on_a_new_workspace_is_empty(platform: World, payers: set[str]) -> None:
    with desk(platform) as ours:
        before = ours.dump()
        asked = [word for payer in sorted(payers) for word in ("--payer", payer)]
        where = ["--provider", "sandbox", "--world", "world/world.toml"]
        ran = ours.run("import", "new", "--workspace", "lab", *where, *asked)
        assert ran.code in (0, 7), ran
        planned = ours.run("plan", "new", "--detailed-exitcode", "--format", "json")
        assert planned.code == 0, (planned.out, planned.err)
        assert verdicts(planned.json) == NOTHING
        assert ours.run("fmt", "--check", "new").code == 0
        for file in (ours.folder / "new").glob("*.toml"):
            text = file.read_text(encoding="utf-8")
            assert tomllib.loads(text) == rtoml.loads(text)
            if THREE not in text:
                assert toml.loads(text) == tomllib.loads(text)
        assert (ours.writes(), ours.dump()) == ([], before)


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Desired state that may speak of what there is."""
    text = draw(st.sampled_from(["", f'[defaults.projects]\nregion = "{REGIONS[0]}"\n']))
    for key in draw(st.sets(st.sampled_from(["one", "two", "rna"]))):
        text += f'[projects.{key}]\nbill_to = "{draw(st.sampled_from(PAYERS))}"\n'
        text += draw(st.sampled_from(["", "adopt = true\n", 'same_name = "create"\n']))
        text += draw(st.sampled_from(["", 'name = "two"\n', 'name = "one"\n']))
        text += draw(st.sampled_from(["", "", *(f'id = "project-{n:024}"\n' for n in range(3))]))
        if key == "rna" and draw(st.booleans()):
            text += '[[moved]]\nfrom = "projects.gone"\nto = "projects.rna"\n'
    return text + draw(st.sampled_from(["", "[orgs.org-x]\n"]))


@MANY
@given(platform=platforms(), written=tables())
def test_what_is_added_to_a_workspace_changes_nothing_that_its_plan_says(
    platform: World, written: str
) -> None:
    with desk(platform) as ours:
        ours.write(f'[regions."{ODD}"]\n{written}')
        first = ours.run("plan", "--format", "json")
        assume(first.code != 1)
        ran = ours.run("import")
        assert ran.code in (0, 7), ran
        second = ours.run("plan", "--format", "json")
        assert second.code != 1, second
        assert verdicts(second.json) == verdicts(first.json)
        assert ours.run("import").out.count("Nothing to add") == 1
        assert ours.writes() == []
