"""Figures in a page of docs/, each between its two markers."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"


def write(name: str, text: str, path: Path = PAGE) -> None:
    """Replaces what stands between the markers of that name. Raises LookupError where there are none."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = path.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page, count = pattern.subn(lambda _: f"{begin}\n{text}\n{end}", page)
    if count != 1:
        raise LookupError(f"{path.name} has no place for {name}")
    path.write_text(page, encoding="utf-8")
