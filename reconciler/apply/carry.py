"""Carries out one step: look, call at most once, read back, and settle what is not known.

The platform has no idempotency key for a creation, so a call is never repeated here:

  the call's outcome   a creation                              any other step
  done                 read by its id, its mark searched       read back: at the target → done,
                       again: one holder → done, two → failed  else failed
  refused, failed      failed                                  failed
  uncertain            its mark is searched until it shows     at the target → done,
                       (then as above) or ``settle_seconds``   at the values before → failed,
                       are over → uncertain                    anything else → failed

What cannot be read back is uncertain. A step that hands a project over is looked at once more right
before its call: an offer would replace somebody else's without a word, an acceptance works only once.
Must not know the ledger's form.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from reconciler.apply.gate import Gate
from reconciler.apply.pace import Pace
from reconciler.apply.readback import Difference, Entity, differences, entity_of, listed, shown, unmet
from reconciler.apply.words import UNREACHABLE, words
from reconciler.model.actual import Destroyed, Project, Scope, Snapshot
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.model.outcome import Outcome
from reconciler.model.plan import FactEntry, Plan, Step
from reconciler.model.report import StepResult
from reconciler.provider import ProviderError, Writer

_NO_LOGIN = ("InvalidAuthentication",)
"""Platform error types that every later call would meet as well."""

_HANDOVER = ("transfer", "accept")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_FAILED_LOOKS = 3
"""A reader retries by itself; after this many failures in a row the platform is out of reach."""


class Ending(Struct, frozen=True):
    """How a step ended. ``entity`` is what was read back of a done one; ``halt`` says why no
    further call can be made; ``looked`` for how many seconds a creation was looked for in vain."""

    result: StepResult
    id: str | None = None
    message: str = ""
    error_type: str | None = None
    request_id: str | None = None
    skipped: bool = False
    entity: Entity | None = None
    halt: str | None = None
    looked: float = 0.0


class Carrier:
    """Carries out steps of one plan, in any number of threads. ``journal`` is called with a step before its
    call is sent, ``gate`` entered at the last moment before each sending; what they raise comes out of
    ``carry_out`` and nothing is sent."""

    def __init__(
        self,
        writer: Writer,
        plan: Plan,
        *,
        settle_seconds: float,
        pace: Pace,
        journal: Callable[[Step], None],
        gate: Gate,
    ) -> None:
        self._writer = writer
        self._pace = pace
        self._settle_seconds = settle_seconds
        self._journal = journal
        self._gate = gate
        self._claims = _claims(plan.facts)
        self._payers = _payers(plan.steps)
        self._read: dict[str, Entity] = {}
        self._made: dict[str, list[Project]] = {}

    def look(self, steps: tuple[Step, ...]) -> None:
        """Reads once, in bulk, what the steps change and what bears the marks of their creations, to know
        which are at their target; but for what is handed over, which is read right before. Raises
        ProviderError."""
        marks = {step.after["mark"] for step in steps if step.action == "create"}
        steps = tuple(step for step in steps if step.action not in _HANDOVER)
        projects = {s.subject for s in steps if s.subject and s.address.startswith("projects.")}
        profiles = {s.subject for s in steps if s.subject} - projects
        if not projects and not profiles and not marks:
            return
        found = self._writer.read(
            Scope(
                profiles=tuple(sorted(profiles)), projects=tuple(sorted(projects)), marks=tuple(sorted(marks))
            )
        )
        self._read = {**found.projects, **found.profiles}
        self._made = {mark: self._bearing(mark, found) for mark in marks}

    def carry_out(self, step: Step) -> Ending:
        """Raises ProviderError where the provider fails and nothing was changed, and Closed."""
        try:
            return self._create(step) if step.action == "create" else self._change(step)
        except KeyboardInterrupt:
            self._pace.stop()
            if self._gate.passed(step.id):
                return Ending("uncertain", step.subject, "interrupted before its outcome was known")
            return Ending("not_attempted", step.subject, "interrupted before it was sent")

    def _change(self, step: Step) -> Ending:
        subject = step.subject or ""
        now = self._now(step)
        if isinstance(now, Destroyed | Unreadable):
            return Ending("failed", subject, _gone(now))
        left = None if now is None else {found.attribute for found in self._unmet(step, now)}
        if now is not None and not left:
            return Ending("done", subject, skipped=True, entity=now)
        obstacle = _obstacle(step, now) if isinstance(now, Project) else None
        if obstacle is not None:
            return Ending("failed", subject, obstacle)
        self._read.pop(subject, None)
        # What is already at its target is not sent again: the platform may refuse it.
        sent = step.after if left is None else {name: v for name, v in step.after.items() if name in left}
        outcome = self._call(replace(step, after=sent))
        match outcome.result:
            case "done":
                return self._read_back(step, "the platform accepted the call but ")
            case "uncertain":
                return self._read_back(step, _because(outcome), outcome)
            case "refused" | "failed":
                return _not_done(step, outcome)

    def _now(self, step: Step) -> Entity | Destroyed | Unreadable | None:
        """What the step changes, as far as it is known; None where only the call can tell.

        Raises ProviderError.
        """
        if step.action in _HANDOVER:
            return entity_of(step, self._writer.read(_scope(step)))
        return self._read.get(step.subject or "")

    def _unmet(self, step: Step, found: Entity) -> tuple[Difference, ...]:
        return unmet(step, found, self._payers.get(step.subject or ""))

    def _create(self, step: Step) -> Ending:
        # A step before this one may just have taken the mark from another project.
        held = self._holders(step) if step.depends_on else self._made.get(step.after["mark"], [])
        if held:
            return _already_there(step, held)
        outcome = self._call(step)
        match outcome.result:
            case "done" if outcome.project_id:
                return self._check_created(step, outcome.project_id)
            case "done" | "uncertain":
                return self._search(step, outcome)
            case "refused" | "failed":
                return _not_done(step, outcome)

    def _call(self, step: Step) -> Outcome:
        self._journal(step)
        return self._writer.execute(step, lambda: self._gate.enter(step.id))

    def _read_back(self, step: Step, said: str, outcome: Outcome | None = None) -> Ending:
        """A step that is no creation, after its call; ``outcome`` where that is uncertain."""
        subject = step.subject or ""
        try:
            found = entity_of(step, self._writer.read(_scope(step)))
        except ProviderError as failure:
            return _cannot_read_back(subject, failure)
        if isinstance(found, Destroyed):
            return Ending("failed", subject, said + "the project was destroyed meanwhile")
        if isinstance(found, Unreadable):
            return Ending("uncertain", subject, said + f"it cannot be read back: {found.reason}")
        left = self._unmet(step, found)
        if not left:
            return Ending("done", subject, entity=found)
        text = listed(left, step.before)
        if any(isinstance(one.actual, Unreadable) for one in left):
            return Ending("uncertain", subject, said + text)
        if outcome is None:
            return Ending("failed", subject, said + text)
        untouched = not differences(step.before or {}, found)
        message = f"{said}it was not carried out: {text}" if untouched else said + text
        return Ending("failed", subject, message, outcome.error_type, outcome.request_id)

    def _check_created(self, step: Step, project_id: str) -> Ending:
        """A created project is as wanted, and the only one that bears its mark."""
        mark = step.after["mark"]
        try:
            snapshot = self._writer.read(Scope(projects=(project_id,), marks=(mark,)))
        except ProviderError as failure:
            return _cannot_read_back(project_id, failure)
        held = self._bearing(mark, snapshot)
        others = [one.id for one in held if one.id != project_id]
        if others:
            return _two_holders(step, [project_id, *others])
        project = snapshot.projects.get(project_id)
        if project is None:
            why = snapshot.missing.get(project_id)
            if isinstance(why, Destroyed):
                return Ending("failed", project_id, "it was created and destroyed meanwhile")
            reason = why.reason if isinstance(why, Unreadable) else "the platform did not report it"
            return Ending("uncertain", project_id, f"created, but it cannot be read back: {reason}")
        left = differences(step.after, project)
        if any(isinstance(one.actual, Unreadable) for one in left):
            return Ending("uncertain", project_id, "created, but " + listed(left))
        if left:
            return Ending("failed", project_id, "the platform accepted the call but " + listed(left))
        return Ending("done", project_id, entity=project)

    def _search(self, step: Step, outcome: Outcome) -> Ending:
        """Looks for a creation whose answer is not known by its mark, until it shows or time is up."""
        start = self._pace.monotonic()
        until = start + self._settle_seconds
        pause, failures = _FIRST_PAUSE, 0
        while True:
            failure = None
            try:
                held, failures = self._holders(step), 0
            except ProviderError as met:
                held, failures, failure = [], failures + 1, met
            if held:
                return self._check_created(step, held[0].id)
            rest = until - self._pace.monotonic()
            if failure is not None and (failures >= _FAILED_LOOKS or rest <= 0):
                # Who could not look cannot say that it did not show.
                return _cannot_read_back(None, failure)
            if rest <= 0:
                said = f"it did not show within {self._settle_seconds:g} s"
                return replace(_unsettled(outcome, said), looked=self._pace.monotonic() - start)
            if not self._pace.wait(min(pause, rest)):
                return _unsettled(outcome, "interrupted while looking for it")
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _holders(self, step: Step) -> list[Project]:
        """Raises ProviderError."""
        mark = step.after["mark"]
        return self._bearing(mark, self._writer.read(Scope(marks=(mark,))))

    def _bearing(self, mark: str, snapshot: Snapshot) -> list[Project]:
        """Who bears the mark of a creation, but for those that were known, when the plan was made,
        to bear it without being ours."""
        claims = self._claims.get(mark, frozenset())
        held = [one for one in snapshot.projects.values() if one.mark == mark and one.id not in claims]
        return sorted(held, key=lambda one: one.id)


def _claims(facts: tuple[FactEntry, ...]) -> dict[str, frozenset[str]]:
    return {
        entry.subject: frozenset(entry.value)
        for entry in facts
        if entry.attribute == "holders" and entry.state == "known"
    }


def _payers(steps: tuple[Step, ...]) -> dict[str, str]:
    """Project → who will be billed for it once it is accepted."""
    return {step.subject or "": step.after["bill_to"] for step in steps if step.action == "accept"}


def _scope(step: Step) -> Scope:
    """What has to be read to see what a step (no creation) changes. An offer shows to those alone who
    administer the project, and to its recipient: it is read as who acts."""
    subject = step.subject or ""
    if not step.address.startswith("projects."):
        return Scope(profiles=(subject,))
    levels = ((step.as_, subject),) if step.action in _HANDOVER else ()
    return Scope(projects=(subject,), levels=levels)


def _gone(now: Destroyed | Unreadable) -> str:
    if isinstance(now, Destroyed):
        return "nothing was sent: the project was destroyed meanwhile"
    return f"nothing was sent: the project cannot be read: {now.reason}"


def _obstacle(step: Step, now: Project) -> str | None:
    """Why a call that the plan wants must not be sent: it would replace what somebody else has made."""
    before = step.before or {}
    if step.action == "release" and now.mark != before.get("mark"):
        return f"nothing was sent: its mark is {shown(now.mark)} by now"
    if step.action == "adopt":
        theirs = isinstance(now.mark, str) and now.mark != before.get("mark")
        return f"REG303: it bears the mark {now.mark} by now" if theirs else None
    if step.action != "transfer":
        return None
    if isinstance(now.pending_transfer, Unreadable):
        reason = now.pending_transfer.reason
        return f"nothing was sent: whether the project is offered to somebody cannot be read: {reason}"
    if now.pending_transfer is not ABSENT:
        return f"REG203: it is offered to {now.pending_transfer} by now; that offer must end first"
    if now.bill_to != before.get("bill_to", now.bill_to):
        return f"nothing was sent: the project is billed to {shown(now.bill_to)} by now"
    return None


def _already_there(step: Step, held: list[Project]) -> Ending:
    if len(held) > 1:
        return _two_holders(step, [one.id for one in held])
    left = differences(step.after, held[0])
    if left:
        mark = step.after["mark"]
        message = f"{held[0].id} already bears the mark {mark}, but {listed(left)}: nothing was sent"
        return Ending("failed", held[0].id, message)
    return Ending("done", held[0].id, skipped=True, entity=held[0])


def _two_holders(step: Step, ids: list[str]) -> Ending:
    said = f"REG303 {len(ids)} projects bear the mark {step.after['mark']}: {', '.join(ids)}"
    advice = "keep the right one and remove the property reconciler from the rest"
    return Ending("failed", ids[0], f"{said}; {advice}")


def _not_done(step: Step, outcome: Outcome) -> Ending:
    halt = "the login is no longer accepted" if outcome.error_type in _NO_LOGIN else None
    return Ending("failed", step.subject, outcome.message, outcome.error_type, outcome.request_id, halt=halt)


def _unsettled(outcome: Outcome, said: str) -> Ending:
    return Ending("uncertain", None, _because(outcome) + said, outcome.error_type, outcome.request_id)


def _cannot_read_back(project_id: str | None, failure: ProviderError) -> Ending:
    return Ending(
        "uncertain",
        project_id,
        f"sent, but it cannot be read back: {words(failure)}",
        request_id=failure.request_id,
        halt=UNREACHABLE,
    )


def _because(outcome: Outcome) -> str:
    return f"{outcome.message}; " if outcome.message else ""
