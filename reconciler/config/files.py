"""Finds and reads the files of a workspace. Must not know TOML.

Everything the file system can do to us (nothing there, no right to read, a circle of links, a folder
or a pipe by the name of a file) becomes a diagnostic here.
"""

from __future__ import annotations

import os
import stat

from msgspec import Struct

from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, SourceRange, error

_SHOWN = 10


class File(Struct, frozen=True):
    """One file: ``name`` relative to the workspace directory, ``shown`` as a person is told it, ``path`` to
    open it again."""

    name: str
    shown: str
    path: str
    data: bytes


class Found(Struct, frozen=True):
    """What PATH names: the absolute directory, its files in name order, and what cannot be read."""

    directory: str
    files: tuple[File, ...]
    problems: tuple[Diagnostic, ...] = ()


def find(path: str) -> Found:
    """The ``*.toml`` of a directory (not recursive, none that begins with a dot), or the one file.

    Raises DiagnosticsError where there is nothing to read.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise error("no-such-path", f'there is no "{shown(path)}"', _near(path)) from None
    except (OSError, ValueError) as problem:
        raise error("unreadable", f'"{shown(path)}" cannot be read: {_why(problem)}') from None
    if not stat.S_ISDIR(mode):
        directory, name = os.path.split(os.path.abspath(path))
        return _all_read(directory, [(path, name)])
    return _all_read(os.path.abspath(path), [(_join(path, name), name) for name in _names(path)])


def shown(path: str) -> str:
    """The path in characters that can be printed, whatever bytes the file system has."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _join(folder: str, name: str) -> str:
    joined = os.path.join(folder, name)
    return joined.removeprefix("./") if folder in (".", "./") else joined


def _names(folder: str) -> list[str]:
    names = _listed(folder)
    if names:
        return names
    nested = [name for name in sorted(_entries(folder)) if _has_toml(os.path.join(folder, name))]
    if not nested:
        raise error(
            "no-toml",
            f'there is no *.toml in "{shown(folder)}"',
            "A workspace is a directory of *.toml files. To start one: reconciler init",
        )
    some = ", ".join(shown(_join(folder, name)) for name in nested[:_SHOWN])
    more = f" and {len(nested) - _SHOWN} more" if len(nested) > _SHOWN else ""
    raise error(
        "no-toml",
        f'there is no *.toml in "{shown(folder)}" itself',
        f"Folders are not searched. Name the workspace that you mean: {some}{more}.",
    )


def _listed(folder: str) -> list[str]:
    return sorted(name for name in _entries(folder) if name.endswith(".toml") and not name.startswith("."))


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError as problem:
        raise error("unreadable", f'"{shown(folder)}" cannot be listed: {_why(problem)}') from None


def _has_toml(folder: str) -> bool:
    try:
        return os.path.isdir(folder) and bool(_listed(folder))
    except DiagnosticsError:
        return False


def _all_read(directory: str, paths: list[tuple[str, str]]) -> Found:
    files: list[File] = []
    problems: list[Diagnostic] = []
    for path, name in paths:
        try:
            files.append(File(shown(name), shown(path), path, _read(path)))
        except (OSError, ValueError) as problem:
            summary = f'"{shown(path)}" cannot be read: {_why(problem)}'
            place = SourceRange(shown(path), 1, 1)
            problems.append(Diagnostic("error", "unreadable", summary, _advice(path), place))
    if not files:
        raise DiagnosticsError(tuple(problems))
    return Found(directory, tuple(files), tuple(problems))


def _read(path: str) -> bytes:
    if not stat.S_ISREG(os.stat(path).st_mode):
        # A pipe would wait for ever, a device might never end.
        raise OSError(None, "it is a directory" if os.path.isdir(path) else "it is not a regular file")
    with open(path, "rb") as stream:
        return stream.read()


def _advice(path: str) -> str | None:
    if os.path.islink(path):
        try:
            return f'It is a link to "{shown(os.readlink(path))}": mend or remove it.'
        except OSError:
            return None
    return "Every *.toml of the directory is part of the workspace: make it readable, or rename it."


def _why(problem: OSError | ValueError) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror[:1].lower() + problem.strerror[1:]
    return str(problem)


def _near(path: str) -> str:
    from difflib import get_close_matches

    folder, name = os.path.split(os.path.normpath(path))
    try:
        near = get_close_matches(name, os.listdir(folder or "."), 1, 0.7)
    except (OSError, ValueError):
        near = []
    meant = f' Did you mean "{shown(_join(folder or ".", near[0]))}"?' if near else ""
    return f"Name the directory of a workspace, or one TOML file.{meant}"
