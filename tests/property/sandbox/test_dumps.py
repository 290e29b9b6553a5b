"""Whatever a world holds: its dump is a world file, and that file is the world."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from reconciler_sandbox.world import writer
from reconciler_sandbox.world.dump import dump
from reconciler_sandbox.world.json_values import Json, written
from reconciler_sandbox.world.json_values import read as read_json
from reconciler_sandbox.world.model import World
from support.dumps import assert_same
from support.random_platforms import jsons, worlds


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
