"""Runs a command and turns whatever comes out of it into a message and an exit code.

The one place where errors end: every command may raise, none prints an error by itself.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Sequence

import typer
from msgspec import Struct

from reconciler.cli import exitcodes, files, live
from reconciler.cli.stop import UNWRITTEN, Stop, provider_trouble
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.views.pages import DiagnosticsPage

_USAGE_ERROR = typer.BadParameter.__bases__[0]
"""typer's own error for wrong usage, which it does not export by name."""

NOTHING_SENT = "Nothing was sent."


def run(argv: Sequence[str]) -> int:
    """The exit code of the command line ``argv`` (without the program's name)."""
    _prepare_streams()
    live.begin()
    try:
        try:
            code = _invoke(argv)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as failure:
            code = _report(failure, _asked(argv))
            sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        _drop_output()
        return exitcodes.ERROR
    except OSError as failure:
        _drop_output()
        _last_words(f"error: cannot write the output: {failure.strerror or failure}\n")
        return exitcodes.ERROR
    except KeyboardInterrupt:
        return exitcodes.INTERRUPTED
    return code


def _invoke(argv: Sequence[str]) -> int:
    from reconciler.cli.root import root

    code = root().main(args=list(argv), prog_name="reconciler", standalone_mode=False)
    return code if isinstance(code, int) else exitcodes.DONE


def _report(failure: BaseException, asked: _Asked) -> int:
    """Say what happened; the exit code that it stands for."""
    if isinstance(failure, _USAGE_ERROR):
        return _report_usage(failure, asked)
    code, diagnostics, closing = told(failure)
    _show(diagnostics, closing, asked)
    if code == exitcodes.ERROR and os.environ.get("RECONCILER_DEBUG") == "1":
        import traceback

        traceback.print_exception(failure)
    return code


def told(failure: BaseException) -> tuple[int, tuple[Diagnostic, ...], str | None]:
    """Exit code, diagnostics and closing sentence of what a command raised."""
    from reconciler.ledger import Locked
    from reconciler.provider import ProviderError

    match failure:
        case Stop():
            return failure.code, failure.diagnostics, NOTHING_SENT
        case DiagnosticsError():
            # An answer that could not be written may be that of an apply.
            unsaid = any(one.code == UNWRITTEN for one in failure.diagnostics)
            return exitcodes.ERROR, failure.diagnostics, None if unsaid else NOTHING_SENT
        case ProviderError():
            return exitcodes.ERROR, (provider_trouble(failure),), NOTHING_SENT
        case Locked():
            return exitcodes.LOCKED, _one("locked", str(failure), failure.advice), NOTHING_SENT
        case KeyboardInterrupt() | typer.Abort():
            return exitcodes.INTERRUPTED, _one("interrupted", "interrupted"), None
        case OSError():
            where = f"{failure.filename}: " if failure.filename else ""
            return exitcodes.ERROR, _one("io", f"{where}{failure.strerror or failure}"), None
        case _:
            return exitcodes.ERROR, _one("bug", _bug(failure), _BUG_ADVICE), None


_BUG_ADVICE = (
    "This is a bug in reconciler, not in your configuration. Run the same command again with "
    "RECONCILER_DEBUG=1 and report what it prints, with the output of: reconciler version -v"
)


def _bug(failure: BaseException) -> str:
    text = str(failure).partition("\n")[0][:200]
    return f"unexpected {type(failure).__name__}" + (f": {text}" if text else "")


def _one(code: str, summary: str, detail: str | None = None) -> tuple[Diagnostic, ...]:
    return (Diagnostic("error", code, summary, detail),)


def _report_usage(failure: BaseException, asked: _Asked) -> int:
    """typer's own message (with the usage line), or the diagnostics list in the format asked for."""
    message = str(getattr(failure, "message", "")) or "wrong usage"
    if asked.format == "text":
        failure.show()  # type: ignore[attr-defined] # every usage error of typer has it
        _write(DiagnosticsPage(_one("usage", message)), asked)
    else:
        _show(_one("usage", message), None, asked)
    return exitcodes.USAGE


def _show(diagnostics: tuple[Diagnostic, ...], closing: str | None, asked: _Asked) -> None:
    from reconciler.cli.console import style_of
    from reconciler.views.registry import render

    page = DiagnosticsPage(diagnostics, closing)
    stream = sys.stderr if asked.format == "text" else sys.stdout
    style = style_of(stream, no_color="--no-color" in sys.argv)
    for piece in render(asked.format, page, style):
        stream.write(piece)
    if all(one.code != UNWRITTEN for one in diagnostics):
        _write(page, asked)


def _write(page: DiagnosticsPage, asked: _Asked) -> None:
    """What an earlier run wrote must not stand as if it were of this one."""
    from reconciler.cli.files import save
    from reconciler.views.escape import safe
    from reconciler.views.pages import Style
    from reconciler.views.registry import formats, render

    for name, path in asked.files:
        try:
            if name in formats(DiagnosticsPage):
                save(path, render(name, page, Style(replaces=path)))
        except DiagnosticsError as failure:
            _last_words(f"error: {safe(str(failure))}\n")


class _Asked(Struct, frozen=True):
    """Where an error goes: a format of stdout, and (format, file) of each ``--write`` that is no file of
    something else."""

    format: str
    files: tuple[tuple[str, str], ...]


def _asked(argv: Sequence[str]) -> _Asked:
    """Read off the arguments, for an error may come before they are understood."""
    from reconciler.views.registry import formats

    name, targets = "text", list[tuple[str, str]]()
    options = list(itertools.takewhile(lambda argument: argument != "--", argv))
    for before, argument in itertools.pairwise(["", *options]):
        option, equals, value = argument.partition("=")
        if before in ("--format", "--write"):
            option, equals, value = before, "=", argument
        if equals and option == "--format":
            name = value
        elif equals and option == "--write" and value.partition("=")[2]:
            targets.append((value.partition("=")[0], value.partition("=")[2]))
    kept = (one for one in targets if not files.is_desired_state(one[1]) and one[1] not in options)
    return _Asked(name if name in formats(DiagnosticsPage) else "text", tuple(kept))


def _prepare_streams() -> None:
    """A name that the terminal's encoding lacks is shown escaped; a closed stream swallows."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (lives as long as the process)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """What is still buffered goes nowhere: the interpreter would fail on it again at its end."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(sink, sys.stderr.fileno())


def _last_words(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()
