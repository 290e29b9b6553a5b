"""Where faults are played: before or after a call is carried out, or in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from reconciler_sandbox.laws.errors import STATUS
from reconciler_sandbox.reply import Later, Reply, Request, error_body

from . import denial
from .budget import Budget
from .past import Past
from .record import WIRE, Effect, Fault, effect_of

if TYPE_CHECKING:
    from reconciler_sandbox.platform import Platform

_TYPES: Mapping[int, str] = {status: type for type, status in reversed(list(STATUS.items()))}
_PAGE = b"<!doctype html><title>Sign in</title><p>Not the platform, but something on the way to it.</p>\n"
_GARBAGE = b"\xff\xfe{]\x00 not JSON"
_MADE_UP = Reply(200, b'{"results":[],"next":null}')
"""What a broken answer is made of when the call was not carried out."""


class Stage:
    """The faults of one platform, with their counters."""

    def __init__(self, platform: Platform, faults: tuple[Fault, ...], seed: int) -> None:
        self._platform = platform
        self._budget = Budget(faults, seed)
        self.past = Past(faults)

    @property
    def empty(self) -> bool:
        return not self._budget

    def told(self) -> list[Mapping[str, object]]:
        """Each fault as it was written, with what became of it; ``left`` null: no limit."""
        return [
            {**msgspec.to_builtins(fault), "seen": seen, "struck": struck, "left": left}
            for fault, seen, struck, left in self._budget.told()
        ]

    def unread(self, path: str, user: str | None) -> Reply | None:
        """What happens before the body of a call is read, if anything does."""
        fault = self._budget.unread(path, user)
        if fault is None:
            return None
        self.past.begin()
        return self._instead(Request(path, b""), None, fault, _effect(fault))

    def answer(self, request: Request, user: str | None, given: object) -> Reply:
        """``user``: whose token it is; ``given``: the input. Both None where there is no such thing."""
        self.past.begin()
        fault = self._budget.struck(request.path, user, given)
        if fault is None:
            return self._platform.plain(request)
        effect = _effect(fault)
        match effect.kind:
            case "slow":
                return self._slowed(request, fault, effect.number)
            case "stale" | "expire_token" | "deny" | "rival":
                return self._disturbed(request, user, given, fault)
            case _ if fault.when == "before":
                return self._instead(request, given, fault, effect)
            case _:
                return _broken(self._platform.plain(request, fault.name), fault, effect)

    def _slowed(self, request: Request, fault: Fault, seconds: float) -> Reply:
        if fault.when == "before":
            return Reply(0, b"", later=Later(seconds, lambda: self._platform.plain(request, fault.name)))
        reply = self._platform.plain(request, fault.name)
        return Reply(0, b"", later=Later(seconds, lambda: reply))

    def _disturbed(self, request: Request, user: str | None, given: object, fault: Fault) -> Reply:
        """The call is carried out, and something else happens before or after it."""
        if fault.when == "after":
            reply = self._platform.plain(request, fault.name)
            self._happens(request, user, given, fault)
            return reply
        happened = self._happens(request, user, given, fault)
        if fault.effect == "deny" and not happened:
            return self._instead(request, given, fault, Effect("deny", STATUS["PermissionDenied"]))
        return self._platform.plain(request, fault.name)

    def _happens(self, request: Request, user: str | None, given: object, fault: Fault) -> bool:
        """False: there was nothing to do."""
        effect = _effect(fault)
        match effect.kind:
            case "stale":
                self.past.lag(int(effect.number))
            case "expire_token":
                self._platform.expire(request.authorization)
            case "deny":
                effects = denial.taken(self._platform.state, user or "", request.path, given)
                if not effects:
                    return False
                self._platform.change(effects)
            case _:
                for call in fault.calls:
                    body = msgspec.json.encode(call.input)
                    self._platform.plain(Request(call.route, body, actor=call.user), fault.name)
        return True

    def _instead(self, request: Request, given: object, fault: Fault, effect: Effect) -> Reply:
        """Nothing is carried out."""
        reply = _broken(_MADE_UP, fault, effect)
        if reply.wire in ("close", "reset", "hang"):
            reply = structs.replace(reply, status=0, body=b"")
        self._platform.note(request, given, reply.status, fault.name)
        return reply


def _effect(fault: Fault) -> Effect:
    effect = effect_of(fault.effect)
    if effect is None:  # it was looked at when it was read
        raise ValueError(fault.effect)
    return effect


def _broken(reply: Reply, fault: Fault, effect: Effect) -> Reply:
    """The answer as the caller gets it."""
    status = int(effect.number)
    for wire in WIRE:
        if effect.kind == wire:
            return structs.replace(reply, wire=wire)
    match effect.kind:
        case "garbage":
            return Reply(200, _GARBAGE)
        case "wrong_type":
            return structs.replace(reply, body=b"[" + reply.body + b"]")
        case "deny":
            return Reply(status, error_body("PermissionDenied", f"played: {fault.effect}"))
        case "status" if status in _TYPES:
            return Reply(status, error_body(_TYPES[status], f"played: {fault.effect}"), fault.retry_after)
        case _:
            return Reply(status, _PAGE, media="text/html")
