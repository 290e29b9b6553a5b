"""Are all steps of a plan accepted, in their order, whatever the platform answers to what is not known of
it? Exact, and cheap: only switches are varied that the laws have looked at, and only where they did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from model.cases import SWITCHES, Ask, answered
from msgspec import Struct
from reconciler_dnanexus.steps import call_of
from reconciler_sandbox.laws.effects import Effect
from reconciler_sandbox.laws.errors import Refused
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.state import State

from reconciler.model.plan import Step

Setting = Mapping[str, object]
"""Switches by name; what is not named has its default."""


def ask_of(step: Step) -> Ask:
    """The very call that the client sends for the step."""
    call = call_of(step)
    return Ask(step.as_, call.route, call.body)


def carried_out(state: State, steps: Iterable[Step]) -> str | None:
    """Applies the steps under the default switches; says which one was refused, and why."""
    for step in steps:
        outcome = answered(state, ask_of(step))
        if isinstance(outcome, Refused):
            return f"{step.id} ({ask_of(step)}) is refused: {outcome.message}"
        state.apply(outcome.effects)
    return None


class Broken(Struct, frozen=True):
    """A step that is refused under some setting."""

    step: Step
    setting: Setting
    why: str

    def __str__(self) -> str:
        under = ", ".join(f"{name} = {value}" for name, value in self.setting.items()) or "the defaults"
        return f"{self.step.id} ({ask_of(self.step)}) is refused under {under}: {self.why}"


class _Watched:
    """Switches that remember which of them were looked at, in that order."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.read: dict[str, object] = {}

    def __getattr__(self, name: str) -> object:
        value = self._setting[name] if name in self._setting else getattr(SWITCHES, name)
        self.read[name] = value
        return value


@cache
def others(name: str) -> tuple[object, ...]:
    """The values of a switch but its default. A number has too many: no law of a write looks at one."""
    hint = get_type_hints(Switches)[name]
    if get_origin(hint) is not Literal:
        raise AssertionError(f"a law of a write hangs on the number {name}")
    return tuple(value for value in get_args(hint) if value != getattr(SWITCHES, name))


def broken(state: State, steps: Iterable[Step]) -> tuple[Broken | None, int]:
    """The first step found that is refused under any setting; and how many calls were tried. The state is
    as before afterwards."""
    plain = state.switches
    search = _Search(state)
    try:
        return search.walk(tuple(steps), {}), search.tried
    finally:
        state.switches = plain


class _Search:
    def __init__(self, state: State) -> None:
        self._state = state
        self.tried = 0

    def walk(self, steps: tuple[Step, ...], fixed: Setting) -> Broken | None:
        if not steps:
            return None
        outcomes = list(self._all(ask_of(steps[0]), fixed))
        for setting, outcome in outcomes:
            if isinstance(outcome, Refused):
                return Broken(steps[0], setting, outcome.message)
        for setting, effects in _apart(outcomes, fixed):
            undo = self._state.inverse(effects)
            self._state.apply(effects)
            found = self.walk(steps[1:], setting)
            self._state.apply(undo)
            if found is not None:
                return found
        return None

    def _all(self, ask: Ask, fixed: Setting) -> Iterator[tuple[Setting, Any]]:
        """Every way that the laws can go with this call, with the switches that lead there."""
        watched = _Watched(fixed)
        self._state.switches = watched  # type: ignore[assignment] # every name that a law may ask for
        outcome = answered(self._state, ask)
        self.tried += 1
        setting = {**fixed, **watched.read}
        yield setting, outcome if isinstance(outcome, Refused) else outcome.effects
        passed = dict(fixed)
        for name, value in watched.read.items():
            if name in fixed:
                continue
            for other in others(name):
                yield from self._all(ask, {**passed, name: other})
            passed[name] = value


def _apart(
    outcomes: list[tuple[Setting, tuple[Effect, ...]]], fixed: Setting
) -> Iterator[tuple[Setting, tuple[Effect, ...]]]:
    """Where all ways lead to one state, the switches are free again for the next step."""
    first = outcomes[0][1]
    if all(effects == first for _, effects in outcomes):
        yield fixed, first
    else:
        yield from outcomes
