"""Where things stand, however they are written."""

from __future__ import annotations

import pytest

from reconciler.model.diagnostics import SourceRange

from .conftest import HEAD, Loaded

WAYS = {
    "header": '[projects.x]\nbill_to = "user-a"\nregion = "aws:us-east-1"',
    "inline": '[projects]\nx = { bill_to = "user-a", region = "aws:us-east-1" }',
    "dotted-under-table": '[projects]\nx.bill_to = "user-a"\nx.region = "aws:us-east-1"',
    "quoted-header": '[projects."x"]\nbill_to = "user-a"\n"region" = "aws:us-east-1"',
    "escaped": '[projects."\\u0078"]\nbill_to = "user-a"\n"re\\u0067ion" = "aws:us-east-1"',
    "literal": "['projects'.'x']\nbill_to = 'user-a'\nregion = 'aws:us-east-1' # region = 1",
    "spaces": '[ projects . x ]\nbill_to = "user-a"\nregion    =    "aws:us-east-1"',
    "after-comment": '# [projects.x]\n[projects.y]\nbill_to = "user-region"\n[projects.x]\n'
    'bill_to = "user-a"\nregion = "aws:us-east-1"',
}


def marked(place: SourceRange | None) -> str:
    assert place is not None
    return place.snippet[place.column - 1 :][: place.length]


@pytest.mark.parametrize("way", WAYS)
def test_a_value_is_found_however_it_is_written(loaded: Loaded, way: str) -> None:
    place = loaded(WAYS[way]).sources.locate("projects.x", "region")
    assert marked(place).strip("\"'") == "aws:us-east-1"
    assert place is not None
    assert place.snippet == (HEAD + WAYS[way]).split("\n")[place.line - 1]


@pytest.mark.parametrize("way", WAYS)
def test_the_lines_of_a_table_are_all_that_is_written_of_it(loaded: Loaded, way: str) -> None:
    after = "\n\n# about another one\n[projects.z]\nbill_to = 'user-z'\n"
    found = loaded(WAYS[way] + after).sources.lines("projects.x")
    told = "\n".join(line.snippet for line in found)
    assert "user-a" in told
    assert "aws:us-east-1" in told
    assert not {"user-z", "about another", "user-region"} & set(told.replace("'", " ").split())
    written = (HEAD + WAYS[way]).split("\n")
    assert [line.snippet for line in found] == [written[line.line - 1] for line in found]


def test_a_value_of_several_lines_is_whole_and_what_stands_nowhere_has_no_lines(loaded: Loaded) -> None:
    sources = loaded('[orgs.org-x]\npermitted_regions = [\n  "aws:us-east-1",\n]\n\n# over\n').sources
    assert [line.snippet for line in sources.lines("orgs.org-x")][-1] == "]"
    assert len(sources.lines("orgs.org-x")) == 4
    assert sources.lines("orgs.org-y") == ()


def test_an_address_is_found_at_its_header_or_key(loaded: Loaded) -> None:
    assert marked(loaded(WAYS["header"]).sources.locate("projects.x")) == "[projects.x]"
    assert marked(loaded(WAYS["inline"]).sources.locate("projects.x")) == "x"
    assert marked(loaded(WAYS["dotted-under-table"]).sources.locate("projects.x")) == "x.bill_to"


def test_what_is_not_written_falls_back_to_the_table(loaded: Loaded) -> None:
    assert marked(loaded(WAYS["header"]).sources.locate("projects.x", "name")) == "[projects.x]"
    assert marked(loaded(WAYS["inline"]).sources.locate("projects.x", "name")) == "x"


def test_what_comes_from_the_defaults_is_found_there(loaded: Loaded) -> None:
    sources = loaded(
        '[defaults.projects]\nbill_to = "org-a"\n[projects.x]\n[projects.y]\nbill_to = "org-b"'
    ).sources
    assert marked(sources.locate("projects.x", "bill_to")) == '"org-a"'
    assert marked(sources.locate("projects.y", "bill_to")) == '"org-b"'
    assert marked(sources.locate("projects.x", "region")) == "[projects.x]"


def test_an_address_that_is_nowhere_has_no_place(loaded: Loaded) -> None:
    sources = loaded('[projects.x]\nbill_to = "user-a"').sources
    assert sources.locate("projects.y") is None
    assert sources.locate("projects.y", "bill_to") is None
    assert sources.locate("orgs.org-a", "default_region") is None


def test_the_file_is_the_one_that_has_it(loaded: Loaded) -> None:
    sources = loaded(
        a=HEAD + '# projects.x\n[orgs.org-a]\ndefault_region = "aws:us-east-1"',
        b='[projects.x]\nbill_to = "org-a"\n[users."user-a.b"]\ndefault_region = "aws:us-east-1"',
    ).sources
    for address, attribute, name in (
        ("projects.x", "bill_to", "b.toml"),
        ("orgs.org-a", "default_region", "a.toml"),
        ("users.user-a.b", "default_region", "b.toml"),
        ("users.user-a.b", "permitted_regions", "b.toml"),
    ):
        place = sources.locate(address, attribute)
        assert place is not None
        assert place.file.endswith(name)


def test_policies_waivers_and_guards_are_found_by_their_addresses(loaded: Loaded) -> None:
    policy = '[[policies]]\nid = "{}"\nregions = ["aws:us-east-1"]\n'
    waiver = (
        '[[waivers]]\npolicy = "p"\nmatch = {{ name = "{}" }}\nreason = "r"\n'
        'ticket = "t"\napproved_by = "a"\nexpires = 2027-01-31\n'
    )
    workspace = loaded(
        a=HEAD + policy.format("p") + waiver.format("one"),
        b=policy.format("q") + waiver.format("two") + "[guards]\nmax_changes = 3\nallow_empty = false\n",
    )

    def place(address: str, attribute: str | None = None) -> tuple[str, int, str]:
        found = workspace.sources.locate(address, attribute)
        assert found is not None
        return found.file[-6:], found.line, marked(found)

    assert place("policies.p") == ("a.toml", 4, "[[policies]]")
    assert place("policies.q", "regions") == ("b.toml", 3, '["aws:us-east-1"]')
    assert place("waivers.0", "expires") == ("a.toml", 13, "2027-01-31")
    assert place("waivers.1", "match") == ("b.toml", 6, '{ name = "two" }')
    assert place("guards", "allow_empty") == ("b.toml", 13, "false")
