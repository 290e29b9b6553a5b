"""What editors are given, judged by taplo, on which they build: the schema, and the line that names it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support.desk import PEOPLE, Desk, a_project

from reconciler.config.editor import LINE, SCHEMA, schema_text
from reconciler.config.schema import EXAMPLES, WORDS, config_schema

CONFIGS = Path(__file__).parents[3] / "configs"
TAPLO = Path(sys.executable).parent / "taplo"
TABLES = {
    *("provider", "identities", "regions", "orgs", "users", "defaults", "projects", "guards"),
    *("moved", "policies", "waivers"),
}
"""What holds tables of its own: their keys have the examples."""


def said_by_taplo(folder: Path, *arguments: str) -> str:
    """What it has against these files; "" where it has nothing."""
    words = [str(TAPLO), "check", "--no-auto-config", "--colors", "never", *arguments]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert (ran.returncode == 0) == ("error:" not in ran.stderr), ran.stderr
    return ran.stderr if ran.returncode else ""


def test_each_key_that_holds_a_value_has_an_example_and_the_schema_allows_it() -> None:
    schema = config_schema()
    for name, words in WORDS.items():
        keys = set(words) - (TABLES if name in ("Document", "Defaults") else set())
        assert set(EXAMPLES.get(name, ())) == keys, name
        for key in keys:
            field = schema["$defs"][name]["properties"][key]
            judge = Draft202012Validator({**field, "$defs": schema["$defs"]})
            assert all(judge.is_valid(one) for one in field["examples"]), (name, key)


@pytest.mark.parametrize("example", ["quickstart", "genomics", "biobanks"])
def test_the_examples_are_right_by_the_schema(tmp_path: Path, example: str) -> None:
    (tmp_path / SCHEMA).write_text(schema_text())
    files = [str(path) for path in (CONFIGS / example).glob("*.toml")]
    assert files
    assert said_by_taplo(tmp_path, "--schema", f"file://{tmp_path / SCHEMA}", *files) == ""


WRONG = (
    ('workspace = "Bad Name"\n', '"Bad Name" does not match'),
    ('[orgs.org-lab]\ndefault_regoin = "x"\n', "default_regoin"),
    ('[orgs.user-alice]\ndefault_region = "aws:us-east-1"\n', '"user-alice" does not match'),
    ('[projects.a]\nbill_to = "lab"\n', '"lab" does not match'),
    ('[projects.a]\nadopt = "yes"\n', 'not of type "boolean"'),
    ('[[waivers]]\npolicy = "gdpr"\n', "is a required property"),
    ("[guards]\nmax_change_percent = 101\n", "101 is greater than"),
)


@pytest.fixture
def started(tmp_path: Path) -> Desk:
    """What ``init`` writes."""
    assert Desk.new(tmp_path / "beside", PEOPLE).run("init", str(tmp_path / "new")).code == 0
    return Desk(tmp_path / "new")


def test_the_starter_names_its_schema_and_is_right_by_it(started: Desk) -> None:
    assert (started.folder / "reconciler.toml").read_text().startswith(f"{LINE}\n\n")
    assert said_by_taplo(started.folder, "reconciler.toml") == ""
    assert started.run("fmt", "--check").code == 0
    assert (started.folder / SCHEMA).read_text() == started.run("schema", "config").out


@pytest.mark.parametrize(("toml", "said"), WRONG)
def test_what_is_wrong_is_marked_as_it_is_typed(started: Desk, toml: str, said: str) -> None:
    (started.folder / "more.toml").write_text(f"{LINE}\n\n{toml}")
    told = said_by_taplo(started.folder, "more.toml")
    assert said in told
    assert "more.toml:3:" in told or "more.toml:4:" in told


def test_an_imported_workspace_names_its_schema_in_each_file(tmp_path: Path) -> None:
    ours = Desk.new(tmp_path, PEOPLE + a_project(1, "RNA"))
    new = ("--provider", "sandbox", "--world", "world/world.toml")
    assert ours.run("import", "new", *new, "--payer", "org-lab").code == 0
    folder = tmp_path / "new"
    files = sorted(folder.glob("*.toml"))
    assert [path.name for path in files] == ["org-lab.toml", "workspace.toml"]
    assert all(path.read_text().startswith(f"{LINE}\n\n") for path in files)
    assert said_by_taplo(folder, *map(str, files)) == ""
    assert ours.run("import", "new", "--payer", "org-clinic").code == 0
    assert (folder / "org-clinic.toml").read_text().startswith(f"{LINE}\n\n")


def test_what_is_added_to_a_workspace_without_the_schema_does_not_name_it(tmp_path: Path) -> None:
    ours = Desk.new(tmp_path, PEOPLE + a_project(1, "RNA"))
    ours.write("")
    assert ours.run("import", "--payer", "org-lab").code == 0
    assert (tmp_path / "org-lab.toml").read_text().startswith("[orgs.org-lab]\n")
    assert not (tmp_path / SCHEMA).exists()


def test_the_schema_of_who_has_one_already_is_left_as_it_is(tmp_path: Path) -> None:
    ours = Desk.new(tmp_path, PEOPLE + a_project(1, "RNA"))
    (tmp_path / SCHEMA).write_text("{}")
    new = ("--provider", "sandbox", "--world", "world/world.toml", "--workspace", "lab")
    assert ours.run("import", *new, "--payer", "org-lab").code == 0
    assert (tmp_path / SCHEMA).read_text() == "{}"
