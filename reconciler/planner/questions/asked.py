"""What each kind of question is to the rules: the changes that would answer it, and the ways around a no."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from reconciler.diff.changes import Change
from reconciler.planner.questions.inquiry import Inquiry
from reconciler.rules.finding import Finding, Request

ADDRESS = "question"
"""Of the changes that are asked about: they are of no resource."""


class Asked(ABC):
    """One question, its addresses resolved. Making one reads what it is about, and raises
    DiagnosticsError for what the platform does not know."""

    kind: ClassVar[Literal["create", "bill", "clone", "run", "default"]]

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry

    @property
    @abstractmethod
    def text(self) -> str:
        """The question in words."""

    @property
    @abstractmethod
    def done(self) -> str:
        """What can be done, behind "user-alice can"."""

    @property
    @abstractmethod
    def arguments(self) -> dict[str, Any]:
        """The arguments of the command, ids resolved."""

    @abstractmethod
    def changes(self) -> list[Change]:
        """The changes that would do it: one that is legal is enough. None where it is so already."""

    def beforehand(self) -> Finding | None:
        """What stands in the way before any rule is asked."""
        return None

    def ways(self) -> Iterator[str]:
        """What can be done instead, in words: each has been judged and found legal."""
        yield from ()

    def request(self, finding: Finding) -> Request | None:
        """What somebody else would have to do about the finding."""
        return finding.request

    def notes(self) -> Iterator[str]:
        """What to know beside a yes."""
        yield from ()
