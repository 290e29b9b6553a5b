"""What can be read of one file, and what in it is no UTF-8 or no TOML, each with its place.

Must not know what any key means.
"""

from __future__ import annotations

from reconciler.config.syntax import Flaw, Recovered, read, recover
from reconciler.config.text import Text
from reconciler.model.diagnostics import Diagnostic, SourceRange


def what_can_be_read(text: Text) -> tuple[Recovered, tuple[Diagnostic, ...]]:
    """The file without what is wrong in it, and every error of that kind."""
    told = () if text.bad_byte is None else (_not_utf8(text),)
    if of_another_encoding(text):
        return Recovered({}, ""), told
    raw = read(text.decoded)
    if not isinstance(raw, Flaw):
        return Recovered(raw, text.decoded), told
    recovered = recover(text.decoded)
    return recovered, (*told, *(_syntax(text, flaw) for flaw in recovered.flaws))


def of_another_encoding(text: Text) -> bool:
    """Is it no text of ours at all, so that each line of it would be an error?"""
    return text.bad_byte is not None and "\0" in text.decoded


def _not_utf8(text: Text) -> Diagnostic:
    place = text.word_at(text.bad_line, text.bad_column)
    mark = SourceRange(place.file, place.line, place.column, 1, place.snippet)
    return Diagnostic("error", "not-utf-8", "the file is not UTF-8", "Save it as UTF-8.", mark)


def _syntax(text: Text, flaw: Flaw) -> Diagnostic:
    place = text.word_at(max(flaw.row, 0), flaw.column)
    if flaw.first is not None:
        return Diagnostic(
            "error",
            "duplicate",
            f"{flaw.message} in {text.shown}:{flaw.first + 1}",
            "Keep one of the two.",
            place,
        )
    return Diagnostic("error", "syntax", f"not valid TOML: {flaw.message}", None, place)
