"""What the report says, as values: counts by place and payer, the sentence at the top, cited lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from reconciler.model.desired import Region
from reconciler.model.diagnostics import SourceRange
from reconciler.model.report import DriftItem, DriftVerdict, EstateRow
from reconciler.views.pages import ReportPage

UNKNOWN: Final = "not known"
NOT_READABLE: Final = "could not be read"

WORDS: Final[Mapping[DriftVerdict, str]] = {
    "violation": "where a policy does not allow it",
    "waiver_expired": "its waiver has expired",
    "drifted": "changed at the platform",
    "conflict": "changed here and there, differently",
    "destroyed": "gone from the platform",
    "pending": "not applied yet",
    "unreadable": "could not be read",
    "converged": "changed here and there, alike",
    "waiver_expiring": "its waiver ends soon",
    "unmanaged": "not under management",
    "in_sync": "as agreed",
}
"""Verdicts in plain words."""

_OF_POLICIES = frozenset({"violation", "waiver_expired", "waiver_expiring"})
_MOVED = frozenset({"drifted", "conflict", "destroyed", "pending", "converged"})


class Row(Struct, frozen=True, gc=False):
    """A project, and whose law holds where it is."""

    project: EstateRow
    jurisdiction: str


class Share(Struct, frozen=True):
    """How many projects there are of ``names``, one of each kind that is told apart; ``part`` of the most,
    in percent."""

    names: tuple[str, ...]
    projects: int
    part: int


class Cited(Struct, frozen=True):
    """A line of the TOML that the report speaks of; ``anchor`` is its name in the page."""

    anchor: str
    source: SourceRange


class Estate:
    """Counts of the projects; their rows come anew at each call of ``rows``. ``names``: by id, of those of
    which a policy speaks."""

    def __init__(self, page: ReportPage) -> None:
        self._page = page
        self.total = 0
        groups: Counter[tuple[str, str, str]] = Counter()
        self.names: dict[str, str] = {}
        meant = {item.id for item in page.drift.report.items if item.verdict in _OF_POLICIES}
        for row in self.rows():
            self.total += 1
            project = row.project
            if project.id in meant and project.name is not None:
                self.names[project.id] = project.name
            groups[row.jurisdiction, project.region or NOT_READABLE, project.bill_to or NOT_READABLE] += 1
        self._groups = groups
        self.regions = self._by(1)

    def rows(self) -> Iterator[Row]:
        estate = self._page.drift.estate
        for project in estate() if estate is not None else ():
            yield Row(project, self.law(project.region))

    def law(self, code: str | None) -> str:
        """The jurisdiction of a region in words."""
        if code is None:
            return NOT_READABLE
        return self._page.regions.get(code, Region()).jurisdiction or UNKNOWN

    def jurisdictions(self) -> list[Share]:
        return _shares(Counter({(law,): number for law, number in self._by(0).items()}))

    def places(self) -> list[Share]:
        """By jurisdiction and region."""
        return _shares(_summed(self._groups, 2))

    def payers(self) -> list[Share]:
        """By payer and jurisdiction."""
        found: Counter[tuple[str, ...]] = Counter()
        for (law, _, payer), number in self._groups.items():
            found[payer, law] += number
        return _shares(found)

    def _by(self, kind: int) -> Counter[str]:
        found: Counter[str] = Counter()
        for group, number in self._groups.items():
            found[group[kind]] += number
        return found


class Found(Struct, frozen=True):
    """The items of drift, by what a reader looks for."""

    policies: tuple[DriftItem, ...]
    unreadable: tuple[DriftItem, ...]
    moved: tuple[DriftItem, ...]
    unmanaged: int
    in_sync: int

    @property
    def violations(self) -> int:
        return sum(item.verdict != "waiver_expiring" for item in self.policies)

    @property
    def expiring(self) -> int:
        return len(self.policies) - self.violations


def found(items: Iterable[DriftItem]) -> Found:
    """All items, each in one part."""
    every = tuple(items)
    counts = Counter(item.verdict for item in every)
    return Found(
        tuple(item for item in every if item.verdict in _OF_POLICIES),
        tuple(item for item in every if item.verdict == "unreadable"),
        tuple(item for item in every if item.verdict in _MOVED),
        counts["unmanaged"],
        counts["in_sync"],
    )


def summary(page: ReportPage) -> str:
    """The whole in a sentence: ``4 182 projects in 3 jurisdictions, 2 violations, 1 unreadable``."""
    return sentence(Estate(page), found(page.drift.report.items))


def sentence(estate: Estate, told: Found) -> str:
    laws = sum(share.names[0] not in (UNKNOWN, NOT_READABLE) for share in estate.jurisdictions())
    return ", ".join(
        (
            f"{counted(estate.total, 'project')} in {counted(laws, 'jurisdiction')}",
            counted(told.violations, "violation"),
            f"{grouped(len(told.unreadable))} unreadable",
        )
    )


class Citations:
    """Lines of the TOML that were asked for, each once, in the order of the files."""

    def __init__(self, page: ReportPage) -> None:
        self._locate = page.drift.places
        self._lines: dict[tuple[str, int], Cited] = {}

    def of(self, item: DriftItem) -> Cited | None:
        """Where the item's subject is written; None where it is nowhere."""
        address = item.address or (None if item.policy is None else f"policies.{item.policy}")
        return self.line(None if self._locate is None else self._locate(address, item.attribute))

    def line(self, source: SourceRange | None) -> Cited | None:
        if source is None:
            return None
        place = (source.file, source.line)
        return self._lines.setdefault(place, Cited(f"line-{len(self._lines) + 1}", source))

    def every(self) -> list[Cited]:
        return [self._lines[place] for place in sorted(self._lines)]


def grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def counted(number: int, noun: str) -> str:
    return f"{grouped(number)} {noun if number == 1 else noun + 's'}"


def _summed(groups: Mapping[tuple[str, str, str], int], kinds: int) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for names, number in groups.items():
        found[names[:kinds]] += number
    return found


def _shares(counts: Counter[tuple[str, ...]]) -> list[Share]:
    """The most first; of as many, by name."""
    most = max(counts.values(), default=1)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [Share(names, number, max(1, round(100 * number / most))) for names, number in ordered]
