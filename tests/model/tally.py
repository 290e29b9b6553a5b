"""What a run of the proof has seen, as counts that can be added up, kept and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from model.examined import Examined
from model.properties import PROPERTIES
from model.verdicts import VERDICTS
from msgspec import Struct, field
from tabulate import tabulate

KEPT = 3
"""Counterexamples remembered of each kind."""


class Tally(Struct):
    """``examples``: by property and kind, the names of the first cases that broke it."""

    cases: int = 0
    steps: int = 0
    seconds: float = 0.0
    verdicts: dict[str, int] = field(default_factory=dict)
    checked: dict[str, int] = field(default_factory=dict)
    exempt: dict[str, int] = field(default_factory=dict)
    violations: dict[str, dict[str, int]] = field(default_factory=dict)
    examples: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def note(self, name: str, found: Examined) -> None:
        self.cases += 1
        self.steps += found.steps
        _more(self.verdicts, {found.verdict: 1})
        _more(self.checked, found.checked)
        _more(self.exempt, found.exempt)
        for violation in found.violations:
            kinds = self.violations.setdefault(violation.property, {})
            _more(kinds, {violation.kind: 1})
            kept = self.examples.setdefault(violation.property, {}).setdefault(violation.kind, [])
            if len(kept) < KEPT and name not in kept:
                kept.append(name)

    def add(self, other: Tally) -> None:
        self.cases += other.cases
        self.steps += other.steps
        self.seconds += other.seconds
        _more(self.verdicts, other.verdicts)
        _more(self.checked, other.checked)
        _more(self.exempt, other.exempt)
        for name, kinds in other.violations.items():
            _more(self.violations.setdefault(name, {}), kinds)
        for name, examples in other.examples.items():
            mine = self.examples.setdefault(name, {})
            for kind, cases in examples.items():
                mine[kind] = [*mine.get(kind, ()), *cases][:KEPT]

    @property
    def broken(self) -> int:
        return sum(sum(kinds.values()) for kinds in self.violations.values())


def _more(counts: dict[str, int], others: dict[str, int] | Counter[str]) -> None:
    for name, count in others.items():
        counts[name] = counts.get(name, 0) + count


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def tables(tally: Tally) -> str:
    """Cases by verdict, checks by property, and what is not judged, as Markdown."""
    rows = [["all", f"{tally.cases:,}", ""]]
    rows += [[_WORDS[one], f"{tally.verdicts.get(one, 0):,}", _of(tally, one)] for one in _WORDS]
    rows += [["with a planned step", f"{tally.steps:,}", _share(tally.steps, tally.cases)]]
    judged = [
        [name, f"{tally.checked.get(name, 0):,}", f"{sum(tally.violations.get(name, {}).values()):,}"]
        for name in PROPERTIES
    ]
    parts = [
        _table(rows, ("cases", "number", "share")),
        _table(judged, ("property", "judged", "violations")),
    ]
    if tally.exempt:
        exempt = [[*name.split(": ", 1), f"{count:,}"] for name, count in sorted(tally.exempt.items())]
        parts.append(_table(exempt, ("property", "not judged", "number")))
    return "\n\n".join(parts)


def _of(tally: Tally, verdict: str) -> str:
    return _share(tally.verdicts.get(verdict, 0), tally.cases)


_WORDS = {
    **{one: one.replace("_", " ") for one in VERDICTS},
    "none": "no change",
    "contradiction": "error in the TOML",
}


def _table(rows: Iterable[list[str]], headers: tuple[str, ...]) -> str:
    alignment = ("left", *("right" for _ in headers[1:]))
    if headers[1] == "not judged":
        alignment = ("left", "left", "right")
    return tabulate(list(rows), headers=headers, tablefmt="github", colalign=alignment, disable_numparse=True)


def violations(tally: Tally) -> str:
    """Each kind of violation, with its number and the cases that show it."""
    rows = [
        [name, kind, f"{count:,}", ", ".join(tally.examples[name][kind])]
        for name, kinds in sorted(tally.violations.items())
        for kind, count in sorted(kinds.items(), key=lambda pair: -pair[1])
    ]
    return tabulate(rows, headers=("property", "violation", "number", "cases"), tablefmt="github")
