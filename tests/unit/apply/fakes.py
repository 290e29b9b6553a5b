"""A platform, a ledger and a clock in memory, whose every outcome a test can choose."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from reconciler.apply import ApplyRequest, Pace, run
from reconciler.ledger import (
    Applied,
    Ended,
    Finished,
    Intent,
    LockOwner,
    OpenCall,
    Run,
    Started,
)
from reconciler.model.actual import Destroyed, Profile, Project, Scope, Snapshot
from reconciler.model.baseline import AttributeValue, Baseline, ResourceBaseline
from reconciler.model.desired import Policy
from reconciler.model.diagnostics import error
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan, Step
from reconciler.model.report import ApplyReport, StepReport
from reconciler.provider import ProviderError
from tests.unit.planfile.samples import ALICE, project_id

FAULTS = (
    "done",
    "refused",
    "failed",
    "expired",
    "lost before",
    "lost after",
    "lost, shows late",
    "lost, never shows",
    "ignored",
    "wrong region",
    "unreadable after",
    "destroyed after",
    "rival",
    "raises",
    "ctrl-c before",
    "ctrl-c after",
    "reads fail after",
)
"""What can become of a call: see ``Platform.execute``."""


class VirtualPace(Pace):
    """Time passes only while somebody sleeps. ``on_sleep`` may stop the run."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.on_sleep: Callable[[float], None] = lambda _now: None

    def wall(self) -> int:
        return 1_764_000_000_000 + int(self.now * 1000)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.on_sleep(self.now)


