"""What became of the calls that an earlier apply left open: found out by reading, before anything is sent.

  the call         what is read                                 then it counts as
  a creation       its mark, until it shows or has not shown    done; failed where something else came of it,
                   for ``seconds`` in all                       or where it never showed: only now may it be
                                                                sent again
  any other        the project or payer that it changes         done at its target, else failed; open as long
                                                                as that cannot be read

The platform's lists may lag behind its writes, so an apply that was killed right after a creation is not
known to have made nothing before its mark has been looked for that long. The time is measured by this
process's own clock, and what an earlier look has waited already is journalled: no clock that is set back
makes it shorter. Must not know the plan that the calls belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from reconciler.apply.pace import Pace
from reconciler.apply.readback import differences, entity_of, listed, unmet
from reconciler.ledger import Ended, Intent, Ledger, OpenCall
from reconciler.model.actual import Destroyed, Project, Scope, Snapshot
from reconciler.model.knowledge import Unreadable
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Step
from reconciler.model.report import StepResult
from reconciler.provider import Reader

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


def settle(
    calls: Sequence[OpenCall], reader: Reader, ledger: Ledger, pace: Pace, seconds: float
) -> tuple[Ended, ...]:
    """The last word on each call, journalled; "uncertain" where it is still open: it cannot be read, or
    ``pace`` was stopped. The ledger's lock must be held.

    Raises ProviderError and DiagnosticsError; what was settled until then is.
    """
    found: list[Ended] = []

    def take_down(ended: Iterable[Ended]) -> None:
        for one in ended:
            ledger.ended(one, None)
            found.append(one)

    creations = [call for call in calls if call.intent.action == "create"]
    others = [call.intent for call in calls if call.intent.action != "create"]
    if others:
        take_down(_changes(others, reader.read(_scope(others)), pace))
    for ended in _creations(creations, reader, pace, seconds):
        take_down([ended])
    return tuple(found)


def _scope(intents: Sequence[Intent]) -> Scope:
    """An offer shows to those alone who administer the project, and to its recipient: it is read as who
    acted."""
    projects = {i.id for i in intents if i.id and i.address.startswith("projects.")}
    profiles = {i.id for i in intents if i.id} - projects
    handed = {(i.as_, i.id) for i in intents if i.id and i.action in ("transfer", "accept")}
    return Scope(
        profiles=tuple(sorted(profiles)), projects=tuple(sorted(projects)), levels=tuple(sorted(handed))
    )


def _changes(intents: Iterable[Intent], snapshot: Snapshot, pace: Pace) -> Iterator[Ended]:
    for intent in intents:
        step = Step(
            intent.step, intent.address, intent.action, intent.as_, {"id": intent.id or ""}, intent.after
        )
        entity = entity_of(step, snapshot)
        if isinstance(entity, Destroyed):
            yield _word(intent, "failed", "the project was destroyed meanwhile", pace)
        elif isinstance(entity, Unreadable):
            yield _word(intent, "uncertain", f"it cannot be read back: {entity.reason}", pace)
        elif left := unmet(step, entity, None):
            hidden = any(isinstance(one.actual, Unreadable) for one in left)
            result: StepResult = "uncertain" if hidden else "failed"
            yield _word(intent, result, "it was not carried out, or undone: " + listed(left), pace)
        else:
            yield _word(intent, "done", "", pace)


def _creations(calls: Sequence[OpenCall], reader: Reader, pace: Pace, seconds: float) -> Iterator[Ended]:
    left = {call.intent.after["mark"]: call for call in calls}
    start, pause = pace.monotonic(), _FIRST_PAUSE
    while left:
        snapshot = reader.read(Scope(marks=tuple(sorted(left))))
        waited = pace.monotonic() - start
        for mark, call in sorted(left.items()):
            looked = waited + _before(call)
            ended = _creation(call.intent, _made(call.intent, snapshot), pace)
            if ended is None and looked >= seconds:
                ended = _word(
                    call.intent, "failed", f"it did not show for {seconds:g} s: nothing was made", pace
                )
            if ended is not None:
                del left[mark]
                yield ended
        if not left:
            return
        rest = min(seconds - waited - _before(call) for call in left.values())
        if not pace.wait(min(pause, max(rest, 0.0))):
            break
        pause = min(2 * pause, _LONGEST_PAUSE)
    waited = pace.monotonic() - start
    for _, call in sorted(left.items()):
        looked = waited + _before(call)
        yield replace(
            _word(call.intent, "uncertain", "interrupted while looking for it", pace), looked=looked
        )


def _before(call: OpenCall) -> float:
    """For how many seconds earlier runs have looked for it."""
    return call.ended.looked if call.ended else 0.0


def _made(intent: Intent, snapshot: Snapshot) -> list[Project]:
    """Who bears its mark, and is not somebody else's claim: billed to whom the creation was to be billed."""
    payer = intent.after["bill_to"]
    held = [
        project
        for project in snapshot.projects.values()
        if project.mark == intent.after["mark"]
        and (project.bill_to == payer or isinstance(project.bill_to, Unreadable))
    ]
    return sorted(held, key=lambda project: project.id)


def _creation(intent: Intent, held: list[Project], pace: Pace) -> Ended | None:
    """None where nothing shows yet."""
    if not held:
        return None
    ids = ", ".join(project.id for project in held)
    if len(held) > 1:
        return _word(intent, "failed", f"REG303 {len(held)} projects bear its mark: {ids}", pace, held[0].id)
    left = differences(intent.after, held[0])
    if left:
        return _word(intent, "failed", f"{ids} was made, but {listed(left)}", pace, held[0].id)
    return _word(intent, "done", "", pace, held[0].id)


def _word(intent: Intent, result: StepResult, message: str, pace: Pace, project: str | None = None) -> Ended:
    return Ended(
        call=intent.call,
        run=intent.run,
        plan_id=intent.plan_id,
        step=intent.step,
        address=intent.address,
        action=intent.action,
        result=result,
        id=project or intent.id,
        message=message,
        error_type=None,
        request_id=None,
        at=rfc3339(pace.wall()),
    )
