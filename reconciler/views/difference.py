"""What differs in a finding of drift, in words: the same in every format. Must not know any."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.baseline import AttributeValue
from reconciler.model.report import DriftItem


def difference(item: DriftItem) -> Iterator[str]:
    """The attribute, what it is beside what it was or ought to be, and what is said of it; none is empty."""
    if item.attribute:
        yield item.attribute
    match item.verdict:
        case "drifted":
            yield from _arrow(item.baseline if item.baseline is not None else item.desired, item.actual)
        case "pending":
            yield from _arrow(item.actual, item.desired)
        case "conflict":
            was = "".join(_arrow(item.baseline, item.actual))
            yield f"{was}, the TOML says {_shown(item.desired)}"
        case _:
            pass
    if item.message:
        yield item.message


def _arrow(old: AttributeValue | None, new: AttributeValue | None) -> Iterator[str]:
    if old is not None or new is not None:
        yield f"{_shown(old)}  →  {_shown(new)}"


def _shown(value: AttributeValue | None) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else ", ".join(value) or "(none)"
