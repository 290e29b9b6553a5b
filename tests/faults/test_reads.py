"""Reads survive what passes, end in bounded time, and never make up an answer."""

from __future__ import annotations

import time

import pytest
from reconciler_dnanexus.steps import DNAnexusWriter
from reconciler_sandbox.faults.record import Fault
from support.faults import Stage, told, within

from reconciler.model.actual import Scope
from reconciler.provider import ProviderError

ESTATE = Scope(estates=("org-genomics",))
LIST = "/org-genomics/findProjects"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(LIST, "close"),
        Fault(LIST, "close", "after"),
        Fault(LIST, "close", times=3),
        Fault(LIST, "reset"),
        Fault(LIST, "reset", "after"),
        Fault(LIST, "truncate", "after"),
        Fault(LIST, "status:500"),
        Fault(LIST, "status:500", "after"),
        Fault(LIST, "status:503", retry_after=1),
        Fault(LIST, "status:503"),
        Fault(LIST, "status:429", retry_after=0),
        Fault(LIST, "status:502"),
        Fault(LIST, "hang"),
    ],
    ids=told,
)
def test_a_read_survives_what_passes(stage: Stage, client: DNAnexusWriter, fault: Fault) -> None:
    expected = client.read(ESTATE)
    stage.play(fault)
    started = time.monotonic()
    snapshot = client.read(ESTATE)
    assert snapshot.projects == expected.projects
    assert set(snapshot.projects) == {"project-000000000000000000000001"}
    assert stage.seen.count(LIST) == (fault.times or 1) + 1
    assert within(3, started)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("*", "close", times=1000), "cannot be reached"),
        (Fault("*", "reset", times=1000), "cannot be reached"),
        (Fault("*", "truncate", "after", times=1000), "cannot be reached"),
        (Fault("*", "hang", times=1000), "no answer came in time"),
        (Fault("*", "status:500", times=1000), "InternalError (500): played"),
        (Fault("*", "status:503", times=1000), "(503): played"),
        (Fault("*", "status:503", times=1000, retry_after=30), "it asks to wait 30 s"),
        (Fault("*", "status:502", times=1000), 'it begins with "<!doctype html><title>Sign in</title>'),
    ],
    ids=told,
)
def test_what_does_not_pass_ends_in_bounded_time(
    stage: Stage, client: DNAnexusWriter, fault: Fault, said: str
) -> None:
    stage.play(fault)
    started = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        client.read(ESTATE)
    assert said in caught.value.message
    assert "/org-genomics/describe" in caught.value.message
    assert within(3.5, started)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(LIST, "html", times=1000), 'it begins with "<!doctype html>'),
        (Fault(LIST, "wrong_length", "after", times=1000), 'it begins with "{"results":['),
    ],
    ids=["html", "truncated"],
)
def test_an_answer_that_is_not_the_platforms_stops_the_read_at_once(
    stage: Stage, client: DNAnexusWriter, fault: Fault, said: str
) -> None:
    stage.play(fault)
    with pytest.raises(ProviderError) as caught:
        client.read(ESTATE)
    assert said in caught.value.message
    assert f"{stage.url}{LIST} answered 200" in caught.value.message
    assert stage.seen.count(LIST) == 1
