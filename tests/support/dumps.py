"""A dump is held against the world that it was made of."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from reconciler_sandbox.world import contents, reader
from reconciler_sandbox.world.dump import Dumped, dump
from reconciler_sandbox.world.model import World


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
