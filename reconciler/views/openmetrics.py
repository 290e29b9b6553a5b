"""OpenMetrics, for node_exporter's textfile collector or a Pushgateway: gauges alone.

A run that fails says ``reconciler_up 0`` and takes over, from the file that it replaces, when the last one
came to its end. Label values are bounded: payers come from the platform, and there may be many.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler.views.escape import safe
from reconciler.views.pages import DiagnosticsPage, DriftPage, Style

MOST = 200
"""How many pairs of region and payer, and how many payers, are told one by one; the rest is one sum."""

_LAST = "reconciler_drift_last_success_timestamp_seconds"
_TAKEN_OVER = re.compile(_LAST + r'\{workspace="([a-z0-9-]{1,40})"\} (\d{1,12}(?:\.\d{1,3})?)', re.ASCII)

_Sample = tuple[Mapping[str, str], float]


def render(page: DriftPage | DiagnosticsPage, style: Style) -> Iterator[str]:
    """A family at a time, and the line that tells a reader that the file is whole."""
    yield from _of_drift(page) if isinstance(page, DriftPage) else _of_failure(page, style)
    yield "# EOF\n"


def _of_drift(page: DriftPage) -> Iterator[str]:
    report = page.report
    whose = {"workspace": report.workspace}
    verdicts = (({**whose, "verdict": verdict}, count) for verdict, count in report.summary.items())
    yield from _up(whose, 1)
    yield from _family("reconciler_drift_items", "What drift found, by verdict.", verdicts)
    yield from _family("reconciler_drift_projects", "Projects of the estate.", _projects(page, whose))
    yield from _family(
        "reconciler_drift_partial", "Payers who may have more projects.", _partial(page, whose)
    )
    yield from _one("reconciler_drift_exit_code", "Exit code of the last run.", whose, page.exit_code)
    yield from _last_success(whose, datetime.datetime.fromisoformat(report.created_at).timestamp())
    yield from _one("reconciler_drift_calls", "Calls to the platform.", whose, report.read.calls)
    seconds = report.read.seconds
    yield from _one("reconciler_drift_read_seconds", "Time that reading the platform took.", whose, seconds)


def _of_failure(page: DiagnosticsPage, style: Style) -> Iterator[str]:
    found = _TAKEN_OVER.search(_earlier(style.replaces))
    whose = {"workspace": found[1]} if found else {}
    errors = Counter(one.code for one in page.diagnostics if one.severity == "error")
    codes = (({**whose, "code": code}, count) for code, count in sorted(errors.items()))
    yield from _up(whose, 0)
    yield from _family("reconciler_drift_errors", "Why the last run failed.", codes)
    if found:
        yield from _last_success(whose, float(found[2]))


def _earlier(path: str | None) -> str:
    """What stands in the file that is going to be replaced; nothing where there is none to read."""
    if path is None:
        return ""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1_000_000)
    except OSError:
        return ""


def _projects(page: DriftPage, whose: Mapping[str, str]) -> Iterator[_Sample]:
    counts = Counter((row.region, row.bill_to) for row in (page.estate() if page.estate else ()))
    ranked = sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))
    for (region, payer), count in ranked[:MOST]:
        yield {**whose, "region": region or "(unreadable)", "bill_to": payer or "(unreadable)"}, count
    if rest := sum(count for _, count in ranked[MOST:]):
        yield {**whose, "region": "(others)", "bill_to": "(others)"}, rest


def _partial(page: DriftPage, whose: Mapping[str, str]) -> Iterator[_Sample]:
    payers = page.report.read.partial
    for payer in payers[:MOST]:
        yield {**whose, "bill_to": payer}, 1
    if rest := len(payers[MOST:]):
        yield {**whose, "bill_to": "(others)"}, rest


def _up(whose: Mapping[str, str], up: int) -> Iterator[str]:
    return _one("reconciler_up", "1 if the last run came to its end, 0 if it failed.", whose, up)


def _last_success(whose: Mapping[str, str], when: float) -> Iterator[str]:
    return _one(_LAST, "When the last run that came to its end read the platform.", whose, when)


def _one(name: str, about: str, labels: Mapping[str, str], value: float) -> Iterator[str]:
    return _family(name, about, ((labels, value),))


def _family(name: str, about: str, samples: Iterable[_Sample]) -> Iterator[str]:
    yield f"# TYPE {name} gauge\n# HELP {name} {about}\n"
    for labels, value in samples:
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        number = f"{value:.3f}".rstrip("0").rstrip(".")
        yield f"{name}{{{told}}} {number}\n" if told else f"{name} {number}\n"


def _escaped(text: str) -> str:
    return safe(text).replace("\\", r"\\").replace('"', r"\"")
