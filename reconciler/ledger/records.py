"""What a ledger keeps: who holds the lock, and the lines of the journal."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
from typing import TypeAlias

from msgspec import Struct

from reconciler.model.moment import rfc3339
from reconciler.model.plan import Action, Values
from reconciler.model.report import StepResult


class LockOwner(Struct, frozen=True):
    """Who holds the lock: a process (``pid`` on ``host``) of ``user``, doing ``command`` since
    ``since`` (RFC 3339). ``id`` is random and names this one taking of the lock."""

    id: str
    user: str
    host: str
    pid: int
    command: str
    since: str


def owner_here(command: str) -> LockOwner:
    """This process as the owner of a lock. ``command`` is shown to whoever finds it locked."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid {os.getuid()}"
    since = rfc3339(time.time_ns() // 1_000_000)
    return LockOwner(secrets.token_hex(4), user, socket.gethostname(), os.getpid(), command, since)


class Locked(Exception):
    """Somebody else holds the lock. ``owner`` is None where it could not be read."""

    def __init__(self, owner: LockOwner | None, location: str) -> None:
        self.owner = owner
        self.location = location
        super().__init__(self._text())

    def _text(self) -> str:
        if self.owner is None:
            return f"{self.location} is locked by another run of reconciler."
        who = self.owner
        return (
            f"{self.location} is locked by {who.user} on {who.host} (process {who.pid}) "
            f"since {who.since}, running: {who.command} (lock {who.id})."
        )


class Intent(Struct, frozen=True, tag_field="kind", tag="intent", rename={"as_": "as"}):
    """A call is about to be sent. ``id`` is the project or payer it changes, None for a creation."""

    plan_id: str
    step: str
    address: str
    action: Action
    as_: str
    id: str | None
    after: Values
    at: str


class Ended(Struct, frozen=True, tag_field="kind", tag="ended"):
    """What became of a call, after reading back."""

    plan_id: str
    step: str
    address: str
    action: Action
    result: StepResult
    id: str | None
    message: str
    error_type: str | None
    request_id: str | None
    at: str


class Applied(Struct, frozen=True, tag_field="kind", tag="applied"):
    """Every step of the plan is done; ``identity`` is the platform's user who did it."""

    plan_id: str
    identity: str
    at: str
    steps: int


Entry: TypeAlias = Intent | Ended
