"""A write is sent exactly once, and is uncertain exactly when it may have happened."""

from __future__ import annotations

import itertools
import socket
import time
from typing import Literal

import pytest
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.reader import Credential
from reconciler_dnanexus.steps import DNAnexusWriter

from reconciler.model.actual import Scope
from reconciler.model.plan import Step

from .proxy import Fault, Proxy, within

NEW = "/project/new"
_numbers = itertools.count()


def creation() -> Step:
    mark = f"w/projects.p{next(_numbers)}"
    after = {"name": "RNA", "region": "aws:us-east-1", "bill_to": "org-genomics", "mark": mark}
    return Step("s1", "projects.rna", "create", "user-alice", None, after)


def created(direct: DNAnexusWriter, step: Step) -> int:
    """How many projects the platform has that bear the mark of the step."""
    mark = step.after["mark"]
    projects = direct.read(Scope(marks=(mark,))).projects.values()
    return sum(project.mark == mark for project in projects)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("close"),
        Fault("reset"),
        Fault("hang"),
        Fault("cut"),
        Fault("truncate"),
        Fault("html"),
        Fault("html", status=403),
        Fault("html", status=502),
        Fault("status", status=500),
        Fault("status", status=503, retry_after="0"),
    ],
    ids=lambda fault: f"{fault.effect} {fault.status}",
)
def test_a_lost_answer_is_uncertain_and_the_call_is_not_repeated(
    proxy: Proxy,
    client: DNAnexusWriter,
    direct: DNAnexusWriter,
    fault: Fault,
    when: Literal["before", "after"],
) -> None:
    step = creation()
    proxy.play(Fault(fault.effect, NEW, when, 1, fault.status, fault.retry_after))
    started = time.monotonic()
    outcome = client.execute(step)
    assert outcome.result == "uncertain"
    assert outcome.project_id is None
    assert outcome.message
    assert proxy.seen == [NEW]
    assert created(direct, step) == (1 if when == "after" else 0)
    assert within(4, started)


def test_an_answer_that_comes_is_done(proxy: Proxy, client: DNAnexusWriter, direct: DNAnexusWriter) -> None:
    step = creation()
    proxy.play()
    outcome = client.execute(step)
    assert outcome.result == "done"
    assert outcome.request_id is not None
    assert proxy.seen == proxy.passed == [NEW]
    snapshot = direct.read(Scope(projects=(str(outcome.project_id),)))
    assert snapshot.projects[str(outcome.project_id)].mark == step.after["mark"]


def test_a_refusal_of_the_platform_is_known(
    proxy: Proxy, client: DNAnexusWriter, direct: DNAnexusWriter
) -> None:
    step = creation()
    step.after["region"] = "azure:westus"
    proxy.play()
    outcome = client.execute(step)
    assert (outcome.result, outcome.error_type) == ("refused", "PermissionDenied")
    assert outcome.request_id is not None
    assert created(direct, step) == 0


def test_a_call_that_was_counted_away_is_sent_again_and_happens_once(
    proxy: Proxy, client: DNAnexusWriter, direct: DNAnexusWriter
) -> None:
    step = creation()
    proxy.play(Fault("status", NEW, times=2, status=429, retry_after="0"))
    assert client.execute(step).result == "done"
    assert proxy.seen == [NEW] * 3
    assert proxy.passed == [NEW]
    assert created(direct, step) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_call_that_cannot_have_been_sent_has_failed_for_certain(proxy: Proxy, host: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        place = Place(proxy.url)
        credentials = [Credential("alice", Secret("alice-token"))]
        client = DNAnexusWriter(place, credentials, {"RECONCILER_READ_RETRY_SECONDS": "2"})
        client.identities()
        place.url = f"http://{host}:{port}"
        outcome = client.execute(creation())
        client.close()
    assert outcome.result == "failed"
    assert outcome.message.startswith("nothing was sent: ")
    assert proxy.seen == ["/system/whoami"]
