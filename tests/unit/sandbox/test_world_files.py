"""World files: what is read, what is generated, what is refused with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reconciler_sandbox import ids, world
from reconciler_sandbox.laws.records import Member
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.world import reader
from reconciler_sandbox.world.problems import WorldError
from reconciler_sandbox.world.switches import overridden, parsed

WORLD = """\
format = 1
seed = 7
now = 2026-01-15T09:00:00Z

[switches]
same_bill_to = "noop"

[users.user-alice]
first = "Alice"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[users.user-bob]

[[tokens]]
token = "alice-token"
user = "user-alice"
scope = { projects = { "*" = "VIEW" } }
expires = 2027-01-01T00:00:00Z

[orgs.org-lab]
permitted_regions = ["aws:us-east-1"]
[orgs.org-lab.members]
user-alice = { level = "ADMIN" }
user-bob = { level = "MEMBER", allowBillableActivities = true, projectAccess = "VIEW" }

[[projects]]
id = "project-J00000000000000000000001"
name = "One"
region = "aws:us-east-1"
bill_to = "org-lab"
created = 2025-03-01T00:00:00Z
members = { user-bob = "ADMINISTER", PUBLIC = "VIEW" }
properties = { k = "v" }
tags = ["t"]
flags = { protected = true, restricted = false }
pending_transfer = "user-alice"

[[projects]]
name = "Two"
region = "aws:us-east-1"
bill_to = "user-alice"

