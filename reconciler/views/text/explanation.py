"""Why an address gets its verdict: what is written, what it is, each fact and each rule, what comes of it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.explanation import Asked, Attribute, Explanation, UsedFact
from reconciler.model.plan import FactEntry
from reconciler.views.escape import padded, safe
from reconciler.views.pages import ExplanationPage, Style
from reconciler.views.text.facts import fact_text, value_text
from reconciler.views.text.layout import (
    LABEL,
    count,
    first_lines,
    labels,
    lines,
    moment,
    next_lines,
    paint,
    prose,
)
from reconciler.views.text.plan import resource_blocks

_VERDICTS = {
    "in_sync": ("faint", "in sync"),
    "steps": ("+", "can be carried out"),
    "manual": (">", "left to people"),
    "blocked": ("|", "blocked"),
    "refused": ("!", "refused"),
    "cannot_tell": ("?", "cannot be told"),
}
_SAYS = {
    "refused": "refuses",
    "cannot_tell": "cannot tell",
    "blocked": "blocks",
    "manual": "leaves it to people",
    "warning": "warns",
}
_BODY = " " * LABEL
_NAME = 19  # width of "permitted_regions" and its gap


def render(page: ExplanationPage, style: Style) -> Iterator[str]:
    """From the TOML to the verdict; with ``style.quiet`` only the verdict."""
    yield from lines(_whole(page, style))


def _whole(page: ExplanationPage, style: Style) -> Iterator[str]:
    told = page.explanation
    role, word = _VERDICTS[told.verdict]
    verdict = f"{safe(told.address)}: {paint(style, role, word)}"
    if style.quiet:
        yield verdict
        return
    yield from first_lines(style, page.plan.header)
    yield ""
    yield verdict
    yield ""
    for part in (_written(style, told), _is(style, told), _facts(style, told), _rules(style, told)):
        yield from part
        yield ""
    if told.policies:
        yield from _policies(style, told)
        yield ""
    yield from resource_blocks(page.plan, style)
    yield f"Read in {count(told.read.calls, 'call')}, {told.read.seconds:.1f} s."
    yield from next_lines(style, page.plan.next)


def _written(style: Style, told: Explanation) -> Iterator[str]:
    file = None
    for line in told.written.lines:
        if line.file != file:
            label = "written" if file is None else ""
            yield f"{padded(label, LABEL)}{safe(line.file)}:{line.line}"
            file = line.file
        yield f"{_BODY}{line.line:>4} │ {safe(line.text)}".rstrip()
    for default in told.written.defaults:
        text = f'{default.attribute} = "{default.value}", from [defaults.projects]'
        yield from prose(style, f"{text}, {default.file}:{default.line}", _BODY)


def _is(style: Style, told: Explanation) -> Iterator[str]:
    yield from _labelled(style, "is", told.resource.text)
    yield ""
    for one in told.attributes:
        for label, line in labels(one.name, _compared(one)):
            yield from prose(style, line, f"{_BODY}{padded(label, _NAME)}")


def _compared(one: Attribute) -> Iterator[str]:
    """What is wanted and what is, told once where it is the same."""
    actual = _actual(one)
    origin = "" if one.origin is None or one.desired is None else f" ({one.origin})"
    if one.desired is None:
        yield f"{actual or 'nothing'}; not managed"
    elif one.desired == one.actual:
        yield f"{actual}, as wanted{origin}"
    else:
        yield f"wanted: {value_text(one.desired)}{origin}"
        if actual:
            yield f"is: {actual}"
    if one.baseline is not None and one.baseline != one.desired:
        yield f"last applied: {value_text(one.baseline)}"


def _actual(one: Attribute) -> str:
    words = {"absent": "not set", "unreadable": "unreadable", None: ""}
    return words.get(one.state) or ("" if one.state is None else value_text(one.actual))


def _facts(style: Style, told: Explanation) -> Iterator[str]:
    for label, fact in labels("facts", told.facts):
        text = f"{fact_text(_entry(fact))}  (read {moment(style, fact.read_at)} by {fact.read_by})"
        if fact.reason is not None:
            text = f"{fact_text(_entry(fact))}: {fact.reason}; {fact.advice}"
        yield from _labelled(style, label, text)


def _entry(fact: UsedFact) -> FactEntry:
    return FactEntry(
        fact.id, fact.subject, fact.attribute, fact.state, fact.value, fact.read_at, fact.read_by
    )


def _rules(style: Style, told: Explanation) -> Iterator[str]:
    if not told.rules:
        nothing = "nothing differs, so no rule is asked"
        yield from _labelled(style, "rules", nothing if told.verdict == "in_sync" else "none could be asked")
    before = None
    for label, asked in labels("rules", told.rules):
        if asked.change != before:
            yield from _labelled(style, label, f"to {asked.change}:")
            before = asked.change
        yield from prose(style, _says(asked), f"{_BODY}  ", f"{_BODY}    ")


def _says(asked: Asked) -> str:
    if asked.verdict == "nothing_against":
        return f"{asked.rule} {asked.title}: nothing against it"
    return f"{asked.rule} {_SAYS[asked.verdict]}: {asked.message}"


def _policies(style: Style, told: Explanation) -> Iterator[str]:
    for label, one in labels("policies", told.policies):
        verdict = one.verdict.replace("_", " ")
        place = "" if one.file is None else f" ({one.file}:{one.line})"
        allows = f"allows only {', '.join(one.regions)}"
        yield from _labelled(style, label, f"{one.policy}{place} {allows}; {verdict}: {one.message}")


def _labelled(style: Style, label: str, text: str) -> Iterator[str]:
    yield from prose(style, text, padded(label, LABEL), f"{_BODY}  ")
