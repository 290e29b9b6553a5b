"""Which step may go next. Knows dependencies alone; made so that several can be under way at once."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence

from reconciler.model.plan import Step


class Schedule:
    """Hands out steps in the plan's order, each once all that it depends on has ended.

    A step that waits for one that is not in the plan, or for itself, is never handed out.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = tuple(steps)
        self._waiting = [len(set(step.depends_on)) for step in self._steps]
        self._dependents: defaultdict[str, list[int]] = defaultdict(list)
        for index, step in enumerate(self._steps):
            for other in set(step.depends_on):
                self._dependents[other].append(index)
        self._ready = [index for index, count in enumerate(self._waiting) if not count]

    def take(self) -> Step | None:
        """The first ready step, or None where none is ready now."""
        return self._steps[heapq.heappop(self._ready)] if self._ready else None

    def ended(self, step: Step) -> None:
        """``step`` has ended, however it ended."""
        for index in self._dependents.pop(step.id, ()):
            self._waiting[index] -= 1
            if not self._waiting[index]:
                heapq.heappush(self._ready, index)
