"""Each thing that can be wrong with well-formed TOML: what is said, where, and what was meant."""

from __future__ import annotations

import pytest

from .conftest import HEAD, Loaded, Told

PROJECT = "project-J00000000000000000000001"

ONE_ERROR = {
    "unknown-key-in-project": (
        '[projects.a]\nbill_to = "user-a"\nregoin = "x"',
        6,
        1,
        "unknown-key",
        "region",
    ),
    "unknown-key-in-inline-table": (
        '[projects]\na = { bill_to = "user-a", nme = "x" }',
        5,
        27,
        "unknown-key",
        "name",
    ),
    "unknown-table": ('[project.a]\nbill_to = "user-a"', 4, 1, "unknown-key", "projects"),
    "unknown-key-in-provider": ("[guards]\nmax_change = 1", 5, 1, "unknown-key", "max_changes"),
    "unknown-key-in-match": (
        '[[policies]]\nid = "p"\nregions = ["aws:us-east-1"]\n[policies.match]\nbillto = "x"',
        8,
        1,
        "unknown-key",
        "bill_to",
    ),
    "number-for-string": ('[projects.a]\nbill_to = "user-a"\nname = 5', 6, 8, "wrong-type", None),
    "string-for-bool": ('[projects.a]\nbill_to = "user-a"\nadopt = "yes"', 6, 9, "wrong-type", None),
    "bool-for-int": ("[guards]\nmax_changes = true", 5, 15, "wrong-type", None),
    "float-for-int": ("[guards]\nmax_changes = 5.0", 5, 15, "wrong-type", None),
    "string-for-array": ('[orgs.org-x]\npermitted_regions = "aws:us-east-1"', 5, 21, "wrong-type", None),
    "number-in-array": ('[orgs.org-x]\npermitted_regions = ["aws:us-east-1", 7]', 5, 39, "wrong-type", None),
    "value-for-table": ("[projects]\na = 5", 5, 5, "wrong-type", None),
    "table-for-array": ('[moved]\nfrom = "projects.a"', 4, 1, "wrong-type", None),
    "string-for-date": (
        '[[policies]]\nid = "p"\nregions = ["aws:us-east-1"]\n[[waivers]]\npolicy = "p"\n'
        'match = { name = "a" }\nreason = "r"\nticket = "t"\napproved_by = "a"\nexpires = "2027-01-31"',
        13,
        11,
        "wrong-type",
        None,
    ),
    "literal": ('[projects.a]\nbill_to = "user-a"\nsame_name = "crate"', 6, 13, "wrong-type", "create"),
    "percent": ("[guards]\nmax_change_percent = 101", 5, 22, "bad-value", None),
    "negative": ("[guards]\nmax_changes = -1", 5, 15, "bad-value", None),
    "empty-name": ('[projects.a]\nbill_to = "user-a"\nname = ""', 6, 8, "bad-value", None),
    "missing-key": ('[[policies]]\nregions = ["aws:us-east-1"]', 4, 1, "missing-key", None),
    "region-form": ('[projects.a]\nbill_to = "user-a"\nregion = "Frankfurt"', 6, 10, "REG001", None),
    "region-case": (
        '[projects.a]\nbill_to = "user-a"\nregion = "AWS:eu-central-1"',
        6,
        10,
        "REG001",
        "aws:eu-central-1",
    ),
    "region-without-cloud": (
        '[projects.a]\nbill_to = "user-a"\nregion = "westeurope"',
        6,
        10,
        "REG001",
        "azure:westeurope",
    ),
    "region-unknown": (
        '[projects.a]\nbill_to = "user-a"\nregion = "aws:eu-centrl-1"',
        6,
        10,
        "REG002",
        "aws:eu-central-1",
    ),
    "region-permitted": (
        '[users.user-a]\npermitted_regions = [\n  "aws:us-east-1",\n  "aws:us-est-1",\n]',
        7,
        3,
        "REG002",
        "aws:us-east-1",
    ),
    "region-default": ('[users.user-a]\ndefault_region = "aws:us-est-1"', 5, 18, "REG002", "aws:us-east-1"),
    "region-in-defaults": (
        '[defaults.projects]\nregion = "aws:us-est-1"\nbill_to = "user-a"\n[projects.a]\n[projects.b]',
        5,
        10,
        "REG002",
        "aws:us-east-1",
    ),
    "region-in-group": ('[region_groups]\neu = ["aws:us-est-1"]', 5, 7, "REG002", "aws:us-east-1"),
    "region-of-ours": ('[regions."Canada"]', 4, 1, "REG001", None),
    "payer": (
        '[orgs.org-genomics]\n[projects.a]\nbill_to = "org_genomics"',
        6,
        11,
        "bad-payer",
        "org-genomics",
    ),
    "payer-newline": ('[projects.a]\nbill_to = "user-a\\n"', 5, 11, "bad-payer", None),
    "payer-in-defaults": ('[defaults.projects]\nbill_to = "alice"\n[projects.a]', 5, 11, "bad-payer", None),
    "project-id": ('[projects.a]\nid = "project-1"', 5, 6, "bad-id", None),
    "recreate-id": (f'[projects.a]\nbill_to = "user-a"\nrecreate = "{PROJECT}x"', 6, 12, "bad-id", None),
    "no-payer": ('[projects.a]\nname = "A"', 4, 1, "no-payer", None),
    "no-payer-inline": ('[projects]\na = { name = "A" }', 5, 1, "no-payer", None),
    "same-id": (
        f'[projects.a]\nid = "{PROJECT}"\n[projects.b]\nid = "{PROJECT}"',
        7,
        6,
        "duplicate-id",
        None,
    ),
    "take-over": ('[projects.a]\nbill_to = "user-a"\ntake_over = "old"', 6, 1, "take-over", None),
    "project-key": ('[projects."a b"]\nbill_to = "user-a"', 4, 1, "bad-key", "a-b"),
    "project-key-long": (f'[projects.{"a" * 65}]\nbill_to = "user-a"', 4, 1, "bad-key", "a" * 64),
    "org-key": ("[orgs.genomics]", 4, 1, "bad-key", "org-genomics"),
    "org-key-is-user": ("[orgs.user-a]", 4, 1, "bad-key", None),
    "user-key": ("[users.org-a]", 4, 1, "bad-key", None),
    "default-not-permitted": (
        '[orgs.org-x]\ndefault_region = "aws:us-east-1"\npermitted_regions = ["aws:eu-central-1"]',
        5,
        18,
        "REG104",
        None,
    ),
    "group-unknown": (
        '[region_groups]\neurope = []\n[[policies]]\nid = "p"\nregions = ["@europ"]',
        8,
        12,
        "unknown-group",
        "@europe",
    ),
    "group-in-itself": ('[region_groups]\na = ["@a"]', 5, 5, "group-cycle", None),
    "policy-twice": (
        '[[policies]]\nid = "p"\nregions = ["aws:us-east-1"]\n'
        '[[policies]]\nid = "p"\nregions = ["aws:us-east-1"]',
        8,
        6,
        "duplicate-id",
        None,
    ),
    "policy-without-regions": ('[[policies]]\nid = "p"\nregions = []', 6, 11, "no-regions", None),
    "identity-empty": ("[identities.bob]", 4, 1, "identity", None),
    "moved-not-a-project": (
        '[[moved]]\nfrom = "orgs.org-a"\nto = "projects.a"\n[projects.a]\nbill_to = "user-a"',
        5,
        8,
        "moved",
        None,
    ),
    "moved-bare-key": (
        '[[moved]]\nfrom = "projects.b"\nto = "a"\n[projects.a]\nbill_to = "user-a"',
        6,
        6,
        "moved",
        "projects.a",
    ),
    "moved-still-there": (
        '[[moved]]\nfrom = "projects.b"\nto = "projects.a"\n'
        '[projects]\na.bill_to = "user-a"\nb.bill_to = "user-a"',
        5,
        8,
        "moved",
        None,
    ),
    "moved-nowhere": (
        '[[moved]]\nfrom = "projects.b"\nto = "projects.cohrt"\n[projects.cohort]\nbill_to = "user-a"',
        6,
        6,
        "moved",
        "projects.cohort",
    ),
    "moved-to-itself": ('[[moved]]\nfrom = "projects.b"\nto = "projects.b"', 6, 6, "moved", None),
    "moved-twice": (
        '[[moved]]\nfrom = "projects.c"\nto = "projects.a"\n'
        '[[moved]]\nfrom = "projects.c"\nto = "projects.b"\n'
        '[projects]\na.bill_to = "user-a"\nb.bill_to = "user-a"',
        8,
        8,
        "moved",
        None,
    ),
    "moved-together": (
        '[[moved]]\nfrom = "projects.c"\nto = "projects.a"\n'
        '[[moved]]\nfrom = "projects.d"\nto = "projects.a"\n'
        '[projects]\na.bill_to = "user-a"',
        9,
        6,
        "moved",
        None,
    ),
}


