"""What was found → the document of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.answer import Answer, Question, Reason, Request, Way
from reconciler.model.entries import entry_of
from reconciler.model.head import Head
from reconciler.model.plan import FORMAT_VERSION
from reconciler.planner.questions.asked import Asked
from reconciler.planner.questions.found import Found, people
from reconciler.planner.questions.inquiry import Inquiry
from reconciler.rules.actor import Acceptance, Handover
from reconciler.rules.finding import Finding


def answer_document(asked: Asked, inquiry: Inquiry, told: Found, ways: Iterable[str], first: Head) -> Answer:
    """The whole answer. ``ways``: legal alternatives, in words."""
    requests = [asked.request(finding) for finding in told.findings]
    keys = {key for finding in told.findings for key in finding.facts} or set(told.asked)
    facts = inquiry.judge.facts
    return Answer(
        format_version=FORMAT_VERSION,
        kind="answer",
        created_at=first.created_at,
        tool=first.tool,
        workspace=inquiry.workspace.name,
        provider=first.provider,
        identity=inquiry.snapshot.identity,
        config=first.config,
        question=Question(asked.kind, asked.text, asked.arguments),
        answer=told.verdict,
        message=told.findings[0].message if told.findings else _yes(asked, told),
        as_=people(told.able),
        reasons=tuple(_reasons(told.findings)),
        alternatives=tuple(Way(text) for text in ways),
        requests=tuple(dict.fromkeys(Request(one.who, one.text) for one in requests if one is not None)),
        notes=tuple(asked.notes()) if told.verdict == "yes" else (),
        facts=tuple(entry_of(facts.get(key), first.read_at) for key in sorted(keys)),
        read=first.read,
    )


def _yes(asked: Asked, told: Found) -> str:
    match told.able:
        case Handover(offerer=offerer, recipient=recipient):
            return f"{offerer} can offer the project and {recipient} accept it, to {asked.done}"
        case Acceptance(recipient=recipient):
            return f"{recipient} can accept the offer that is pending, to {asked.done}"
        case None:
            return "it is so already"
        case _:
            return f"{told.able.user} can {asked.done}"


def _reasons(findings: Iterable[Finding]) -> Iterator[Reason]:
    for finding in findings:
        if finding.verdict != "warning":
            yield Reason(finding.rule, finding.verdict, finding.message, tuple(map(str, finding.facts)))
