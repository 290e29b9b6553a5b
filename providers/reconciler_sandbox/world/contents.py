"""The bytes of files: as text in the world file, else in a folder beside it, named by their SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path as File

from .build_data import sha256
from .problems import Problem
from .tables import Path, Tables


def folder_of(world: File) -> File:
    """Beside ``world.toml`` it is ``world.toml.files``."""
    return world.with_name(f"{world.name}.files")


def read(world: File, tables: Tables, problems: list[Problem]) -> dict[str, bytes]:
    """All bytes that the file has or names, by their hash; what is missing or wrong is a problem."""
    found = {sha256(text): text.encode() for text in _texts(tables)}
    wrong: dict[str, str] = {}
    for path, name in _named(tables):
        if name not in found and name not in wrong:
            try:
                found[name] = _checked(folder_of(world) / name)
            except OSError as error:
                wrong[name] = f"{folder_of(world) / name} cannot be read: {error.strerror}"
            except ValueError as error:
                wrong[name] = str(error)
        if name in wrong:
            problems.append(Problem(path, wrong[name]))
    return found


def write(world: File, text: str, contents: Mapping[str, bytes]) -> None:
    """The bytes first: a world file that is there has all that it names. Raises OSError."""
    if contents:
        folder_of(world).mkdir(mode=0o700, exist_ok=True)
    for name, data in contents.items():
        _replace(folder_of(world) / name, data)
    _replace(world, text.encode())


def _replace(file: File, data: bytes) -> None:
    """Whole or not at all, and for its owner only: a world holds logins."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as open_file:
        open_file.write(data)
    temporary.replace(file)


def _texts(tables: Tables) -> Iterator[str]:
    for _, table in tables.objects():
        if table.content is not None:
            yield table.content
    for content in tables.contents:
        if content.text is not None:
            yield content.text


def _named(tables: Tables) -> Iterator[tuple[Path, str]]:
    for path, table in tables.objects():
        if table.sha256 is not None:
            yield (*path, "sha256"), table.sha256
        for index, part in (table.parts or {}).items():
            if part.sha256 is not None:
                yield (*path, "parts", index, "sha256"), part.sha256
    for number, content in enumerate(tables.contents):
        if content.sha256 is not None:
            yield ("contents", number, "sha256"), content.sha256


def _checked(file: File) -> bytes:
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != file.name:
        raise ValueError(f"{file} has another SHA-256 than its name says")
    return data