@pytest.mark.parametrize("case", ONE_ERROR)
def test_one_error_is_told_once_at_its_place_with_what_was_meant(told: Told, case: str) -> None:
    text, line, column, code, suggestion = ONE_ERROR[case]
    problems = told(text)
    assert [(p.severity, p.code, p.suggestion) for p in problems] == [("error", code, suggestion)]
    source = problems[0].source
    assert source is not None
    assert (source.line, source.column) == (line, column)
    assert source.snippet == (HEAD + text).split("\n")[line - 1]
    assert 1 <= source.length <= len(source.snippet) - column + 1


def test_a_wrong_type_names_what_was_wanted_and_what_was_found(told: Told) -> None:
    assert told("[projects.a]\nid = 5")[0].summary == "projects.a.id: expected a string, found an integer 5"
    assert told("[projects.a]\nid = [1]")[0].summary == "projects.a.id: expected a string, found an array"
    assert (
        told("[orgs.org-a]\ndefault_region = 2027-01-31T00:00:00Z")[0].summary
        == "orgs.org-a.default_region: expected a string, found a date with a time 2027-01-31T00:00:00+00:00"
    )


def test_the_mark_is_as_long_as_what_is_wrong(told: Told) -> None:
    source = told('[projects.a]\nbill_to = "user-a"\nregion = "aws:eu-centrl-1"  # é')[0].source
    assert source is not None
    assert source.snippet[source.column - 1 :][: source.length] == '"aws:eu-centrl-1"'


