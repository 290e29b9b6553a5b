"""Whatever the bytes are: a workspace, or errors with places. Never anything else."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from reconciler.config import load
from reconciler.model import desired
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import DiagnosticsError

from .documents import Writer, workspaces

MANY = settings(max_examples=300, deadline=None)


def outcome(files: Sequence[bytes]) -> Workspace | DiagnosticsError:
    """What comes of the files; anything but the two is an exception and fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        for index, data in enumerate(files):
            (Path(folder) / f"{index}.toml").write_bytes(data)
        try:
            return load(folder)
        except DiagnosticsError as problem:
            return problem


def assert_told_well(result: Workspace | DiagnosticsError, files: Sequence[bytes]) -> None:
    if isinstance(result, Workspace):
        assert all(warning.severity == "warning" for warning in result.warnings)
        return
    errors = [d for d in result.diagnostics if d.severity == "error"]
    assert errors
    for diagnostic in result.diagnostics:
        source = diagnostic.source
        assert source is not None
        data = files[int(Path(source.file).stem)].removeprefix(b"\xef\xbb\xbf")
        lines = [line.removesuffix("\r") for line in data.decode("utf-8", "replace").split("\n")]
        assert source.snippet == lines[source.line - 1]
        assert 1 <= source.column <= len(source.snippet) + 1
        assert 1 <= source.length <= max(1, len(source.snippet) - source.column + 1)
    places = [
        (Path(d.source.file).stem, d.source.line, d.source.column) for d in result.diagnostics if d.source
    ]
    assert places == sorted(places)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    return Writer(draw).write(draw(workspaces())).encode()


pieces = st.sampled_from(
    [
        piece.encode()
        for piece in ('"', "'''", '"""', "[", "]", "[[", "{", "}", "=", ".", ",", "\n", "\r", "\0", "#")
    ]
    + [b"\xff", b"\\", b"\xef\xbb\xbf", "é🧬".encode(), b"nan", b"2027-01-31", b"9" * 30]
    + [
        b"[projects.a]\n",
        b"[[moved]]\n",
        b'from = "projects.a"\n',
        b"projects = 5\n",
        b"[defaults]\nprojects = 1\n",
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = draw(written())
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("insert", "cut", "line twice", "line gone", "swap"))):
            case "insert":
                data = data[:at] + draw(pieces | st.binary(max_size=3)) + data[at:]
            case "cut":
                data = data[:at] + data[at + draw(st.integers(1, 9)) :]
            case "swap":
                data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
            case kind:
                lines = data.split(b"\n")
                index = draw(st.integers(0, len(lines) - 1))
                lines[index : index + 1] = [lines[index]] * 2 if kind == "line twice" else []
                data = b"\n".join(lines)
    return data


@MANY
@given(st.lists(mutated(), min_size=1, max_size=3))
def test_mutated_workspaces_are_read_or_told(files: list[bytes]) -> None:
    assert_told_well(outcome(files), files)


@MANY
@given(
    st.lists(pieces, max_size=40).map(b"".join)
    | st.text(max_size=80).map(str.encode)
    | st.binary(max_size=80)
)
def test_any_bytes_are_told(data: bytes) -> None:
    result = outcome([data])
    assert isinstance(result, DiagnosticsError)
    assert_told_well(result, [data])


records = (
    desired.Document,
    desired.ProviderTable,
    desired.Project,
    desired.Policy,
    desired.Waiver,
    desired.Moved,
)
names = st.sampled_from(["a", *sorted({field.encode_name for record in records for field in fields(record)})])
scalars = (
    st.integers()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.text(max_size=9)
) | st.sampled_from(("user-a", "projects.a", "aws:us-east-1", "@a", "project-J00000000000000000000001"))
structures = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=25,
)


@MANY
@given(st.lists(st.dictionaries(names, structures, max_size=6), min_size=1, max_size=2))
def test_any_structure_is_read_or_told(documents: list[dict[str, object]]) -> None:
    import rtoml

    files = [rtoml.dumps(document).encode() for document in documents]
    assert_told_well(outcome(files), files)


@MANY
@given(written())
def test_what_is_right_is_read_without_a_word(data: bytes) -> None:
    result = outcome([data])
    assert isinstance(result, Workspace)
    assert result.warnings == ()


@MANY
@given(st.data())
def test_the_quick_and_the_thorough_reading_agree(data: st.DataObject) -> None:
    from reconciler.config.examine import thoroughly
    from reconciler.config.files import find
    from reconciler.config.reading import quickly

    text = data.draw(written() | mutated())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.toml").write_bytes(text)
        found = find(folder)
        quick = quickly(folder, found)
        try:
            thorough: Workspace | None = thoroughly(folder, found)
        except DiagnosticsError:
            thorough = None
    if quick is not None:
        assert thorough is not None
        assert (quick.projects, quick.orgs, quick.users) == (thorough.projects, thorough.orgs, thorough.users)
        assert thorough.warnings == ()
    elif thorough is not None:
        assert thorough.warnings
