"""Where in a TOML text a path stands. Only used when there is something to report.

Understands every way of writing a path: ``[projects.x]``, ``x = {…}`` under ``[projects]``, dotted
and quoted keys, arrays of tables. Must not know what the keys mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from reconciler.config.issue import Path

if TYPE_CHECKING:
    from tree_sitter import Node

Point: TypeAlias = tuple[int, int]
"""Row from 0, column in bytes from 0."""


class Hit(Struct, frozen=True):
    """The longest written beginning of a path: ``depth`` steps of it, its key and its value (for a
    table its header), each from its start to its end."""

    depth: int
    key: tuple[Point, Point]
    value: tuple[Point, Point]

    @property
    def start(self) -> Point:
        return self.key[0]


class Positions:
    """An index of one text: its tables at once, what stands in a table when it is asked for."""

    def __init__(self, text: str) -> None:
        self._tables: dict[Path, list[Node]] = {}
        self._implied: dict[Path, Node] = {}
        self._pairs: dict[int, dict[str, list[tuple[list[str], Node]]]] = {}
        self._counts: dict[Path, int] = {}
        self._root = parse(text)
        for node in self._root.named_children:
            kind = node.type
            if kind in ("table", "table_array_element"):
                self._add(node, kind == "table_array_element")

    def find(self, path: Path) -> Hit | None:
        """The first place of the longest beginning of ``path`` that is written anywhere."""
        best: Hit | None = None
        for hit in self.every(path):
            if best is None or hit.depth > best.depth:
                best = hit
        return best

    def every(self, path: Path) -> Iterator[Hit]:
        """Each place that has a beginning of ``path``, longest tables first, in the order written."""
        for length in range(len(path), -1, -1):
            for table in self._tables.get(path[:length], ()):
                head = (table.start_point, table.children[2].end_point)
                yield from self._below(table, path, length)
                yield Hit(length, head, head)
            if length == 0:
                yield from self._below(self._root, path, 0)
            elif path[:length] in self._implied:
                node = self._implied[path[:length]]
                head = (node.start_point, node.children[2].end_point)
                yield Hit(length, head, head)

    def rows(self, path: Path) -> Iterator[tuple[int, int]]:
        """First and last row of each place where ``path`` is written, without comments after it."""
        for length in range(len(path)):
            for parent in self._tables.get(path[:length], ()) if length else (self._root,):
                for hit in self._below(parent, path, length):
                    if hit.depth == len(path):
                        yield hit.key[0][0], hit.value[1][0]
        for table in self._tables.get(path, ()):
            written = [child for child in table.children if child.type != "comment" and child.end_point[1]]
            yield table.start_point[0], written[-1].end_point[0]

    def path_at(self, row: int) -> Path | None:
        """The path of the key or header that begins on that row; the last one of the row."""
        found: Path | None = None
        for path, tables in self._tables.items():
            for table in tables:
                if table.start_point[0] == row:
                    return path
                if table.start_point[0] <= row <= table.end_point[0]:
                    found = self._pair_at(table, row, path) or found
        return found or self._pair_at(self._root, row, ())

    def _pair_at(self, table: Node, row: int, base: Path) -> Path | None:
        for child in table.named_children:
            if child.type == "pair" and child.start_point[0] == row:
                return (*base, *keys_of(child.named_children[0]))
        return None

    def _add(self, node: Node, repeated: bool) -> None:
        path: Path = ()
        name = node.named_child(0)
        keys = keys_of(name) if name is not None else [""]
        for key in keys[:-1]:
            path = (*path, key)
            if path not in self._tables:
                self._implied.setdefault(path, node)
            if path in self._counts:
                # Below an array of tables its latest entry is meant.
                path = (*path, self._counts[path])
        path = (*path, keys[-1])
        if repeated:
            self._implied.setdefault(path, node)
            self._counts[path] = self._counts.get(path, -1) + 1
            path = (*path, self._counts[path])
        self._tables.setdefault(path, []).append(node)

    def _below(self, table: Node, path: Path, length: int) -> Iterator[Hit]:
        """The pairs right in a table that agree with ``path`` from ``length`` on."""
        if length == len(path):
            return
        by_key = self._pairs.get(table.id)
        if by_key is None:
            by_key = self._pairs[table.id] = {}
            for child in table.named_children:
                if child.type == "pair" and child.named_children:
                    keys = keys_of(child.named_children[0])
                    by_key.setdefault(keys[0], []).append((keys, child))
        for keys, pair in by_key.get(str(path[length]), ()):
            yield from self._pair(keys, pair, path, length)

    def _pair(self, keys: Sequence[str], pair: Node, path: Path, length: int) -> Iterator[Hit]:
        shared = 0
        while shared < len(keys) and length + shared < len(path) and keys[shared] == path[length + shared]:
            shared += 1
        written = [child for child in pair.named_children if child.type != "comment"]
        key = (written[0].start_point, written[0].end_point)
        value = (written[-1].start_point, written[-1].end_point)
        if shared == len(keys) and len(written) > 1:
            yield from self._value(written[1], path, length + shared)
            yield Hit(length + shared, key, value)
        elif shared:
            yield Hit(length + shared, key, key)

    def _value(self, value: Node, path: Path, length: int) -> Iterator[Hit]:
        if length == len(path):
            return
        step = path[length]
        if value.type == "inline_table" and isinstance(step, str):
            yield from self._below(value, path, length)
        elif value.type == "array" and isinstance(step, int):
            items = [child for child in value.named_children if child.type != "comment"]
            if step < len(items):
                item = (items[step].start_point, items[step].end_point)
                yield from self._value(items[step], path, length + 1)
                yield Hit(length + 1, item, item)


def parse(text: str) -> Node:
    """The root of the text's syntax tree, which goes on after errors."""
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node


def keys_of(node: Node) -> list[str]:
    """The parts of a bare, quoted or dotted key."""
    text = (node.text or b"").decode("utf-8", "replace")
    if '"' not in text and "'" not in text:
        return [part.strip() for part in text.split(".")]
    parts: list[str] = []
    open_ = [node]
    while open_:
        part = open_.pop()
        if part.type == "dotted_key":
            open_.extend(reversed(part.named_children))
        else:
            parts.append(_key(part))
    return parts


def _key(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace")
    if node.type != "quoted_key":
        return text
    if text.startswith("'") or "\\" not in text:
        return text[1:-1]
    import rtoml

    try:
        key: str = rtoml.loads(f"key = {text}")["key"]
    except ValueError:
        return text[1:-1]
    return key