def test_columns_count_characters(told: Told) -> None:
    source = told('[projects]\na = { name = "ééé🧬", id = 5 }')[0].source
    assert source is not None
    assert source.snippet[source.column - 1 :][: source.length] == "5"


def test_a_waiver_needs_its_policy_and_a_narrow_match(told: Told) -> None:
    text = """
[[policies]]
id = "gdpr"
regions = ["aws:eu-central-1"]
[[waivers]]
policy = "gpdr"
match = { bill_to = "org-a" }
reason = "r"
ticket = "t"
approved_by = "a"
expires = 2027-01-31
"""
    problems = told(text)
    assert [(p.code, p.source.line, p.suggestion) for p in problems if p.source] == [
        ("unknown-policy", 9, "gdpr"),
        ("wide-waiver", 10, None),
    ]


def test_a_circle_of_moves_is_told_once(told: Told) -> None:
    text = "".join(
        f'[[moved]]\nfrom = "projects.{old}"\nto = "projects.{new}"\n' for old, new in ("ab", "bc", "ca")
    )
    problems = told(text)
    assert len(problems) == 1
    assert "projects.a → projects.b → projects.c → projects.a" in problems[0].summary


def test_groups_that_hold_each_other_are_told(told: Told) -> None:
    problems = told('[region_groups]\na = ["@b"]\nb = ["@a"]\nc = ["@a"]')
    assert [(p.code, p.source.line) for p in problems if p.source] == [("group-cycle", 5), ("group-cycle", 6)]


def test_a_workspace_needs_a_name_and_a_provider(told: Told) -> None:
    problems = told(a='[projects.a]\nbill_to = "user-a"')
    assert [(p.code, p.source.line, p.source.column) for p in problems if p.source] == [
        ("missing-key", 1, 1)
    ] * 2
    assert [p.code for p in told(a="")] == ["missing-key"] * 2


def test_a_bad_workspace_name_is_told_with_a_good_one(told: Told) -> None:
    (problem,) = told(a=HEAD.replace('"test"', '"My Genomes"'))
    assert (problem.code, problem.suggestion) == ("bad-name", "my-genomes")
    assert told(a=HEAD.replace('"test"', '"test\\n"'))[0].code == "bad-name"


def test_an_address_in_two_files_is_told_with_both_places(told: Told) -> None:
    problems = told(
        orgs=HEAD + "\n[orgs.org-genomics]\n",
        payers='# payers\n\n[orgs.org-genomics]\ndefault_region = "aws:us-east-1"\n',
    )
    (problem,) = problems
    assert problem.source is not None
    assert problem.summary.startswith("orgs.org-genomics is also defined in ")
    assert problem.summary.endswith("/orgs.toml:5")
    assert (problem.source.file.endswith("/payers.toml"), problem.source.line) == (True, 3)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEAD, {"workspace", "provider"}),
        ('[guards]\n[defaults.projects]\nregion = "aws:us-east-1"', {"guards", "defaults"}),
    ],
)
def test_what_may_be_written_once_is_not_written_in_two_files(told: Told, text: str, what: set[str]) -> None:
    head = "" if "workspace" in text else HEAD
    problems = told(a=head + text, b=text)
    assert {p.summary.split(" ")[0] for p in problems} == what
    assert {p.code for p in problems} == {"duplicate"}


