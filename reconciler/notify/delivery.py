"""Again and again until it is taken, refused for good, or the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec import Struct
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from reconciler.notify.exchange import Answer, Broken, Refused, exchange
from reconciler.notify.signing import headers
from reconciler.notify.target import Target

_BUSY = 429


class Undelivered(Exception):
    """Says why, and how often it was tried."""


class Message(Struct, frozen=True):
    """``body`` is signed with each of ``keys``; ``agent``: who sends it."""

    delivery: str
    body: bytes
    keys: tuple[bytes, ...]
    agent: str


class Patience(Struct, frozen=True):
    """Seconds: for all of it, for one try, and before the second one; each later pause is twice as long."""

    total: float = 30.0
    one: float = 10.0
    pause: float = 1.0


class Clock(Struct, frozen=True):
    """``wall``: seconds since the Unix epoch."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


Send = Callable[[Target, Mapping[str, str], bytes, float], Answer]

PATIENCE = Patience()
CLOCK = Clock()


def deliver(
    target: Target,
    message: Message,
    patience: Patience = PATIENCE,
    clock: Clock = CLOCK,
    send: Send = exchange,
) -> None:
    """Returns when it was taken (2xx). Raises Undelivered, at the latest when ``patience`` is over.

    Each try has the same body and id, and a time and a signature of its own.
    """
    until = clock.monotonic() + patience.total
    pause, tries = patience.pause, 0
    while True:
        tries += 1
        mine = headers(message.delivery, int(clock.wall()), message.body, message.keys)
        mine |= {"Content-Type": "application/json", "User-Agent": message.agent}
        left = min(patience.one, until - clock.monotonic())
        try:
            answer = send(target, mine, message.body, left)
            if 200 <= answer.status < 300:
                return
            why, wanted = _not_taken(answer), _asked_for(answer)
        except Refused as failure:
            raise Undelivered(str(failure)) from failure
        except Broken as failure:
            why, wanted = str(failure), 0.0
        wait = max(pause, wanted)
        if clock.monotonic() + wait >= until:
            raise Undelivered(f"{why} ({_counted(tries)})")
        clock.sleep(wait)
        pause *= 2


def _not_taken(answer: Answer) -> str:
    """What is to be said of an answer after which it is tried again. Raises Undelivered after any other."""
    told = f"it answered {answer.status}"
    if answer.status == _BUSY or answer.status >= 500:
        return told
    if 300 <= answer.status < 400:
        raise Undelivered(f"{told}, a redirect, and none is followed: give the URL that is meant in the end")
    raise Undelivered(told)


def _asked_for(answer: Answer) -> float:
    """Seconds that it asks to be left alone for."""
    try:
        return max(0.0, Retry().parse_retry_after(answer.retry_after or "0"))
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0


def _counted(tries: int) -> str:
    return "tried once" if tries == 1 else f"tried {tries} times"