[[bulk_projects]]
count = 12
name = "study-{n:04} {n}"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
properties = { mark = "w/p{n}", plain = "{m}" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "world.toml"
    path.write_text(WORLD, encoding="utf-8")
    return path


def errors(file: Path, old: str, new: str) -> list[str]:
    text = WORLD.replace(old, new, 1)
    assert text != WORLD
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        reader.load(file)
    return [line.removeprefix(f"{file}:") for line in str(caught.value).splitlines()]


def test_a_world_file_is_read_whole(file: Path) -> None:
    read = reader.load(file).world
    assert (read.seed, read.clock.ms, read.switches.same_bill_to) == (7, 1_768_467_600_000, "noop")
    assert read.tokens[0].scope == {"*": "VIEW"}
    assert read.tokens[0].expires == 1_798_761_600_000
    assert read.orgs["org-lab"].members["user-bob"] == Member("MEMBER", True, "VIEW", True)
    assert read.orgs["org-lab"].default_region is None
    assert read.users["user-bob"].permitted_regions is None
    one = read.projects[0]
    assert (one.created, one.created_by, one.flags) == (1_740_787_200_000, "user-bob", ("protected",))
    assert one.pending_transfer == "user-alice"
    assert len(read.projects) == 14
    assert read.regions["aws:me-south-1"].retired


def test_bulk_projects_are_numbered_from_one(file: Path) -> None:
    bulk = reader.load(file).world.projects[2:]
    assert [project.name for project in bulk[:2]] == ["study-0001 1", "study-0002 2"]
    assert bulk[11].properties == {"mark": "w/p12", "plain": "{m}"}


def test_generated_ids_are_of_the_platforms_alphabet_and_stable_for_a_seed(file: Path) -> None:
    first = [project.id for project in reader.load(file).world.projects]
    assert first == [project.id for project in reader.load(file).world.projects]
    assert len(set(first)) == 14
    assert all(re.fullmatch("project-[0-9BFGJKPQVXYZbfgjkpqvxyz]{24}", id) for id in first[1:])
    assert first[1] == ids.generated(7, "project", 1) != ids.generated(8, "project", 1)
    file.write_text(WORLD.replace("seed = 7", "seed = 8"), encoding="utf-8")
    assert not set(first[1:]) & {project.id for project in reader.load(file).world.projects}


def test_the_logins_of_a_world_are_read_without_the_rest(file: Path) -> None:
    file.write_text(WORLD.replace('region = "aws:us-east-1"', 'region = "aws:nowhere"'), encoding="utf-8")
    assert world.tokens(file) == (("alice-token", "user-alice"),)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("seed = 7", "sed = 7", "2:1: sed: unknown key"),
        ("format = 1", "format = 2", "1:1: format: must be 1"),
        ("now = 2026-01-15T09:00:00Z", 'now = "later"', '3:1: now: must be a time or "real"'),
        ("now = 2026", "now = 1926", "3:1: now: must be in the years 1970 to 2286"),
        ("same_bill_to", "same_bil_to", "6:1: switches.same_bil_to: unknown switch"),
        ('"noop"', '"maybe"', '6:1: switches.same_bill_to: \'maybe\' is none of "error", "noop"'),
        ("first =", "frist =", "9:1: users.user-alice.frist: unknown key"),
        ('first = "Alice"', "first = 7", "9:1: users.user-alice.first: Expected `str`, got `int`"),
        (
            '"aws:us-east-1"]',
            '"aws:nowhere-1"]',
            '10:22: users.user-alice.permitted_regions[1]: no region "aws:nowhere-1" in this world',
        ),
        (
            "user-bob]",
            "user-Bob]",
            "13:1: users.user-Bob: an id must have the form user-<handle in lower case>",
        ),
        (
            'user = "user-alice"',
            'user = "user-nobody"',
            '17:1: tokens[1].user: no user "user-nobody" in this world',
        ),
        (
            '"*" = "VIEW"',
            '"*" = "LOOK"',
            "18:11: tokens[1].scope.projects: 'LOOK' is none of \"ADMINISTER\", ",
        ),
        (
            "user-bob = { level",
            "user-eve = { level",
            '25:1: orgs.org-lab.members.user-eve: no user "user-eve" in this world',
        ),
        ("projectAccess", "projectAcess", "25:64: orgs.org-lab.members.user-bob.projectAcess: unknown key"),
        ('000000001"', '1"', "28:1: projects[1].id: "),
        (
            'bill_to = "user-alice"',
            'bill_to = "user-eve"',
            '42:1: projects[2].bill_to: no user or organisation "user-eve" in this file',
        ),
        (
            'region = "aws:us-east-1"\nbill_to = "user-alice"',
            'bill_to = "user-alice"',
            "39:1: projects[2]: Object missing required field `region`",
        ),
        ("tags = [", "objets = [", "35:1: projects[1].objets: unknown key"),
        ("count = 12", "count = -1", "45:1: bulk_projects[1].count: "),
        ("[[bulk_projects]]", "[[apps]]", "45:1: apps[1].count: unknown key"),
        ("[[tokens]]", "[tokens]", "15:1: tokens: must be an array of tables"),
        ('name = "One"', 'name = "One', "29:"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(file: Path, old: str, new: str, expected: str) -> None:
    found = errors(file, old, new)
    assert any(line.startswith(expected) for line in found), found


def test_all_that_is_wrong_is_said_at_once(file: Path) -> None:
    text = WORLD.replace("first =", "frist =").replace("tags =", "tgas =").replace("seed", "sed")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        reader.load(file)
    assert len(str(caught.value).splitlines()) == 3


def test_an_id_and_a_token_are_given_once(file: Path) -> None:
    again = 'id = "project-J00000000000000000000001"\nname = "Two"'
    assert len(errors(file, 'name = "Two"', again)) == 2
    assert (
        len(
            errors(
                file, "[orgs.org-lab]", '[[tokens]]\ntoken = "alice-token"\nuser = "user-bob"\n[orgs.org-lab]'
            )
        )
        == 2
    )


def test_illegal_states_are_warnings_and_are_kept(file: Path) -> None:
    lab = 'region = "{}"\nbill_to = "org-lab"'
    text = WORLD.replace('default_region = "aws:us-east-1"', 'default_region = "azure:westus"')
    text = text.replace(lab.format("aws:us-east-1"), lab.format("azure:westus"))
    file.write_text(text, encoding="utf-8")
    loaded = reader.load(file)
    assert [line.partition(": ")[2] for line in loaded.warnings] == [
        "the default region azure:westus of user-alice is not permitted for it",
        "13 projects lie in azure:westus, which is not permitted for the payer org-lab",
    ]
    assert loaded.world.projects[0].region == "azure:westus"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = ", b"a = 1\na = 2\n", b"[[[", b"x" * 5_000_000])
def test_what_is_no_toml_is_refused_with_the_files_name(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for read in (reader.load, world.tokens):
        with pytest.raises(WorldError, match=re.escape(str(file))):
            read(file)


def test_a_world_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.toml"):
        with pytest.raises(WorldError, match=re.escape(f"{path}: cannot be read")):
            reader.load(path)


def test_switches_of_the_command_line_win_and_are_checked() -> None:
    name, value = parsed("rate_limit=7")
    assert overridden(Switches(), {name: value}).rate_limit == 7
    assert parsed("rate_limit=-1") == ("rate_limit", -1)
    for wrong in ({"nonsense": 1}, {"rate_limit": "much"}, {"rate_limit": -1}):
        with pytest.raises(WorldError, match=f"--switch {next(iter(wrong))}: "):
            overridden(Switches(), wrong)
    for text in ("rate_limit", "=1"):
        with pytest.raises(ValueError, match="NAME=VALUE"):
            parsed(text)