def test_a_mistake_is_not_echoed_by_what_hangs_on_it(told: Told) -> None:
    assert [p.code for p in told('[projects.a]\nbil_to = "user-a"')] == ["unknown-key"]
    assert [p.code for p in told("[defaults.projects]\nbill_to = 5\n[projects.a]")] == ["wrong-type"]
    assert [p.code for p in told('[region_groups]\neu = 5\n[[policies]]\nid = "p"\nregions = ["@eu"]')] == [
        "wrong-type"
    ]
    assert [p.code for p in told('[regions]\n"aws:x" = 5\n[orgs.org-a]\ndefault_region = "aws:x"')] == [
        "wrong-type"
    ]
    assert [p.code for p in told(a=HEAD.replace("[provider]", "[providr]"))] == ["unknown-key"]


def test_positions_stay_right_behind_entries_that_were_left_out(told: Told) -> None:
    text = """
[[policies]]
regions = []
[[policies]]
id = "p"
regions = [1, "aws:us-east-1", "aws:x"]
"""
    problems = told(a=HEAD + text, b=text.replace('"p"', '"q"'))
    assert [(p.code, p.source.line, p.source.column) for p in problems if p.source] == [
        ("missing-key", 5, 1),
        ("wrong-type", 9, 12),
        ("REG002", 9, 32),
        ("missing-key", 2, 1),
        ("wrong-type", 6, 12),
        ("REG002", 6, 32),
    ]


def test_twenty_one_errors_in_three_files_come_at_once_each_with_its_place(told: Told) -> None:
    main = """workspace = "gen omics"
[provider]
typ = "sandbox"
type = 5
[region_groups]
eu = ["aws:eu-centrl-1", "@nowhere"]
[identities.bob]
"""
    payers = """[orgs.genomics]
[orgs.org-a]
default_region = "aws:us-east-1"
permitted_regions = ["aws:eu-central-1", "Frankfurt"]
unreadable = "acept"
[users.user-b]
default_region = "aws:us-est-1"
"""
    projects = """[projects.one]
nme = "One"
bill_to = "alice"
[projects.two]
[projects.three]
id = "project-3"
[projects.four]
bill_to = "org-a"
region = aws:eu-central-1
adopt = "yes"
name = ""
[projects.one]
[projects.five]
bill_to = user-b
[[moved]]
from = "projects.six"
to = "projects.seven"
"""
    problems = told(main=main, payers=payers, projects=projects)
    found = [(p.source.file.rsplit("/")[-1], p.source.line, p.code) for p in problems if p.source]
    assert found == [
        ("main.toml", 1, "bad-name"),
        ("main.toml", 3, "unknown-key"),
        ("main.toml", 4, "wrong-type"),
        ("main.toml", 6, "REG002"),
        ("main.toml", 6, "unknown-group"),
        ("main.toml", 7, "identity"),
        ("payers.toml", 1, "bad-key"),
        ("payers.toml", 3, "REG104"),
        ("payers.toml", 4, "REG001"),
        ("payers.toml", 5, "wrong-type"),
        ("payers.toml", 7, "REG002"),
        ("projects.toml", 2, "unknown-key"),
        ("projects.toml", 3, "bad-payer"),
        ("projects.toml", 4, "no-payer"),
        ("projects.toml", 6, "bad-id"),
        ("projects.toml", 9, "syntax"),
        ("projects.toml", 10, "wrong-type"),
        ("projects.toml", 11, "bad-value"),
        ("projects.toml", 12, "duplicate"),
        ("projects.toml", 14, "syntax"),
        ("projects.toml", 17, "moved"),
    ]


@pytest.mark.parametrize(
    ("written", "told_of_it"),
    [
        ('latitude = "x"', 'latitude: expected a number, found a string "x"'),
        ("latitude = true", "latitude: expected a number, found a boolean true"),
        ("longitude = 181", "longitude"),
        ("latitude = nan", "latitude"),
    ],
)
def test_a_position_that_is_on_no_map_is_an_error(told: Told, written: str, told_of_it: str) -> None:
    (one,) = told(f'[regions."aws:ca-central-1"]\n{written}\n')
    assert told_of_it in one.summary
    assert one.source is not None
    assert one.source.line == 5


def test_a_position_may_be_written_with_or_without_a_fraction(loaded: Loaded) -> None:
    region = loaded('[regions."aws:ca-central-1"]\nlatitude = 45\nlongitude = -73.6\n').regions[
        "aws:ca-central-1"
    ]
    assert (region.latitude, region.longitude) == (45.0, -73.6)
