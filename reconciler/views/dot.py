"""A plan in DOT, the language of Graphviz: ``dot -Tsvg`` and many others draw it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.pages import DiagnosticsPage, PlanPage, Style
from reconciler.views.picture import Kind, picture

_STYLES: dict[Kind, str] = {
    "manual": "style=dashed",
    "blocked": "style=dashed",
    "refused": "color=red",
    "unreadable": "style=dotted",
    "rest": "shape=plaintext",
}


def render(page: PlanPage | DiagnosticsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """A box a line, then the arrows."""
    drawn = picture(page)
    yield "digraph plan {\n"
    yield "  rankdir=LR;\n"
    yield '  node [shape=box, fontname="sans-serif"];\n'
    for place, box in enumerate(drawn.boxes):
        label = "\\n".join(map(_escaped, box.lines))
        looks = f", {_STYLES[box.kind]}" if box.kind in _STYLES else ""
        yield f'  n{place} [label="{label}"{looks}];\n'
    for before, after in drawn.arrows:
        yield f"  n{before} -> n{after};\n"
    yield "}\n"


def _escaped(line: str) -> str:
    """A label: a backslash begins an escape there, a quote ends it, an ampersand begins an entity."""
    return line.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
