"""Where in a TOML text a key or table stands; only used when there is an error to report.

Must not know what the keys mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

Step = str | int
"""A key, or the index of an array's entry."""


class Place:
    """A line and a column, both from 1."""

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


class Places:
    """Where everything in one text stands: read once, asked as often as there are errors."""

    def __init__(self, text: str) -> None:
        self._lines = text.encode().split(b"\n")
        self._exact: dict[tuple[Step, ...], Node] = {}
        self._begun: dict[tuple[Step, ...], Node] = {}
        for where, node in _written(_root(text)):
            self._exact.setdefault(where, node)
            for length in range(1, len(where) + 1):
                self._begun.setdefault(where[:length], node)

    def of(self, path: Sequence[Step]) -> Place | None:
        """The place of the longest beginning of ``path`` that is written.

        An array of tables is written by its entries only: then the first of them is meant.
        """
        steps = tuple(path)
        node = self._begun.get(steps) if steps else None
        while node is None and len(steps) > 1:
            steps = steps[:-1]
            node = self._exact.get(steps)
        return None if node is None else _place(self._lines, node)


def syntax_error(text: str) -> Place | None:
    """The first place that is not TOML."""
    node = next((node for node in _all(_root(text)) if node.is_error or node.is_missing), None)
    return None if node is None else _place(text.encode().split(b"\n"), node)


def _root(text: str) -> Node:
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node


def _place(lines: Sequence[bytes], node: Node) -> Place:
    row, column = node.start_point
    return Place(row + 1, len(lines[row][:column].decode(errors="replace")) + 1)


def _all(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack.extend(reversed(found.children))


def _shared(left: Sequence[Step], right: Sequence[Step]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _written(root: Node) -> Iterator[tuple[tuple[Step, ...], Node]]:
    """Every path that is written, with the node of its key."""
    counts: dict[tuple[Step, ...], int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair((), node)
        elif node.type in ("table", "table_array_element"):
            keys = _keys(node.named_children[0])
            base = (*_resolved(keys[:-1], counts), keys[-1])
            if node.type == "table_array_element":
                counts[base] = counts.get(base, -1) + 1
                base = (*base, counts[base])
            yield base, node
            for child in node.named_children[1:]:
                if child.type == "pair":
                    yield from _pair(base, child)


def _resolved(keys: Sequence[str], counts: dict[tuple[Step, ...], int]) -> tuple[Step, ...]:
    """A table's path: below an array of tables its latest entry is meant."""
    path: tuple[Step, ...] = ()
    for key in keys:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return path


def _pair(base: tuple[Step, ...], pair: Node) -> Iterator[tuple[tuple[Step, ...], Node]]:
    children = [child for child in pair.named_children if child.type != "comment"]
    path = (*base, *_keys(children[0]))
    yield path, pair
    if len(children) > 1:
        yield from _value(path, children[1])


def _value(path: tuple[Step, ...], value: Node) -> Iterator[tuple[tuple[Step, ...], Node]]:
    if value.type == "inline_table":
        for child in value.named_children:
            if child.type == "pair":
                yield from _pair(path, child)
    elif value.type == "array":
        items = [child for child in value.named_children if child.type != "comment"]
        for index, item in enumerate(items):
            yield (*path, index), item
            yield from _value((*path, index), item)


def _keys(node: Node) -> list[str]:
    """The parts of a bare, quoted or dotted key."""
    if node.type == "dotted_key":
        return [key for child in node.named_children for key in _keys(child)]
    text = (node.text or b"").decode(errors="replace")
    return [text[1:-1] if node.type == "quoted_key" else text]
