"""The emulated platform: from one request's parts to one answer, with what it changes kept.

It puts together the laws, the world in memory, the store, the clock, the logins and the log. Must not
know of sockets or web frameworks. One call at a time.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import structs

from reconciler_sandbox import ids
from reconciler_sandbox.calls import CallLog, Entry
from reconciler_sandbox.faults.record import Fault
from reconciler_sandbox.faults.stage import Stage
from reconciler_sandbox.laws import router
from reconciler_sandbox.laws.effects import Effect
from reconciler_sandbox.laws.errors import Refused
from reconciler_sandbox.laws.records import OTHERS
from reconciler_sandbox.laws.view import Answer, Call, Caller
from reconciler_sandbox.rate import Limiter
from reconciler_sandbox.reply import Reply, Request, error_body
from reconciler_sandbox.state import State
from reconciler_sandbox.store import Store, StoreError
from reconciler_sandbox.world.model import Token, World

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LONG = re.compile(rb"\d{19}")
"""What an integer of more than 64 bits has at least."""
DEEPEST = 500
"""Levels of arrays and hashes in a body; Python gives up at less than twice as many."""

ANONYMOUS = "PUBLIC"
"""What the official client sends as its token after a logout."""


class Platform:
    def __init__(
        self,
        world: World,
        store: Store,
        log: CallLog,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self.log = log
        self._monotonic = monotonic
        self._secret = secrets.token_bytes(32)
        self._become(world)

    def _become(self, world: World) -> None:
        self._seed = world.seed
        self._issued = world.issued
        self._clock = world.clock
        self._tokens = {token.token: token for token in world.tokens}
        self.state = _state(world)
        self._lag = world.switches.find_lag_ms / 1000
        self._found = _state(world) if self._lag else self.state
        self._late: deque[tuple[float, tuple[Effect, ...]]] = deque()
        self._limiter = Limiter(world.switches.rate_limit, self._monotonic)
        self.play(world.faults)

    def play(self, faults: tuple[Fault, ...]) -> None:
        """From now on these go wrong, and no others."""
        self._faults = faults
        self.stage = Stage(self, faults, self._seed)

    def restart(self, world: World, source: str) -> None:
        """Replace everything by another world. Raises StoreError."""
        self.store.seed(world, source)
        self._become(world)
        self.log.clear()

    def world(self) -> World:
        """Everything as it is now; how often the faults have struck is not part of it."""
        state = self.state
        return World(
            seed=self._seed,
            clock=self._clock,
            switches=state.switches,
            regions=dict(state.regions),
            tokens=tuple(self._tokens.values()),
            users=dict(state.users),
            orgs=dict(state.orgs),
            projects=list(state.projects.values()),
            records=[record for record in state.records() if isinstance(record, OTHERS)],
            issued=self._issued,
            faults=self._faults,
        )

    @property
    def now(self) -> int:
        """The world's clock, ms since the Unix epoch."""
        return self._clock.ms + (int(time.time() * 1000) if self._clock.real else 0)

    def answer(
        self,
        path: str,
        body: bytes,
        content_type: str | None,
        authorization: str | None,
        headers: Mapping[str, str],
    ) -> Reply:
        """What the platform answers to ``POST path``."""
        request = Request(path, body, content_type, authorization, headers)
        if self.stage.empty:
            return self.plain(request)
        try:
            given = parsed(body, content_type)
        except Refused:
            given = None
        return self.stage.answer(request, self.user_of(authorization), given)

    def unread(self, path: str, authorization: str | None) -> Reply | None:
        """What becomes of a call before its body is read, if a fault has a hand in it."""
        return None if self.stage.empty else self.stage.unread(path, self.user_of(authorization))

    def plain(self, request: Request, fault: str | None = None) -> Reply:
        """What the platform answers where nothing goes wrong. ``fault``: for the log."""
        caller = Caller(None)
        given: object = None
        try:
            given = parsed(request.body, request.content_type)
            caller = self._admitted(request)
            place = router.place(request.path, caller)
            outcome = self._carried_out(place, caller, given, request.headers)
        except Exception as error:  # whatever it is, the server goes on: see refusal
            outcome = refusal(error)
        reply = self._reply(outcome)
        self._note(request, caller.user, given, reply.status, outcome=outcome, fault=fault)
        return reply

    def _carried_out(
        self, place: router.Place, caller: Caller, given: object, headers: Mapping[str, str]
    ) -> Answer | Refused:
        issued = self._issued

        def new_id(klass: str) -> str:
            nonlocal issued
            issued += 1
            return ids.generated(self._seed, klass, issued)

        shaped = given if isinstance(given, dict) else {}
        call = Call(caller, place.entity, shaped, self.now, new_id, headers, self.sign, given)
        hidden = self.stage.past.hidden(place.path)
        view = self._lagging() if place.route.finds and not hidden else self.state
        with self.state.without(hidden):
            outcome = router.answer(view, place, call)
        if isinstance(outcome, Answer) and outcome.effects:
            self.change(outcome.effects, issued)
        return outcome

    def change(self, effects: tuple[Effect, ...], issued: int | None = None) -> None:
        """Keep the effects, then let them be seen; a write moves the clock by a millisecond.

        Raises StoreError; then nothing has changed.
        """
        clock = self._clock if self._clock.real else structs.replace(self._clock, ms=self._clock.ms + 1)
        kept = self._issued if issued is None else issued
        self.store.save(effects, clock, kept)
        self._clock, self._issued = clock, kept
        if self.stage.past.kept:
            self.stage.past.note(self.state.inverse(effects))
        self.state.apply(effects)
        if self._lag:
            self._late.append((self._monotonic() + self._lag, effects))

    def _lagging(self) -> State:
        """The world as find routes show it."""
        while self._late and self._late[0][0] <= self._monotonic():
            self._found.apply(self._late.popleft()[1])
        return self._found

    def set_clock(self, now: int) -> None:
        """Make the world's clock show ``now`` (ms). Raises StoreError."""
        ms = now - int(time.time() * 1000) if self._clock.real else now
        clock = structs.replace(self._clock, ms=ms)
        self.store.save((), clock, self._issued)
        self._clock = clock

    def sign(self, text: str) -> str:
        """A mark that nobody else can make, and that is worth nothing to another server."""
        return hashlib.blake2b(text.encode(), key=self._secret, digest_size=16).hexdigest()

    def user_of(self, authorization: str | None) -> str | None:
        """Whose token that is, if it is good."""
        try:
            return self._caller(authorization)[1].user
        except Refused:
            return None

    def expire(self, authorization: str | None) -> None:
        """That token is not accepted any more, until the platform starts over."""
        text = (authorization or "").removeprefix("Bearer ")
        if text in self._tokens:
            self._tokens[text] = structs.replace(self._tokens[text], revoked=True)

    def _admitted(self, request: Request) -> Caller:
        if request.actor is not None:
            return Caller(request.actor)
        token, caller = self._caller(request.authorization)
        self._rate(token, caller)
        return caller

    def _caller(self, authorization: str | None) -> tuple[str, Caller]:
        if authorization is None:
            raise Refused("InvalidAuthentication", "You need to be logged in to use this method")
        kind, _, text = authorization.partition(" ")
        if kind == "Bearer" and text == ANONYMOUS:
            return text, Caller(None)
        token = self._tokens.get(text) if kind == "Bearer" else None
        if token is None or token.revoked or self._expired(token):
            raise Refused("InvalidAuthentication", "The token could not be found")
        return text, Caller(token.user, token.scope)

    def _expired(self, token: Token) -> bool:
        return token.expires is not None and token.expires <= self.now

    def _rate(self, token: str, caller: Caller) -> None:
        scope = self.state.switches.rate_scope
        user = caller.user or ANONYMOUS
        key = user
        if scope == "token":
            key = token
        elif scope == "payer" and user in self.state.users:
            key = self.state.users[user].bill_to
        if not self._limiter.passes(key):
            raise Refused("RateLimitConditional", "Too many calls a second")

    def _reply(self, outcome: Answer | Refused) -> Reply:
        if isinstance(outcome, Answer):
            return Reply(200, msgspec.json.encode(outcome.body))
        wait = self.state.switches.retry_after_s
        return Reply(
            outcome.status,
            error_body(outcome.type, outcome.message),
            wait if outcome.status in (429, 503) and isinstance(wait, int) else None,
        )

    def note(self, request: Request, given: object, status: int, fault: str) -> None:
        """Log a call that was not carried out. ``status`` 0: nothing was sent."""
        self._note(request, self.user_of(request.authorization), given, status, fault=fault)

    def _note(
        self,
        request: Request,
        user: str | None,
        given: object,
        status: int,
        *,
        outcome: Answer | Refused | None = None,
        fault: str | None = None,
    ) -> None:
        refused = outcome if isinstance(outcome, Refused) else None
        self.log.add(
            Entry(
                time=moment(self.now),
                user=user,
                route=request.path,
                input=given,
                status=status,
                error=None if refused is None else refused.type,
                message=None if refused is None else refused.message,
                law=None if refused is None else refused.law,
                fault=fault,
            )
        )


