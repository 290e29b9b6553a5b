"""What a ledger keeps: who holds the lock, the runs, and the lines of the journal."""

from __future__ import annotations

from msgspec import Struct

from reconciler.model.plan import Action, Values
from reconciler.model.report import StepResult


class LockOwner(Struct, frozen=True):
    """Who holds the lock: a process (``pid`` on ``host``) of ``user``, doing ``command`` since ``since``.

    ``id`` is random and names this one taking of the lock. ``expires``: until when it is held unless it
    is renewed; ``fence``: the number of this taking, higher than that of any before; both as of the last
    renewal, empty and 0 while it is not held. ``boot``, ``namespace`` and ``started`` tell whether the
    process still lives (see ``process``). Times are RFC 3339 in UTC.
    """

    id: str
    user: str
    host: str
    pid: int
    command: str
    since: str
    expires: str = ""
    fence: int = 0
    boot: str = ""
    namespace: str = ""
    started: str = ""


class Locked(Exception):
    """Somebody else holds the lock. ``owner`` is None where it could not be read; ``unrenewed`` is for
    how many seconds it has not been renewed."""

    def __init__(self, owner: LockOwner | None, location: str, unrenewed: float | None = None) -> None:
        self.owner = owner
        self.location = location
        self.unrenewed = unrenewed
        super().__init__(self._text())

    def _text(self) -> str:
        if self.owner is None:
            return f"{self.location} is locked by another run of reconciler."
        who = self.owner
        since = "" if self.unrenewed is None else f", renewed {max(0, round(self.unrenewed))} s ago"
        return (
            f"{self.location} is locked by {who.user} on {who.host} (process {who.pid}) "
            f"since {who.since}{since}, running: {who.command} (lock {who.id})."
        )

    @property
    def advice(self) -> str:
        """How to go on."""
        wait = "Wait until that run has ended, then run the same command again."
        if self.owner is None:
            return wait
        return (
            f"{wait} If you are sure that it has ended without giving its lock back, in the folder of the "
            f"workspace:\nreconciler unlock {self.owner.id}"
        )


LOCK_LOST = "lock-lost"
"""The code of the error where the lock is not known to be ours any more."""


class Intent(Struct, frozen=True, tag_field="kind", tag="intent", rename={"as_": "as"}):
    """A call is about to be sent. ``call`` is random and names this one call, ``run`` the apply that
    sends it; ``id`` is the project or payer it changes, None for a creation."""

    call: str
    run: str
    plan_id: str
    step: str
    address: str
    action: Action
    as_: str
    id: str | None
    after: Values
    at: str


class Ended(Struct, frozen=True, tag_field="kind", tag="ended"):
    """What became of a step, after reading back; ``call`` is None where nothing was sent.

    ``looked``: for how many seconds a creation of unknown outcome was looked for without a sign of it.
    """

    call: str | None
    run: str
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
    looked: float = 0.0


class OpenCall(Struct, frozen=True):
    """A call of which it is not known what became of it. ``ended`` is the last word, "uncertain";
    None where there is none (the run was killed)."""

    intent: Intent
    ended: Ended | None


class Started(Struct, frozen=True):
    """An apply begins: ``user`` of the machine ``host`` by ``command``, at the platform as ``identity``,
    from the ``commit`` of the configuration (None outside version control)."""

    run: str
    plan_id: str
    identity: str
    user: str
    host: str
    command: str
    commit: str | None
    steps: int
    at: str


class Finished(Struct, frozen=True):
    """An apply has come to its end: how many steps ended how."""

    run: str
    done: int
    failed: int
    not_attempted: int
    uncertain: int
    interrupted: bool
    at: str


class Run(Struct, frozen=True):
    """One apply. ``finished`` is None while it is under way, or where it was killed."""

    started: Started
    finished: Finished | None


class Applied(Struct, frozen=True):
    """Every step of the plan is done; ``identity`` is the platform's user who did it."""

    plan_id: str
    identity: str
    at: str
    steps: int
