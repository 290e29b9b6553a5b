"""Reads survive what passes, end in bounded time, and never make up an answer."""

from __future__ import annotations

import time

import pytest
from reconciler_dnanexus.steps import DNAnexusWriter

from reconciler.model.actual import Scope
from reconciler.provider import ProviderError

from .proxy import Fault, Proxy, within

ESTATE = Scope(estates=("org-genomics",))
LIST = "/org-genomics/findProjects"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("close", LIST),
        Fault("close", LIST, "after"),
        Fault("close", LIST, times=3),
        Fault("reset", LIST),
        Fault("reset", LIST, "after"),
        Fault("cut", LIST, "after"),
        Fault("status", LIST, status=500),
        Fault("status", LIST, "after", status=500),
        Fault("status", LIST, status=503, retry_after="1"),
        Fault("status", LIST, status=503),
        Fault("status", LIST, status=429, retry_after="0"),
        Fault("html", LIST, status=502),
        Fault("hang", LIST),
    ],
    ids=lambda fault: f"{fault.effect} {fault.when} {fault.status} x{fault.times}",
)
def test_a_read_survives_what_passes(proxy: Proxy, client: DNAnexusWriter, fault: Fault) -> None:
    expected = client.read(ESTATE)
    times = fault.times
    proxy.play(fault)
    started = time.monotonic()
    snapshot = client.read(ESTATE)
    assert snapshot.projects == expected.projects
    assert set(snapshot.projects) == {"project-000000000000000000000001"}
    assert proxy.seen.count(LIST) == times + 1
    assert within(3, started)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("close", times=1000), "cannot be reached"),
        (Fault("reset", times=1000), "cannot be reached"),
        (Fault("cut", when="after", times=1000), "cannot be reached"),
        (Fault("hang", times=1000), "no answer came in time"),
        (Fault("status", status=500, times=1000), "InternalError (500): played"),
        (Fault("status", status=503, times=1000), "(503): played"),
        (Fault("status", status=503, retry_after="30", times=1000), "it asks to wait 30 s"),
        (Fault("html", status=502, times=1000), 'it begins with "<!doctype html><title>Sign in</title>"'),
    ],
    ids=lambda value: f"{value.effect} {value.status}" if isinstance(value, Fault) else "",
)
def test_what_does_not_pass_ends_in_bounded_time(
    proxy: Proxy, client: DNAnexusWriter, fault: Fault, said: str
) -> None:
    proxy.play(fault)
    started = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        client.read(ESTATE)
    assert said in caught.value.message
    assert "/org-genomics/describe" in caught.value.message
    assert within(3.5, started)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("html", LIST, times=1000), 'it begins with "<!doctype html>'),
        (Fault("truncate", LIST, "after", times=1000), 'it begins with "{"results":['),
    ],
    ids=["html", "truncated"],
)
def test_an_answer_that_is_not_the_platforms_stops_the_read_at_once(
    proxy: Proxy, client: DNAnexusWriter, fault: Fault, said: str
) -> None:
    proxy.play(fault)
    with pytest.raises(ProviderError) as caught:
        client.read(ESTATE)
    assert said in caught.value.message
    assert f"{proxy.url}{LIST} answered 200" in caught.value.message
    assert proxy.seen.count(LIST) == 1
