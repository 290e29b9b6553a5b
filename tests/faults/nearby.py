"""The mixed apply on a platform in this process: a command takes milliseconds, and no server has to start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faults.mixed import READ_SECONDS, SETTLE_SECONDS, WORLD, Platformed, Story
from reconciler_sandbox.control import PREFIX, Control
from reconciler_sandbox.platform import Platform
from support.command import Ran
from support.desk import Desk


class Nearby:
    """A platform as a served one is asked."""

    port = 1

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._control = Control(platform, "key", lambda: None)

    def control(self, route: str, given: object = None) -> Any:
        body = json.dumps(given or {}).encode()
        reply = self._control.answer(PREFIX + route, body, "application/json", "key")
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def post(self, path: str, given: object, *, token: str) -> tuple[int, Any, Mapping[str, str]]:
        body = json.dumps(given).encode()
        reply = self._platform.answer(path, body, "application/json", f"Bearer {token}", {})
        return reply.status, json.loads(reply.body), {}


class NearbyStory(Story):
    """On a platform of its own, with the ledger in a file."""

    def __init__(self, folder: Path) -> None:
        self._desk = Desk.new(folder, WORLD)
        self._desk.settings = {
            "RECONCILER_SETTLE_SECONDS": str(SETTLE_SECONDS),
            "RECONCILER_READ_RETRY_SECONDS": str(READ_SECONDS),
        }
        server: Platformed = Nearby(self._desk.platform)
        super().__init__(server, folder)

    def run(self, *words: str) -> Ran:
        return self._desk.run(*words)
