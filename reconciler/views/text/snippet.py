"""A line of the configuration with a caret under the place that is meant."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.diagnostics import SourceRange
from reconciler.views.escape import columns, safe
from reconciler.views.pages import Style

_TAB = " " * 4
_BEFORE = 20  # columns kept before the caret when a long line has to be cut


def _shown(text: str) -> str:
    return safe(text.replace("\t", _TAB))


def place(source: SourceRange) -> str:
    """``file:line:column``, as editors and terminals make it a link."""
    return f"{safe(source.file)}:{source.line}:{source.column}"


def snippet(style: Style, source: SourceRange, note: str, indent: str = "") -> Iterator[str]:
    """The source line and below it the caret with ``note`` behind it, in at most ``style.width``
    columns: a longer line is cut around the caret."""
    number = f"{indent}{source.line:>4} │ "
    gutter = f"{indent}     │ "
    start = source.column - 1
    before, marked = _shown(source.snippet[:start]), _shown(source.snippet[start : start + source.length])
    after = _shown(source.snippet[start + source.length :])
    room = max(style.width - columns(gutter), 30)
    if columns(before) + columns(marked) + columns(after) > room:
        if columns(before) > _BEFORE:
            before = "…" + before[-_BEFORE:]
        marked = _cut(marked, room - columns(before) - 1)
        after = _cut(after, room - columns(before) - columns(marked))
    yield (number + before + marked + after).rstrip()
    caret = " " * columns(before) + "^" * max(columns(marked), 1)
    if columns(caret) + 1 + columns(note) <= room:
        yield f"{gutter}{caret} {safe(note)}".rstrip()
    else:
        yield gutter + caret
        yield f"{gutter}{safe(note)}"


def _cut(text: str, room: int) -> str:
    """As much of ``text`` as fits into ``room`` columns, with an ellipsis where it was cut."""
    if columns(text) <= room:
        return text
    kept = ""
    for char in text:
        if columns(kept) + columns(char) + 1 > room:
            break
        kept += char
    return kept + "…"
