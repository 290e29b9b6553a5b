"""Which test says that it covers what: read from the marks in the source, without running anything."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def covered() -> Mapping[str, list[str]]:
    """Tests (``file::name``) by route, law or switch, in the order of their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for name in _names(node):
                    found[name].append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def _names(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.covers":
            for argument in mark.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)
