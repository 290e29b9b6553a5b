"""Judges a plan by a policy in Rego with ``regopy``, where OPA itself is not at hand.

    python deploy/policies/opa.py PLAN.json POLICY.rego

Prints each message of ``data.reconciler.deny``. Exit code 0: there is none; 1: there are; 2: the policy has
no such rule, or one of the files cannot be read.
"""

import json
import sys
from pathlib import Path

from regopy import Interpreter, RegoError


def main(plan: str, policy: str) -> int:
    judge = Interpreter()
    try:
        judge.add_module(policy, Path(policy).read_text(encoding="utf-8"))
        judge.set_input(json.loads(Path(plan).read_text(encoding="utf-8")))
        found = judge.query("data.reconciler.deny").results
    except (OSError, ValueError, RegoError) as failure:
        print(f"{policy}: {failure}", file=sys.stderr)
        return 2
    if not found or not found[0].expressions:
        print(f"{policy}: there is no rule reconciler.deny", file=sys.stderr)
        return 2
    messages = found[0].expressions[0]
    print("\n".join(messages) or "nothing is denied")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else __doc__)
