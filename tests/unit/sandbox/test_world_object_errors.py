"""World files: what is wrong with data, apps, jobs and nonces is said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from reconciler_sandbox.world import reader
from reconciler_sandbox.world.problems import WorldError
from support.whole_world import ALIGN, BOX, BWA, GONE, JOB, P1, P2, READS, SHA, WORK, WORLD, written


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path)


def errors(file: Path, *changes: tuple[str, str]) -> list[str]:
    text = WORLD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        reader.load(file)
    return [line.removeprefix(f"{file}:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('folder = "/raw/2025"', 'foldr = "/raw"', "33:3: projects[1].objects[1].foldr: unknown key"),
        ('folder = "/raw/2025"', 'folder = "raw"', "33:3: projects[1].objects[1].folder: "),
        ('folders = ["/empty"]', 'folders = ["/empty/"]', "28:12: projects[1].folders[1]: "),
        (
            'state = "open"',
            'state = "ajar"',
            "46:3: projects[1].objects[3].state: 'ajar' is none of \"closed\", ",
        ),
        (
            'class = "record"',
            'class = "disk"',
            "44:3: projects[1].objects[3].class: 'disk' is none of \"applet\", ",
        ),
        ('class = "record"\n', "", "43:3: projects[1].objects[3]: needs an id or a class"),
        ('name = "align"', 'class = "file"', f".objects[2].class: {ALIGN} is not of class file"),
        ("'[null, {", "'[nil, {", "49:3: projects[1].objects[3].details: a string here is JSON text, but: "),
        ("details = '[null, {", "details = 2026-01-01 # '", "details: JSON has no dates"),
        ("details = '[null, {", "details = [nan] # '", "details: JSON has numbers only"),
        ("details = '[null, {", f"details = '{2**64}' # '", "no integer may have more than 64 bits"),
        ("extras = {", "extras = '[1]' # {", "27:1: projects[1].extras: must be a table"),
        (f'links = ["{READS}"]', 'links = ["file-x"]', '50:12: projects[1].objects[3].links[1]: no "file-x"'),
        (f'bundled = ["{READS}"]', f'bundled = ["{P1}"]', f'objects[2].bundled[1]: no "{P1}" in this file'),
        ("hidden = true", "bundled = []", "objects[3].bundled: a record bundles nothing"),
        ("hidden = true", 'content = "x"', "objects[3].content: a record has no bytes"),
        ('content = "ACGT\\n"', f"content = ''\nsha256 = '{SHA}'", "sha256: content says the bytes already"),
        ('media = "text/plain"', 'content = "other"', "another place of the same object says otherwise"),
        (f'id = "{WORK}"', f'id = "{READS}"', f"objects[3].id: {READS} is given twice in one place"),
        (
            'kind = "workspace"',
            'kind = "cache"',
            '75:1: containers[1].kind: \'cache\' is none of "resources", "workspace"',
        ),
        (f'project = "{P1}"\n  [[', "  [[", "containers[1]: needs region, or a project to take it from"),
        ('text = "left over"', "", "contents[1]: needs either text or sha256"),
        ('"aws:us-east-1" = "applet', '"aws:mars" = "applet', 'regions.aws:mars: no region "aws:mars"'),
        (f'resources = "{BOX}"', f'resources = "{P1}"', f'.resources: no "{P1}" in this file'),
        ('version = "2.0.0"', 'version = "1.0.0"', "apps[2].version: app-bwa/1.0.0 is given twice"),
        ('default = "1.0.0"', 'default = "9.0.0"', 'apps[2].aliases.default: no "9.0.0" in this file'),
        ("aliases =", "authorized = []\naliases =", "apps[2].authorized: another version says otherwise"),
        ('["PUBLIC"]', '["user-eve"]', 'authorized[1]: no user or organisation "user-eve" in this file'),
        ("[[jobs]]", "[series.bwa]\ncreated_by = 'org-lab'\n[[jobs]]", "series.bwa: an id must have"),
        (
            "[[jobs]]",
            "[series.app-bwa]\ncreated_by = 'user-alice'\n[[jobs]]",
            "apps[1].authorized: [series.app-bwa] says it already",
        ),
        (f'executable = "{BWA}"', 'executable = "app-x"', 'jobs[2].executable: no "app-x" in this file'),
        ('launched_by = "user-alice"\n', "", "jobs[2]: needs launched_by: its project is gone"),
        (f'gone = ["{GONE}"]', "", f'jobs[2].project: no "{GONE}" in this file'),
        ("answer = { id", "anser = { id", "nonces[1].anser: unknown key"),
        ('nonce = "n"', "", "nonces[1]: Object missing required field `nonce`"),
        ("[[contents]]", "[contents]", "contents: must be an array of tables"),
        ('  [[projects.objects]]\n  class = "record"', "[projects.objects]\nx=1", "not TOML"),
        ("issued = 5", "issued = -5", "4:1: issued: "),
        ("issued = 5", "ahead_ms = 5", '4:1: ahead_ms: goes with now = "real" only'),
    ],
)
def test_what_is_wrong_is_said_with_its_place(file: Path, old: str, new: str, expected: str) -> None:
    found = errors(file, (old, new))
    assert any(expected in line for line in found), found
    assert all(line[0].isdigit() for line in found), found


def test_an_object_in_two_regions_is_refused_at_both_places(file: Path) -> None:
    region = f'id = "{P2}"\nname = "Two"\nregion = "aws:us-east-1"'
    found = errors(file, (region, region.replace("us-east-1", "eu-central-1")))
    assert [line.partition(": ")[2] for line in found] == [
        f"projects[1].objects[1].id: {READS} lies in aws:us-east-1 here, but in aws:eu-central-1 elsewhere",
        f"projects[2].objects[1].id: {READS} lies in aws:eu-central-1 here, but in aws:us-east-1 elsewhere",
    ]


def test_all_that_is_wrong_with_data_is_said_at_once(file: Path) -> None:
    found = errors(file, ('name = "note"', "nmae = 1"), ("types =", "tpyes ="), ("[[nonces]]", "[[nonce]]"))
    assert len(found) == 2
    found = errors(
        file, (f'links = ["{READS}"]', 'links = ["a", "b"]'), (f'workspace = "{BOX}"', 'applet = "c"')
    )
    assert len(found) == 3


def test_bytes_that_are_missing_or_others_are_named(file: Path) -> None:
    stored = file.parent / "world.toml.files" / SHA
    stored.write_bytes(b"other")
    assert len(errors(file, ("seed", "seed"))) == 2
    assert f"{stored} has another SHA-256 than its name says" in errors(file, ("seed", "seed"))[0]
    stored.unlink()
    assert f"{stored} cannot be read: No such file or directory" in errors(file, ("seed", "seed"))[1]


def test_ids_are_given_once(file: Path) -> None:
    again = f'[[containers]]\nid = "{BOX}"\nkind = "workspace"\nproject = "{P2}"\n[[contents]]'
    assert len(errors(file, ("[[contents]]", again))) == 2
    jobs = f'[[jobs]]\nid = "{JOB}"\nexecutable = "{ALIGN}"\nproject = "{P1}"\n[[nonces]]'
    assert len(errors(file, ("[[nonces]]", jobs))) == 2


def test_a_hundred_errors_are_placed_with_one_look_at_the_text(file: Path) -> None:
    projects = '[[projects]]\nname = "x"\nregion = "aws:us-east-1"\nbill_to = "org-nobody"\n' * 100
    found = errors(file, ("[[containers]]", f"{projects}[[containers]]"))
    assert len({line.partition(":")[0] for line in found}) == 100
