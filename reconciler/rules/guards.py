"""Guards: how much one plan may change at once. They judge a plan as a whole, not a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.diff.changes import Change
from reconciler.model.desired import Guards
from reconciler.model.plan import Step
from reconciler.rules.finding import Finding
from reconciler.rules.rule import GUARDS, Example, Rule
from reconciler.rules.world import World

ADDRESS = "guards"
LEAST = 10
"""Resources in the baseline below which a percentage says nothing."""

_OF_WHAT_EXISTS = ("update", "transfer", "accept")


class Guard(Rule):
    """A guard of the workspace holds a plan back that changes too much at once.

    `max_changes` is the most steps that one plan may have, creations included. `max_change_percent` is
    the most resources that it may change, in percent of those in the baseline, and counts once there are
    ten of them. `allow_empty = false` refuses a workspace that managed something and now manages nothing.
    All count what an apply would send.

    **Why.** A wrong search-and-replace, a lost file or a merge gone wrong looks like a big plan. Payers and
    regions that were changed by the hundred are not changed back by the hundred.

    **How to mend it.** Look whether the plan is meant. If it is, change the guard under review, in the
    same commit; no flag leaves it out.
    """

    id = "REG302"
    title = "a guard: too many changes at once, or an emptied workspace"
    source = GUARDS
    breaks = Example("""\
[guards]
max_changes = 1

[defaults.projects]
bill_to = "org-lab"

[projects.plasma]
region = "aws:eu-central-1"

[projects.serum]
region = "aws:eu-central-1"
""")
    keeps = breaks.changed("max_changes = 1", "max_changes = 2")

    def check(self, change: Change, world: World) -> Iterable[Finding]:  # noqa: ARG002 - see `held_back`
        return ()


def held_back(guards: Guards, steps: Sequence[Step], recorded: int, managed: int) -> Iterator[Finding]:
    """What the guards have against a plan: ``recorded`` resources are in the baseline, ``managed`` in
    the TOML."""
    most = guards.max_changes
    if most is not None and len(steps) > most:
        yield _finding(
            f"this plan has {_count(len(steps), 'step')}: max_changes allows {most}", "max_changes"
        )
    percent = guards.max_change_percent
    changed = len({step.address for step in steps if step.action in _OF_WHAT_EXISTS})
    if percent is not None and recorded >= LEAST and 100 * changed > percent * recorded:
        message = (
            f"this plan changes {changed} of {recorded} resources, {100 * changed / recorded:.1f} %: "
            f"max_change_percent allows {percent}"
        )
        yield _finding(message, "max_change_percent")
    if not guards.allow_empty and recorded and not managed:
        message = (
            f"the TOML manages nothing any more: {_count(recorded, 'resource')} when it was last applied"
        )
        yield _finding(message, "allow_empty")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _finding(message: str, key: str) -> Finding:
    return Finding(Guard.id, ADDRESS, "refused", message, key)
