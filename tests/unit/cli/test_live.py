"""Files and streams that are told things as they happen: whole lines, at once."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli import live
from reconciler.cli.console import Console
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Step
from reconciler.views.pages import ApplyPage, StepPage

LINE = "x" * 299 + "\n"


@pytest.fixture(autouse=True)
def _a_command_begins() -> None:
    live.begin()


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file may grow beyond 1000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("little_room")
def test_a_line_for_which_there_is_no_room_is_not_there_in_part(tmp_path: Path) -> None:
    file = tmp_path / "events"
    for _ in range(3):
        live.add(str(file), [LINE])
    with pytest.raises(DiagnosticsError, match="cannot write"):
        live.add(str(file), [LINE])
    assert file.read_text() == LINE * 3


@pytest.mark.usefixtures("little_room")
def test_after_a_gap_nothing_more_is_written(tmp_path: Path) -> None:
    file = tmp_path / "events"
    for lines in ([LINE * 4], ["short\n"]):
        with pytest.raises(DiagnosticsError, match="cannot write"):
            live.add(str(file), lines)
    assert file.read_text() == ""


def test_a_pipe_whose_reader_has_gone_is_an_error_and_waited_for_by_nobody(tmp_path: Path) -> None:
    pipe = tmp_path / "events"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    live.add(str(pipe), [LINE])
    assert os.read(reader, 1_000) == LINE.encode()
    os.close(reader)
    with pytest.raises(DiagnosticsError, match="cannot write"):
        live.add(str(pipe), [LINE])


def test_the_first_lines_of_a_command_take_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_text("earlier\n")
    for _ in range(2):
        live.add(str(file), ["now\n"])
    assert file.read_text() == "now\nnow\n"


def test_an_event_has_left_the_process_before_the_next_thing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(_Raw(pipe)), encoding="utf-8"))
    console = Console(ApplyPage, "ndjson")
    step = Step("s1", "projects.a", "create", "user-alice", None, {"name": "é"})
    console.follow(StepPage(step, "now"))
    assert json.loads(pipe.getvalue())["type"] == "apply_start"


class _Raw(io.RawIOBase):
    """The end of a pipe."""

    def __init__(self, into: io.BytesIO) -> None:
        self._into = into

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._into.write(bytes(data))  # type: ignore[call-overload, no-any-return]
