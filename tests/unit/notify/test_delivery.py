"""How often it is tried, with what between, and what is given up at once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec import Struct
from standardwebhooks import Webhook

from reconciler.notify.delivery import Clock, Message, Patience, Undelivered, deliver
from reconciler.notify.exchange import Answer, Broken, Refused
from reconciler.notify.target import Target, target

KEY = b"a key that is long enough"
MESSAGE = Message("drift-1", b"{}", (KEY,), "reconciler/1")
THERE = target("https://hooks.example.org/")


class Sent(Struct, frozen=True):
    at: float
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Play:
    """A clock that moves when somebody sleeps or sends, and a target that answers as it is written."""

    def __init__(self, *answers: int | Answer | Exception, takes: float = 0.0) -> None:
        self.now = 1_000.0
        self.sent: list[Sent] = []
        self._answers = list(answers)
        self._takes = takes
        self.clock = Clock(lambda: self.now, lambda: self.now, self._pass)

    def _pass(self, seconds: float) -> None:
        self.now += seconds

    def send(self, _: Target, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        self.sent.append(Sent(self.now - 1_000, headers, body, seconds))
        self.now += min(self._takes, seconds)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer) if isinstance(answer, int) else answer

    def deliver(self, patience: Patience = Patience()) -> None:  # noqa: B008 (immutable)
        deliver(THERE, MESSAGE, patience, self.clock, self.send)

    @property
    def times(self) -> list[float]:
        return [one.at for one in self.sent]


@pytest.mark.parametrize("status", [200, 202, 204])
def test_what_is_taken_is_sent_once(status: int) -> None:
    play = Play(status)
    play.deliver()
    assert play.times == [0]


@pytest.mark.parametrize("first", [429, 500, 503, Broken("Connection refused")])
def test_what_may_pass_is_tried_again_with_the_same_id_and_body_and_a_new_signature(
    first: int | Exception,
) -> None:
    play = Play(first, 204)
    play.deliver()
    assert play.times == [0, 1]
    one, other = play.sent
    assert one.headers["webhook-id"] == other.headers["webhook-id"] == "drift-1"
    assert one.body == other.body == b"{}"
    assert [sent.headers["webhook-timestamp"] for sent in play.sent] == ["1000", "1001"]
    for sent in play.sent:
        signed = f"drift-1.{sent.headers['webhook-timestamp']}.{{}}"
        assert sent.headers["webhook-signature"] == _signature(signed)


def _signature(signed: str) -> str:
    """By the library of the standard, whose own check of the time is of no use here."""
    from datetime import UTC, datetime

    delivery, stamp, body = signed.split(".")
    return Webhook(KEY).sign(delivery, datetime.fromtimestamp(int(stamp), UTC), body)


def test_pauses_double_until_the_time_is_over_and_the_number_of_tries_is_told() -> None:
    play = Play(500)
    with pytest.raises(Undelivered, match=r"^it answered 500 \(tried 5 times\)$"):
        play.deliver()
    assert play.times == [0, 1, 3, 7, 15]


def test_retry_after_is_waited_for_as_far_as_there_is_time() -> None:
    play = Play(Answer(429, "12"), 204)
    play.deliver()
    assert play.times == [0, 12]
    late = Play(Answer(429, "3600"), 204)
    with pytest.raises(Undelivered, match=r"^it answered 429 \(tried once\)$"):
        late.deliver()


@pytest.mark.parametrize("written", ["soon", "-5", "Thu, 01 Jan 1970 00:00:00 GMT", "1" * 400])
def test_a_retry_after_that_makes_no_sense_is_the_usual_pause_or_the_end(written: str) -> None:
    play = Play(Answer(503, written), 204)
    if written.startswith("1"):
        with pytest.raises(Undelivered):
            play.deliver()
    else:
        play.deliver()
        assert play.times == [0, 1]


def test_no_try_gets_more_time_than_is_left() -> None:
    play = Play(Broken("no answer"), takes=99)
    with pytest.raises(Undelivered, match=r"no answer \(tried 3 times\)"):
        play.deliver()
    assert [one.seconds for one in play.sent] == [10, 10, 7]
    assert play.now - 1_000 <= 30


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_neither_followed_nor_tried_again(status: int) -> None:
    play = Play(Answer(status, None, "http://169.254.169.254/"))
    with pytest.raises(Undelivered, match=f"^it answered {status}, a redirect, and none is followed"):
        play.deliver()
    assert play.times == [0]


@pytest.mark.parametrize("answer", [400, 401, 404, 410, 413, Refused("its certificate is not trusted")])
def test_what_will_not_pass_is_not_tried_again(answer: int | Exception) -> None:
    play = Play(answer)
    with pytest.raises(Undelivered):
        play.deliver()
    assert play.times == [0]
