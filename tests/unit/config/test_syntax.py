"""Text that is not TOML: each error once, in words, at its place; the rest is still judged."""

from __future__ import annotations

import pytest

from .conftest import HEAD, Told

BROKEN = {
    "unquoted": ('name = aws:eu-central-1\nid = "x"', 1, 8),
    "no-value": ("name = \nadopt = true", 1, 8),
    "no-equals": ("name 5\nadopt = true", 1, 6),
    "no-key": ("= 5\nadopt = true", 1, 1),
    "two-on-a-line": ('name = "a" adopt = true', 1, 12),
    "unclosed-string": ('name = "x\nadopt = true', 1, 10),
    "unclosed-array": ('x = ["a", "b"\nadopt = true\nname = "x"', 1, 14),
    "unclosed-array-on-several-lines": ('x = [\n  "a",\n  "b"\nadopt = true', 3, 6),
    "missing-comma": ('x = [\n  "a"\n  "b",\n  "c",\n]\nadopt = true', 3, 3),
    "unclosed-inline-table": ("x = { a = 1\nadopt = true", 1, 12),
    "unclosed-header": ("[projects.a\nadopt = true", 1, 12),
    "half-closed-header": ('[[moved]\nfrom = "x"', 1, 9),
    "bad-escape": ('name = "\\q"\nadopt = true', 1, 10),
    "no-such-day": ("x = 2027-02-31", 1, 5),
    "no-such-second": ("x = 10:00:60", 1, 5),
    "nul": ('name = "a\0b"\nadopt = true', 1, 10),
    "lone-carriage-return": ("adopt = true\rname = 5", 1, 14),
    "umlaut-in-key": ("näme = 5", 1, 2),
    "deep-arrays": ("x = " + "[" * 50_000 + "]" * 50_000, 1, 85),
    "deep-open-arrays": ("x = " + "[" * 50_000, 1, 85),
    "deep-inline-tables": ("x = " + "{a=" * 20_000 + "1" + "}" * 20_000, 1, 245),
    "deep-dotted-key": (".".join("a" * 20_000) + " = 1", 1, 1),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_syntax_error_is_told_once_in_words_at_its_place(told: Told, case: str) -> None:
    text, line, column = BROKEN[case]
    head = HEAD + "[projects.z]\n"
    problems = told(a=head + text + '\n[projects.ok]\nbill_to = "user-a"\n')
    syntax = [p for p in problems if p.code == "syntax"]
    assert [(p.source.line - 4, p.source.column) for p in syntax if p.source] == [(line, column)]
    assert syntax[0].summary.startswith("not valid TOML: ")
    assert " at line " not in syntax[0].summary


def test_fifty_syntax_errors_in_one_file_are_fifty_messages_in_order(told: Told) -> None:
    broken = ("name = = 1", 'name = "x', "name 7", "name = [1, 2", "[projects.broken")
    lines = [HEAD]
    for index in range(50):
        lines.append(f'[projects.p{index}]\nbill_to = "user-a"\n{broken[index % 5]}\n')
    problems = told(a="".join(lines))
    places = [p.source.line for p in problems if p.source and p.code == "syntax"]
    assert places == [6 + 3 * index for index in range(50)]
    assert len(problems) == 50


def test_errors_line_upon_line_are_told_one_by_one(told: Told) -> None:
    problems = told(a=HEAD + "[projects.a]\n" + "x = = 1\n" * 50)
    assert [p.source.line for p in problems if p.source and p.code == "syntax"] == list(range(5, 55))


def test_the_rest_of_a_file_with_a_syntax_error_is_judged(told: Told) -> None:
    problems = told(
        '[projects.a]\nbill_to = org-x\nregoin = "aws:us-east-1"\n[projects.b]\n'
        'name = "B"\n[projects.c]\nid = 5'
    )
    assert [(p.code, p.source.line) for p in problems if p.source] == [
        ("syntax", 5),
        ("unknown-key", 6),
        ("no-payer", 7),
        ("wrong-type", 10),
    ]


def test_what_is_in_a_broken_line_is_not_called_missing(told: Told) -> None:
    assert [p.code for p in told(a=HEAD.replace('"test"', "test"))] == ["syntax"]
    assert [p.code for p in told(a=HEAD.replace("[provider]", "[provider"))] == ["syntax"]
    assert [p.code for p in told("[defaults.projects]\nbill_to = org-x\n[projects.a]")] == ["syntax"]
    assert [p.code for p in told('[defaults.projects\nbill_to = "org-x"\n[projects.a]')] == ["syntax"]
    assert [p.code for p in told('[[policies]]\nid = p\nregions = ["aws:us-east-1"]')] == ["syntax"]
    assert [p.code for p in told('[regions."aws:x"\n[projects.a]\nbill_to = "user-a"\nregion = "aws:x"')] == [
        "syntax"
    ]


@pytest.mark.parametrize(
    ("text", "name", "line", "first"),
    [
        ("[projects.a]\nbill_to = 'user-a'\n[projects.a]\nname = 'x'", "projects.a", 6, 4),
        ("[projects.a]\nbill_to = 'user-a'\nbill_to = 'user-b'", "projects.a.bill_to", 6, 5),
        ("[projects]\na.bill_to = 'user-a'\na = { name = 'x' }", "projects.a", 6, 5),
        ('[projects.a]\nbill_to = "user-a"\n[projects."a"]', "projects.a", 6, 4),
        ("[provider]", "provider", 4, 2),
    ],
)
def test_what_is_written_twice_in_a_file_is_told_with_both_places(
    told: Told, text: str, name: str, line: int, first: int
) -> None:
    (problem,) = told(text)
    assert problem.source is not None
    assert problem.code == "duplicate"
    assert problem.summary.startswith(f"{name} is also defined in ")
    assert problem.summary.endswith(f"all.toml:{first}")
    assert problem.source.line == line


def test_each_of_several_duplicates_is_told(told: Told) -> None:
    problems = told('[projects.a]\nbill_to = "user-a"\n' + 'name = "a"\n' * 4 + "[projects.a]\n" * 3)
    assert [(p.code, p.source.line) for p in problems if p.source] == [
        ("duplicate", line) for line in range(7, 13)
    ]


def test_a_file_that_is_not_utf_8_is_told_at_its_first_bad_byte_and_read_on(told: Told) -> None:
    text = HEAD.encode() + '[projects.ä]\nname = "é\xff"\nregoin = 1\n'.encode("latin-1")
    problems = told(a=text)
    assert (problems[0].code, problems[0].source.line, problems[0].source.column) == ("not-utf-8", 4, 11)
    problems = told(a=HEAD.encode() + 'bad = "é'.encode() + b'\xff"\nregoin = 1\n')
    assert [(p.code, p.source.line, p.source.column) for p in problems if p.source] == [
        ("unknown-key", 4, 1),
        ("not-utf-8", 4, 9),
        ("unknown-key", 5, 1),
    ]


def test_a_file_in_utf_16_is_one_error(told: Told) -> None:
    (problem,) = told(a=HEAD.encode("utf-16"))
    assert problem.code == "not-utf-8"
    assert problem.source is not None
    assert (problem.source.line, problem.source.column) == (1, 1)
