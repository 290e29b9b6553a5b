"""A plan as a Mermaid flowchart: GitHub, GitLab and many editors draw it where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.views.pages import DiagnosticsPage, PlanPage, Style
from reconciler.views.picture import Kind, picture

_STYLES: dict[Kind, str] = {
    "manual": "stroke-dasharray:4",
    "blocked": "stroke-dasharray:4",
    "refused": "stroke:#c00,stroke-width:2px",
    "unreadable": "stroke-dasharray:1",
    "rest": "stroke:none",
}
_PLAIN = frozenset(" .,:/@=()-→…")
"""What means nothing within a label, beside letters and digits."""

_LIST = re.compile(r"\d*[-.)]")
"""How a line begins that Markdown takes for an item of a list."""


def render(page: PlanPage | DiagnosticsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """A box a line, then the arrows, then the classes that are used."""
    drawn = picture(page)
    yield "flowchart LR\n"
    for place, box in enumerate(drawn.boxes):
        label = "<br/>".join(map(_escaped, box.lines))
        kind = f":::{box.kind}" if box.kind in _STYLES else ""
        yield f'  n{place}["{label}"]{kind}\n'
    for before, after in drawn.arrows:
        yield f"  n{before} --> n{after}\n"
    used = {box.kind for box in drawn.boxes}
    for kind, looks in _STYLES.items():
        if kind in used:
            yield f"  classDef {kind} {looks}\n"


def _escaped(line: str) -> str:
    """Everything that could mean something to Mermaid, Markdown or HTML is written by its number."""
    item = _LIST.match(line)
    last = item.end() - 1 if item else -1
    return "".join(
        char if (char.isalnum() or char in _PLAIN) and place != last else f"#{ord(char)};"
        for place, char in enumerate(line)
    )
