"""A write is sent exactly once, and is uncertain exactly when it may have happened."""

from __future__ import annotations

import itertools
import socket
import time
from typing import Literal

import pytest
from msgspec.structs import replace
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.reader import Credential
from reconciler_dnanexus.steps import DNAnexusWriter
from reconciler_sandbox.faults.record import Fault
from support.faults import Stage, within
from support.tokens import token_of

from reconciler.model.actual import Scope
from reconciler.model.plan import Step

NEW = "/project/new"
_numbers = itertools.count()


def creation() -> Step:
    mark = f"w/projects.p{next(_numbers)}"
    after = {"name": "RNA", "region": "aws:us-east-1", "bill_to": "org-genomics", "mark": mark}
    return Step("s1", "projects.rna", "create", "user-alice", None, after)


def created(other: DNAnexusWriter, step: Step) -> int:
    """How many projects the platform has that bear the mark of the step."""
    mark = step.after["mark"]
    projects = other.read(Scope(marks=(mark,))).projects.values()
    return sum(project.mark == mark for project in projects)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("*", "close"),
        Fault("*", "reset"),
        Fault("*", "hang"),
        Fault("*", "truncate"),
        Fault("*", "wrong_length"),
        Fault("*", "html"),
        Fault("*", "html:403"),
        Fault("*", "status:502"),
        Fault("*", "status:500"),
        Fault("*", "status:503", retry_after=0),
    ],
    ids=lambda fault: fault.effect,
)
def test_a_lost_answer_is_uncertain_and_the_call_is_not_repeated(
    stage: Stage,
    client: DNAnexusWriter,
    other: DNAnexusWriter,
    fault: Fault,
    when: Literal["before", "after"],
) -> None:
    step = creation()
    stage.play(replace(fault, route=NEW, when=when))
    started = time.monotonic()
    outcome = client.execute(step)
    assert outcome.result == "uncertain"
    assert outcome.project_id is None
    assert outcome.message
    assert stage.seen == [NEW]
    assert created(other, step) == (1 if when == "after" else 0)
    assert within(4, started)


def test_an_answer_that_comes_is_done(stage: Stage, client: DNAnexusWriter, other: DNAnexusWriter) -> None:
    step = creation()
    stage.play()
    outcome = client.execute(step)
    assert outcome.result == "done"
    assert outcome.request_id is not None
    assert stage.seen == stage.carried_out == [NEW]
    snapshot = other.read(Scope(projects=(str(outcome.project_id),)))
    assert snapshot.projects[str(outcome.project_id)].mark == step.after["mark"]


def test_a_refusal_of_the_platform_is_known(
    stage: Stage, client: DNAnexusWriter, other: DNAnexusWriter
) -> None:
    step = creation()
    step.after["region"] = "azure:westus"
    stage.play()
    outcome = client.execute(step)
    assert (outcome.result, outcome.error_type) == ("refused", "PermissionDenied")
    assert outcome.request_id is not None
    assert created(other, step) == 0


def test_a_call_that_was_counted_away_is_sent_again_and_happens_once(
    stage: Stage, client: DNAnexusWriter, other: DNAnexusWriter
) -> None:
    step = creation()
    stage.play(Fault(NEW, "status:429", times=2, retry_after=0))
    assert client.execute(step).result == "done"
    assert stage.seen == [NEW] * 3
    assert stage.carried_out == [NEW]
    assert created(other, step) == 1


class Forbidden(Exception):
    """Somebody says no at the last moment."""


@pytest.mark.parametrize("sendings", [1, 2])
def test_what_speaks_against_a_call_at_the_last_moment_keeps_each_sending_of_it_back(
    stage: Stage, client: DNAnexusWriter, other: DNAnexusWriter, sendings: int
) -> None:
    """The second sending is that after a 429, for which the client has waited."""
    step = creation()
    stage.play(Fault(NEW, "status:429", retry_after=0))
    asked: list[int] = []

    def forbid() -> None:
        asked.append(len(stage.seen))
        if len(asked) == sendings:
            raise Forbidden

    with pytest.raises(Forbidden):
        client.execute(step, forbid)
    assert asked == list(range(sendings))
    assert created(other, step) == 0
    assert stage.seen.count(NEW) == sendings - 1


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_call_that_cannot_have_been_sent_has_failed_for_certain(stage: Stage, host: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        place = Place(stage.url)
        credentials = [Credential("alice", Secret(token_of("user-alice")))]
        client = DNAnexusWriter(place, credentials, {"RECONCILER_READ_RETRY_SECONDS": "2"})
        client.identities()
        place.url = f"http://{host}:{port}"
        outcome = client.execute(creation())
        client.close()
    assert outcome.result == "failed"
    assert outcome.message.startswith("nothing was sent: ")
    assert stage.seen == ["/system/whoami"]
