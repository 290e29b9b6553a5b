"""Where pages go: stdout in the chosen format, further files in theirs; progress to stderr.

Data goes to stdout, everything else to stderr. Must not know what a page says.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

import typer
from msgspec.structs import replace

from reconciler.cli import files, live
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.views.escape import safe
from reconciler.views.pages import DiagnosticsPage, Page, Style
from reconciler.views.registry import formats, is_live, render


class Console:
    """The output of one command. ``page`` is the kind that it ends with: it decides the formats.
    ``one_line``: it shows several, and each document that stdout gets is one line. ``beside``: further files
    that the command reads or writes, which no ``--write`` may replace."""

    def __init__(
        self,
        page: type,
        name: str = "text",
        write: Sequence[str] = (),
        *,
        no_color: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        one_line: bool = False,
        beside: Sequence[str | None] = (),
    ) -> None:
        self.format = _known(page, name, "--format")
        self.files = tuple(_target(page, option) for option in write)
        files.want_apart([path for _, path in self.files], beside)
        self._no_color = no_color
        self._quiet = quiet
        self._verbose = verbose
        self._one_line = one_line
        self._progress = Progress(sys.stderr) if sys.stderr.isatty() and not quiet else None

    @property
    def formats(self) -> frozenset[str]:
        """Every format that something is shown in, on stdout or in a file."""
        return frozenset({self.format, *(name for name, _ in self.files)})

    @property
    def is_text(self) -> bool:
        return self.format == "text"

    def style(self, stream: TextIO) -> Style:
        """How text is laid out on that stream."""
        return style_of(stream, self._no_color, self._quiet, self._verbose)

    def show(self, page: Page) -> None:
        """Print the page to stdout, and write it to each file that was asked for and can be written, also
        where nobody reads stdout any more. Raises DiagnosticsError that names the others."""
        self.calm()
        try:
            self._print(page, replace(self.style(sys.stdout), one_line=self._one_line))
        finally:
            self._save(page, self.files)

    def want_files(self) -> None:
        """Before anything is sent. Raises DiagnosticsError where a file cannot be written."""
        for name, path in self.files:
            if not is_live(name):
                files.want_writable(path)

    def _save(self, page: Page, targets: Sequence[tuple[str, str]]) -> None:
        troubles: list[Diagnostic] = []
        for name, path in targets:
            try:
                files.save(path, render(name, page, Style(verbose=self._verbose, replaces=path)))
            except DiagnosticsError as failure:
                troubles.extend(failure.diagnostics)
        if troubles:
            raise DiagnosticsError(tuple(troubles))

    def follow(self, page: Page) -> None:
        """Tell what is so, or has just happened, in the formats that tell things as they happen."""
        troubles = []
        for name, path in self.files:
            if is_live(name):
                try:
                    live.add(path, render(name, page, Style()))
                except DiagnosticsError as failure:  # what others read must not lack an event for it
                    troubles.append(failure)
        if is_live(self.format):
            self.calm()
            self._print(page, Style())
        if troubles:
            raise troubles[0]

    def _print(self, page: Page, style: Style) -> None:
        for piece in render(self.format, page, style):
            sys.stdout.write(piece)
        sys.stdout.flush()

    def tell(self, page: Page) -> None:
        """Show the page to a person: on stdout where that is text, else on stderr."""
        self.calm()
        stream = sys.stdout if self.is_text else sys.stderr
        for piece in render("text", page, self.style(stream)):
            stream.write(piece)
        stream.flush()

    def fail(self, page: DiagnosticsPage) -> None:
        """Show what went wrong in a command that goes on: on stderr, and in every format that can tell it."""
        self.complain(page.diagnostics)
        telling = formats(DiagnosticsPage)
        if not self.is_text and self.format in telling:
            self._print(page, Style(one_line=self._one_line))
        self._save(page, [(name, path) for name, path in self.files if name in telling])

    def complain(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Tell a person, on stderr, what did not work although the command goes on."""
        self.calm()
        for piece in render("text", DiagnosticsPage(diagnostics), self.style(sys.stderr)):
            sys.stderr.write(piece)
        sys.stderr.flush()

    def note(self, text: str) -> None:
        """A line on stderr for whoever keeps or watches it; none where nothing was to be said."""
        self.calm()
        if not self._quiet:
            _log(text)

    @property
    def progress(self) -> Callable[[str], None] | None:
        """Takes one short line about what is being done; None where nobody watches."""
        return self._progress.line if self._progress else None

    @property
    def log(self) -> Callable[[str], None] | None:
        """Takes a line about what was done, to be kept by whoever keeps stderr; None where a person watches
        the progress on a terminal, and where nothing was to be said."""
        return None if self._quiet or self._progress else _log

    def calm(self) -> None:
        """Wipe the line of progress, so that output starts on an empty one."""
        if self._progress:
            self._progress.clear()


class Progress:
    """One line on a terminal that is written over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False

    def line(self, text: str) -> None:
        room = shutil.get_terminal_size().columns - 1
        self._stream.write(f"\r\x1b[K{safe(text)[:room]}")
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False


def _log(text: str) -> None:
    sys.stderr.write(f"{safe(text)}\n")
    sys.stderr.flush()


def style_of(stream: TextIO, no_color: bool = False, quiet: bool = False, verbose: bool = False) -> Style:
    """Colour, local times and the terminal's width only where ``stream`` is a terminal."""
    terminal = stream.isatty()
    plain = no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    width = min(max(shutil.get_terminal_size().columns, 60), 120) if terminal else 80
    return Style(
        colour=terminal and not plain, width=width, local_time=terminal, quiet=quiet, verbose=verbose
    )


def _known(page: type, name: str, option: str) -> str:
    known = formats(page)
    if name in known:
        return name
    raise typer.BadParameter(f'"{name}" is none of: {", ".join(known)}.', param_hint=option)


def _target(page: type, option: str) -> tuple[str, str]:
    name, equals, path = option.partition("=")
    if not equals or not path:
        raise typer.BadParameter(f'"{option}" is not FORMAT=FILE.', param_hint="--write")
    return _known(page, name, "--write"), path
