"""Each answer of ``can-i`` held against the platform's laws, which were written without it.

A yes is sent, as whom it names, and must be accepted. After a no, every identity at hand sends the same
call in every way there is, and all are refused. What cannot be told is told of neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import permutations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from reconciler_sandbox.laws.records import Copy
from reconciler_sandbox.world.model import World
from support.data_worlds import PAYERS, data_worlds, orgs, people, projects, switches
from support.executables import link
from support.inprocess import PEOPLE, REGIONS, client, platform_of, world
from support.worlds import OPTIONS, desired, pid

from reconciler.diff.changes import DataLink
from reconciler.model.answer import Answer
from reconciler.model.baseline import Baseline
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.planner.questions import CanBill, CanClone, CanCreate, CanDefault, CanRun, Question, ask

IDENTITIES = st.sampled_from([PEOPLE[:1], PEOPLE[:2], PEOPLE[1::-1]])
Call = tuple[str, str, dict[str, object]]
"""As whom, which route, with which input."""


def answered(question: Question, at: World, identities: tuple[str, ...]) -> Answer | None:
    """None where something that is named is unknown to the identities."""
    reader = client(platform_of(at), identities)
    try:
        found = ask(question, desired({}), reader, Baseline(), OPTIONS)
    except DiagnosticsError:
        event("unknown")
        return None
    event(found.answer)
    return found


def accepted(at: World, *calls: Call) -> bool:
    """Does the platform, as it is in the world, take all these calls, in this order?"""
    platform = platform_of(at)
    for user, route, given_ in calls:
        body = json.dumps(given_).encode()
        reply = platform.answer(route, body, "application/json", f"Bearer token-of-{user}", {})
        if reply.status != 200:
            return False
    return True


def hold(answer: Answer | None, at: World, yes: Iterator[Call], every: Iterator[tuple[Call, ...]]) -> None:
    if answer is not None and answer.answer == "yes":
        assert accepted(at, *yes), answer
    elif answer is None or answer.answer == "no":
        assert not [calls for calls in every if accepted(at, *calls)], answer


@st.composite
def payer_worlds(draw: st.DrawFn) -> World:
    return world(draw(people()), draw(orgs()), (draw(projects(1)),), draw(switches()))


@given(payer_worlds(), IDENTITIES, st.sampled_from(REGIONS[:3]), st.sampled_from(PAYERS))
@settings(max_examples=400, deadline=None)
def test_create_is_yes_where_the_platform_creates_and_no_where_it_never_does(
    at: World, identities: tuple[str, ...], region: str, payer: str
) -> None:
    answer = answered(CanCreate(region, payer), at, identities)

    def call(user: str) -> Call:
        return user, "/project/new", {"name": "x", "region": region, "billTo": payer}

    hold(answer, at, map(call, answer.as_ if answer else ()), ((call(user),) for user in identities))


@given(payer_worlds(), IDENTITIES, st.sampled_from(REGIONS[:3]), st.sampled_from(PAYERS))
@settings(max_examples=400, deadline=None)
def test_default_is_yes_where_the_platform_sets_it_and_no_where_it_never_does(
    at: World, identities: tuple[str, ...], region: str, payer: str
) -> None:
    answer = answered(CanDefault(payer, region), at, identities)

    def call(user: str) -> Call:
        return user, f"/{payer}/update", {"defaultRegion": region}

    hold(answer, at, map(call, answer.as_ if answer else ()), ((call(user),) for user in identities))


@given(payer_worlds(), IDENTITIES, st.sampled_from(PAYERS))
@settings(max_examples=600, deadline=None)
def test_bill_is_yes_where_one_or_two_people_can_do_it_and_no_where_they_cannot(
    at: World, identities: tuple[str, ...], payer: str
) -> None:
    answer = answered(CanBill(pid(1), payer), at, identities)

    def directly(user: str) -> Call:
        return user, f"/{pid(1)}/update", {"billTo": payer}

    def offered(user: str, to: str) -> Call:
        return user, f"/{pid(1)}/transfer", {"invitee": to}

    def taken(user: str) -> Call:
        return user, f"/{pid(1)}/acceptTransfer", {"billTo": payer}

    def ways() -> Iterator[tuple[Call, ...]]:
        for user in identities:
            yield (directly(user),)
            yield (taken(user),)
        # An offer to somebody else is never replaced, though the platform would.
        if at.projects[0].pending_transfer is None:
            for giver, taker in permutations(identities, 2):
                yield offered(giver, taker), taken(taker)

    if answer is None or answer.answer != "yes" or not answer.as_:
        hold(answer, at, iter(()), ways())
        return
    if len(answer.as_) == 2:
        giver, taker = answer.as_
        assert accepted(at, offered(giver, taker), taken(taker)), answer
    else:
        (user,) = answer.as_
        assert accepted(at, directly(user)) or accepted(at, taken(user)), answer


@given(data_worlds(), IDENTITIES, st.data())
@settings(max_examples=1200, deadline=None)
def test_clone_is_yes_where_the_platform_clones_and_no_where_it_never_does(
    drawn: tuple[World, dict[str, list[str]]], identities: tuple[str, ...], data: st.DataObject
) -> None:
    at, ids = drawn
    to = data.draw(st.sampled_from(ids["project"]))
    what = data.draw(st.none() | st.sampled_from(ids["data"]))
    named = data.draw(st.booleans()) or what is None
    held = [one.holder for one in at.records if isinstance(one, Copy) and one.object == what]
    source = data.draw(st.sampled_from([*ids["project"], *held])) if named else None
    answer = answered(CanClone(source, what, to), at, identities)

    def call(user: str, out_of: str) -> Call:
        how: dict[str, object] = {"folders": ["/"], "destination": "/from", "parents": True}
        return user, f"/{out_of}/clone", {"project": to, **(how if what is None else {"objects": [what]})}

    sources = held if source is None else [source]
    every = [call(user, one) for user in identities for one in sources]
    if answer is not None and answer.answer == "yes":
        (user,) = answer.as_
        assert any(accepted(at, one) for one in every if one[0] == user), answer
    else:
        hold(answer, at, iter(()), ((one,) for one in every))


@pytest.mark.parametrize("klass", ["applet", "workflow", "app"])
@given(drawn=data_worlds(), identities=IDENTITIES, data=st.data())
@settings(max_examples=800, deadline=None)
def test_run_is_yes_where_the_platform_runs_it_and_no_where_it_never_does(
    klass: str, drawn: tuple[World, dict[str, list[str]]], identities: tuple[str, ...], data: st.DataObject
) -> None:
    at, ids = drawn
    executable = data.draw(st.sampled_from(ids[klass]))
    project = data.draw(st.sampled_from(ids["project"]))
    inputs = tuple(
        DataLink(one, data.draw(st.none() | st.sampled_from(ids["project"])))
        for one in data.draw(st.lists(st.sampled_from(ids["input"]), max_size=2, unique=True))
    )
    answer = answered(CanRun(executable, project, inputs), at, identities)
    linked = {f"i{number}": link(one.id, one.project) for number, one in enumerate(inputs)}

    def call(user: str) -> Call:
        return user, f"/{executable}/run", {"project": project, "input": linked}

    hold(answer, at, map(call, answer.as_ if answer else ()), ((call(user),) for user in identities))
