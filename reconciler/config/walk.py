"""Walks a raw table against the record definitions and tells everything that does not fit.

msgspec stops at the first error; this walk reads the very same definitions (``msgspec.inspect``)
and goes on. What fits is kept, so that the checks of how the parts fit each other can still run.
Must not know what any key means, nor lines.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import inspect

from reconciler.config.issue import Issue, Path, Spot, dotted
from reconciler.config.lost import Lost
from reconciler.config.suggest import closest
from reconciler.model.desired import Document, ProfileId, ProjectId

Raw: TypeAlias = Mapping[str, object]


class _Spoiled:
    """Stands for a value that cannot be used."""


_SPOILED: Final = _Spoiled()
_SHOWN = 40


class Walk:
    """Walks the tables of one file.

    ``payers`` are words to suggest where a payer is misspelt; ``lost`` is what could not be
    read of the file: nothing there is called missing. After ``document``, ``issues`` holds all found.
    """

    def __init__(self, file: int, payers: Iterable[str], lost: Lost) -> None:
        self.issues: list[Issue] = []
        self.dropped: dict[Path, list[int]] = {}
        self._spoiled: set[Path] = set()
        self._touched: set[Path] = set()
        self._file = file
        self._payers = tuple(payers)
        self._lost = lost

    def misses(self, path: Path) -> bool:
        """Could a part of what stands, or should stand, at the path not be understood?"""
        if path in self._touched or self._lost.may_have(path):
            return True
        return any(path[:length] in self._spoiled for length in range(len(path)))

    def document(self, raw: Raw) -> dict[str, object]:
        """The part of ``raw`` that fits. ``dropped`` has, per array, the indexes of what was left out."""
        kept = self._struct(raw, inspect.type_info(Document), ())
        return kept if isinstance(kept, dict) else {}

    def _any(self, value: object, kind: inspect.Type, path: Path) -> object:
        match kind:
            case inspect.UnionType():
                wanted = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
                return self._any(value, wanted[0], path)
            case inspect.StructType():
                return self._struct(value, kind, path)
            case inspect.DictType():
                return self._dict(value, kind.value_type, path)
            case inspect.VarTupleType():
                return self._list(value, kind.item_type, path)
            case _:
                return self._scalar(value, kind, path)

    def _struct(self, value: object, kind: inspect.Type, path: Path) -> object:
        assert isinstance(kind, inspect.StructType)
        if not isinstance(value, dict):
            return self._wrong("a table", value, path)
        fields = {field.encode_name: field for field in kind.fields}
        kept: dict[str, object] = {}
        for key, inner in value.items():
            if key not in fields:
                self._unknown_key(key, fields, path)
                continue
            fit = self._any(inner, fields[key].type, (*path, key))
            if fit is not _SPOILED:
                kept[key] = fit
        missing = [name for name, field in fields.items() if field.required and name not in kept]
        for name in missing:
            if (*path, name) not in self._spoiled and not self._lost.may_have((*path, name)):
                self._say("missing-key", f"{dotted(path)} needs {name}", Spot(path, "key", self._file))
        return self._leave_out(path) if missing else kept

    def _dict(self, value: object, kind: inspect.Type, path: Path) -> object:
        if not isinstance(value, dict):
            return self._wrong("a table", value, path)
        kept = {key: self._any(inner, kind, (*path, key)) for key, inner in value.items()}
        return {key: fit for key, fit in kept.items() if fit is not _SPOILED}

    def _list(self, value: object, kind: inspect.Type, path: Path) -> object:
        if not isinstance(value, list):
            tables = isinstance(kind, inspect.StructType)
            example = f"an array of tables, [[{dotted(path)}]]" if tables else "an array"
            return self._wrong(example, value, path)
        kept = [self._any(inner, kind, (*path, index)) for index, inner in enumerate(value)]
        gone = [index for index, fit in enumerate(kept) if fit is _SPOILED]
        if gone:
            self.dropped[path] = gone
        return [fit for fit in kept if fit is not _SPOILED]

    def _scalar(self, value: object, kind: inspect.Type, path: Path) -> object:
        wanted, fits = _SCALARS[type(kind)]
        if isinstance(kind, inspect.LiteralType):
            return self._literal(value, kind, path)
        if not fits(value):
            return self._wrong(wanted, value, path)
        return value if _within(value, kind) else self._outside(value, kind, path)

    def _literal(self, value: object, kind: inspect.LiteralType, path: Path) -> object:
        if value in kind.values and not isinstance(value, bool):
            return value
        words = [str(word) for word in kind.values]
        near = closest(value, words) if isinstance(value, str) else None
        wanted = " or ".join(f'"{word}"' for word in words)
        return self._wrong(wanted, value, path, near)

    def _unknown_key(self, key: str, fields: Mapping[str, object], path: Path) -> None:
        near = closest(key, list(fields))
        where = f" in {dotted(path)}" if path else " at the top level"
        known = f"Known keys: {', '.join(fields)}."
        self._say(
            "unknown-key", f'unknown key "{key}"{where}', Spot((*path, key), "key", self._file), known, near
        )
        if near is not None:
            self._spoil((*path, near))

    def _wrong(self, wanted: str, value: object, path: Path, near: str | None = None) -> _Spoiled:
        found = f"{dotted(path)}: expected {wanted}, found {described(value)}"
        self._say("wrong-type", found, Spot(path, "value", self._file), suggestion=near)
        return self._leave_out(path)

    def _outside(self, value: object, kind: inspect.Type, path: Path) -> _Spoiled:
        spot = Spot(path, "value", self._file)
        pattern = getattr(kind, "pattern", None)
        if pattern == _PAYER and isinstance(value, str):
            text = f'"{value}" is not a payer: user-… or org-…'
            detail = "A project is billed to one user or org, written with its whole id."
            self._say("bad-payer", text, spot, detail, closest(value, self._payers))
        elif pattern == _PROJECT:
            text = f"{dotted(path)}: {described(value)} is not the id of a project"
            self._say("bad-id", text, spot, "An id is project- and 24 letters and digits.")
        elif path == ("workspace",) and isinstance(value, str):
            name = re.sub(r"[^a-z0-9-]+", "-", value.lower()).strip("-")[:40]
            detail = (
                "1 to 40 of the characters a-z, 0-9 and -: it is written on every project that is created."
            )
            self._say("bad-name", f'"{value}" cannot be the name of a workspace', spot, detail, name or None)
        else:
            self._say("bad-value", f"{dotted(path)}: {described(value)} is {_limits(kind)}", spot)
        return self._leave_out(path)

    def _leave_out(self, path: Path) -> _Spoiled:
        self._spoil(path)
        return _SPOILED

    def _spoil(self, path: Path) -> None:
        self._spoiled.add(path)
        self._touched.update(path[:length] for length in range(len(path) + 1))

    def _say(
        self, code: str, summary: str, spot: Spot, detail: str | None = None, suggestion: str | None = None
    ) -> None:
        self.issues.append(Issue(code, summary, spot, detail, suggestion))


def _within(value: object, kind: inspect.Type) -> bool:
    match value, kind:
        case str(), inspect.StrType():
            long_enough = kind.min_length is None or len(value) >= kind.min_length
            short_enough = kind.max_length is None or len(value) <= kind.max_length
            return long_enough and short_enough and (not kind.pattern or bool(re.search(kind.pattern, value)))
        case int() | float(), inspect.IntType() | inspect.FloatType():
            return (kind.ge is None or value >= kind.ge) and (kind.le is None or value <= kind.le)
        case _:
            return True


def described(value: object) -> str:
    """A value in words with its kind: ``an integer 5``, ``a string "x"``, ``a table``."""
    match value:
        case bool():
            return f"a boolean {str(value).lower()}"
        case str():
            text = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
            return f'a string "{text}"'
        case int():
            return f"an integer {value}"
        case float():
            return f"a number {value}"
        case list():
            return "an array"
        case dict():
            return "a table"
        case datetime.datetime():
            return f"a date with a time {value.isoformat()}"
        case datetime.date():
            return f"a date {value.isoformat()}"
        case _:
            return f"a time {value}"


def _limits(kind: inspect.Type) -> str:
    match kind:
        case inspect.IntType() | inspect.FloatType():
            return f"not between {kind.ge} and {kind.le}" if kind.le is not None else f"less than {kind.ge}"
        case inspect.StrType() if kind.pattern is None:
            return "empty" if kind.min_length == 1 else "too short or too long"
        case _:
            return "not of the form that is wanted here"


def _pattern_of(annotated: object) -> str | None:
    kind = inspect.type_info(annotated)
    return kind.pattern if isinstance(kind, inspect.StrType) else None


_PAYER = _pattern_of(ProfileId)
_PROJECT = _pattern_of(ProjectId)

_SCALARS: Mapping[type[inspect.Type], tuple[str, Callable[[object], bool]]] = {
    inspect.StrType: ("a string", lambda value: isinstance(value, str)),
    inspect.BoolType: ("true or false", lambda value: isinstance(value, bool)),
    inspect.IntType: ("an integer", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    inspect.FloatType: (
        "a number",
        lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    ),
    inspect.LiteralType: ("", lambda _: True),
    inspect.DateType: (
        "a date like 2027-01-31",
        lambda value: isinstance(value, datetime.date) and not isinstance(value, datetime.datetime),
    ),
}
