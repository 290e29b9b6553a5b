"""Whatever a world holds: its dump is a world file, and that file is the world."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from reconciler_sandbox.world import contents, reader, writer
from reconciler_sandbox.world.dump import Dumped, dump
from reconciler_sandbox.world.json_values import Json, written
from reconciler_sandbox.world.json_values import read as read_json
from reconciler_sandbox.world.model import World
from support.random_machine import Calls
from support.random_platforms import jsons, worlds


def read_again(dumped: Dumped) -> World:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.toml"
        contents.write(file, dumped.text, dumped.contents)
        return reader.load(file).world


def assert_same(world: World) -> None:
    dumped = dump(world)
    again = read_again(dumped)
    assert again == world.in_order()
    assert dump(again) == dumped
    tomllib.loads(dumped.text)


@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_a_world_is_what_its_dump_says(world: World) -> None:
    assert_same(world)


@settings(max_examples=50, deadline=None)
@given(world=worlds(), data=st.data())
def test_a_dump_does_not_depend_on_the_order_in_which_things_came_about(
    world: World, data: st.DataObject
) -> None:
    shuffled = structs.replace(
        world,
        projects=data.draw(st.permutations(world.projects)),
        records=data.draw(st.permutations(world.records)),
        users=dict(reversed(world.users.items())),
        orgs=dict(reversed(world.orgs.items())),
    )
    assert dump(shuffled) == dump(world)


@settings(max_examples=300, deadline=None)
@given(value=jsons)
def test_any_json_can_be_written(value: object) -> None:
    text = "\n".join(writer.lines({"details": written(value)}))
    read = read_json(Json, tomllib.loads(text)["details"])
    assert isinstance(read, Json)
    assert (read.value, type(read.value)) == (value, type(value))


@settings(max_examples=300, deadline=None)
@given(key=st.text(), value=st.text())
def test_any_text_is_read_as_it_was(key: str, value: str) -> None:
    text = "\n".join(writer.lines({key: value, "a" + key: {key: [value]}}))
    assert tomllib.loads(text) == {key: value, "a" + key: {key: [value]}}


class LeftBehind(Calls):
    """The random calls of all routes; what they leave behind is judged at the end of each run."""

    def teardown(self) -> None:
        try:
            if hasattr(self, "lab"):
                world = self.lab.platform.world()
                kept = self.store.load()
                assert kept is not None
                assert kept.in_order() == world.in_order()
                assert_same(world)
        finally:
            super().teardown()


TestLeftBehind = LeftBehind.TestCase
TestLeftBehind.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
