"""What is shown, as values: each format renders these pages and nothing else.

A page holds the document (a plan, a report) and what a person needs beside it: where it came from,
the source lines, the next command. Must not know any format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from reconciler.model.answer import Answer
from reconciler.model.desired import Policy, Region, Waiver
from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.explanation import Explanation
from reconciler.model.plan import Forgotten, ManualStep, Plan, Step
from reconciler.model.report import ApplyReport, DriftReport, EstateRow, StepReport
from reconciler.planfile import PlanDifference, StaleFact

if TYPE_CHECKING:
    from reconciler.diff.managed import Resource
    from reconciler.ledger import Ended, Intent, Run
    from reconciler.rules.rule import Example, Rule


class Style(Struct, frozen=True):
    """How a page is laid out. ``width`` is in terminal columns; ``local_time``: times of day are
    shown in the reader's own time zone (a terminal) instead of UTC (a file, a pipe). ``one_line``: a JSON
    document is one line, for one of many. ``replaces``: the path of the file whose place the text takes."""

    colour: bool = False
    width: int = 80
    local_time: bool = False
    quiet: bool = False
    verbose: bool = False
    one_line: bool = False
    replaces: str | None = None


class Header(Struct, frozen=True):
    """The first line: which platform, by which address, as whom, for which workspace.

    ``touches`` is the provider's own sentence about what using it can touch, if it has one;
    ``signed_by`` the principal whose signature of the saved plan was verified; ``acting``: for whom it is
    judged, where that is nobody at hand.
    """

    provider: str
    address: str
    identity: str
    workspace: str
    touches: str | None = None
    signed_by: str | None = None
    acting: str = ""


class Next(Struct, frozen=True):
    """The command to type next, ready to paste, and when or why to type it."""

    why: str
    command: str


class PolicyNote(Struct, frozen=True):
    """What a policy allows, as it is written, why, and where it stands."""

    regions: str = ""
    reason: str | None = None
    source: SourceRange | None = None


Places = Callable[[str | None, str | None], SourceRange | None]


class PlanPage(Struct, frozen=True):
    """A plan. ``read`` is (projects, payers) where the reading has just been done; ``locate``
    gives the source line of a place of the configuration while that is at hand; ``titles`` are
    those of the rules that refuse something. ``policies`` are those that are violated, by id, and
    ``names`` those of the projects that do, where both are at hand. ``recorded`` are forgotten since an
    earlier apply. ``resources`` makes all that is managed anew at each call, changed or not, where the plan
    has just been made. ``places`` gives the place of an address and attribute in the TOML, None where they
    are in none: it reads the file again, so ask it only for what is shown. ``accepted``: addresses that may
    be unreadable."""

    plan: Plan
    header: Header
    titles: dict[str, str] = {}
    read: tuple[int, int] | None = None
    locate: Callable[[str, int, int], SourceRange | None] | None = None
    next: Next | None = None
    policies: dict[str, PolicyNote] = {}
    names: dict[str, str] = {}
    recorded: tuple[Forgotten, ...] = ()
    resources: Callable[[], Iterator[Resource]] | None = None
    places: Places | None = None
    accepted: frozenset[str] = frozenset()


class ExplanationPage(Struct, frozen=True):
    """Why one address gets its verdict; ``plan`` is the plan for it, of which the last part is told."""

    explanation: Explanation
    plan: PlanPage


class StepPage(Struct, frozen=True):
    """A step of an apply that begins ``at`` that moment (RFC 3339) or, with its report, ended then;
    for formats that tell things as they happen."""

    step: Step
    at: str
    report: StepReport | None = None


class ApplyPage(Struct, frozen=True):
    """The end report of an apply; ``manual`` are the parts that nobody but people can do. ``exit_code`` is
    what the command ends with."""

    report: ApplyReport
    manual: tuple[ManualStep, ...] = ()
    next: Next | None = None
    exit_code: int = 0


class QuestionPage(Struct, frozen=True):
    """What a person is told before the question: the plan whose steps are about to be sent."""

    plan: Plan


class StalePage(Struct, frozen=True):
    """A saved plan that no longer holds: changed facts, or changed files of the configuration."""

    plan: Plan
    facts: tuple[StaleFact, ...] = ()
    files: tuple[str, ...] = ()
    next: Next | None = None


class CheckPage(Struct, frozen=True):
    """May a saved plan be applied now? ``trouble``: the exit code and what is wrong, but for ``facts`` and
    ``files`` that changed. ``facts_read``: how many facts were read again; ``at_target`` are steps that
    have nothing left to do. ``exit_code`` is that of the whole."""

    plan: Plan
    header: Header
    exit_code: int
    trouble: tuple[tuple[int, Diagnostic], ...] = ()
    facts: tuple[StaleFact, ...] = ()
    files: tuple[str, ...] = ()
    facts_read: int = 0
    at_target: tuple[Step, ...] = ()
    next: Next | None = None


class AgainstPage(Struct, frozen=True):
    """How the plan in the file ``name`` differs from that in ``other``."""

    name: str
    other: str
    differences: tuple[PlanDifference, ...]


class DriftPage(Struct, frozen=True):
    """``policies`` are those that items speak of, by id. ``places`` and ``accepted`` are as in a plan's page.
    ``estate`` makes the rows anew at each call, while they are asked for."""

    report: DriftReport
    header: Header
    exit_code: int
    next: Next | None = None
    policies: dict[str, PolicyNote] = {}
    places: Places | None = None
    estate: Callable[[], Iterator[EstateRow]] | None = None
    accepted: frozenset[str] = frozenset()


class PolicyRow(Struct, frozen=True):
    """A residency policy as it is written, its region groups expanded in ``regions``."""

    policy: Policy
    regions: tuple[str, ...]
    source: SourceRange | None


class WaiverRow(Struct, frozen=True):
    """``days_left``: 0 on its last day, negative once it has expired."""

    waiver: Waiver
    days_left: int
    source: SourceRange | None


class ReportPage(Struct, frozen=True):
    """Where the data is, for who has no terminal. ``drift`` says what was found, ``regions`` are all that
    the workspace knows; ``runs`` are past applies, newest first, ``more`` says that there are older ones.
    ``file``: where the report goes; ``link`` makes the address of a line of the TOML, where there is one."""

    drift: DriftPage
    regions: Mapping[str, Region]
    policies: tuple[PolicyRow, ...]
    waivers: tuple[WaiverRow, ...]
    runs: tuple[Run, ...]
    more: bool
    file: str
    link: Callable[[SourceRange], str] | None = None


class AnswerPage(Struct, frozen=True):
    """The answer to a question; ``titles`` are those of the rules in its reasons."""

    answer: Answer
    header: Header
    titles: dict[str, str] = {}
    next: Next | None = None


class DiagnosticsPage(Struct, frozen=True):
    """Errors and warnings. ``closing`` is the sentence that tells what has not happened."""

    diagnostics: tuple[Diagnostic, ...]
    closing: str | None = None


class ValidPage(Struct, frozen=True):
    """A configuration without errors: how much of what it holds."""

    workspace: str
    files: int
    projects: int
    orgs: int
    users: int
    warnings: tuple[Diagnostic, ...] = ()


class RegionRow(Struct, frozen=True):
    """``permitted``, ``default``, ``priced`` and ``projects`` are of the payer that was asked for; null where
    it was not asked for, or could not be read."""

    provider: str
    code: str
    name: str
    status: Literal["known", "retired", "unknown"]
    permitted: bool | None = None
    default: bool | None = None
    priced: bool | None = None
    projects: int | None = None


class RegionsPage(Struct, frozen=True):
    """``notes`` say what could not be read of the payer."""

    regions: tuple[RegionRow, ...]
    payer: str | None = None
    notes: tuple[str, ...] = ()
    header: Header | None = None


class RulePage(Struct, frozen=True):
    """``breaks`` and ``keeps``: configurations that the rule speaks against, and not."""

    id: str
    title: str
    source: str
    text: str
    breaks: Example
    keeps: Example

    @classmethod
    def of(cls, rule: Rule) -> RulePage:
        return cls(rule.id, rule.title, rule.source, rule.text, rule.breaks, rule.keeps)


class RulesPage(Struct, frozen=True):
    rules: tuple[RulePage, ...]


class VersionPage(Struct, frozen=True):
    name: str
    version: str
    python: str


class HistoryPage(Struct, frozen=True):
    """Past applies, newest first; ``more`` says that there are older ones. ``location`` is the ledger's."""

    workspace: str
    location: str
    runs: tuple[Run, ...]
    more: bool = False
    next: Next | None = None


class RunPage(Struct, frozen=True):
    """One apply, and its journal in order: before and after each call."""

    workspace: str
    run: Run
    journal: tuple[Intent | Ended, ...]


class ChangedFile(Struct, frozen=True):
    """A file and its text, before and after."""

    path: str
    before: str
    after: str


class FormatPage(Struct, frozen=True):
    """The files that were not laid out, of so many; ``diff``: how is to be shown, not only which."""

    files: int
    changed: tuple[ChangedFile, ...]
    written: bool
    diff: bool
    next: Next | None = None


class NotePage(Struct, frozen=True):
    """A plain message about something done, with the next command."""

    kind: Literal["init", "import", "snapshot", "moved", "cancelled", "unlocked", "earlier", "unmarked"]
    message: str
    next: Next | None = None


Page = (
    PlanPage
    | ExplanationPage
    | StepPage
    | ApplyPage
    | QuestionPage
    | StalePage
    | CheckPage
    | AgainstPage
    | DriftPage
    | ReportPage
    | AnswerPage
    | DiagnosticsPage
    | ValidPage
    | RegionsPage
    | RulePage
    | RulesPage
    | VersionPage
    | HistoryPage
    | RunPage
    | FormatPage
    | NotePage
)
