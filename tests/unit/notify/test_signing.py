"""What is signed is verified by somebody else's code, and nothing else is."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from reconciler.notify.signing import headers, keys

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(b"another key of enough bytes").decode()


def signed(delivery: str, body: bytes, written: str = KEY) -> dict[str, str]:
    return headers(delivery, int(time.time()), body, keys(written))


@given(st.text("abcdef0123456789-", min_size=1), st.text())
def test_the_library_of_the_standard_verifies_what_we_sign(delivery: str, body: str) -> None:
    Webhook(KEY).verify(body, signed(delivery, body.encode()), json_parse=False)


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "body"])
def test_whatever_is_changed_on_the_way_is_no_longer_verified(part: str) -> None:
    sent = {**signed("drift-1", b'{"a": 1}'), "body": '{"a": 1}'}
    # A timestamp of a few seconds later: one that is too old is refused for that alone.
    sent[part] = str(int(sent[part]) + 7) if part == "webhook-timestamp" else sent[part].replace("1", "2")
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(KEY).verify(sent.pop("body"), sent)


def test_while_a_key_is_changed_who_has_the_old_or_the_new_one_verifies() -> None:
    both = signed("drift-1", b"{}", f"{OTHER} {KEY}")
    for key in (KEY, OTHER):
        Webhook(key).verify(b"{}", both)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(b"{}", signed("drift-1", b"{}", KEY))


def test_a_key_may_lack_its_prefix() -> None:
    assert keys(KEY.removeprefix("whsec_")) == keys(KEY) == (bytes(range(32)),)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "it is not set"),
        ("  ", "it is not set"),
        ("whsec_not base64", "it is no base64"),
        ("whsec_ké", "it is no base64"),
        ("whsec_c2hvcnQ=", "it is too short: 5 bytes, and at least 24 are wanted"),
        (f"{KEY} whsec_c2hvcnQ=", "it is too short: 5 bytes, and at least 24 are wanted"),
    ],
)
def test_a_key_that_is_none_is_refused_without_quoting_it(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"^it ") as failure:
        keys(written)
    assert str(failure.value) == why
