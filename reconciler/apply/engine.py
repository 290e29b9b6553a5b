"""The loop of an apply: ready → journal → call → read back → journal, then the report.

One step at a time for now; ``Schedule`` hands out every step that is ready. The caller holds the
ledger's lock, has checked that the plan still holds, and has asked the person.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from msgspec import Struct

from reconciler.apply.carry import UNREACHABLE, Carrier, Ending, words
from reconciler.apply.pace import DEFAULT_SETTLE_SECONDS, Pace, stopping_on_signals
from reconciler.apply.record import merged, of_step
from reconciler.apply.schedule import Schedule
from reconciler.ledger import Applied, Ended, Finished, Intent, Ledger, Started
from reconciler.model.baseline import AttributeValue, ResourceBaseline
from reconciler.model.desired import Policy
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.model.moment import rfc3339
from reconciler.model.plan import FORMAT_VERSION, Plan, Step
from reconciler.model.report import ApplyReport, ApplySummary, StepReport
from reconciler.provider import ProviderError, Writer

_NO_LEDGER = "the ledger cannot be written"
_NOT_SENT = "interrupted before it was sent"


def _ignore(_report: StepReport) -> None:
    """Nobody listens."""


class ApplyRequest(Struct, frozen=True, kw_only=True):
    """What to carry out and what to remember of it.

    started:   what the ledger is told of this run.
    targets:   address → the attributes that the TOML manages, with their values.
    settled:   address → the entry of a resource that is in sync already.
    forgotten: address → id of what has left the TOML.
    policies:  those by which the plan was judged.
    on_step:   called with each step's report as soon as it has ended.
    settle_seconds: how long a creation is looked for whose outcome is unknown.
    """

    plan: Plan
    writer: Writer
    ledger: Ledger
    started: Started
    targets: Mapping[str, Mapping[str, AttributeValue]]
    settled: Mapping[str, ResourceBaseline] = {}
    forgotten: Mapping[str, str] = {}
    policies: tuple[Policy, ...] = ()
    on_step: Callable[[StepReport], None] = _ignore
    settle_seconds: float = DEFAULT_SETTLE_SECONDS
    pace: Pace | None = None


def run(request: ApplyRequest) -> ApplyReport:
    """Carries the plan's steps out and records the baseline; the report has each step once.

    The ledger's lock must be held. Raises ProviderError or DiagnosticsError only while nothing was
    sent: where the platform cannot be read, or the ledger not be read or written, at the start. After
    that every error is in the report. KeyboardInterrupt comes out only if it hits while the end is recorded.
    """
    pace = request.pace or Pace()
    with stopping_on_signals(pace):
        return _Run(request, pace).report()


class _Run:
    """The state of one apply."""

    def __init__(self, request: ApplyRequest, pace: Pace) -> None:
        self._request = request
        self._plan = request.plan
        self._pace = pace
        self._started_at = rfc3339(pace.wall())
        self._previous = request.ledger.baseline()
        self._recorded = dict(request.settled)
        self._reports: dict[str, StepReport] = {}
        self._problems: list[Diagnostic] = []
        self._halt: str | None = None
        self._calls: dict[str, str] = {}
        self._by_id = {step.id: step for step in self._plan.steps}
        self._carrier = Carrier(
            request.writer, self._plan, request.settle_seconds, pace, self._journal_intent
        )

    def report(self) -> ApplyReport:
        try:
            self._request.ledger.begin(self._request.started)
            self._carrier.look(self._plan.steps)
            self._carry_out_all()
        except KeyboardInterrupt:
            self._pace.stop()
        self._account_for_the_rest()
        steps = tuple(self._reports[step.id] for step in self._plan.steps)
        self._record(steps)
        return ApplyReport(
            format_version=FORMAT_VERSION,
            kind="apply",
            plan_id=self._plan.plan_id,
            workspace=self._plan.workspace,
            provider=self._plan.provider,
            identity=self._plan.identity,
            started_at=self._started_at,
            finished_at=rfc3339(self._pace.wall()),
            interrupted=self._pace.stopped,
            summary=_summary(steps),
            steps=steps,
            problems=tuple(self._problems),
        )

    def _carry_out_all(self) -> None:
        schedule = Schedule(self._plan.steps)
        while (step := schedule.take()) is not None:
            started = self._pace.monotonic()
            ending = self._attempt(step)
            self._end(step, ending, self._pace.monotonic() - started)
            schedule.ended(step)

    def _attempt(self, step: Step) -> Ending:
        obstacle = self._obstacle(step)
        if obstacle is not None:
            return Ending("not_attempted", step.subject, obstacle)
        try:
            return self._carrier.carry_out(step)
        except ProviderError as failure:
            return Ending(
                "failed", step.subject, words(failure), request_id=failure.request_id, halt=UNREACHABLE
            )
        except DiagnosticsError as failure:
            self._problems.extend(failure.diagnostics)
            return Ending("not_attempted", step.subject, _NO_LEDGER, halt=_NO_LEDGER)

    def _obstacle(self, step: Step) -> str | None:
        """Why a step cannot be attempted, or None."""
        for other in step.depends_on:
            report = self._reports.get(other)
            if report is None or report.result != "done":
                known = self._by_id.get(other)
                return f"waits for {known.address if known else other}"
        if self._pace.stopped:
            return _NOT_SENT
        return self._halt

    def _end(self, step: Step, ending: Ending, seconds: float) -> None:
        """Takes down how a step ended: in the report first, which must not lose it."""
        report = StepReport(
            step=step.id,
            address=step.address,
            action=step.action,
            result=ending.result,
            id=ending.id,
            message=ending.message,
            error_type=ending.error_type,
            request_id=ending.request_id,
            seconds=round(seconds, 3),
            skipped=ending.skipped,
        )
        self._reports[step.id] = report
        self._halt = self._halt or ending.halt
        try:
            self._remember(step, ending)
        except DiagnosticsError as failure:
            self._problems.extend(failure.diagnostics)
            self._halt = self._halt or _NO_LEDGER
        self._request.on_step(report)

    def _remember(self, step: Step, ending: Ending) -> None:
        ledger, address = self._request.ledger, step.address
        read = ending.entity if ending.result == "done" else None
        if read is not None:
            before = self._recorded.get(address) or self._previous.resources.get(address)
            targets = self._request.targets.get(address, {})
            self._recorded[address] = of_step(before, targets, read)
        if step.id in self._calls or read is not None:
            resource = None if read is None else self._recorded[address]
            ledger.ended(self._journal_line(step, ending), resource)

    def _account_for_the_rest(self) -> None:
        """Steps that the loop never came to, or was torn away from."""
        for step in self._plan.steps:
            if step.id in self._reports:
                continue
            if step.id in self._carrier.sent:
                ending = Ending("uncertain", step.subject, "interrupted before its outcome was known")
            else:
                ending = Ending("not_attempted", step.subject, self._obstacle(step) or _NOT_SENT)
            self._end(step, ending, 0.0)

    def _record(self, steps: tuple[StepReport, ...]) -> None:
        ledger = self._request.ledger
        try:
            request = self._request
            ledger.record(merged(self._previous, self._recorded, request.forgotten, request.policies))
            at = rfc3339(self._pace.wall())
            whole = bool(steps) and all(report.result == "done" for report in steps)
            applied = Applied(self._plan.plan_id, self._plan.identity, at, len(steps)) if whole else None
            ledger.finish(self._finished(steps, at), applied)
        except DiagnosticsError as failure:
            self._problems.extend(failure.diagnostics)

    def _journal_intent(self, step: Step) -> None:
        at = rfc3339(self._pace.wall())
        call = secrets.token_hex(8)
        self._request.ledger.append(
            Intent(
                call,
                self._request.started.run,
                self._plan.plan_id,
                step.id,
                step.address,
                step.action,
                step.as_,
                step.subject,
                step.after,
                at,
            )
        )
        self._calls[step.id] = call
        self._request.ledger.want_lock()

    def _journal_line(self, step: Step, ending: Ending) -> Ended:
        return Ended(
            self._calls.get(step.id),
            self._request.started.run,
            self._plan.plan_id,
            step.id,
            step.address,
            step.action,
            ending.result,
            ending.id,
            ending.message,
            ending.error_type,
            ending.request_id,
            rfc3339(self._pace.wall()),
        )

    def _finished(self, steps: tuple[StepReport, ...], at: str) -> Finished:
        ended = _summary(steps)
        return Finished(
            run=self._request.started.run,
            done=ended.done,
            failed=ended.failed,
            not_attempted=ended.not_attempted,
            uncertain=ended.uncertain,
            interrupted=self._pace.stopped,
            at=at,
        )


def _summary(steps: tuple[StepReport, ...]) -> ApplySummary:
    results = [report.result for report in steps]
    return ApplySummary(
        results.count("done"),
        results.count("failed"),
        results.count("not_attempted"),
        results.count("uncertain"),
    )
