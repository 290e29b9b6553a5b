"""The tables of docs/sandbox.md, made from the code and from what the tests say that they cover.

``python -m docs.tables`` writes them into the page; a test compares them with it.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import get_args, get_type_hints

from msgspec import structs
from reconciler_sandbox.laws import regions, switches
from reconciler_sandbox.laws.router import ROUTES
from reconciler_sandbox.laws.switches import Switches
from support.marks import ROOT, covered

PAGE = ROOT / "docs" / "sandbox.md"
_LAW = re.compile(r"L(\d+)")


def _tests(names: list[str]) -> str:
    """The first one in full, and whether there are more: a number would be out of date with each new test."""
    if not names:
        return "none"
    file, _, test = names[0].partition("::")
    more = " and more" if names[1:] else ""
    return f"[`{test}`](../{file}){more}"


def written(route: tuple[str, str]) -> str:
    family, method = route
    return f"/{family}X/{method}" if family.endswith("-") else f"/{family}/{method}"


def routes(tests: Mapping[str, list[str]]) -> Iterator[list[str]]:
    yield ["route", "proven by"]
    for family, method in sorted(ROUTES):
        yield [f"`{written((family, method))}`", _tests(tests.get(f"{family}/{method}", []))]


def laws(tests: Mapping[str, list[str]]) -> Iterator[list[str]]:
    yield ["law", "says", "in laws/regions.py", "proven by"]
    by_law: dict[str, list[tuple[str, str]]] = {}
    for name, function in sorted(inspect.getmembers(regions, inspect.isfunction), key=_line):
        doc = inspect.getdoc(function) or ""
        law = _LAW.match(doc)
        if law is not None:
            by_law.setdefault(law[0], []).append((name, _sentence(doc)))
    for law_id in sorted(by_law, key=lambda text: int(text[1:])):
        says = "; ".join(sentence for _, sentence in by_law[law_id])
        names = ", ".join(f"`{name}`" for name, _ in by_law[law_id])
        yield [law_id, says, names, _tests(tests.get(law_id, []))]


def _line(member: tuple[str, FunctionType]) -> int:
    return member[1].__code__.co_firstlineno


def _sentence(doc: str) -> str:
    """The first one, without the law's number."""
    text = " ".join(doc.split("\n\n", maxsplit=1)[0].split()).partition(": ")[2]
    return re.split(r"\.(?: |$)", text)[0]


def switch_table(tests: Mapping[str, list[str]]) -> Iterator[list[str]]:
    yield ["switch", "question", "default", "other values", "proven by"]
    questions = _questions()
    hints = get_type_hints(Switches)
    defaults = structs.asdict(Switches())
    for name, default in defaults.items():
        values = [str(value) for value in get_args(hints[name]) if isinstance(value, str | int)]
        others = ", ".join(f"`{value}`" for value in values if value != default) or "any number"
        yield [f"`{name}`", questions[name], f"`{default}`", others, _tests(tests.get(name, []))]


def _questions() -> dict[str, str]:
    """The comment above each field."""
    source = inspect.getsource(switches)
    lines = source.splitlines()
    (table,) = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    found = {}
    for field in table.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            above = lines[field.lineno - 2].strip()
            assert above.startswith("# "), f"the switch {field.target.id} has no question"
            found[field.target.id] = above.removeprefix("# ").rstrip(".")
    return found


TABLES: Mapping[str, Callable[[Mapping[str, list[str]]], Iterator[list[str]]]] = {
    "routes": routes,
    "laws": laws,
    "switches": switch_table,
}


def markdown(rows: list[list[str]]) -> str:
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def renewed(page: str) -> str:
    """The page with its tables as they should be."""
    tests = covered()
    for name, table in TABLES.items():
        begin, end = f"<!-- table: {name} -->", f"<!-- end: {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        assert after, f"the page has no {begin} … {end}"
        page = f"{before}{begin}\n{markdown(list(table(tests)))}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
