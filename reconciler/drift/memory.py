"""What is new since an earlier run: the items of this one beside the fingerprints of that one.

A fingerprint is of what an item is about, its verdict and its values; the words of its message do not count.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from reconciler.model.report import DriftItem, DriftReport, Seen, Since, counted

_BYTES = 8


def beside(report: DriftReport, before: Seen | None) -> DriftReport:
    """The report with what is new in it, where there was an earlier run."""
    if before is None or before.at is None:
        return report
    known = frozenset(before.items)
    prints = [_fingerprint(item) for item in report.items]
    items = tuple(
        item if print_ is None else replace(item, new=print_ not in known)
        for item, print_ in zip(report.items, prints, strict=True)
    )
    new = sum(1 for item in items if item.new)
    there = sum(1 for item in items if item.new is False)
    gone = len(known.difference(prints))
    return replace(report, items=items, since=Since(before.at, new, there, gone))


def only_new(report: DriftReport) -> DriftReport:
    """The report without what is in sync and what the earlier run found already: that is left out of its
    summary too. Whole where there was no earlier run."""
    if report.since is None:
        return report
    items = tuple(item for item in report.items if item.new)
    since = replace(report.since, only_new=True)
    return replace(report, items=items, summary=counted(items), since=since)


def seen(report: DriftReport, exit_code: int, before: Seen | None) -> Seen:
    """What is to be remembered of this run, whose report is whole."""
    notified = before.notified if before else ""
    return Seen(report.created_at, exit_code, tuple(sorted(fingerprints(report))), notified)


def fingerprints(report: DriftReport) -> dict[str, DriftItem]:
    """The items that are not in sync, by their fingerprints."""
    marked = ((_fingerprint(item), item) for item in report.items)
    return {print_: item for print_, item in marked if print_ is not None}


def _fingerprint(item: DriftItem) -> str | None:
    """None for what is in sync: nobody asks since when."""
    if item.verdict == "in_sync":
        return None
    about = (item.address, item.id, item.policy, item.attribute)
    told = msgspec.json.encode((*about, item.verdict, item.baseline, item.desired, item.actual))
    return blake2b(told, digest_size=_BYTES).hexdigest()
