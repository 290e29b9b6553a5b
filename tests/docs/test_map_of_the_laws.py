"""The map in front of the platform's laws has every file, once."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler_sandbox import laws


def test_the_map_of_the_laws_names_every_file_once() -> None:
    folder = Path(str(laws.__file__)).parent
    lines = re.findall(r"^  (?:[a-z ]{12} |  +)(\w.*)$", str(laws.__doc__), re.MULTILINE)
    named = re.findall(r"\w+", re.sub(r"\(.*?\)", "", " ".join(lines)))
    assert sorted(named) == sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__")
