"""Questions: one change each, asked about and never carried out, judged by the rules of every plan.

``ask`` is the way through. ``question`` holds what can be asked, ``payers`` and ``data`` what each is to
the rules, ``inquiry`` reads what the answer hangs on and no more.
"""

from __future__ import annotations

from itertools import islice

from reconciler.model.answer import Answer
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.head import Options, head
from reconciler.planner.questions.asked import Asked
from reconciler.planner.questions.data import Cloning, Running
from reconciler.planner.questions.document import answer_document
from reconciler.planner.questions.found import found
from reconciler.planner.questions.inquiry import Inquiry, Source
from reconciler.planner.questions.payers import Billing, Creating, Defaulting
from reconciler.planner.questions.question import (
    CanBill,
    CanClone,
    CanCreate,
    CanDefault,
    CanRun,
    Question,
)

__all__ = ["CanBill", "CanClone", "CanCreate", "CanDefault", "CanRun", "Question", "ask"]

MOST = 4
"""Alternatives told: more would hide the good ones."""


def ask(
    question: Question, workspace: Workspace, reader: Source, baseline: Baseline, options: Options
) -> Answer:
    """Reads what the question is about, and answers it; sends nothing.

    Raises DiagnosticsError for what the workspace or the platform does not know, and what ``reader``
    raises.
    """
    inquiry = Inquiry(workspace, reader, baseline)
    asked = _asked(question, inquiry)
    told = found(asked, inquiry)
    ways = () if told.verdict == "yes" else tuple(islice(asked.ways(), MOST))
    return answer_document(
        asked, inquiry, told, ways, head(workspace, inquiry.snapshot, reader.endpoint, options)
    )


def _asked(question: Question, inquiry: Inquiry) -> Asked:
    match question:
        case CanCreate():
            return Creating(question, inquiry)
        case CanBill():
            return Billing(question, inquiry)
        case CanClone():
            return Cloning(question, inquiry)
        case CanRun():
            return Running(question, inquiry)
        case CanDefault():
            return Defaulting(question, inquiry)
