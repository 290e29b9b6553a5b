"""The answer to a question as text: yes, no or cannot tell, why, and what can be done instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.answer import Answer, Reason
from reconciler.model.plan import FactEntry
from reconciler.views.escape import safe
from reconciler.views.pages import AnswerPage, Style
from reconciler.views.text.facts import fact_text
from reconciler.views.text.layout import (
    INDENT,
    count,
    first_lines,
    labelled,
    labels,
    lines,
    moment,
    next_lines,
    paint,
    prose,
)

_WORDS = {"yes": ("+", "Yes"), "no": ("!", "No"), "cannot_tell": ("?", "Cannot tell")}


def render(page: AnswerPage, style: Style) -> Iterator[str]:
    """The whole answer; with ``style.quiet`` only the word."""
    sign, word = _WORDS[page.answer.answer]
    if style.quiet:
        yield f"{word}.\n"
        return
    yield from lines(first_lines(style, page.header))
    yield "\n"
    yield from lines(_question(style, page.answer))
    yield "\n"
    yield f"  {paint(style, sign, f'{sign} {word}.')}\n"
    yield from lines(_body(page, style))
    yield "\n"
    read = page.answer.read
    yield f"Read in {count(read.calls, 'call')}, {read.seconds:.1f} s.\n"
    yield from lines(next_lines(style, page.next))


def _question(style: Style, answer: Answer) -> Iterator[str]:
    yield from prose(style, answer.question.text, "")


def _body(page: AnswerPage, style: Style) -> Iterator[str]:
    answer = page.answer
    facts = {fact.id: fact for fact in answer.facts}
    if not answer.reasons:
        yield from prose(style, _sentence(answer.message), INDENT)
        yield from _because(style, answer.facts)
    for reason in answer.reasons:
        yield from _reason(page, style, reason, [facts[name] for name in reason.facts if name in facts])
    for label, way in labels("instead", [one.text for one in answer.alternatives]):
        yield from labelled(style, label, way)
    for request in answer.requests:
        yield from labelled(style, "needs", f"{request.who}:")
        for line in request.text.rstrip("\n").split("\n"):
            # A command is for pasting: broken into lines it would be another one.
            body = INDENT + " " * 10
            yield from [body + safe(line)] if line.startswith("dx ") else prose(style, line, body)
    for note in answer.notes:
        yield from labelled(style, "note", note)


def _reason(page: AnswerPage, style: Style, reason: Reason, facts: list[FactEntry]) -> Iterator[str]:
    yield from prose(style, _sentence(reason.message), INDENT)
    if reason.rule:
        yield from labelled(style, "rule", f"{reason.rule} {page.titles.get(reason.rule, '')}".rstrip())
    yield from _because(style, facts)


def _because(style: Style, facts: Iterable[FactEntry]) -> Iterator[str]:
    told = [f"{fact_text(fact)}  (read {moment(style, fact.read_at)} by {fact.read_by})" for fact in facts]
    for label, text in labels("because", told):
        yield from labelled(style, label, text)


def _sentence(message: str) -> str:
    """With a capital and a full stop; an id at its beginning stays as it is."""
    first = message.partition(" ")[0]
    begins = message[:1].upper() if first.rstrip(",").isalpha() else message[:1]
    return f"{begins}{message[1:]}."
