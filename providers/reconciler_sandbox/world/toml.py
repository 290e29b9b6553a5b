"""A TOML file as text and as tables; what is wrong with it has a place. Must not know what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import rtoml

from .positions import Place, syntax_error
from .problems import WorldError, wrong

_PLACE = re.compile(r" at line (\d+) column (\d+)$")


def text_of(path: Path) -> str:
    """Raises WorldError."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from None
    except OSError as error:
        raise wrong(path, f"cannot be read: {error.strerror}") from None


def parsed(path: Path, text: str) -> Mapping[str, object]:
    """Raises WorldError."""
    try:
        raw: Mapping[str, object] = rtoml.loads(text)
    except (rtoml.TomlParsingError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        told = _PLACE.search(said)
        place = Place(int(told[1]), int(told[2])) if told is not None else syntax_error(text)
        raise wrong(path, f"not TOML: {_PLACE.sub('', said)}", text, place) from None
    return raw


def _not_utf8(path: Path, error: UnicodeDecodeError) -> WorldError:
    before = error.object[: error.start].decode()
    place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
    return wrong(path, "not UTF-8: save it as UTF-8", error.object.decode(errors="replace"), place)
