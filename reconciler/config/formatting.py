"""``fmt``: files of a workspace in their canonical layout, meaning what they meant. Writes nothing itself."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.config.files import File, find
from reconciler.config.layout import canonical
from reconciler.config.readable import what_can_be_read
from reconciler.config.rewriting import Rewritten
from reconciler.config.statements import Unfit
from reconciler.config.text import Text
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError


def formatted(paths: Iterable[str]) -> tuple[Rewritten, ...]:
    """Each file of the paths (folders of ``*.toml``, or single files), once. Raises DiagnosticsError with
    everything that keeps any of them from being read or laid out."""
    files: dict[str, File] = {}
    problems: list[Diagnostic] = []
    for path in paths:
        found = find(path)
        problems += found.problems
        files |= {file.path: file for file in found.files}
    rewritten: list[Rewritten] = []
    for file in files.values():
        try:
            rewritten.append(Rewritten(file, _canonical(Text(file.shown, file.data)).encode()))
        except DiagnosticsError as wrong:
            problems += wrong.diagnostics
    if problems:
        raise DiagnosticsError(tuple(problems))
    return tuple(rewritten)


def _canonical(text: Text) -> str:
    before, told = what_can_be_read(text)
    if told:
        raise DiagnosticsError(told)
    try:
        laid_out = canonical(text.decoded)
    except Unfit as unfit:
        raise DiagnosticsError((_unfit(text, unfit),)) from None
    after, wrong = what_can_be_read(Text(text.shown, laid_out.encode()))
    # As text, since what is equal may still differ (1 and 1.0, the order of keys) and NaN never is.
    if wrong or repr(after.raw) != repr(before.raw):
        raise DiagnosticsError((_differs(text),))
    return laid_out


def _unfit(text: Text, unfit: Unfit) -> Diagnostic:
    row = text.decoded.count("\n", 0, unfit.offset)
    column = unfit.offset - (text.decoded.rfind("\n", 0, unfit.offset) + 1)
    summary = f"cannot be laid out: {unfit.message}"
    return Diagnostic("error", "layout", summary, "Nothing was written.", text.word_at(row, column))


def _differs(text: Text) -> Diagnostic:
    detail = "Nothing was written. This is a mistake of reconciler: please report it with the file."
    return Diagnostic("error", "layout", f'"{text.shown}" would mean something else when laid out', detail)
