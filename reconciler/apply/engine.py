"""The loop of an apply: ready → journal → call → read back → journal, then the report.

Independent steps are under way at once, each in a thread; ``Schedule`` hands out what is ready. The
caller holds the ledger's lock, has checked that the plan still holds, and has asked the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from reconciler.apply.carry import Carrier, Ending
from reconciler.apply.crew import Crew
from reconciler.apply.gate import Closed, Gate
from reconciler.apply.logbook import Logbook
from reconciler.apply.pace import DEFAULT_SETTLE_SECONDS, Pace, stopping_on_signals
from reconciler.apply.schedule import Schedule
from reconciler.apply.words import UNREACHABLE, words
from reconciler.ledger import Ledger, Started
from reconciler.model.baseline import AttributeValue, ResourceBaseline
from reconciler.model.desired import Policy
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.moment import rfc3339
from reconciler.model.plan import FORMAT_VERSION, Plan, Step
from reconciler.model.report import ApplyReport, ApplySummary, StepReport
from reconciler.provider import ProviderError, Writer

DEFAULT_PARALLELISM = 8

_NOT_SENT = "interrupted before it was sent"
_FAIL_FAST = "nothing more is sent after a failure (--fail-fast)"


def _ignore(_told: object) -> None:
    """Nobody listens."""


class ApplyRequest(Struct, frozen=True, kw_only=True):
    """What to carry out and what to remember of it.

    started:   what the history says of it: by whom, by which command, from which commit.
    targets:   address → the attributes that the TOML manages, with their values.
    settled:   address → the entry of a resource that is in sync already.
    forgotten: address → id of what has left the TOML.
    policies:  those by which the plan was judged.
    on_start:  called with each step right before its turn, from the calling thread.
    on_step:   called with each step's report as soon as it has ended, from the calling thread.
    settle_seconds: how long a creation is looked for whose outcome is unknown.
    parallelism: how many steps may be under way at once; with 1 all is done in the calling thread.
    fail_fast: send nothing more once a step has not ended as planned.
    """

    plan: Plan
    writer: Writer
    ledger: Ledger
    started: Started
    targets: Mapping[str, Mapping[str, AttributeValue]]
    settled: Mapping[str, ResourceBaseline] = {}
    forgotten: Mapping[str, str] = {}
    policies: tuple[Policy, ...] = ()
    on_start: Callable[[Step], None] = _ignore
    on_step: Callable[[StepReport], None] = _ignore
    settle_seconds: float = DEFAULT_SETTLE_SECONDS
    parallelism: int = DEFAULT_PARALLELISM
    fail_fast: bool = False
    pace: Pace | None = None


def run(request: ApplyRequest) -> ApplyReport:
    """Carries the plan's steps out and records the baseline; the report has each step once.

    The ledger's lock must be held. Raises ProviderError or DiagnosticsError only while nothing
    was sent: where the platform cannot be read or the ledger not be used at the start. After that every
    error is in the report. KeyboardInterrupt comes out only if it hits while the end is recorded.
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
        self._gate = Gate(request.ledger.want_lock)
        self._log = Logbook(
            request.ledger,
            request.plan,
            request.started,
            pace=pace,
            targets=request.targets,
            settled=request.settled,
        )
        self._reports: dict[str, StepReport] = {}
        self._halt: str | None = None
        self._by_id = {step.id: step for step in self._plan.steps}
        self._carrier = Carrier(
            request.writer,
            self._plan,
            settle_seconds=request.settle_seconds,
            pace=pace,
            journal=self._log.intent,
            gate=self._gate,
        )

    def report(self) -> ApplyReport:
        self._look()
        self._log.begin()
        try:
            self._carry_out_all()
        except KeyboardInterrupt:
            self._pace.stop()
        self._account_for_the_rest()
        steps = tuple(self._reports[step.id] for step in self._plan.steps)
        summary, at = _summary(steps), rfc3339(self._pace.wall())
        request = self._request
        self._log.close(summary, self._pace.stopped, at, request.forgotten, request.policies)
        return ApplyReport(
            format_version=FORMAT_VERSION,
            kind="apply",
            plan_id=self._plan.plan_id,
            workspace=self._plan.workspace,
            provider=self._plan.provider,
            identity=self._plan.actor,
            started_at=self._started_at,
            finished_at=at,
            interrupted=self._pace.stopped,
            summary=summary,
            steps=steps,
            problems=tuple(self._log.problems),
        )

    def _look(self) -> None:
        try:
            self._carrier.look(self._plan.steps)
        except KeyboardInterrupt:
            self._pace.stop()

    def _carry_out_all(self) -> None:
        schedule = Schedule(self._plan.steps)
        crew = Crew(self._request.parallelism, self._carry_out)
        while True:
            while crew.free and (step := schedule.take()) is not None:
                if self._obstacle(step) is None:
                    self._request.on_start(step)
                crew.start(step)
            if not crew.busy:
                return
            step = crew.next()
            self._request.on_step(self._reports[step.id])
            schedule.ended(step)

    def _carry_out(self, step: Step) -> None:
        """In a thread of the crew."""
        started = self._pace.monotonic()
        ending = self._attempt(step)
        self._end(step, ending, self._pace.monotonic() - started)

    def _attempt(self, step: Step) -> Ending:
        obstacle = self._obstacle(step)
        if obstacle is not None:
            return Ending("not_attempted", step.subject, obstacle)
        try:
            return self._carrier.carry_out(step)
        except Closed:
            return Ending("not_attempted", step.subject, _NOT_SENT)
        except ProviderError as failure:
            return Ending(
                "failed", step.subject, words(failure), request_id=failure.request_id, halt=UNREACHABLE
            )
        except DiagnosticsError as failure:
            halt = self._log.trouble(failure)
            return Ending("not_attempted", step.subject, halt, halt=halt)

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
        self._reports[step.id] = StepReport(
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
        halt = ending.halt
        if self._request.fail_fast and ending.result in ("failed", "uncertain"):
            halt = halt or _FAIL_FAST
        trouble = self._log.ended(step, ending)
        self._halt = self._halt or halt or trouble

    def _account_for_the_rest(self) -> None:
        """Steps that the loop never came to, or was torn away from; after this none is sent."""
        self._gate.close()
        for step in self._plan.steps:
            if step.id in self._reports:
                continue
            if self._gate.passed(step.id):
                ending = Ending("uncertain", step.subject, "interrupted before its outcome was known")
            else:
                ending = Ending("not_attempted", step.subject, self._obstacle(step) or _NOT_SENT)
            self._end(step, ending, 0.0)
            self._request.on_step(self._reports[step.id])


def _summary(steps: tuple[StepReport, ...]) -> ApplySummary:
    results = [report.result for report in steps]
    return ApplySummary(
        results.count("done"),
        results.count("failed"),
        results.count("not_attempted"),
        results.count("uncertain"),
    )