def _state(world: World) -> State:
    return State(world.switches, world.regions, world.everything())


def parsed(body: bytes, content_type: str | None) -> object:
    """The JSON value of a request's body. Raises Refused: MalformedJSON, or InvalidInput for an integer
    of more than 64 bits, which no record can keep. What is nested too deeply could not be kept either."""
    if content_type is not None and content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused("MalformedJSON", f"Content-Type must be application/json, not {content_type}")
    try:
        value: object = msgspec.json.decode(body)
        if _LONG.search(body):
            msgspec.msgpack.encode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("MalformedJSON", f"The body is not JSON: {error}") from None
    except OverflowError:
        raise Refused("InvalidInput", "an integer has more than 64 bits") from None
    if body.count(b"[") + body.count(b"{") > DEEPEST and _too_deep(value):
        raise Refused("InvalidInput", f"the input is nested more than {DEEPEST} levels deep")
    return value


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(inner, dict | list) for inner in level)


def refusal(error: Exception) -> Refused:
    """What is answered: a mistake of ours must look like the platform's own, and the server go on."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, StoreError):
        return Refused("InternalError", f"The platform's store failed: {error}")
    traceback.print_exception(error, file=sys.stderr)
    return Refused("InternalError", "The platform made a mistake; nothing was changed")


def moment(ms: int) -> str:
    """RFC 3339 in UTC, with milliseconds."""
    when = _EPOCH + timedelta(milliseconds=ms)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
