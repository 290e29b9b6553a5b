"""Routes that are no part of the platform: for tests and demos, off unless asked for.

They look at the log of calls, move the clock, play the platform's sales desk, and start over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from msgspec import structs

from reconciler_sandbox.laws import inputs
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.errors import Refused, invalid, not_found
from reconciler_sandbox.platform import Platform, moment, parsed
from reconciler_sandbox.reply import Reply, error_body
from reconciler_sandbox.store import StoreError
from reconciler_sandbox.world import faults
from reconciler_sandbox.world.build import milliseconds
from reconciler_sandbox.world.dump import dump
from reconciler_sandbox.world.model import LATEST
from reconciler_sandbox.world.problems import WorldError

PREFIX = "/emulator/"

Input = Mapping[str, object]
Handler = Callable[[Input], Mapping[str, object]]


class Control:
    """``reset`` puts the platform back to its world file. Raises what it likes as Refused."""

    def __init__(self, platform: Platform, key: str, reset: Callable[[], None]) -> None:
        self._platform = platform
        self._key = key
        self._reset = reset
        self._routes: Mapping[str, tuple[Handler, tuple[str, ...]]] = {
            "calls": (self._calls, ()),
            "clock": (self._clock, ("advance_ms", "now")),
            "faults": (self._faults, ("faults",)),
            "grant": (self._grant, ("profile", "region", "remove")),
            "reset": (self._start_over, ()),
            "world": (self._world, ()),
        }

    def answer(self, path: str, body: bytes, content_type: str | None, key: str | None) -> Reply:
        try:
            if key != self._key:
                raise Refused("PermissionDenied", "X-Emulator-Key is not the key printed at the start")
            route = self._routes.get(path.removeprefix(PREFIX))
            if route is None:
                raise Refused("ResourceNotFound", f"The route {path} could not be found")
            given = parsed(body, content_type)
            if not isinstance(given, dict):
                raise invalid("the input must be a hash")
            handler, keys = route
            # Not the platform's: here a misspelt key must not pass for nothing to do.
            for key_given in given:
                if key_given not in keys:
                    raise invalid(
                        f"{key_given} is not a key of {path}, which takes {', '.join(keys) or 'none'}"
                    )
            return Reply(200, msgspec.json.encode(handler(given)))
        except StoreError as error:
            return Reply(500, error_body("InternalError", str(error)))
        except Refused as refused:
            return Reply(refused.status, error_body(refused.type, refused.message))

    def _calls(self, _given: Input) -> Mapping[str, object]:
        return {"results": self._platform.log.recent()}

    def _clock(self, given: Input) -> Mapping[str, object]:
        """``advance_ms`` or ``now`` (RFC 3339); neither only tells the time."""
        now = self._platform.now
        advance, moved = given.get("advance_ms"), inputs.text(given, "now")
        if moved is not None:
            try:
                now = milliseconds(datetime.fromisoformat(moved))
            except ValueError:
                raise invalid("now must be a time like 2026-01-15T09:00:00Z") from None
        if advance is not None:
            if not isinstance(advance, int) or not inputs.is_int(advance):
                raise invalid("advance_ms must be an integer")
            now += advance
        if not 0 <= now <= LATEST:
            raise invalid("the clock can show the years 1970 to 2286")
        if now != self._platform.now:
            self._platform.set_clock(now)
        return {"now": moment(now), "now_ms": now}

    def _faults(self, given: Input) -> Mapping[str, object]:
        """``faults``: those that are played from now on; without it only tells which strike how often."""
        if "faults" in given:
            try:
                self._platform.play(faults.given(given, self._platform.state.users))
            except WorldError as error:
                raise invalid(str(error)) from None
        return {"faults": self._platform.stage.told()}

    def _grant(self, given: Input) -> Mapping[str, object]:
        """``profile``, ``region``, ``remove``: the only way to change what a payer is permitted."""
        profile, region = inputs.need_text(given, "profile"), inputs.need_text(given, "region")
        remove = inputs.flag(given, "remove") or False
        state = self._platform.state
        if region not in state.regions:
            raise invalid(f"{region} is not a region of this platform")
        if profile in state.users:
            user = state.users[profile]
            regions = _granted(user.permitted_regions, region, remove=remove)
            self._platform.change((Put(structs.replace(user, permitted_regions=regions)),))
        elif profile in state.orgs:
            org = state.orgs[profile]
            regions = _granted(org.permitted_regions, region, remove=remove)
            self._platform.change((Put(structs.replace(org, permitted_regions=regions)),))
        else:
            raise not_found(profile)
        return {"id": profile, "permittedRegions": regions}

    def _world(self, _given: Input) -> Mapping[str, object]:
        """The whole world as a world file, and in base64 the bytes that belong into the folder beside it."""
        found = dump(self._platform.world())
        return {"world": found.text, "files": found.contents}

    def _start_over(self, _given: Input) -> Mapping[str, object]:
        self._reset()
        return {}


def _granted(regions: tuple[str, ...] | None, region: str, *, remove: bool) -> tuple[str, ...]:
    rest = tuple(code for code in regions or () if code != region)
    return rest if remove else (*rest, region) if region not in (regions or ()) else (regions or ())
