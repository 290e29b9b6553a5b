"""A family of cases: the product of a few dimensions, less what is only another name for the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from math import prod

from model.cases import Case

Value = str
Values = Mapping[str, Value]
Renaming = Callable[[Values], Values]
"""Gives the same case under other names, as values of the same family."""


class Family:
    """``dimensions``: name → values. ``renamings``: each its own inverse; of cases that they turn into each
    other only the first one counts. ``build``: None for values that do not go together."""

    def __init__(
        self,
        name: str,
        dimensions: Mapping[str, tuple[Value, ...]],
        renamings: tuple[Renaming, ...],
        build: Callable[[Values], Case | None],
    ) -> None:
        self.name = name
        self.dimensions = dict(dimensions)
        self.build = build
        self.renamings = renamings

    @cached_property
    def size(self) -> int:
        return prod(len(values) for values in self.dimensions.values())

    def values(self, index: int) -> dict[str, Value]:
        """The values of the ``index``-th case: the last dimension changes fastest."""
        found: dict[str, Value] = {}
        for name, values in reversed(self.dimensions.items()):
            index, digit = divmod(index, len(values))
            found[name] = values[digit]
        return found

    def index(self, values: Values) -> int:
        index = 0
        for name, domain in self.dimensions.items():
            index = index * len(domain) + self._digits[name][values[name]]
        return index

    @cached_property
    def _digits(self) -> dict[str, dict[Value, int]]:
        return {name: {v: n for n, v in enumerate(domain)} for name, domain in self.dimensions.items()}

    def canonical(self, index: int, values: Values) -> bool:
        """Is it the first of all that only names tell apart?"""
        return all(self.index(other) >= index for other in self._orbit(values))

    def _orbit(self, values: Values) -> Iterator[Values]:
        found = [values]
        for renaming in self.renamings:
            found += [renaming(one) for one in found]
        return iter(found[1:])

    def case(self, index: int) -> Case | None:
        """The case of that number; None where an earlier one is the same but for names, or it cannot be."""
        values = self.values(index)
        return self.build(values) if self.canonical(index, values) else None