class Platform:
    """Implements ``reconciler.provider.Writer``. ``script``: step id → one of FAULTS."""

    endpoint = "fake"
    address = "fake"
    touches = None

    def __init__(self, *entities: Project | Profile) -> None:
        self.projects = {one.id: one for one in entities if isinstance(one, Project)}
        self.profiles = {one.id: one for one in entities if isinstance(one, Profile)}
        self.destroyed: set[str] = set()
        self.script: dict[str, str] = {}
        self.executed: list[str] = []
        self.scopes: list[Scope] = []
        self.log: list[str] = []
        self.unlisted: dict[str, int] = {}
        """Project id → how many more searches by mark it stays out of."""
        self.failing_reads = 0
        self._next = 1000

    def identities(self) -> tuple[str, ...]:
        return (ALICE,)

    def logins(self) -> dict[str, str]:
        return {}

    def close(self) -> None: ...

    def add(self, name: str, mark: str, region: str, bill_to: str) -> str:
        self._next += 1
        one = project_id(self._next)
        self.projects[one] = Project(one, name, region, bill_to, "ADMINISTER", mark, ABSENT, 0, ALICE)
        return one

    def read(self, scope: Scope) -> Snapshot:
        self.scopes.append(scope)
        self.log.append("read")
        if self.failing_reads:
            self.failing_reads -= 1
            raise ProviderError("the connection was refused", "is the server running?", "1-1")
        marked = [one.id for one in self.projects.values() if one.mark in scope.marks and self._listed(one)]
        known = {one: self.projects[one] for one in (*scope.projects, *marked) if one in self.projects}
        return Snapshot(
            identity=ALICE,
            identities=(ALICE,),
            profiles={one: self.profiles[one] for one in scope.profiles if one in self.profiles},
            projects=known,
            missing={one: self._missing(one) for one in scope.projects if one not in known},
            levels={},
            partial=frozenset(),
            read_at=0,
            provider_time=0,
            calls=1,
            seconds=0.0,
        )

    def execute(self, step: Step, before_sending: Callable[[], None] = lambda: None) -> Outcome:
        before_sending()
        fault = self.script.get(step.id, "done")
        self.executed.append(step.id)
        self.log.append("call " + step.id)
        if fault == "raises":
            raise ProviderError("no route to the host", None, "1-2")
        if fault == "ctrl-c before":
            raise KeyboardInterrupt
        if fault in ("refused", "failed", "expired"):
            kind = {"refused": "PermissionDenied", "expired": "InvalidAuthentication"}.get(fault)
            return Outcome(
                "refused" if fault == "refused" else "failed", None, f"it was {fault}", kind, "1-3"
            )
        if fault == "lost before":
            return Outcome("uncertain", message="the connection closed")
        made = None if fault == "ignored" and step.action != "create" else self._carry_out(step)
        self._disturb(fault, step, made)
        if fault == "ctrl-c after":
            raise KeyboardInterrupt
        if fault.startswith("lost"):
            return Outcome("uncertain", message="the connection closed")
        return Outcome("done", made if step.action == "create" else None)

    def _carry_out(self, step: Step) -> str:
        after = step.after
        if step.action == "create":
            return self.add(after["name"], after["mark"], after["region"], after["bill_to"])
        subject = step.subject or ""
        if step.action in ("transfer", "accept"):
            self._hand_over(step, subject)
        elif step.action == "release":
            self.projects[subject] = replace(self.projects[subject], mark=ABSENT)
        elif subject in self.profiles:
            self.profiles[subject] = replace(self.profiles[subject], **after)
        elif subject in self.projects:
            self.projects[subject] = replace(self.projects[subject], **after)
        return subject

    def _hand_over(self, step: Step, subject: str) -> None:
        one = self.projects[subject]
        if step.action == "transfer":
            self.projects[subject] = replace(one, pending_transfer=step.after["invitee"])
        else:
            assert one.pending_transfer == step.as_, "nothing was offered to who accepts"
            self.projects[subject] = replace(one, bill_to=step.after["bill_to"], pending_transfer=ABSENT)

    def _disturb(self, fault: str, step: Step, made: str | None) -> None:
        if fault == "reads fail after":
            self.failing_reads = 1000
        if made is None or made not in self.projects:
            return
        one = self.projects[made]
        match fault:
            case "lost, shows late":
                self.unlisted[made] = 4
            case "lost, never shows":
                self.unlisted[made] = 10**9
            case "wrong region" if step.action == "create":
                self.projects[made] = replace(one, region="aws:us-west-9")
            case "ignored":
                self.projects[made] = replace(one, name="an older name")
            case "unreadable after":
                hidden = ("name", "mark", "bill_to", "pending_transfer")
                unreadable = dict.fromkeys(hidden, Unreadable("level NONE"))
                self.projects[made] = replace(one, **unreadable)
            case "destroyed after":
                del self.projects[made]
                self.destroyed.add(made)
            case "rival" if step.action == "create":
                after = step.after
                self.add(after["name"], after["mark"], after["region"], after["bill_to"])
            case _:
                pass

    def _listed(self, one: Project) -> bool:
        left = self.unlisted.get(one.id, 0)
        self.unlisted[one.id] = max(0, left - 1)
        return left == 0

    def _missing(self, one: str) -> Destroyed | Unreadable:
        return Destroyed() if one in self.destroyed else Unreadable("no access")


