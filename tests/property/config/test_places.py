"""The same desired state however it is ordered and spelt, and places that are where things stand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.worlds import NoSources

from reconciler.config import load
from reconciler.model.desired import Workspace

from .documents import Writer, workspaces

MANY = settings(max_examples=200, deadline=None)
NOWHERE = NoSources()


def read(text: str) -> Workspace:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.toml"
        path.write_text(text, encoding="utf-8", newline="")
        return load(folder)


def judged(workspace: Workspace) -> Workspace:
    """What desired state is, apart from where it was read."""
    return replace(workspace, sources=NOWHERE, digest="", files=(), directory="", shown="")


@MANY
@given(st.data())
def test_order_and_spelling_make_no_difference(data: st.DataObject) -> None:
    document = data.draw(workspaces())
    one = data.draw(st.composite(lambda draw: Writer(draw).write(document))())
    other = data.draw(st.composite(lambda draw: Writer(draw).write(document))())
    assert judged(read(one)) == judged(read(other))


@st.composite
def written_with_places(draw: st.DrawFn) -> tuple[str, dict[tuple[str, str | None], int]]:
    writer = Writer(draw)
    return writer.write(draw(workspaces())), writer.lines_of


@MANY
@given(written_with_places())
def test_a_place_is_on_the_line_where_the_value_is_written(
    case: tuple[str, dict[tuple[str, str | None], int]],
) -> None:
    text, lines_of = case
    sources = read(text).sources
    for (address, attribute), line in lines_of.items():
        place = sources.locate(address, attribute)
        assert place is not None
        assert place.line == line
        assert place.snippet == text.split("\n")[line - 1]
        mark = place.snippet[place.column - 1 :][: place.length]
        key = address.partition(".")[2]
        assert key in mark if attribute is None else mark[0] in '"[tf'


@MANY
@given(written_with_places())
def test_what_is_not_written_is_placed_at_its_table_or_the_defaults(
    case: tuple[str, dict[tuple[str, str | None], int]],
) -> None:
    text, lines_of = case
    sources = read(text).sources
    for (address, attribute), line in lines_of.items():
        if attribute is None and address.startswith("projects.") and (address, "region") not in lines_of:
            place = sources.locate(address, "region")
            assert place is not None
            defaults = "[defaults.projects]" in text.split("\n")
            assert place.snippet.strip("\"' ").startswith("region") if defaults else place.line == line
