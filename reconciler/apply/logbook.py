"""What an apply writes into the ledger: its beginning, each call before it is sent, how each step ended,
and the baseline. Safe to use from several threads.

Whatever goes wrong with the ledger is kept as a problem of the report, which must not lose a step for it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping

from reconciler.apply.carry import Ending
from reconciler.apply.pace import Pace
from reconciler.apply.record import merged, of_step
from reconciler.ledger import LOCK_LOST, Applied, Ended, Finished, Intent, Ledger, Started
from reconciler.model.baseline import AttributeValue, ResourceBaseline
from reconciler.model.desired import Policy
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Plan, Step
from reconciler.model.report import ApplySummary

_NO_LEDGER = "the ledger cannot be written"
_LOST = "the lock of the workspace was lost"


class Logbook:
    """Of one apply. Raises DiagnosticsError where the baseline cannot be read."""

    def __init__(
        self,
        ledger: Ledger,
        plan: Plan,
        started: Started,
        *,
        pace: Pace,
        targets: Mapping[str, Mapping[str, AttributeValue]],
        settled: Mapping[str, ResourceBaseline],
    ) -> None:
        self._ledger = ledger
        self._plan = plan
        self._pace = pace
        self._targets = targets
        self._started = started
        self._lock = threading.Lock()
        self._calls: dict[str, str] = {}
        self._previous = ledger.baseline()
        self._recorded = dict(settled)
        self._released: list[str] = []
        self.problems: list[Diagnostic] = []

    def begin(self) -> None:
        """Raises DiagnosticsError."""
        self._ledger.begin(self._started)

    def intent(self, step: Step) -> None:
        """The call of this step is about to be sent. Raises DiagnosticsError: then it must not be."""
        call = secrets.token_hex(8)
        self._ledger.append(
            Intent(
                call=call,
                run=self._started.run,
                plan_id=self._plan.plan_id,
                step=step.id,
                address=step.address,
                action=step.action,
                as_=step.as_,
                id=step.subject,
                after=step.after,
                at=rfc3339(self._pace.wall()),
            )
        )
        self._calls[step.id] = call

    def ended(self, step: Step, ending: Ending) -> str | None:
        """How the step ended. Gives the reason where nothing can be written any more."""
        call = self._calls.get(step.id)
        if ending.result == "not_attempted" and call is None:
            return None
        entry = Ended(
            call=call,
            run=self._started.run,
            plan_id=self._plan.plan_id,
            step=step.id,
            address=step.address,
            action=step.action,
            result=ending.result,
            id=ending.id,
            message=ending.message,
            error_type=ending.error_type,
            request_id=ending.request_id,
            at=rfc3339(self._pace.wall()),
            looked=ending.looked,
        )
        try:
            self._ledger.ended(entry, self._resource(step, ending))
        except DiagnosticsError as failure:
            return self.trouble(failure)
        return None

    def _resource(self, step: Step, ending: Ending) -> ResourceBaseline | None:
        """What the baseline holds of the address from now on, where that is known."""
        if ending.result != "done" or ending.entity is None:
            return None
        address = step.address
        with self._lock:
            if step.action == "release":
                self._released.append(ending.entity.id)
                return None
            before = self._recorded.get(address) or self._previous.resources.get(address)
            self._recorded[address] = of_step(before, self._targets.get(address, {}), ending.entity)
            return self._recorded[address]

    def trouble(self, failure: DiagnosticsError) -> str:
        """Takes down what is wrong with the ledger; why nothing more can be sent."""
        with self._lock:
            self.problems += [one for one in failure.diagnostics if one not in self.problems]
        return _LOST if any(one.code == LOCK_LOST for one in failure.diagnostics) else _NO_LEDGER

    def close(
        self,
        summary: ApplySummary,
        interrupted: bool,
        at: str,
        forgotten: Mapping[str, str],
        policies: tuple[Policy, ...],
    ) -> None:
        """The apply has ended: the whole baseline, and its place in the history."""
        plan, applied = self._plan, None
        if plan.steps and summary.done == len(plan.steps):
            applied = Applied(plan.plan_id, plan.actor, at, len(plan.steps))
        finished = Finished(
            run=self._started.run,
            done=summary.done,
            failed=summary.failed,
            not_attempted=summary.not_attempted,
            uncertain=summary.uncertain,
            interrupted=interrupted,
            at=at,
        )
        try:
            with self._lock:
                left = merged(self._previous, dict(self._recorded), forgotten, policies)
                for project_id in self._released:
                    left = left.without(project_id)
            self._ledger.record(left)
            self._ledger.finish(finished, applied)
        except DiagnosticsError as failure:
            self.trouble(failure)