class MemoryLedger:
    """Implements ``reconciler.ledger.Ledger``.

    ``full_at``: the write that fails, and all after it (with ``once``: it alone); 0 is the very first
    word of a run, which is not counted. ``torn_at``: the write in which Ctrl-C is pressed.
    """

    location = "memory"

    def __init__(self, platform: Platform | None = None) -> None:
        self.whole = Baseline()
        self.journal: list[Intent | Ended] = []
        self.runs: list[Run] = []
        self.lock_lost_at: int | None = None
        self.done: dict[str, Applied] = {}
        self.full_at: int | None = None
        self.once = False
        self.torn_at: int | None = None
        self.log: list[str] = platform.log if platform else []
        self._writes = 0

    def baseline(self) -> Baseline:
        return Baseline(dict(self.whole.resources), dict(self.whole.forgotten))

    def applied(self, plan_id: str) -> Applied | None:
        return self.done.get(plan_id)

    @contextlib.contextmanager
    def lock(self, _owner: LockOwner) -> Iterator[None]:
        yield

    def open_calls(self) -> tuple[OpenCall, ...]:
        found: dict[str, OpenCall] = {}
        for entry in self.journal:
            if isinstance(entry, Intent):
                found[entry.call] = OpenCall(entry, None)
            elif entry.result == "uncertain" and entry.call in found:
                found[entry.call] = OpenCall(found[entry.call].intent, entry)
            else:
                found.pop(entry.call or "", None)
        return tuple(found.values())

    def history(self, most: int) -> tuple[Run, ...]:
        return tuple(reversed(self.runs))[:most]

    def steps_of(self, run: str) -> tuple[Ended | Intent, ...]:
        return tuple(entry for entry in self.journal if entry.run == run)

    def unlock(self, lock_id: str) -> LockOwner:
        raise error("no-such-lock", lock_id)

    def want_lock(self) -> None:
        if self.lock_lost_at is not None and self._writes >= self.lock_lost_at:
            raise error("lock-lost", "the lock of memory was lost")

    def begin(self, started: Started) -> None:
        if self.full_at == 0:
            raise error("ledger", "cannot write memory: No space left on device")
        self.runs.append(Run(started, None))

    def append(self, intent: Intent) -> None:
        self._write()
        self.journal.append(intent)
        self.log.append("Intent " + intent.step)

    def ended(self, entry: Ended, resource: ResourceBaseline | None) -> None:
        self._write()
        self.journal.append(entry)
        self.log.append("Ended " + entry.step)
        if entry.action == "release" and entry.result == "done" and entry.id:
            self.whole = self.whole.without(entry.id)
        if resource is not None:
            self.whole.resources[entry.address] = resource
            self.log.append("record " + entry.address)

    def record(self, baseline: Baseline) -> None:
        self._write()
        self.whole = baseline

    def finish(self, finished: Finished, applied: Applied | None) -> None:
        self._write()
        self.runs[-1] = Run(self.runs[-1].started, finished)
        if applied is not None:
            self.done[applied.plan_id] = applied

    def close(self) -> None:
        """There is nothing to let go of."""

    def _write(self) -> None:
        self._writes += 1
        if self._writes == self.torn_at:
            raise KeyboardInterrupt
        if self.full_at is not None and (
            self._writes == self.full_at or (self._writes > self.full_at and not self.once)
        ):
            raise error("ledger", "cannot write memory: No space left on device")


class Bench:
    """One workspace on one platform: what a test scripts, runs and looks at."""

    def __init__(self, *entities: Project | Profile) -> None:
        self.platform = Platform(*entities)
        self.ledger = MemoryLedger(self.platform)
        self.pace = VirtualPace()
        self.events: list[StepReport] = []
        self.begun: list[str] = []
        self.targets: dict[str, dict[str, AttributeValue]] = {}
        self.settled: dict[str, ResourceBaseline] = {}
        self.forgotten: dict[str, str] = {}
        self.policies: tuple[Policy, ...] = ()
        self.parallelism = 1
        self.fail_fast = False

    def apply(self, plan: Plan, **script: str) -> ApplyReport:
        """Carries ``plan`` out with the outcomes of ``script`` (key of the step → fault)."""
        self.platform.script = {"s-" + key.replace("_", "-"): fault for key, fault in script.items()}
        targets = {step.address: _managed(step) for step in plan.steps} | self.targets
        return run(
            ApplyRequest(
                plan=plan,
                writer=self.platform,
                ledger=self.ledger,
                started=self.started(plan),
                targets=targets,
                settled=self.settled,
                forgotten=self.forgotten,
                policies=self.policies,
                on_start=lambda step: self.begun.append(step.id),
                on_step=self.events.append,
                settle_seconds=300.0,
                parallelism=self.parallelism,
                fail_fast=self.fail_fast,
                pace=self.pace,
            )
        )

    def started(self, plan: Plan) -> Started:
        run = f"run-{len(self.ledger.runs)}"
        return Started(run, plan.plan_id, ALICE, "alice", "host-1", "apply", None, len(plan.steps), "now")

    def bearing(self, mark: str) -> list[str]:
        """Ids of the projects that bear a mark, whatever the lists show."""
        return [one.id for one in self.platform.projects.values() if one.mark == mark]


def _managed(step: Step) -> dict[str, AttributeValue]:
    return {name: value for name, value in step.after.items() if name != "mark"}
