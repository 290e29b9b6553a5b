"""Many random calls, judged one by one (``make soak-calls``): 20 000 steps unless told otherwise.

Prints how often each route was called, each error answered and each region law put to the test. Ends
with 1 if a call was judged wrong, or if a route or a law was left out.
"""

from __future__ import annotations

import argparse
import sys
import time

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from mutation.laws import switch_off_as_asked
from reconciler_sandbox.laws.router import ROUTES
from support.random_machine import Calls
from support.referee import LAWS
from tabulate import tabulate

STEPS_A_RUN = 100
RUNS_A_BATCH = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--fixed", action="store_true", help="the same calls each time")
    parser.add_argument("--no-dumps", action="store_true", help="faster: look at laws, not at dumps")
    given = parser.parse_args()
    Calls.dumps = not given.no_dumps
    switch_off_as_asked()
    started = time.monotonic()
    chosen = settings(
        max_examples=RUNS_A_BATCH,
        stateful_step_count=STEPS_A_RUN,
        deadline=None,
        database=None,
        derandomize=given.fixed,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    while sum(Calls.steps.values()) < given.steps:
        Calls.batch += 1
        run_state_machine_as_test(Calls, settings=chosen)
    spent = time.monotonic() - started
    names = ["/".join(name) for name in ROUTES]
    print(tabulate([[name, Calls.called[name]] for name in names], headers=["route", "calls"]))
    print()
    print(tabulate(Calls.refused.most_common(), headers=["refused with", "calls"]))
    print()
    tried = Calls.referee.tried
    print(tabulate([[law, tried[law]] for law in LAWS], headers=["law", "put to the test"]))
    left_out = [name for name in names if not Calls.called[name]] + [law for law in LAWS if not tried[law]]
    steps = sum(Calls.steps.values())
    print(f"\n{steps} steps in {spent:.0f} s; left out: {', '.join(left_out) or 'nothing'}")
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main())
