"""``move``: a project's table under another key, and the ``[[moved]]`` that keeps the project its own.

Only the keys and entries that say so are changed; the rest of each file stays as it was typed. Writes
nothing itself. An entry that leads away from the new address becomes the new one, so that a move back
makes no circle:

  before           move B A            after
  A → B                                B → A
  Z → A, A → B                         Z → B, B → A
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reconciler.config.checks.projects import KEY
from reconciler.config.files import File, Found, find
from reconciler.config.layout import canonical
from reconciler.config.load import load_found
from reconciler.config.rewriting import Rewritten
from reconciler.config.statements import Header, Inline, Key, Pair, Part, Scalar, Unfit, statements
from reconciler.config.text import BOM, Text
from reconciler.model.desired import Address, Workspace
from reconciler.model.diagnostics import DiagnosticsError, error

_PROJECTS = "projects"


class _Edit(Struct, frozen=True):
    """Other characters in place of those from ``start`` to ``end``."""

    start: int
    end: int
    text: str


class _Entry(Struct, frozen=True):
    """A ``[[moved]]``: its two addresses as they are written, and where its last line ends."""

    from_: Part
    to: Part
    end: int


class _Written(Struct, frozen=True):
    """What one file says of the address and of moves."""

    file: File
    text: str
    keys: tuple[Part, ...]
    entries: tuple[_Entry, ...]


def moved(path: str, old: Address, new: Address) -> tuple[Rewritten, ...]:
    """The files of the workspace with its project ``old`` at ``new``. Raises DiagnosticsError:
    what is wrong with the workspace as it is, why the two do not fit, or what has to be written by hand."""
    found = find(path)
    before = load_found(path, found)
    _want_free(before, old, new)
    written = [_read(file, old) for file in found.files]
    edits = _edits(written, old, new)
    rewritten = tuple(_rewritten(one, changes) for one, changes in zip(written, edits, strict=True))
    _want_moved(path, found, before, rewritten, (old, new))
    return rewritten


def _want_free(workspace: Workspace, old: Address, new: Address) -> None:
    table, _, key = new.partition(".")
    if table != _PROJECTS or not KEY.fullmatch(key):
        detail = "The address of a project is projects.KEY; KEY is 1 to 64 of A-Z, a-z, 0-9, _ and -."
        raise error("moved", f'"{new}" cannot be the address of a project', detail)
    if key in workspace.projects:
        detail = "Nothing was written. Choose an address that is free, or remove the other project first."
        raise error("moved", f"{new} is there already", detail, workspace.sources.locate(new))
    leads_to = workspace.moved.get(new, old)
    if leads_to != old:
        detail = (
            f"Apply that first, then remove the [[moved]] from {new}: else it could be taken for {leads_to}."
        )
        raise error("moved", f"{new} was moved to {leads_to}, and would be another project now", detail)


def _read(file: File, old: Address) -> _Written:
    text = Text(file.shown, file.data).decoded
    keys: list[Part] = []
    entries: list[_Entry] = []
    base: Key = ()
    ends: dict[str, Part] = {}
    try:
        for statement in statements(text):
            if isinstance(statement, Header):
                base, ends = statement.key, {}
                keys += _keys((), base, old) if not statement.repeated else ()
            elif isinstance(statement, Pair):
                keys += _keys(base, statement.key, old)
                keys += _inside(base, statement, old)
                if _names(base) == ["moved"] and isinstance(statement.value, Scalar):
                    value = Part(statement.value.text, statement.value.start)
                    ends[statement.key[0].name] = value
                    if ends.keys() == {"from", "to"}:
                        entries.append(_Entry(ends["from"], ends["to"], _line_end(text, value.start)))
    except Unfit as unfit:
        raise error("moved", f'"{file.shown}" cannot be rewritten: {unfit.message}') from None
    return _Written(file, text, tuple(keys), tuple(entries))


def _keys(base: Key, key: Key, old: Address) -> Iterator[Part]:
    """The part of ``key``, below the header ``base``, that names the project."""
    names = _names((*base, *key))
    if names[:2] == old.split(".", 1) and len(base) < 2:
        yield (*base, *key)[1]


def _inside(base: Key, pair: Pair, old: Address) -> Iterator[Part]:
    """The same where all projects are one inline table."""
    if isinstance(pair.value, Inline) and _names((*base, *pair.key)) == [_PROJECTS]:
        for inner in pair.value.pairs:
            yield from _keys(pair.key, inner.key, old)


def _names(key: Key) -> list[str]:
    return [part.name for part in key]


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _edits(written: Sequence[_Written], old: Address, new: Address) -> list[list[_Edit]]:
    """What changes in each file."""
    edits = [[_instead(part, new.partition(".")[2]) for part in one.keys] for one in written]
    away = [entry for one in written for entry in one.entries if entry.from_.name == new]
    for one, changes in zip(written, edits, strict=True):
        for entry in one.entries:
            if entry.from_.name == new:
                changes += [_instead(entry.from_, f'"{old}"'), _instead(entry.to, f'"{new}"')]
            elif entry.to.name == new and away:
                changes.append(_instead(entry.to, f'"{away[0].to.name}"'))
    if not away:
        with_moves = [index for index, one in enumerate(written) if one.entries]
        home = with_moves[-1] if with_moves else next(index for index, one in enumerate(written) if one.keys)
        edits[home].append(_entry(written[home], old, new))
    return edits


def _instead(part: Part, text: str) -> _Edit:
    return _Edit(part.start, part.start + len(part.text), text)


def _entry(written: _Written, old: Address, new: Address) -> _Edit:
    """A ``[[moved]]`` more, after the last one of the file, else at its end."""
    text = written.text
    at = written.entries[-1].end if written.entries else len(text.rstrip())
    line = "\r\n" if "\r\n" in text else "\n"
    entry = line.join(("", "", "[[moved]]", f'from = "{old}"', f'to   = "{new}"'))
    return _Edit(at, at, entry + ("" if text[at:].strip("\r") else line))


def _rewritten(written: _Written, edits: Sequence[_Edit]) -> Rewritten:
    file, text = written.file, written.text
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    if edits and canonical(written.text) == written.text:
        text = canonical(text)
    mark = BOM if file.data.startswith(BOM) else b""
    return Rewritten(file, mark + text.encode())


def _want_moved(
    path: str,
    found: Found,
    before: Workspace,
    rewritten: Sequence[Rewritten],
    move: tuple[Address, Address],
) -> None:
    """Read as it would be written, it says the same of the same projects."""
    old, new = move
    files = tuple(replace(one.file, data=one.data) for one in rewritten)
    try:
        after = load_found(path, replace(found, files=files))
    except DiagnosticsError:
        after = before
    key = {old.partition(".")[2]: new.partition(".")[2]}
    projects = {key.get(name, name): project for name, project in before.projects.items()}
    leads = {one: new if last == old else last for one, last in before.moved.items() if one != new}
    same = (
        "name",
        "provider",
        "identities",
        "regions",
        "region_groups",
        "orgs",
        "users",
        "policies",
        "waivers",
        "guards",
    )
    if (
        after.projects != projects
        or after.moved != {**leads, old: new}
        or any(getattr(after, name) != getattr(before, name) for name in same)
    ):
        detail = f'Rename the table and write, under review:\n  [[moved]]\n  from = "{old}"\n  to   = "{new}"'
        raise error("moved", f"{old} is written in a way that has to be moved by hand", detail)
